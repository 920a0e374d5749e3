//! Erasing an entry for good: what goes and what can't be undone is said first, and why it is done is asked.

use leptos::prelude::*;
use vigie_model::RecordId;
use vigie_protocol::{Erase as Ask, Erasure, Failure, GetErasureProof};

use super::failed::Failed;
use crate::{
    client,
    components::{
        confirm::Confirm,
        field::{Field, Kind},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    file, format,
    i18n::{desk, fill, t},
};

/// When, and why.
pub fn erased_on(of: &Erasure) -> String {
    let date = format::date_time(of.at);
    fill(desk::ERASED_ON, &[("date", &date), ("reason", &of.reason)])
}

/// What was erased of an entry, with the proof.
pub fn erasures(
    rec: RecordId,
    of: Vec<Erasure>,
    failure: RwSignal<Option<Failure>>,
) -> Option<impl IntoView> {
    let proof = move |_| {
        client::act(GetErasureProof { rec }, failure, |made| {
            file::save(&made);
        });
    };
    let told: Vec<String> = of.iter().map(erased_on).collect();
    (!told.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Plain strong=told.join(" ")>
                <button type="button" class="button" on:click=proof>{icon(lu::LuDownload)}{t(desk::ERASURE_PROOF)}</button>
            </Notice>
        }
    })
}

#[component]
pub fn Erase(rec: RecordId, name: String, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let erase = move |()| {
        let request = Ask {
            rec,
            reason: reason.get_untracked(),
        };
        client::act_busy(request, busy, failure, move |_| on_done.run(()));
    };
    let question = fill(desk::ERASE_WHAT, &[("name", &name)]);
    let answered = Signal::derive(move || !reason.read().trim().is_empty());
    view! {
        <p>
            <button type="button" class="button" disabled=busy on:click=move |_| asking.set(true)>{icon(lu::LuEraser)}{t(desk::ERASE)}</button>
        </p>
        <Confirm open=asking danger=true question act=t(desk::ERASE) answered missing=t(desk::WHY_ASKED) on_yes=erase>
            <p>{t(desk::ERASE_NOT)}</p>
            <Field id="erase-reason" kind=Kind::Text label=t(desk::ERASE_REASON) hint=t(desk::ERASE_REASON_HINT)
                value=reason on_input=move |text| reason.set(text)/>
        </Confirm>
        <Failed failure/>
    }
    .into_any()
}

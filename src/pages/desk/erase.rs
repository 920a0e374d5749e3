//! Erasing an entry for good: what goes and what can't be undone is said first, and why it is done is asked.

use leptos::prelude::*;
use vigie_model::RecordId;
use vigie_protocol::{Erase as Ask, Erasure, Failure, GetErasureProof};

use super::failed::Failed;
use crate::{
    client,
    components::{
        field::{Field, Kind},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    file, format,
    i18n::{common, desk, fill, t},
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
pub fn Erase(rec: RecordId, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let open = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let erase = move |_| {
        let request = Ask {
            rec,
            reason: reason.get_untracked(),
        };
        client::act_busy(request, busy, failure, move |_| on_done.run(()));
    };
    let ask = move || {
        view! {
            <div class="card confirm" role="alertdialog" aria-label=t(desk::ERASE)>
                <p>{t(desk::ERASE_WHAT)}</p>
                <p>{t(desk::ERASE_NOT)}</p>
                <Field id="erase-reason" kind=Kind::Text label=t(desk::ERASE_REASON) hint=t(desk::ERASE_REASON_HINT)
                    value=reason on_input=move |text| reason.set(text)/>
                <Failed failure/>
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| open.set(false)>{t(common::CANCEL)}</button>
                    <button type="button" class="button button--danger" on:click=erase
                        disabled=move || reason.read().trim().is_empty() || busy.get()>{t(desk::ERASE)}</button>
                </div>
            </div>
        }
    };
    view! {
        <p>
            <button type="button" class="button" aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)>{icon(lu::LuEraser)}{t(desk::ERASE)}</button>
        </p>
        <Show when=move || open.get()>{ask()}</Show>
    }
    .into_any()
}

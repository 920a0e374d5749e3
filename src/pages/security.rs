//! Locking, the passphrase, wiping.

use leptos::{ev, prelude::*, task::spawn_local};
use vigie_protocol::{AutoLock, ChangePassphrase, Failure, Lock, Wipe};

use super::{door::passphrase::NewPassphrase, problems::error_line, storage::Renewing};
use crate::{
    client,
    components::{
        choose::Pick,
        field::{Field, Kind},
        frame::{Frame, Tab},
        hold::Hold,
        icon::{icon, lu},
    },
    i18n::{common, count, door, more, promises, t},
    page,
    route::Route,
    state::use_state,
};

const MINUTES: [u32; 6] = [1, 2, 5, 10, 30, 60];

#[component]
pub fn Security() -> impl IntoView {
    let state = use_state();
    let failed = RwSignal::new(None::<Failure>);
    let done = RwSignal::new(None::<&'static str>);
    let changing = RwSignal::new(false);
    let old = RwSignal::new(String::new());
    let renew = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let lock = move |_| {
        client::act(Lock, failed, move |status| state.take(status));
    };
    let minutes = Signal::derive(move || {
        state
            .status
            .read()
            .as_ref()
            .map_or_else(String::new, |status| status.auto_lock_minutes.to_string())
    });
    let mut choices: Vec<(String, String)> = MINUTES
        .iter()
        .map(|n| (n.to_string(), count(*n as usize, more::N_MINUTES)))
        .collect();
    choices.push(("0".into(), t(more::NEVER).to_owned()));
    let auto_lock = move |chosen: String| {
        let Ok(minutes) = chosen.parse::<u32>() else {
            return;
        };
        client::act(AutoLock { minutes }, failed, move |()| state.refresh());
    };
    let change = move |new: String| {
        done.set(None);
        let request = ChangePassphrase {
            old: old.get_untracked(),
            new,
            renew: renew.get_untracked(),
        };
        client::act_busy(request, busy, failed, move |()| {
            old.try_set(String::new());
            renew.try_set(false);
            changing.try_set(false);
            done.try_set(Some(t(more::PASSPHRASE_CHANGED)));
        });
    };
    let wipe = move || {
        client::act(Wipe, failed, |_| spawn_local(page::forget()));
    };
    let lost = move || {
        let counts = state.counts.get();
        counts.draft + counts.here + counts.going + counts.refused
    };
    view! {
        <Frame tab=Tab::More title=t(more::SECURITY).to_owned() back=Some(Route::More)>
            <p role="status" class="saved">{move || done.get()}</p>
            {error_line(failed.into())}
            <Renewing/>
            <section class="card">
                <h2>{t(more::LOCKING)}</h2>
                <button type="button" class="button button--main" on:click=lock>{icon(lu::LuLock)}{t(common::LOCK)}</button>
                <Pick id="minutes" label=t(more::AUTO_LOCK) hint=t(more::AUTO_LOCK_HINT) options=choices value=minutes on_choose=auto_lock/>
            </section>
            <section class="card">
                <h2>{t(door::PASSPHRASE)}</h2>
                <button type="button" class="button" aria-expanded=move || changing.get().to_string() on:click=move |_| changing.update(|open| *open = !*open)>
                    {icon(lu::LuKeyRound)}{t(more::CHANGE_PASSPHRASE)}
                </button>
                <Show when=move || changing.get()>
                    <form class="stack" on:submit=move |event: ev::SubmitEvent| event.prevent_default()>
                        <Field id="old" kind=Kind::Passphrase label=t(more::OLD_PASSPHRASE) value=old on_input=move |value| old.set(value)/>
                        <label class="choice">
                            <input type="checkbox" aria-describedby="renew-hint" prop:checked=renew on:change=move |event| renew.set(event_target_checked(&event))/>
                            <span>{t(more::RENEW)}</span>
                        </label>
                        <p class="field__hint" id="renew-hint">{t(more::RENEW_HINT)}</p>
                    </form>
                    <NewPassphrase busy act=t(more::CHANGE_PASSPHRASE) on_choose=change/>
                </Show>
                <p class="quiet">{t(door::NOBODY)}</p>
            </section>
            <section class="card card--danger">
                <h2>{t(more::WIPE)}</h2>
                <p>{t(more::WIPE_WHAT)}</p>
                <p><strong>{move || match lost() {
                    0 => t(more::NOTHING_LOST).to_owned(),
                    n => count(n, more::N_LOST),
                }}</strong></p>
                <Hold act=t(more::WIPE) on_held=move |()| wipe()/>
                <p class="quiet">{t(more::NO_DENIAL)}</p>
                <a class="button button--plain" href=Route::Promises.href()>{t(promises::TITLE)}</a>
            </section>
        </Frame>
    }
    .into_any()
}

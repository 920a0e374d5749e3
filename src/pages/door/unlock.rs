//! The locked notebook: one field. A wrong passphrase lengthens the wait; nothing says what was wrong.

use std::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};
use vigie_protocol::{Failure, Unlock, Wipe};

use crate::{
    client,
    components::{
        banner::UpdateWaiting,
        field::{Field, Kind},
        hold::Hold,
        icon::{icon, lu},
        mark::mark,
    },
    failure, format,
    i18n::{door, fill, more, t},
    page, prefs,
    route::{self, Route},
    state::use_state,
};

#[component]
pub fn Unlock() -> impl IntoView {
    crate::pages::carnet::forget();
    let state = use_state();
    let passphrase = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<Failure>);
    // Milliseconds still to wait before the next try.
    let wait = RwSignal::new(0i64);
    let missing = RwSignal::new(false);
    let form = NodeRef::<html::Form>::new();
    Effect::new(move |_| {
        if form.get().is_some()
            && let Some(input) = document().get_element_by_id("passphrase")
        {
            use wasm_bindgen::JsCast;
            if let Ok(input) = input.dyn_into::<web_sys::HtmlElement>() {
                drop(input.focus());
            }
        }
    });
    let unlock = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let typed = passphrase.get_untracked();
        if busy.get_untracked() || wait.get_untracked() > 0 {
            return;
        }
        missing.set(typed.is_empty());
        if typed.is_empty() {
            return;
        }
        busy.set(true);
        wrong.set(None);
        spawn_local(async move {
            match client::ask(Unlock { passphrase: typed }).await {
                Ok(status) => {
                    if route::current() == Route::Carnet
                        && window().location().hash().unwrap_or_default().is_empty()
                    {
                        open_last_tab();
                    }
                    state.take(status);
                }
                // What was kept of this browser's being an office's was lost; the vault itself says so.
                Err(Failure::Desk) => {
                    prefs::set_office();
                    page::reload();
                }
                Err(failure) => {
                    if let Failure::WrongPassphrase { wait_ms } = failure {
                        count_down(wait, format::now() + wait_ms);
                    }
                    wrong.set(Some(failure));
                }
            }
            busy.set(false);
        });
    };
    let error = Signal::derive(move || {
        if missing.get() {
            return Some(t(door::PASSPHRASE_MISSING).to_owned());
        }
        wrong.get().map(|failure| match wait.get() {
            0 => failure::words(&failure),
            left => format!(
                "{} {}",
                failure::words(&failure),
                fill(door::WAIT, &[("time", &format::delay(left))])
            ),
        })
    });
    let wipe = move || {
        client::act(Wipe, wrong, |_| spawn_local(page::forget()));
    };
    view! {
        <UpdateWaiting/>
        <main class="door" id="contenu">
            {mark()}
            <h1>"Vigie"</h1>
            <form class="stack" on:submit=unlock node_ref=form>
                <Field id="passphrase" kind=Kind::Passphrase label=t(door::PASSPHRASE) hint=t(door::PASSPHRASE_HINT)
                    value=passphrase on_input=move |value| { missing.set(false); passphrase.set(value) } error/>
                <button type="submit" class="button button--main button--wide" disabled=move || busy.get() || (wait.get() > 0)>
                    {icon(lu::LuLockOpen)}{move || t(if busy.get() { door::UNLOCKING } else { door::UNLOCK })}
                </button>
            </form>
            <p class="quiet">{t(door::NOBODY)}</p>
            <div class="stack">
                <p class="quiet">{t(more::WIPE_LOSES)}</p>
                <Hold act=t(door::WIPE) on_held=move |()| wipe()/>
            </div>
        </main>
    }
}

/// Counts down to `until`, so that the wait is seen to end.
fn count_down(wait: RwSignal<i64>, until: i64) {
    let left = (until - format::now()).max(0);
    if wait.try_set(left).is_none() && left > 0 {
        set_timeout(move || count_down(wait, until), Duration::from_millis(250));
    }
}

fn open_last_tab() {
    let to = match prefs::tab().as_deref() {
        Some("repertoire") => Route::Directory,
        Some("envoi") => Route::Sending,
        Some("plus") => Route::More,
        _ => Route::Carnet,
    };
    route::go_instead(&to);
}

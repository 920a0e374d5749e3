//! The notebook is not to be had here now: another tab has it, for one writes at a time; or its page is of another version.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::GetStatus;

use crate::{
    client::Turn,
    components::{
        icon::{icon, lu},
        mark::mark,
    },
    i18n::{common, door, errors, t},
    page, prefs, route,
    state::use_state,
};

/// How long the other tab has to keep what is typed there and to let go.
const ANSWER: Duration = Duration::from_secs(8);

/// How far asking for the other tab's place has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    Waiting,
    Unheard,
}

#[component]
pub fn Elsewhere() -> impl IntoView {
    let state = use_state();
    let asked = RwSignal::new(Asked::No);
    let read = Turn::new();
    let here = move |_| {
        asked.set(Asked::Waiting);
        prefs::ask_for_place();
        let unheard = move || {
            if asked.try_get_untracked() == Some(Asked::Waiting) {
                asked.set(Asked::Unheard);
            }
        };
        set_timeout(unheard, ANSWER);
        let status = read.ask(GetStatus);
        spawn_local(async move {
            match status.await {
                Some(Ok(status)) => state.take(status),
                // Of another version than the notebook is by now: this page starts anew.
                Some(Err(_)) if !route::holds_code() => page::reload(),
                _ => {}
            }
        });
    };
    view! {
        <main class="door" id="contenu">
            {mark()}
            <h1>{t(door::ELSEWHERE)}</h1>
            <p role="status">{move || t(match asked.get() {
                Asked::No => door::ELSEWHERE_MORE,
                Asked::Waiting => door::ELSEWHERE_ASKED,
                Asked::Unheard => door::ELSEWHERE_UNHEARD,
            })}</p>
            <button type="button" class="button button--main button--wide" on:click=here>
                {icon(lu::LuRefreshCw)}{t(door::ELSEWHERE_HERE)}
            </button>
        </main>
    }
}

/// The office's page could not be had: the server may be at a version that nobody agreed to yet.
#[component]
pub fn OtherVersion() -> impl IntoView {
    view! {
        <main class="door" id="contenu">
            {mark()}
            <h1>{t(common::CANNOT_SHOW)}</h1>
            <p role="status">{t(errors::ABSENT)}</p>
            <button type="button" class="button button--main button--wide" on:click=move |_| page::update()>
                {icon(lu::LuRefreshCw)}{t(common::UPDATE_NOW)}
            </button>
            <button type="button" class="button button--wide" on:click=move |_| page::reload()>{t(common::RETRY)}</button>
        </main>
    }
}

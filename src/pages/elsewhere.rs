//! The notebook is not to be had here now: another tab has it, for one writes at a time; or its page is of another version.

use leptos::prelude::*;

use crate::{
    components::{
        icon::{icon, lu},
        mark::mark,
    },
    i18n::{common, door, errors, t},
    page, route,
    state::use_state,
};

#[component]
pub fn Elsewhere() -> impl IntoView {
    let state = use_state();
    let here = move |_| {
        if route::holds_code() {
            state.refresh();
        } else {
            page::reload();
        }
    };
    view! {
        <main class="door" id="contenu">
            {mark()}
            <h1>{t(door::ELSEWHERE)}</h1>
            <p role="status">{t(door::ELSEWHERE_MORE)}</p>
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

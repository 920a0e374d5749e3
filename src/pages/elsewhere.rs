//! Another tab has the notebook: one writes at a time.

use leptos::prelude::*;

use crate::{
    components::{
        icon::{icon, lu},
        mark::mark,
    },
    i18n::{door, t},
    page,
};

#[component]
pub fn Elsewhere() -> impl IntoView {
    view! {
        <main class="door" id="contenu">
            {mark()}
            <h1>{t(door::ELSEWHERE)}</h1>
            <p role="status">{t(door::ELSEWHERE_MORE)}</p>
            <button type="button" class="button button--main button--wide" on:click=move |_| page::reload()>
                {icon(lu::LuRefreshCw)}{t(door::ELSEWHERE_HERE)}
            </button>
        </main>
    }
}

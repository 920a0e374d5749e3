//! While the worker starts: the mark and one line, as `index.html` paints them before any code has come.

use leptos::prelude::*;

use crate::{
    client,
    components::mark::mark,
    failure,
    i18n::{door, t},
    state::use_state,
};

#[component]
pub fn Opening() -> impl IntoView {
    let state = use_state();
    let retry = move |_| {
        client::restart();
        state.failure.set(None);
        state.refresh();
    };
    view! {
        <main class="door" id="contenu">
            {mark()}
            <h1>"Vigie"</h1>
            {move || match state.failure.get() {
                None => view! { <p class="quiet" role="status">{t(door::OPENING)}</p> }.into_any(),
                Some(failure) => view! {
                    <p role="alert">{failure::words(&failure)}</p>
                    <button type="button" class="button button--main" on:click=retry>{t(crate::i18n::common::RETRY)}</button>
                }
                .into_any(),
            }}
        </main>
    }
}

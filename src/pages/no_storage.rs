//! The browser gives no storage: nothing could be kept, so nothing is asked.

use leptos::prelude::*;

use crate::{
    components::{
        mark::mark,
        notice::{Notice, Tone},
    },
    i18n::{door, t},
    page,
};

#[component]
pub fn NoStorage() -> impl IntoView {
    view! {
        <main class="door" id="contenu">
            {mark()}
            <h1>"Vigie"</h1>
            <Notice tone=Tone::Loss strong=t(door::NO_STORAGE).to_owned() text=t(door::NO_STORAGE_MORE).to_owned()/>
            <ul class="steps">
                <li>{t(door::NO_STORAGE_PRIVATE)}</li>
                <li>{t(door::NO_STORAGE_COOKIES)}</li>
                <li>{t(door::NO_STORAGE_BROWSER)}</li>
            </ul>
            <button type="button" class="button button--main button--wide" on:click=move |_| page::reload()>{t(crate::i18n::common::RETRY)}</button>
        </main>
    }
}

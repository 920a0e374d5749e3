//! What the frame of a phone at the desk shows ([`crate::preview`]).

use leptos::prelude::*;

use super::fill;
use crate::{
    i18n::{form, t},
    route::{self, Route},
    state::State,
};

/// The filling page, then the word that it was a preview.
#[component]
pub fn Preview() -> impl IntoView {
    State::begin();
    let route = RwSignal::new(route::current());
    provide_context(route);
    route::follow(route);
    if let Some(root) = document().document_element() {
        drop(root.set_attribute("data-preview", ""));
    }
    move || {
        match route.get() {
        Route::Fill(form) => view! { <fill::Fill open=fill::Open::New(form)/> }.into_any(),
        _ => view! {
            <main class="door" id="main">
                <h1>{t(form::PREVIEW_END)}</h1>
                <p>{t(form::PREVIEW_END_WHY)}</p>
                <button type="button" class="button button--main" on:click=|_| route::go_instead(&Route::Fill(vigie_model::FormId::new("apercu")))>
                    {t(form::PREVIEW_AGAIN)}
                </button>
            </main>
        }
        .into_any(),
    }
    }
}

//! The first screen: a language, each said in itself.

use leptos::prelude::*;

use crate::i18n::{self, LANGUAGES};

/// A language's own name for itself: the one text that is never translated.
pub fn name_of(code: &str) -> &str {
    match code {
        "fr" => "Français",
        "en" => "English",
        "es" => "Español",
        other => other,
    }
}

#[component]
pub fn Language(#[prop(into)] on_choose: Callback<String>) -> impl IntoView {
    let buttons = LANGUAGES
        .iter()
        .map(|code| {
            let main = *code == i18n::lang();
            view! {
                <button type="button" lang=*code class=if main { "button button--wide button--main" } else { "button button--wide" }
                    on:click=move |_| on_choose.run((*code).to_owned())>{name_of(code)}</button>
            }
        })
        .collect_view();
    view! {
        <h1>"Vigie"</h1>
        <p class="quiet">{i18n::t(i18n::door::WHAT)}</p>
        <div class="stack">{buttons}</div>
    }
    .into_any()
}

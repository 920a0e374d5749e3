//! The first screen: a language, each said in itself.

use leptos::prelude::*;

use crate::{
    components::languages,
    i18n::{self, LANGUAGES},
};

/// A language's own name for itself: the one text that is never translated. The code of one that is none of ours.
pub fn name_of(code: &str) -> &str {
    LANGUAGES
        .iter()
        .find(|language| language.code == code)
        .map_or(code, |language| language.name)
}

#[component]
pub fn Language(#[prop(into)] on_choose: Callback<&'static str>) -> impl IntoView {
    let buttons = LANGUAGES
        .iter()
        .map(|language| {
            let main = language == i18n::spoken();
            view! {
                <button type="button" lang=language.code class=if main { "button button--wide button--main" } else { "button button--wide" }
                    on:click=move |_| on_choose.run(language.code)>{language.title()}</button>
            }
        })
        .collect_view();
    view! {
        <h1 tabindex="-1">"Vigie"</h1>
        <p class="quiet">{i18n::t(i18n::door::WHAT)}</p>
        <div class="stack">{buttons}</div>
        {languages::missing()}
    }
    .into_any()
}

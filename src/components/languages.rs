//! What stands below a choice of languages.

use leptos::prelude::*;

use crate::i18n::{self, common, t};

/// That the words of the language just chosen are not here: they come with the network, once.
pub fn missing() -> AnyView {
    let words = move || i18n::is_missing().then(|| t(common::LANGUAGE_MISSING));
    view! { <p role="alert" class="field__error">{words}</p> }.into_any()
}

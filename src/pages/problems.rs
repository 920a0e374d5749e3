//! What was not done, or can't be shown, says why.

use leptos::prelude::*;
use vigie_protocol::Failure;

use crate::{
    components::notice::{Notice, Tone},
    failure,
    i18n::{Key, common, t},
};

type Failed = Signal<Option<Failure>>;

/// A page that can't be shown; nothing while all is well.
#[component]
pub fn Missing(#[prop(into)] failed: Failed) -> impl IntoView {
    told(failed, common::CANNOT_SHOW)
}

/// What happened, what is safe, what to do.
pub fn told(failed: Failed, strong: Key) -> AnyView {
    (move || {
        failed.get().map(|failure| view! { <Notice tone=Tone::Loss strong=t(strong).to_owned() text=failure::words(&failure)/> })
    })
    .into_any()
}

/// The same in a line, under what was asked for.
pub fn error_line(failed: Failed) -> AnyView {
    view! { <p role="alert" class="field__error">{move || failed.get().map(|failure| failure::words(&failure))}</p> }.into_any()
}

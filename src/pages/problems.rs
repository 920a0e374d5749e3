//! A page that can't be shown says why.

use leptos::prelude::*;
use vigie_protocol::Failure;

use crate::{
    components::notice::{Notice, Tone},
    failure,
    i18n::{common, t},
};

/// Nothing while all is well.
#[component]
pub fn Missing(#[prop(into)] failed: Signal<Option<Failure>>) -> impl IntoView {
    move || {
        failed.get().map(|failure| view! { <Notice tone=Tone::Loss strong=t(common::CANNOT_SHOW).to_owned() text=failure::words(&failure)/> })
    }
}

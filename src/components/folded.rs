//! Something of less interest, under its name.

use leptos::prelude::*;

pub fn folded(name: impl Into<String>, inside: AnyView) -> AnyView {
    view! { <details class="folded"><summary>{name.into()}</summary>{inside}</details> }.into_any()
}

//! The mark: an eye that watches, a light above it.

use leptos::prelude::*;

pub fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 72 72" aria-hidden="true">
            <path d="M8 38c12-20 44-20 56 0-12 20-44 20-56 0z"></path>
            <circle cx="36" cy="38" r="9"></circle>
            <path d="M36 8v8M18 13l4 7M54 13l-4 7"></path>
        </svg>
    }
    .into_any()
}

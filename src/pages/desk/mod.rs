//! The office's desk.

use leptos::prelude::*;

/// `path`: what follows `#/bureau/`.
#[component]
pub fn Desk(path: Vec<String>) -> impl IntoView {
    view! { <main class="door" id="contenu"><h1>{path.join(" / ")}</h1></main> }
}

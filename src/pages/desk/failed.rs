//! What the desk says when something was not done, and how far a long task is.

use leptos::prelude::*;
use vigie_protocol::{Failure, Task};

use crate::{
    components::notice::{Notice, Tone},
    failure,
    i18n::{desk, t},
    state::use_state,
};

/// What happened, what is safe, what to do.
#[component]
pub fn Failed(failure: RwSignal<Option<Failure>>) -> impl IntoView {
    move || {
        failure.get().map(|what| view! { <Notice tone=Tone::Loss strong=t(desk::NOT_DONE).to_owned() text=failure::words(&what)/> })
    }
}

/// The long task under way.
#[component]
pub fn LongTask() -> impl IntoView {
    let state = use_state();
    move || {
        state.progress.get().map(|(task, done, total)| {
            let words = t(match task {
                Task::Sending | Task::Fetching | Task::Renewing => desk::FETCHING,
                Task::Importing | Task::Indexing => desk::IMPORTING,
                Task::Exporting => desk::EXPORT_BUSY,
            });
            view! {
                <div class="stack" role="status">
                    <p class="quiet">{words}</p>
                    <progress class="progress" value=done.to_string() max=total.to_string() aria-label=words></progress>
                </div>
            }
        })
    }
}

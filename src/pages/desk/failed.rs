//! What the desk says when something was not done, and how far a long task is.

use leptos::prelude::*;
use vigie_protocol::{Failure, Task};

use crate::{
    i18n::{desk, t},
    pages::problems::told,
    state::use_state,
};

/// What happened, what is safe, what to do.
#[component]
pub fn Failed(failure: RwSignal<Option<Failure>>) -> impl IntoView {
    told(failure.into(), desk::NOT_DONE)
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
                Task::HandingOut => desk::HANDING_OUT,
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

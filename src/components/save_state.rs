//! Whether what is on the screen is kept: said in words, announced, and never before it is true.

use leptos::prelude::*;
use vigie_protocol::{Failure, Millis};

use super::{
    icon::{icon, lu},
    notice::{Notice, Tone},
};
use crate::{
    failure, format,
    i18n::{common, fill, t},
};

/// Where the last keystroke stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Save {
    /// Nothing was typed.
    #[default]
    Untouched,
    /// Typed, or on its way to the disk.
    Saving,
    /// Durably kept at this moment.
    Saved(Millis),
    /// Not kept: still on the screen.
    Failed(Failure),
}

/// The line in the heading.
#[component]
pub fn SaveState(
    #[prop(into)] save: Signal<Save>,
    /// Shows the time alone, where the heading is long; the words are still said.
    #[prop(optional)]
    brief: bool,
) -> impl IntoView {
    view! {
        <span class="save-state" role="status" aria-live="polite">
            {move || match save.get() {
                Save::Untouched => ().into_any(),
                Save::Saving => view! { <span class="saved saved--busy">{t(common::SAVING)}</span> }.into_any(),
                Save::Saved(at) => {
                    let words = fill(common::SAVED_AT, &[("time", &format::time(at))]);
                    if brief {
                        view! {
                            <span class="saved">{icon(lu::LuCheck)}<span aria-hidden="true">{format::time(at)}</span><span class="visually-hidden">{words}</span></span>
                        }
                        .into_any()
                    } else {
                        view! { <span class="saved">{icon(lu::LuCheck)}{words}</span> }.into_any()
                    }
                }
                Save::Failed(_) => view! { <span class="saved saved--failed">{icon(lu::LuTriangleAlert)}{t(common::NOT_SAVED)}</span> }
                    .into_any(),
            }}
        </span>
    }
    .into_any()
}

/// The red banner, with what can still be done.
#[component]
pub fn NotSaved(
    #[prop(into)] save: Signal<Save>,
    #[prop(into)] on_keep: Callback<()>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    let failed = Memo::new(move |_| match save.get() {
        Save::Failed(failure) => Some(failure),
        _ => None,
    });
    move || {
        failed.get().map(|failure| {
            view! {
                <Notice tone=Tone::Loss strong=t(common::NOT_SAVED).to_owned() text=failure::words(&failure)>
                    <button type="button" class="button button--danger" on:click=move |_| on_keep.run(())>
                        {icon(lu::LuDownload)}{t(common::KEEP_IN_FILE)}
                    </button>
                    <button type="button" class="button" on:click=move |_| on_retry.run(())>
                        {icon(lu::LuRotateCcw)}{t(common::RETRY)}
                    </button>
                </Notice>
            }
        })
    }
}

//! Notices that hold for every page: a newer version waits, the worker stopped, the last act was done.

use leptos::prelude::*;

use super::{
    icon::{icon, lu},
    notice::{Notice, Tone},
};
use crate::{
    i18n::{common, t},
    page,
    state::use_state,
};

/// A newer version is offered, never forced.
#[component]
pub fn UpdateWaiting() -> impl IntoView {
    let waiting = use_state().update;
    view! {
        <Show when=move || waiting.get()>
            <aside class="banner" aria-label=t(common::NOTICE)>
                <Notice tone=Tone::Plain strong=t(common::UPDATE).to_owned() text=t(common::UPDATE_MORE).to_owned()>
                    <button type="button" class="button button--main" on:click=move |_| page::update()>{t(common::UPDATE_NOW)}</button>
                    <button type="button" class="button" on:click=move |_| waiting.set(false)>{t(common::LATER)}</button>
                </Notice>
            </aside>
        </Show>
    }
    .into_any()
}

/// The worker stopped while a page is open: the page stays, so that what is on it may be kept.
#[component]
pub fn WorkerStopped(
    #[prop(into)] stopped: Signal<bool>,
    #[prop(into)] on_reopen: Callback<()>,
) -> impl IntoView {
    view! {
        <Show when=move || stopped.get()>
            <aside class="banner" aria-label=t(common::NOTICE)>
                <Notice tone=Tone::Loss strong=t(common::STOPPED).to_owned() text=t(common::STOPPED_MORE).to_owned()>
                    <button type="button" class="button" on:click=move |_| on_reopen.run(())>{icon(lu::LuRotateCcw)}{t(common::REOPEN)}</button>
                </Notice>
            </aside>
        </Show>
    }
    .into_any()
}

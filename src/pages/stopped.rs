//! The worker stopped before a notebook was open: nothing is on the screen that could be lost.

use leptos::prelude::*;

use crate::{
    client,
    components::{
        icon::{icon, lu},
        mark::mark,
        notice::{Notice, Tone},
    },
    i18n::{common, t},
    state::use_state,
};

#[component]
pub fn Stopped() -> impl IntoView {
    let state = use_state();
    let reopen = move |_| {
        client::restart();
        state.stopped.set(false);
        state.refresh();
    };
    view! {
        <main class="door" id="contenu">
            {mark()}
            <h1>"Vigie"</h1>
            <Notice tone=Tone::Loss strong=t(common::STOPPED).to_owned() text=t(common::STOPPED_MORE).to_owned()/>
            <button type="button" class="button button--main button--wide" on:click=reopen>{icon(lu::LuRotateCcw)}{t(common::REOPEN)}</button>
        </main>
    }
}

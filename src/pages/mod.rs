//! One file per page. Pages ask the worker ([`crate::client`]) and hand components what they show.

pub mod about;
pub mod card;
pub mod carnet;
#[cfg(feature = "desk")]
pub mod desk;
pub mod directory;
pub mod display;
pub mod door;
mod dropped;
pub mod editor;
pub mod elsewhere;
pub mod export;
pub mod fill;
pub mod forms;
pub mod help;
pub mod history;
pub mod images;
pub mod install;
pub mod missions;
pub mod more;
pub mod no_storage;
pub mod note;
pub mod opening;
mod others;
pub mod paper;
#[cfg(feature = "partner")]
pub mod partner;
mod preview;
pub mod problems;
pub mod promises;
pub mod record;
pub mod rescue;
pub mod response;
pub mod security;
pub mod sending;
pub mod stopped;
pub mod storage;

use leptos::prelude::*;

#[cfg(not(feature = "partner"))]
pub use self::others::{preview, put};
use crate::{
    client,
    components::banner::{UpdateWaiting, WorkerStopped},
    prefs,
    route::Route,
    state::use_state,
};

/// The open notebook: the page of the address, under what holds for every page.
pub fn notebook(route: RwSignal<Route>) -> impl IntoView {
    // The address may have been changed without a word since it was read (`route::rename`): whoever comes back to a note that she
    // began before the notebook was locked finds that note.
    let here = crate::route::current();
    if route.get_untracked() != here {
        route.set(here);
    }
    let state = use_state();
    Effect::new(move |_| {
        let tab = match route.get() {
            Route::Carnet => "carnet",
            Route::Directory => "repertoire",
            Route::Sending => "envoi",
            Route::More => "plus",
            _ => return,
        };
        prefs::set_tab(tab);
    });
    let reopen = move || {
        client::restart();
        state.stopped.set(false);
        state.refresh();
    };
    view! {
        <UpdateWaiting/>
        <dropped::Dropped/>
        <WorkerStopped stopped=state.stopped on_reopen=move |()| reopen()/>
        {move || match route.get() {
            Route::Carnet => view! { <carnet::Carnet/> }.into_any(),
            Route::Note(rec) => view! { <note::NotePage rec/> }.into_any(),
            Route::Link => ().into_any(),
            other => others::page(other),
        }}
    }
}

//! The notebook's pages that no first note needs.

use leptos::prelude::*;

use super::{
    about, card, directory, display, export, fill, forms, help, history, images, install, missions,
    more, paper, preview::Preview, promises, response, security, sending, storage,
};
use crate::{behind, route::Route};

#[derive(Clone, Copy)]
struct Others {
    page: fn(Route) -> AnyView,
    preview: fn() -> AnyView,
}

thread_local! {
    static OTHERS: behind::Place<Others> = behind::slot();
}

/// Puts them where they are asked for.
pub fn put() {
    behind::put(
        &OTHERS,
        Others {
            page: drawn,
            preview: || view! { <Preview/> }.into_any(),
        },
    );
}

/// Of an address that is not the notebook's first page, nor a note.
pub fn page(of: Route) -> AnyView {
    behind::part(&OTHERS, move |others| (others.page)(of.clone()))
}

/// What the frame of a phone at the desk shows.
pub fn preview() -> AnyView {
    behind::part(&OTHERS, |others| (others.preview)())
}

fn drawn(of: Route) -> AnyView {
    match of {
        Route::Directory => view! { <directory::Directory/> }.into_any(),
        Route::Sending => view! { <sending::Sending/> }.into_any(),
        Route::Showing => view! { <images::Showing/> }.into_any(),
        Route::Taking => view! { <images::Taking/> }.into_any(),
        Route::More | Route::Desk(_) => view! { <more::More/> }.into_any(),
        Route::Card(of, rec) => view! { <card::CardPage of rec/> }.into_any(),
        Route::History(kind, rec) => view! { <history::HistoryPage kind rec/> }.into_any(),
        Route::Forms => view! { <forms::Forms/> }.into_any(),
        Route::Fill(form) => view! { <fill::Fill open=fill::Open::New(form)/> }.into_any(),
        Route::Response(rec) => view! { <response::Response rec/> }.into_any(),
        Route::ResponseOnPaper(rec) => view! { <paper::ResponseOnPaper rec/> }.into_any(),
        Route::Missions => view! { <missions::Missions/> }.into_any(),
        Route::JoinMission => view! { <missions::JoinMission/> }.into_any(),
        Route::Join => view! { <missions::JoinMission followed=true/> }.into_any(),
        Route::Display => view! { <display::Display/> }.into_any(),
        Route::Security => view! { <security::Security/> }.into_any(),
        Route::Storage => view! { <storage::Storage/> }.into_any(),
        Route::Install => view! { <install::Install/> }.into_any(),
        Route::Export => view! { <export::Export/> }.into_any(),
        Route::Help => view! { <help::Help/> }.into_any(),
        Route::Promises => view! { <promises::Promises/> }.into_any(),
        Route::About => view! { <about::About/> }.into_any(),
        Route::Carnet | Route::Note(_) | Route::Link => ().into_any(),
    }
}

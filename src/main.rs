//! Vigie's page: a Leptos app that shows and asks. What decides, keeps and seals lives in the worker ([`client`]).
//!
//! Start with [`app`]: what is shown when. [`pages`] ask the worker; [`components`] only show and call back.

mod app;
mod client;
mod components;
mod failure;
mod file;
mod format;
mod i18n;
mod markdown;
mod page;
mod pages;
mod prefs;
mod preview;
mod route;
mod speech;
mod state;

fn main() {
    prefs::apply();
    route::welcome();
    i18n::choose(&prefs::lang().unwrap_or_else(i18n::of_browser));
    let opening = leptos::prelude::document().get_element_by_id("ouverture");
    if preview::asker().is_some() {
        leptos::mount::mount_to_body(preview::Preview);
    } else {
        leptos::mount::mount_to_body(app::App);
    }
    if let Some(opening) = opening {
        opening.remove();
    }
}

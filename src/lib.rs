//! Vigie's page: a Leptos app that shows and asks. What decides, keeps and seals lives in the worker ([`client`]).
//!
//! There are three builds of it. A phone's, which devices load first; an office's, with the feature `desk`; and a partner's,
//! with the feature `partner`, which answers itself ([`guest`]) and shows of all this only what she needs.
//!
//! Start with [`app`]: what is shown when. [`pages`] ask the worker; [`components`] only show and call back.

#![cfg_attr(
    feature = "partner",
    allow(
        dead_code,
        reason = "a partner's page has a part of what a notebook's has"
    )
)]

mod app;
mod behind;
mod camera;
mod client;
mod components;
mod failure;
mod file;
mod format;
#[cfg(feature = "partner")]
mod guest;
mod i18n;
mod layers;
mod line;
mod lit;
mod markdown;
mod page;
mod pages;
mod pause;
mod prefs;
mod preview;
mod rest;
mod route;
mod speech;
mod state;
mod words;

use leptos::{mount::mount_to_body, prelude::*};

/// Shows the page, for as long as it lives.
///
/// Where an office works, a phone's page hands over to an office's, so that a phone never downloads what only the desk needs; and
/// whoever follows a partner link, to a partner's.
#[cfg(not(feature = "partner"))]
pub fn start() {
    prefs::apply();
    if preview::asker().is_some() {
        return show(|| {
            rest::fetch();
            pages::preview()
        });
    }
    #[cfg(not(feature = "desk"))]
    if prefs::is_office() || matches!(route::current(), route::Route::Desk(_)) {
        // The address as it is: the office's build takes a set-up link's code out of it.
        hand_over();
        return;
    }
    if route::leads_to_partner() {
        return;
    }
    route::welcome();
    // It takes longest to come: let it be on its way while the words are.
    client::restart();
    show(app::App);
}

/// Shows a partner's page, in the language that was tapped before any code had come.
#[cfg(feature = "partner")]
pub fn start() {
    prefs::apply();
    route::welcome();
    show(app::PartnerApp);
}

/// In place of what was painted before any code came, in the person's language; its words come first.
fn show<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) {
    // Not Leptos's own: what that needs is there once something is mounted.
    wasm_bindgen_futures::spawn_local(async {
        if !i18n::open().await {
            return page::say_without_words();
        }
        let opening = document().get_element_by_id("ouverture");
        mount_to_body(view);
        if let Some(opening) = opening {
            opening.remove();
        }
    });
}

/// Lets the office's build of the page take this one's place.
#[cfg(not(feature = "desk"))]
fn hand_over() {
    use wasm_bindgen::{JsCast, closure::Closure};

    let script = document().create_element("script").and_then(|script| {
        script.set_attribute("type", "module")?;
        script.set_attribute("src", "/desk.js")?;
        Ok(script)
    });
    if let (Ok(script), Some(head)) = (script, document().head()) {
        // The server has another version's, and nobody agreed to that one yet.
        let missing = Closure::<dyn FnMut()>::new(|| {
            show(pages::elsewhere::OtherVersion);
        });
        script
            .unchecked_ref::<web_sys::HtmlElement>()
            .set_onerror(Some(missing.into_js_value().unchecked_ref()));
        drop(head.append_child(&script));
    }
}

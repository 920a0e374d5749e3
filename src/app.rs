//! The app: what is shown, by where the device stands and by the address.
//!
//! Addresses are fragments ([`crate::route`]): `#/carnet`, `#/note/…`, `#/join/CODE` (an invite; `/j#CODE` for short),
//! `#/lien/CODE` (a partner link; `/q#CODE` for short), `#/bureau/ouvrir/TOKEN` (an office's set-up), `#/bureau/…` (the
//! desk). A code leaves the address at once. A partner link is another page's ([`PartnerApp`]). The phase decides first: without a vault the door is shown, a locked notebook asks for its
//! passphrase, and the address waits.
//!
//! The whole view is drawn anew when the language changes; what a person types lives in drafts and signals above it.

use std::time::Duration;

use leptos::prelude::*;
use vigie_protocol::{Nudge, Phase};

use crate::{
    client, i18n, page,
    pages::{self, door},
    prefs, rest,
    route::{self, Route},
    state::State,
};

/// What is fetched for days without a network waits so long: what is needed now comes first.
const LATER: Duration = Duration::from_secs(30);

#[component]
pub fn App() -> impl IntoView {
    let state = State::begin();
    let route = RwSignal::new(route::current());
    provide_context(route);
    route::follow(route);
    page::watch(state);
    #[cfg(not(feature = "partner"))]
    drop(window_event_listener(
        leptos::ev::storage,
        move |event| match prefs::told(&event) {
            Some(prefs::Told::HandedOver) => state.lock(),
            Some(prefs::Told::PlaceAsked) => page::give_way(state),
            None => {}
        },
    ));
    state.refresh();

    // A phone that never kept anything is at the door, and need not wait for its worker to say so.
    let is_untouched = RwSignal::new(false);
    #[cfg(not(any(feature = "desk", feature = "partner")))]
    leptos::task::spawn_local(async move {
        is_untouched.set(page::is_untouched().await);
    });
    // The kind of screen, so that a new status redraws only when it changes what is shown.
    let phase = Memo::new(move |_| match &*state.status.read() {
        Some(status) => Some(status.phase),
        None => (is_untouched.get() && state.failure.read().is_none()).then_some(Phase::New),
    });
    Effect::new(move |_| {
        if matches!(
            phase.get(),
            Some(Phase::Open | Phase::Office | Phase::OfficeUnproven)
        ) {
            state.read();
            client::tell(Nudge);
            set_timeout(page::keep_codes, LATER);
        }
    });

    // The worker is what the first note waits for: the line is its own until it has come.
    let answers = Memo::new(move |_| state.status.read().is_some());
    Effect::new(move |_| {
        if answers.get() {
            rest::fetch();
        }
    });

    Effect::new(move |_| {
        if state.update.get() && phase.get() == Some(Phase::New) {
            leptos::task::spawn_local(page::take_quietly(state));
        }
    });

    move || {
        i18n::turns();
        if state.stopped.get() {
            return pages::stopped::Stopped().into_any();
        }
        let phase = phase.get();
        match phase {
            None => pages::opening::Opening().into_any(),
            Some(Phase::NoStorage) => pages::no_storage::NoStorage().into_any(),
            Some(Phase::Elsewhere) => pages::elsewhere::Elsewhere().into_any(),
            Some(Phase::New) => match route.get() {
                Route::Desk(path) => desk(path),
                _ => door::Door().into_any(),
            },
            Some(Phase::Locked) => door::unlock::Unlock().into_any(),
            Some(Phase::Open) => pages::notebook(route).into_any(),
            Some(Phase::Office | Phase::OfficeUnproven) => {
                let path = match route.get() {
                    Route::Desk(path) => path,
                    _ => Vec::new(),
                };
                prefs::set_office();
                desk(path)
            }
        }
    }
}

/// A partner's page: one link, whatever else this phone holds.
#[cfg(feature = "partner")]
#[component]
pub fn PartnerApp() -> impl IntoView {
    let state = State::begin();
    let route = RwSignal::new(route::current());
    provide_context(route);
    provide_context(pages::partner::Following::begin(state, rest::fetch));
    // Whatever notebook is open in another tab: this phone is about to be somebody else's.
    prefs::hand_over();
    route::follow(route);
    page::watch(state);
    move || {
        i18n::turns();
        // Another link followed here is another partner's.
        route.track();
        view! { <pages::partner::Partner code=route::code(&Route::Link)/> }
    }
}

#[cfg(feature = "desk")]
fn desk(path: Vec<String>) -> AnyView {
    view! { <pages::desk::Desk path/> }.into_any()
}

/// A phone's page knows no desk: it starts again, and hands over.
#[cfg(not(feature = "desk"))]
fn desk(_: Vec<String>) -> AnyView {
    page::reload();
    pages::opening::Opening().into_any()
}

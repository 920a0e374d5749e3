//! The left rail: the places of the desk, and the way out.

use leptos::{ev, html, prelude::*, task::spawn_local};
use vigie_protocol::{Awaiting, CountAwaiting};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::{
    client::Turn,
    components::{
        icon::{icon, lu},
        languages,
    },
    format,
    i18n::{self, LANGUAGES, Plural, count, desk, fill, library, t},
    page,
    pages::about::grouped,
    prefs,
    route::Route,
    state::use_state,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Inbox,
    Entries,
    Exports,
    Missions,
    Forms,
}

fn to(part: &str) -> String {
    Route::Desk(vec![part.to_owned()]).href()
}

/// How many wait there, when some do: a number to see, in words to hear and to point at.
fn due(n: usize, words: Plural) -> Option<AnyView> {
    let says = count(n, words);
    let (shown, title) = (format::number(n as f64), says.clone());
    let view = move || {
        view! {
            " "
            <span class="rail__due" title=title><span aria-hidden="true">{shown}</span><span class="visually-hidden">{says}</span></span>
        }
        .into_any()
    };
    (n > 0).then(view)
}

#[component]
pub fn Rail(place: Place) -> impl IntoView {
    let state = use_state();
    let awaiting = RwSignal::new(Awaiting::default());
    // What can't be counted is said by the page that can't show it.
    let uncounted = RwSignal::new(None);
    let turn = Turn::new();
    Effect::new(move |_| {
        state.changes.track();
        turn.show(CountAwaiting, uncounted, move |now| awaiting.set(now));
    });
    let link = move |here: Place, part: &str, shape: icondata_core::Icon, words: &'static str| {
        let due = move || match here {
            Place::Inbox => due(awaiting.read().quarantined, desk::N_QUARANTINED),
            Place::Entries => due(awaiting.read().conflicts, desk::N_CONFLICTS),
            Place::Exports | Place::Missions | Place::Forms => None,
        };
        view! {
            <a href=to(part) aria-current=(here == place).then_some("page")>
                {icon(shape)}
                {words}
                {due}
            </a>
        }
    };
    let office = state.status.with_untracked(|status| {
        status
            .as_ref()
            .map(|status| status.name.clone())
            .unwrap_or_default()
    });
    // What people on a mission may ask to compare with their own.
    let hash = RwSignal::new(None::<String>);
    spawn_local(async move { drop(hash.try_set(page::versions().await.served)) });
    let speak = move |event| {
        let code = event_target_value(&event);
        if let Some(language) = LANGUAGES.iter().find(|language| language.code == code) {
            i18n::choose(language.code, || prefs::set_lang(language.code));
        }
    };
    let rail = NodeRef::new();
    keep_here_in_view(rail);
    view! {
        <nav class="rail" node_ref=rail aria-label=t(desk::RAIL_LABEL)>
            <p class="rail__name">
                {icon(lu::LuEye)}
                "Vigie"
            </p>
            <p class="rail__office quiet">{office}</p>
            {link(Place::Inbox, "reception", lu::LuInbox, t(desk::INBOX))}
            {link(Place::Entries, "entrees", lu::LuTable, t(desk::ENTRIES))}
            {link(Place::Exports, "exports", lu::LuDownload, t(desk::EXPORTS))}
            {link(Place::Missions, "missions", lu::LuFlag, t(desk::MISSIONS))}
            {link(Place::Forms, "questionnaires", lu::LuClipboardList, t(library::TITLE))}
            <div class="rail__foot">
                <select class="input rail__language" aria-label=t(desk::LANGUAGE) on:change=speak>
                    {LANGUAGES.iter().map(|language| view! {
                        <option value=language.code lang=language.code selected=language == i18n::spoken()>{language.title()}</option>
                    }).collect_view()}
                </select>
                {languages::missing()}
                <button type="button" class="button button--plain button--wide" on:click=move |_| state.lock()>
                    {icon(lu::LuLock)}
                    {t(desk::LOCK)}
                </button>
                <p class="rail__office quiet">{move || hash.get().map(|hash| {
                    fill(desk::VERSION, &[("version", env!("CARGO_PKG_VERSION")), ("hash", &grouped(&hash))])
                })}</p>
            </div>
        </nav>
    }
}

/// On a small screen these are a line that scrolls: the current one is kept in view.
pub fn keep_here_in_view(places: NodeRef<html::Nav>) {
    let show = move || {
        request_animation_frame(move || {
            let places = places.try_get_untracked().flatten();
            let here = places
                .as_ref()
                .and_then(|places| places.query_selector("[aria-current]").ok()?);
            let here = here.and_then(|here| here.dyn_into::<HtmlElement>().ok());
            if let (Some(places), Some(here)) = (places, here) {
                let before = here.offset_left() - (places.client_width() - here.offset_width()) / 2;
                places.set_scroll_left(before.into());
            }
        });
    };
    Effect::new(move |_| show());
    let resized = window_event_listener(ev::resize, move |_| show());
    on_cleanup(move || resized.remove());
}

//! Where a person is: one address per place, in the fragment (`#/note/…`).
//!
//! A browser never sends the fragment to the server. So the server learns neither which entry is read nor the code of
//! an invite link (`#/join/CODE`), of a partner link (`#/lien/CODE`) or of a set-up link (`#/bureau/ouvrir/TOKEN`), and any address opens with no network.
//! `leptos_router` matches the part of an address that is sent, which here never changes; hence this enum.
//!
//! A code does not stay in the address: [`welcome`] takes it out before anything is drawn, and keeps it in memory alone, so
//! that whoever holds the phone later finds it neither in the address bar nor under "back". A page started anew has no code.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use vigie_model::{
    FormId, Kind, RecordId,
    kinds::{self, KindSpec, Listed},
};

use crate::{layers, preview};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    #[default]
    Carnet,
    Directory,
    Sending,
    /// What waits for the office, as moving codes.
    Showing,
    /// What another device gives without a network: the office's word, or what somebody else sends.
    Taking,
    More,
    /// A note, by its record; none: a new one.
    Note(Option<RecordId>),
    /// A record of the *répertoire*, by its kind; none: a new one.
    Card(&'static KindSpec, Option<RecordId>),
    /// The versions of a record: its kind, itself.
    History(Kind, RecordId),
    /// The questionnaires one may fill.
    Forms,
    /// A new response to a form.
    Fill(FormId),
    Response(RecordId),
    /// A response as a page to print.
    ResponseOnPaper(RecordId),
    Missions,
    JoinMission,
    Display,
    Security,
    Storage,
    Install,
    Export,
    Help,
    /// What Vigie protects, and what it does not.
    Promises,
    About,
    /// An invite link, whose code [`code`] knows.
    Join,
    /// A partner link, whose code [`code`] knows.
    Link,
    /// The office, with the rest of the path.
    Desk(Vec<String>),
}

/// The address of a partner's page, which is a page of its own.
const PARTNER: &str = "/q";

impl Route {
    /// Reads a fragment; what isn't known leads home.
    pub fn read(fragment: &str) -> Route {
        let path = fragment.trim_start_matches('#').trim_matches('/');
        let parts: Vec<String> = path.split('/').map(decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["repertoire"] => Route::Directory,
            ["envoi"] => Route::Sending,
            ["envoi", "images"] => Route::Showing,
            ["envoi", "lire"] => Route::Taking,
            ["plus"] => Route::More,
            ["note"] => Route::Note(None),
            ["note", rec] => of_rec(rec, |rec| Route::Note(Some(rec))),
            ["historique", kind, rec] => of_rec(rec, |rec| Route::History(Kind::new(*kind), rec)),
            ["questionnaires"] => Route::Forms,
            ["remplir", form] => Route::Fill(FormId::new(*form)),
            ["reponse", rec, "papier"] => of_rec(rec, Route::ResponseOnPaper),
            ["reponse", rec] => of_rec(rec, Route::Response),
            ["plus", "missions"] => Route::Missions,
            ["plus", "rejoindre"] => Route::JoinMission,
            ["plus", "affichage"] => Route::Display,
            ["plus", "securite"] => Route::Security,
            ["plus", "espace"] => Route::Storage,
            ["plus", "installer"] => Route::Install,
            ["plus", "exporter"] => Route::Export,
            ["plus", "aide"] => Route::Help,
            ["plus", "protege"] => Route::Promises,
            ["plus", "version"] => Route::About,
            ["lien", ..] => Route::Link,
            ["join", ..] => Route::Join,
            ["bureau", rest @ ..] => {
                Route::Desk(rest.iter().map(|part| (*part).to_owned()).collect())
            }
            [kind] => card(kind, None).unwrap_or_default(),
            [kind, rec] => {
                let rec = rec.parse().ok();
                rec.and_then(|rec| card(kind, Some(rec)))
                    .unwrap_or_default()
            }
            _ => Route::Carnet,
        }
    }

    /// The address, for a link.
    pub fn href(&self) -> String {
        let one = |name: &str, value: &str| format!("#/{name}/{}", encode(value));
        match self {
            Route::Carnet => "#/carnet".into(),
            Route::Directory => "#/repertoire".into(),
            Route::Sending => "#/envoi".into(),
            Route::Showing => "#/envoi/images".into(),
            Route::Taking => "#/envoi/lire".into(),
            Route::More => "#/plus".into(),
            Route::Note(None) => "#/note".into(),
            Route::Note(Some(rec)) => one("note", &rec.to_string()),
            Route::Card(of, None) => format!("#/{}", of.kind),
            Route::Card(of, Some(rec)) => one(of.kind.as_str(), &rec.to_string()),
            Route::History(kind, rec) => format!("#/historique/{}/{}", encode(kind.as_str()), rec),
            Route::Forms => "#/questionnaires".into(),
            Route::Fill(form) => one("remplir", form.as_str()),
            Route::Response(rec) => one("reponse", &rec.to_string()),
            Route::ResponseOnPaper(rec) => one("reponse", &rec.to_string()) + "/papier",
            Route::Missions => "#/plus/missions".into(),
            Route::JoinMission => "#/plus/rejoindre".into(),
            Route::Display => "#/plus/affichage".into(),
            Route::Security => "#/plus/securite".into(),
            Route::Storage => "#/plus/espace".into(),
            Route::Install => "#/plus/installer".into(),
            Route::Export => "#/plus/exporter".into(),
            Route::Help => "#/plus/aide".into(),
            Route::Promises => "#/plus/protege".into(),
            Route::About => "#/plus/version".into(),
            Route::Join => "#/join".into(),
            Route::Link => "#/lien".into(),
            Route::Desk(rest) => {
                let rest: Vec<String> = rest.iter().map(|part| encode(part)).collect();
                format!("#/bureau/{}", rest.join("/"))
                    .trim_end_matches('/')
                    .to_owned()
            }
        }
    }

    /// Where a record of this kind is begun.
    pub fn new_record(kind: &str) -> Route {
        match kind {
            "note" => Route::Note(None),
            "response" => Route::Forms,
            _ => card(kind, None).unwrap_or_default(),
        }
    }

    /// The page that shows a record of this kind.
    pub fn of_record(kind: &str, rec: RecordId) -> Route {
        match kind {
            "note" => Route::Note(Some(rec)),
            "response" => Route::Response(rec),
            _ => card(kind, Some(rec)).unwrap_or_else(|| Route::History(Kind::new(kind), rec)),
        }
    }
}

/// The place of a record, by its id in an address; what is no id leads home.
fn of_rec(rec: &str, place: impl FnOnce(RecordId) -> Route) -> Route {
    rec.parse().map_or(Route::Carnet, place)
}

/// The page of a record of the *répertoire*, if its kind stands there.
fn card(kind: &str, rec: Option<RecordId>) -> Option<Route> {
    let of = kinds::spec(kind);
    (of.listed == Listed::Directory).then_some(Route::Card(of, rec))
}

/// Sixteen letters and digits, with or without hyphens.
fn is_code(part: &str) -> bool {
    let mut letters = part.bytes().filter(|byte| *byte != b'-');
    part.len() <= 19
        && letters
            .by_ref()
            .take(16)
            .filter(u8::is_ascii_alphanumeric)
            .count()
            == 16
        && letters.next().is_none()
}

fn decode(part: &str) -> String {
    js_sys::decode_uri_component(part)
        .map(String::from)
        .unwrap_or_else(|_| part.to_owned())
}

fn encode(part: &str) -> String {
    String::from(js_sys::encode_uri_component(part))
}

/// Where the browser is now.
pub fn current() -> Route {
    // A partner's page has one place, and knows the names of no other.
    if cfg!(feature = "partner") {
        return Route::Link;
    }
    Route::read(&window().location().hash().unwrap_or_default())
}

/// The place that a link opens, and the code that it carries: `/j#CODE` of an invite or `/q#CODE` of a partner link, their
/// long forms, a bare code, an office's set-up.
fn carried<'a>(path: &str, fragment: &'a str) -> Option<(Route, &'a str)> {
    let fragment = fragment.trim_start_matches('#');
    let short = match path.trim_end_matches('/') {
        "/j" => Some(Route::Join),
        PARTNER => Some(Route::Link),
        _ => None,
    };
    if let Some(place) = short {
        let is_link = !fragment.is_empty() && !fragment.starts_with('/');
        return is_link.then_some((place, fragment));
    }
    let parts: Vec<&str> = fragment.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["lien", code] => Some((Route::Link, *code)),
        ["join", code] => Some((Route::Join, *code)),
        [code] if is_code(code) => Some((Route::Join, *code)),
        ["bureau", "ouvrir", code] => Some((Route::Desk(vec!["ouvrir".into()]), *code)),
        _ => None,
    }
}

thread_local! {
    /// Whether a link was followed that nobody looked at yet.
    static FRESH: Cell<bool> = const { Cell::new(false) };
    /// What the last link brought: the place that it opens, its code. Nowhere else.
    static BROUGHT: RefCell<Option<(Route, String)>> = const { RefCell::new(None) };
}

/// The code that the link of this place brought, while this page lives and until it is used.
pub fn code(place: &Route) -> Option<String> {
    BROUGHT.with_borrow(|brought| {
        let (of, code) = brought.as_ref()?;
        (of == place).then(|| code.clone())
    })
}

/// Whether a link was followed since this was asked last: the same one may be followed twice.
#[cfg(feature = "partner")]
pub fn is_fresh() -> bool {
    FRESH.replace(false)
}

/// A link was followed, and a page started anew would not know it any more.
pub fn holds_code() -> bool {
    BROUGHT.with_borrow(Option::is_some)
}

/// In place of the code that brought here, that of the link which it led to.
#[cfg(feature = "partner")]
pub fn hold_code(code: String) {
    BROUGHT.set(Some((Route::Link, code)));
}

/// The code was used, or given up.
pub fn forget_code() {
    BROUGHT.set(None);
}

/// Takes a link's code out of the address and of the history's entry; true when there was one.
fn take_code() -> bool {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let fragment = location.hash().unwrap_or_default();
    match carried(&path, &fragment) {
        Some((place, code)) => {
            instead(&place);
            BROUGHT.set(Some((place, decode(code))));
            FRESH.set(true);
            true
        }
        None => {
            if path.trim_end_matches('/') == "/j" {
                instead(&Route::Carnet);
            }
            false
        }
    }
}

/// In place of a link's address: that of the place alone.
fn instead(place: &Route) {
    if let Ok(history) = window().history() {
        let address = match place {
            Route::Link => PARTNER.to_owned(),
            _ => format!("/{}", place.href()),
        };
        drop(history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address)));
    }
}

/// Sends whoever follows a partner link to the page that is for her; true where there is such a link.
#[cfg(not(feature = "partner"))]
pub fn leads_to_partner() -> bool {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let fragment = location.hash().unwrap_or_default();
    let code = match carried(&path, &fragment) {
        Some((Route::Link, code)) => code,
        _ if Route::read(&fragment) == Route::Link => "",
        _ => return false,
    };
    location.replace(&format!("{PARTNER}#{code}")).is_ok()
}

/// Receives whoever followed a link. Called once, before anything is drawn.
pub fn welcome() {
    take_code();
}

/// Follows the address bar from now on.
pub fn follow(route: RwSignal<Route>) {
    layers::follow();
    let handle = window_event_listener(leptos::ev::hashchange, move |_| {
        // An office's page is another build: it starts with the address as it is.
        #[cfg(not(feature = "desk"))]
        if carried("/", &window().location().hash().unwrap_or_default())
            .is_some_and(|(place, _)| matches!(place, Route::Desk(_)))
        {
            crate::page::reload();
            return;
        }
        #[cfg(not(feature = "partner"))]
        if leads_to_partner() {
            return;
        }
        take_code();
        // Also where it is what it was: the address may have been changed without a word since (`rename`).
        route.set(current());
    });
    on_cleanup(move || handle.remove());
}

/// Goes somewhere; "back" comes back here.
pub fn go(route: &Route) {
    // A preview's steps are none of the page around it.
    if preview::asker().is_some() {
        return go_instead(route);
    }
    let to = route.href();
    layers::alone(move || drop(window().location().set_hash(&to)));
}

/// Goes somewhere, and "back" skips this page.
pub fn go_instead(route: &Route) {
    let to = route.href();
    layers::alone(move || drop(window().location().replace(&to)));
}

/// Changes the address of the page shown, which stays as it is; not while something stands over it, in its place.
pub fn rename(route: &Route) {
    if layers::is_open() {
        return;
    }
    let to = route.href();
    layers::when_still(move || {
        if let Ok(history) = window().history() {
            drop(history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&to)));
        }
    });
}

/// Back to where one came from, or to `else_to` when the page was opened by its address.
pub fn back(else_to: &Route) {
    let alone = preview::asker().is_none();
    match window().history() {
        Ok(history) if alone && history.length().unwrap_or(1) > 1 => {
            layers::alone(move || drop(history.back()));
        }
        _ => go(else_to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_is_known_by_the_place_that_it_opens_and_its_code() {
        let setup = Route::Desk(vec!["ouvrir".into()]);
        for (path, fragment, place) in [
            ("/j", "#CODE", Route::Join),
            ("/j/", "#CODE", Route::Join),
            ("/q", "#CODE", Route::Link),
            ("/", "#/lien/CODE", Route::Link),
            ("/", "#/join/CODE", Route::Join),
            ("/", "#/bureau/ouvrir/CODE", setup),
        ] {
            assert_eq!(
                carried(path, fragment),
                Some((place, "CODE")),
                "{path}{fragment}"
            );
        }
        let bare = "7K2M-9QXD-4HTB-WN3R";
        assert_eq!(carried("/", &format!("#{bare}")), Some((Route::Join, bare)));
    }

    #[test]
    fn an_address_without_a_code_brings_none() {
        for (path, fragment) in [
            ("/", ""),
            ("/j", ""),
            ("/q", "#/carnet"),
            ("/", "#/lien"),
            ("/", "#/join"),
            ("/", "#/bureau/ouvrir"),
            ("/", "#/bureau/missions/0123456789abcdef"),
        ] {
            assert_eq!(carried(path, fragment), None, "{path}{fragment}");
        }
    }
}

//! The texts of the interface, in the language chosen.
//!
//! `vigie-words` has a typed key for each text of `locales/`, so a missing text doesn't compile; the texts themselves come
//! in the file of their language, before anything is drawn ([`open`]). The page is drawn anew when the language changes
//! ([`crate::app::App`]), so a text is a plain `&'static str`, which costs the phone far less than a reactive one per
//! sentence. A file that was read stays for the life of the page.
//!
//! While a response is filled, the page speaks the response's language ([`speak_for_now`]).

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use futures::future::join_all;
use js_sys::{Array, Intl, Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
pub use vigie_words::{
    Key, LANGUAGES, Language, Plural, Table, carnet, codes, common, door, envoi, errors, form,
    images, kinds, language, later, more, note, partner, promises, put_in, reference, refusals,
};
use vigie_words::{Part, path};
#[cfg(feature = "desk")]
pub use vigie_words::{complete, desk, library};
use wasm_bindgen::JsValue;

use crate::{file, prefs};

/// What this page says, by file.
#[cfg(feature = "partner")]
const PARTS: [Part; 1] = [Part::Shared];
#[cfg(not(any(feature = "partner", feature = "desk")))]
const PARTS: [Part; 2] = [Part::Shared, Part::Phone];
#[cfg(feature = "desk")]
const PARTS: [Part; 3] = Part::ALL;

/// A language, and its texts.
type Words = (&'static Language, &'static Table);

thread_local! {
    static CHOSEN: Cell<Option<Words>> = const { Cell::new(None) };
    /// In place of it, while a response in another language is filled.
    static FOR_NOW: Cell<Option<Words>> = const { Cell::new(None) };
    static TABLES: RefCell<BTreeMap<&'static str, &'static Table>> = const { RefCell::new(BTreeMap::new()) };
    /// Says that the words of one more language are here.
    static LOADED: ArcRwSignal<u32> = ArcRwSignal::new(0);
    /// Says when to draw anew.
    static TURNS: ArcRwSignal<u32> = ArcRwSignal::new(0);
    static TAPPED: Cell<Option<&'static Language>> = const { Cell::new(None) };
    static MISSING: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// Changes each time a language is chosen; reading it in a view draws that view anew.
pub fn turns() -> u32 {
    TURNS.with(|turns| turns.get())
}

/// Whether the language chosen last could not be had, so that the one before is still spoken.
pub fn is_missing() -> bool {
    MISSING.with(|missing| missing.get())
}

fn words() -> Option<Words> {
    FOR_NOW.get().or(CHOSEN.get())
}

fn table() -> Option<&'static Table> {
    words().map(|(_, table)| table)
}

/// The language spoken.
pub fn spoken() -> &'static Language {
    words().map_or_else(reference, |(language, _)| language)
}

/// The code of the language spoken, as its folder is called.
pub fn lang() -> &'static str {
    spoken().code
}

/// For `Intl`: the language's own tag, then those that stand in for it where a browser does not know it.
pub fn locales() -> Array {
    let tags = table().map(Table::locales);
    tags.into_iter()
        .flatten()
        .map(|tag| JsValue::from_str(tag))
        .collect()
}

/// What `Intl` is told: the language, and these options.
pub fn intl(options: &[(&str, &str)]) -> (Array, Object) {
    let object = Object::new();
    for (name, value) in options {
        // Setting a property of a plain object can't fail.
        drop(Reflect::set(
            &object,
            &JsValue::from_str(name),
            &JsValue::from_str(value),
        ));
    }
    (locales(), object)
}

/// A number with the language's separators, and at most so many digits after the point.
pub fn number_with(value: f64, digits: &str) -> String {
    let (locales, options) = intl(&[("maximumFractionDigits", digits)]);
    let format = Intl::NumberFormat::new(&locales, &options).format();
    format
        .call1(&JsValue::UNDEFINED, &JsValue::from_f64(value))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// Whether it is written from right to left.
pub fn is_rtl() -> bool {
    table().is_some_and(|table| table.dir() == "rtl")
}

/// The texts of a language, from its files.
pub async fn load(language: &'static Language) -> Option<&'static Table> {
    if let Some(known) = TABLES.with_borrow(|tables| tables.get(language.code).copied()) {
        return Some(known);
    }
    let files = join_all(PARTS.map(|part| fetched(language, part))).await;
    let mut table = None;
    for (part, file) in PARTS.into_iter().zip(files) {
        table = match table {
            None => Some(Table::read(file?)?),
            Some(before) => Some(Table::with(before, part, file?)?),
        };
    }
    let table: &'static Table = Box::leak(Box::new(table?));
    TABLES.with_borrow_mut(|tables| tables.insert(language.code, table));
    LOADED.with(|loaded| loaded.update(|count| *count += 1));
    Some(table)
}

async fn fetched(language: &Language, part: Part) -> Option<&'static str> {
    let text = file::fetch(&path(language.code, part)).await?;
    Some(Box::leak(text.into_boxed_str()))
}

/// The files of the languages that were spoken, which the page keeps for offline. Reading it tells of those to come.
pub fn files() -> Vec<String> {
    LOADED.with(|loaded| loaded.track());
    let codes: Vec<&str> = TABLES.with_borrow(|tables| tables.keys().copied().collect());
    let of = |code: &&str| {
        PARTS
            .iter()
            .map(|part| path(code, *part))
            .collect::<Vec<_>>()
    };
    codes.iter().flat_map(of).collect()
}

/// Speaks the language that the person prefers, or the reference where the words of that one are not here. False when
/// there are no words at all.
pub async fn open() -> bool {
    TAPPED.set(tapped());
    for language in [TAPPED.get().unwrap_or_else(preferred), reference()] {
        if let Some(table) = load(language).await {
            speak(language, table);
            return true;
        }
    }
    false
}

/// The language that was tapped before any code had come (`q.html`).
fn tapped() -> Option<&'static Language> {
    let tapped = document()
        .query_selector("#ouverture input:checked")
        .ok()??;
    language(&tapped.get_attribute("value")?)
}

/// That language, once: who tapped it need not choose again.
#[cfg(feature = "partner")]
pub fn take_tapped() -> Option<&'static str> {
    TAPPED.take().map(|language| language.code)
}

/// The language that was chosen here, else the first of the browser's that we speak.
pub fn preferred() -> &'static Language {
    let of_browser = || {
        let tags = window().navigator().languages();
        tags.iter()
            .find_map(|tag| language(&tag.as_string()?))
            .unwrap_or_else(reference)
    };
    prefs::lang()
        .and_then(|code| language(&code))
        .unwrap_or_else(of_browser)
}

/// Speaks the language of this code once its words are here, or the reference when there is no such language: `then`, and
/// the page is drawn anew. Where they can't be had, nothing changes but [`is_missing`].
pub fn choose(code: &str, then: impl FnOnce() + 'static) {
    let language = language(code).unwrap_or_else(reference);
    spawn_local(async move {
        let table = load(language).await;
        MISSING.with(|missing| missing.set(table.is_none()));
        if let Some(table) = table {
            then();
            speak(language, table);
        }
    });
}

fn speak(language: &'static Language, table: &'static Table) {
    CHOSEN.set(Some((language, table)));
    FOR_NOW.set(None);
    mark();
    let manifest = format!("/manifest.{}.webmanifest", language.code);
    put("link[rel=manifest]", "href", &manifest);
    TURNS.with(|turns| turns.update(|turn| *turn += 1));
}

/// Speaks this language until [`speak_own`], or until another is chosen. What is on the page is drawn anew by whoever asks.
pub fn speak_for_now(language: &'static Language, table: &'static Table) {
    FOR_NOW.set(Some((language, table)));
    mark();
}

/// Speaks the chosen language again.
pub fn speak_own() {
    if FOR_NOW.take().is_some() {
        mark();
    }
}

/// Says on the page which language it speaks.
fn mark() {
    let Some((language, table)) = words() else {
        return;
    };
    let lang = table.locales().first().copied();
    put("html", "lang", lang.unwrap_or(language.code));
    put("html", "dir", table.dir());
}

fn put(selector: &str, name: &str, value: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        drop(element.set_attribute(name, value));
    }
}

/// The one of these texts that is in the language spoken, else in the reference, else in any.
pub fn pick(texts: &BTreeMap<String, String>) -> Option<&str> {
    let found = texts.get(lang()).or_else(|| texts.get(reference().code));
    found.or_else(|| texts.values().next()).map(String::as_str)
}

/// The text of a key.
pub fn t(key: Key) -> &'static str {
    table().map_or("", |table| table.say(key))
}

/// A text with its `{names}` filled in.
pub fn fill(key: Key, values: &[(&str, &str)]) -> String {
    put_in(t(key), values)
}

/// The form of a text for this number, with `{n}` filled in.
pub fn count(n: usize, plural: Plural) -> String {
    let n = n as f64;
    let form = table().map_or("", |table| {
        let rules = Intl::PluralRules::new(&locales(), &Object::new());
        table.form(plural, &String::from(rules.select(n)))
    });
    put_in(form, &[("n", &number_with(n, "1"))])
}

/// What a code of a list is called; nothing for a code that is not in it.
pub fn label(list: &str, code: &str) -> Option<&'static str> {
    codes::named(&format!("{list}_{code}")).map(t)
}

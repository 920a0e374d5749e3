//! Small, harmless preferences kept outside the sealed store: language, theme, text size, last tab,
//! whether an office works here. Nothing else.

use gloo_storage::{LocalStorage, Storage};
use leptos::prelude::{document, window};

const LANG: &str = "vigie.lang";
const THEME: &str = "vigie.theme";
const SIZE: &str = "vigie.text";
const TAB: &str = "vigie.tab";
const PLACE: &str = "vigie.place";
const LONG: &str = "vigie.long";
const HANDED_OVER: &str = "vigie.lien";
const ASKED: &str = "vigie.ici";

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

/// How large the text is, over the browser's own setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextSize {
    Normal,
    Large,
    Larger,
}

fn read(name: &str) -> Option<String> {
    LocalStorage::get(name).ok()
}

/// A browser that keeps nothing (private window, site data off) loses only the preference.
fn write(name: &str, value: &str) {
    drop(LocalStorage::set(name, value));
}

fn attribute(name: &str, value: Option<&str>) {
    if let Some(root) = document().document_element() {
        drop(match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        });
    }
}

/// Tells every other tab of Vigie, once; nothing of it stays.
fn tell(name: &str) {
    write(name, "");
    LocalStorage::delete(name);
}

/// That this phone is handed over.
#[cfg(feature = "partner")]
pub fn hand_over() {
    tell(HANDED_OVER);
}

/// That the notebook is wanted in this tab.
pub fn ask_for_place() {
    tell(ASKED);
}

/// What another tab told.
#[cfg(not(feature = "partner"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    HandedOver,
    PlaceAsked,
}

#[cfg(not(feature = "partner"))]
pub fn told(event: &web_sys::StorageEvent) -> Option<Told> {
    // Written and then deleted: once is enough.
    event.new_value()?;
    match event.key()?.as_str() {
        HANDED_OVER => Some(Told::HandedOver),
        ASKED => Some(Told::PlaceAsked),
        _ => None,
    }
}

/// The language chosen, if one was.
pub fn lang() -> Option<String> {
    read(LANG)
}

pub fn set_lang(code: &str) {
    write(LANG, code);
}

pub fn theme() -> Theme {
    match read(THEME).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

pub fn set_theme(theme: Theme) {
    let name = match theme {
        Theme::System => None,
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
    };
    write(THEME, name.unwrap_or_default());
    attribute("data-theme", name);
}

pub fn text_size() -> TextSize {
    match read(SIZE).as_deref() {
        Some("large") => TextSize::Large,
        Some("larger") => TextSize::Larger,
        _ => TextSize::Normal,
    }
}

pub fn set_text_size(size: TextSize) {
    let name = match size {
        TextSize::Normal => None,
        TextSize::Large => Some("large"),
        TextSize::Larger => Some("larger"),
    };
    write(SIZE, name.unwrap_or_default());
    attribute("data-text", name);
}

/// The tab that was open last: the notebook opens there.
pub fn tab() -> Option<String> {
    read(TAB)
}

pub fn set_tab(tab: &str) {
    write(TAB, tab);
}

/// Whether an office works in this browser: its build of the page opens then.
#[cfg(not(feature = "desk"))]
pub fn is_office() -> bool {
    read(PLACE).as_deref() == Some("office")
}

pub fn set_office() {
    write(PLACE, "office");
}

/// Whether questionnaires are shown on one long page: as the person chose, else where there is room.
pub fn long_page() -> bool {
    match read(LONG).as_deref() {
        Some("yes") => true,
        Some(_) => false,
        None => window()
            .match_media("(min-width: 1024px)")
            .ok()
            .flatten()
            .is_some_and(|wide| wide.matches()),
    }
}

pub fn set_long_page(long: bool) {
    write(LONG, if long { "yes" } else { "no" });
}

/// Puts the preferences on the page, once, at the start.
pub fn apply() {
    set_theme(theme());
    set_text_size(text_size());
}

/// Forgets them all, when the device is wiped.
pub fn forget() {
    for name in [LANG, THEME, SIZE, TAB, PLACE, LONG] {
        LocalStorage::delete(name);
    }
}

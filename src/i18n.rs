//! The texts of the interface, in the language chosen.
//!
//! `build.rs` makes a typed key of each text of `locales/`, so a missing text doesn't compile. The page is drawn anew when
//! the language changes ([`crate::app::App`]), so a text is a plain `&'static str`, which costs the phone far less
//! than a reactive one per sentence.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;

/// One text, in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u16);

include!(concat!(env!("OUT_DIR"), "/keys.rs"));

thread_local! {
    static CHOSEN: Cell<usize> = const { Cell::new(0) };
    static TABLE: RefCell<Vec<&'static str>> = RefCell::new(TEXTS[0].split('\u{1f}').collect());
    /// Says when to draw anew.
    static TURNS: ArcRwSignal<u32> = ArcRwSignal::new(0);
}

/// Changes each time a language is chosen; reading it in a view draws that view anew.
pub fn turns() -> u32 {
    TURNS.with(|turns| turns.get())
}

/// The code of the language chosen: `fr`, `en`, `es`.
pub fn lang() -> &'static str {
    LANGUAGES.get(CHOSEN.get()).copied().unwrap_or(LANGUAGES[0])
}

/// For `Intl` and `lang` attributes: French is Québec's.
pub fn locale() -> &'static str {
    match lang() {
        "fr" => "fr-CA",
        other => other,
    }
}

/// Speaks `code` from now on, or the nearest of its family (`es-MX` → `es`); French when there is none.
pub fn choose(code: &str) {
    let family = code.split(['-', '_']).next().unwrap_or_default();
    let index = LANGUAGES
        .iter()
        .position(|known| *known == family)
        .unwrap_or(0);
    CHOSEN.set(index);
    TABLE.with(|table| *table.borrow_mut() = TEXTS[index].split('\u{1f}').collect());
    if let Some(root) = document().document_element() {
        drop(root.set_attribute("lang", locale()));
    }
    TURNS.with(|turns| turns.update(|turn| *turn += 1));
}

/// The text of a key.
pub fn t(key: Key) -> &'static str {
    TABLE.with(|table| {
        table
            .borrow()
            .get(usize::from(key.0))
            .copied()
            .unwrap_or_default()
    })
}

/// The text of a key in a language of its own choosing, whatever the page speaks.
pub fn t_in(lang: &str, key: Key) -> &'static str {
    let index = LANGUAGES
        .iter()
        .position(|known| *known == lang)
        .unwrap_or(0);
    TEXTS[index]
        .split('\u{1f}')
        .nth(usize::from(key.0))
        .unwrap_or_default()
}

/// A text with its `{names}` filled in.
pub fn fill(key: Key, values: &[(&str, &str)]) -> String {
    put_in(t(key), values)
}

/// A text with its `{names}` filled in, whatever it holds.
pub fn put_in(text: &str, values: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// The text of a key in the language of this code; in the one chosen where it is not spoken here.
#[cfg(feature = "desk")]
pub fn said_in(lang: &str, key: Key) -> &'static str {
    let table = LANGUAGES
        .iter()
        .position(|known| *known == lang)
        .and_then(|index| TEXTS.get(index));
    table
        .and_then(|table| table.split('\u{1f}').nth(usize::from(key.0)))
        .unwrap_or_else(|| t(key))
}

/// `one` or `many`, as the language counts, with `{n}` filled in. French says zero in the singular.
pub fn count(n: usize, one: Key, many: Key) -> String {
    let singular = n == 1 || (n == 0 && lang() == "fr");
    fill(
        if singular { one } else { many },
        &[("n", &crate::format::number(n as f64))],
    )
}

/// The first language of the browser that we speak.
pub fn of_browser() -> String {
    let languages = window().navigator().languages();
    languages
        .iter()
        .filter_map(|language| language.as_string())
        .find(|language| {
            language
                .split('-')
                .next()
                .is_some_and(|family| LANGUAGES.contains(&family))
        })
        .unwrap_or_else(|| LANGUAGES[0].to_owned())
}

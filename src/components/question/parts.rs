//! What every control of a question is given and says back.

use std::pin::Pin;

use leptos::prelude::*;
use vigie_forms::{ChoicePage, NodeView, Text};
use web_sys::File;

use crate::markdown;

/// A place on the screen: browsers tell fractions of a pixel where `web-sys` knows of them, else whole ones.
pub fn pixels(at: impl Into<f64>) -> f64 {
    at.into()
}

/// The type and the bytes of a file that answers a question.
pub type FileRead = (String, Vec<u8>);

/// A file that answers a question once it is ready (a photo is made smaller first); none, when there is none after all.
pub type FileComing = Pin<Box<dyn Future<Output = Option<File>>>>;

/// What a control says back, and what it asks. The path is the question's.
#[derive(Clone, Copy)]
pub struct Answering {
    /// A keystroke: kept after a short pause.
    pub on_type: Callback<(String, String)>,
    /// A choice, or a field that was left: kept at once.
    pub on_answer: Callback<(String, String)>,
    pub on_file: Callback<(String, FileComing)>,
    /// Reads the file that answers, to show it.
    pub on_read: Callback<(String, Callback<FileRead>)>,
    /// Reads a file that the form shows, by its name.
    pub on_media: Callback<(String, Callback<FileRead>)>,
    /// Searches the choices: path, words, how many are shown already.
    pub on_search: Callback<(String, String, usize, Callback<ChoicePage>)>,
    /// A choice that goes on by itself was made.
    pub on_quick: Callback<()>,
}

/// The id in the page of a question's control, from its path.
pub fn control_id(path: &str) -> String {
    let mut id = String::from("q");
    id.extend(path.chars().map(|letter| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    }));
    id
}

pub fn html_of(text: &Option<Text>) -> String {
    text.as_ref()
        .map(|text| markdown::html(&text.text))
        .unwrap_or_default()
}

/// What every control needs.
#[derive(Clone)]
pub struct Parts {
    pub node: Signal<NodeView>,
    pub path: String,
    pub id: String,
    /// The language of the form.
    pub lang: Signal<String>,
    pub described: Signal<String>,
    pub invalid: Signal<bool>,
    pub answering: Answering,
}

impl Parts {
    pub fn answer(&self, value: String) {
        self.answering.on_answer.run((self.path.clone(), value));
    }

    pub fn keystroke(&self, value: String) {
        self.answering.on_type.run((self.path.clone(), value));
    }

    pub fn value(&self) -> Signal<String> {
        let node = self.node;
        Signal::derive(move || node.read().value.clone())
    }

    pub fn describes(&self) -> impl Fn() -> Option<String> + Clone + use<> {
        let described = self.described;
        move || Some(described.get()).filter(|ids| !ids.is_empty())
    }

    pub fn invalid_word(&self) -> impl Fn() -> Option<&'static str> + Clone + use<> {
        let invalid = self.invalid;
        move || invalid.get().then_some("true")
    }
}

/// Whether the element of this id has the focus: what a person is typing is never written over.
pub fn is_focused(id: &str) -> bool {
    document()
        .active_element()
        .is_some_and(|element| element.id() == id)
}

/// Whether `code` is in the answer.
pub fn is_chosen(value: &str, code: &str, several: bool) -> bool {
    if several {
        value.split_ascii_whitespace().any(|chosen| chosen == code)
    } else {
        value == code
    }
}

//! Texts by language: `itext`.

use super::element::{Child, Element};
use super::form::Form;
use super::references::{self, Place};
use super::table::Text;
use super::text::{Part, parts};
use std::collections::HashMap;

/// One text in one language: its forms (none, `guidance`, `image`, …) and their wordings, with where they stand.
type Forms = Vec<(Option<String>, String)>;

/// Every text, by language and id, in the order they came.
pub(super) struct Itext {
    default: String,
    languages: Vec<String>,
    ids: Vec<(String, usize)>,
    texts: HashMap<(usize, String), Forms>,
}

impl Itext {
    pub fn new(default: &str) -> Itext {
        Itext {
            default: default.into(),
            languages: Vec::new(),
            ids: Vec::new(),
            texts: HashMap::new(),
        }
    }

    /// Adds one form of a text that stands at node `context`.
    pub fn add(&mut self, id: &str, form: Option<&str>, text: &Text, context: usize) {
        for (language, wording) in text.in_languages(&self.default) {
            let language = match self.languages.iter().position(|other| other == language) {
                Some(index) => index,
                None => {
                    self.languages.push(language.into());
                    self.languages.len() - 1
                }
            };
            let forms = self.texts.entry((language, id.to_string())).or_default();
            if !forms.iter().any(|(other, _)| other.as_deref() == form) {
                forms.push((form.map(str::to_string), wording.to_string()));
            }
        }
        if !text.is_empty() && self.ids.last().is_none_or(|(last, _)| last != id) {
            self.ids.push((id.to_string(), context));
        }
    }

    /// The `itext` element; none where the form has no texts by language.
    ///
    /// What a language lacks while another has it is a hyphen, so that the hole is seen; a missing medium is just missing.
    pub fn write(&self, form: &Form) -> Option<Element> {
        if self.languages.is_empty() {
            return None;
        }
        let mut order: Vec<usize> = (0..self.languages.len()).collect();
        order.sort_by_key(|index| self.languages[*index] != self.default);
        let mut wanted: HashMap<&str, Vec<Option<&str>>> = HashMap::new();
        for ((_, id), forms) in &self.texts {
            let wanted = wanted.entry(id).or_default();
            for (kind, _) in forms {
                if matches!(kind.as_deref(), None | Some("guidance"))
                    && !wanted.contains(&kind.as_deref())
                {
                    wanted.push(kind.as_deref());
                }
            }
        }
        let mut itext = Element::new("itext");
        for language in order {
            let mut translation =
                Element::new("translation").with("lang", &self.languages[language]);
            if self.languages[language] == self.default {
                translation.set("default", "true()");
            }
            for (id, context) in &self.ids {
                let mut text = Element::new("text").with("id", id);
                let none = Vec::new();
                let forms = self.texts.get(&(language, id.clone())).unwrap_or(&none);
                for (kind, wording) in forms {
                    let wording = match kind.as_deref() {
                        Some("image" | "big-image") => format!("jr://images/{wording}"),
                        Some("audio") => format!("jr://audio/{wording}"),
                        Some("video") => format!("jr://video/{wording}"),
                        _ => wording.clone(),
                    };
                    let value = value(kind.as_deref()).filled(shown(form, *context, &wording));
                    text.push(value);
                }
                let mut missing: Vec<Option<&str>> =
                    wanted.get(id.as_str()).cloned().unwrap_or_default();
                missing.retain(|kind| !forms.iter().any(|(other, _)| other.as_deref() == *kind));
                missing.sort_unstable();
                for kind in missing {
                    text.push(value(kind).text("-"));
                }
                translation.push(text);
            }
            itext.push(translation);
        }
        Some(itext)
    }
}

fn value(form: Option<&str>) -> Element {
    match form {
        Some(form) => Element::new("value").with("form", form),
        None => Element::new("value"),
    }
}

/// A wording with what it shows as `output` elements.
pub(super) fn shown(form: &Form, context: usize, text: &str) -> Vec<Child> {
    let parts = parts(text).into_iter().map(|part| match part {
        Part::Plain(text) => Child::Text(text.into()),
        Part::Output(expression) => {
            let value = references::resolve(form, context, expression, Place::Plain);
            Child::Element(Element::new("output").with("value", value))
        }
    });
    parts.collect()
}

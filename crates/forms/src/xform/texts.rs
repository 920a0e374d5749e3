//! Texts of a form: translations, labels, messages, and the values put into them.

use super::read::Reader;
use crate::form::source::{Part, TextForm, TextRef};
use crate::xpath::Kind;

impl Reader<'_> {
    pub(super) fn message(&mut self, text: &str, at: u32) -> TextRef {
        self.itext_ref(text, at)
            .unwrap_or_else(|| TextRef::Parts(vec![Part::Text(text.to_owned())]))
    }

    /// `jr:itext('id')` or `jr:itext(expression)`.
    fn itext_ref(&mut self, text: &str, at: u32) -> Option<TextRef> {
        let inner = text
            .trim()
            .strip_prefix("jr:itext(")?
            .strip_suffix(')')?
            .trim();
        let quoted = inner
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
            .or_else(|| {
                inner
                    .strip_prefix('"')
                    .and_then(|rest| rest.strip_suffix('"'))
            });
        Some(match quoted {
            Some(id) if !id.contains(['\'', '"']) => {
                if !self.source.texts.contains_key(id) {
                    self.warn(
                        at,
                        "missing-text",
                        id,
                        format!("no translation has a text called {id}"),
                    );
                }
                TextRef::Id(id.to_owned())
            }
            _ => TextRef::IdOf(self.expr(inner, at)),
        })
    }

    pub(super) fn itext(&mut self, model: u32) {
        let Some(itext) = self.child(model, "itext") else {
            return;
        };
        for translation in self.elements(itext).collect::<Vec<_>>() {
            if self.local(translation) != "translation" {
                continue;
            }
            let language = self.attribute(translation, "lang").unwrap_or_default();
            let number = self.source.languages.len() as u32;
            if self.source.languages.contains(&language) {
                let detail = format!("two translations are called {language}");
                self.warn(translation, "duplicate-language", &language, detail);
            }
            self.source.languages.push(language);
            if self
                .attribute(translation, "default")
                .is_some_and(|value| value != "false()")
            {
                self.source.default_language = number;
            }
            for text in self.elements(translation).collect::<Vec<_>>() {
                let Some(id) = self.attribute(text, "id") else {
                    continue;
                };
                let mut forms = Vec::new();
                for value in self.elements(text).collect::<Vec<_>>() {
                    if self.local(value) != "value" {
                        continue;
                    }
                    let form = self.attribute(value, "form").unwrap_or_default();
                    let mut parts = self.parts(value);
                    if matches!(form.as_str(), "image" | "big-image" | "audio" | "video") {
                        for part in &mut parts {
                            if let Part::Text(text) = part {
                                *text = file_name(text).to_owned();
                            }
                        }
                    }
                    forms.push(TextForm { form, parts });
                }
                self.source
                    .texts
                    .entry(id)
                    .or_default()
                    .push((number, forms));
            }
        }
    }

    /// Text with values put in.
    fn parts(&mut self, id: u32) -> Vec<Part> {
        let mut out: Vec<Part> = Vec::new();
        for child in self.tree.children(id).collect::<Vec<_>>() {
            match self.tree.kind(child) {
                Kind::Text => {
                    let text = self.tree.value(child).into_owned();
                    match out.last_mut() {
                        Some(Part::Text(before)) => before.push_str(&text),
                        _ => out.push(Part::Text(text)),
                    }
                }
                Kind::Element if self.local(child) == "output" => {
                    let value = self
                        .attribute(child, "value")
                        .or_else(|| self.attribute(child, "ref"));
                    if let Some(value) = value {
                        let expr = self.expr(&value, child);
                        out.push(Part::Output(expr));
                    }
                }
                Kind::Element => {
                    let name = self.local(child).to_owned();
                    let detail =
                        format!("{name} in a text is left out: only output is known there");
                    self.warn(child, "unknown-element", &name, detail);
                }
                _ => {}
            }
        }
        out
    }

    /// A label, a hint or a message.
    pub(super) fn text_ref(&mut self, id: u32) -> Option<TextRef> {
        if let Some(reference) = self.attribute(id, "ref") {
            if let Some(text) = self.itext_ref(&reference, id) {
                return Some(text);
            }
            return Some(TextRef::Value(self.expr(&reference, id)));
        }
        let parts = self.parts(id);
        (!parts.is_empty()).then_some(TextRef::Parts(parts))
    }
}

fn file_name(text: &str) -> &str {
    let text = text.trim();
    text.rsplit('/').next().unwrap_or(text)
}

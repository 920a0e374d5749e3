//! The words that a person sees, from the app's own locale files.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

/// One language's texts: `file.key` → text.
#[derive(Clone)]
pub struct Words {
    lang: String,
    title: String,
    texts: BTreeMap<String, String>,
}

impl Words {
    /// Reads `locales/<lang>` (one JSON file per part of the app), over the language that it falls back to.
    pub fn read(lang: &str) -> Result<Self> {
        let folder = crate::root().join("locales").join(lang);
        let mut texts = BTreeMap::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let path = entry?.path();
            let part = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default()
                .to_owned();
            let json: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
            flatten(&part, &json, &mut texts);
        }
        let about = |name: &str| texts.get(&format!("language.{name}"));
        let name = about("name").cloned().unwrap_or_default();
        let title = match about("review") {
            Some(review) => format!("{name} ({review})"),
            None => name,
        };
        if let Some(fallback) = about("fallback").cloned() {
            for (key, text) in Self::read(&fallback)?.texts {
                texts.entry(key).or_insert(text);
            }
        }
        Ok(Self {
            lang: lang.to_owned(),
            title,
            texts,
        })
    }

    /// What the language is called where it is chosen.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The same, as [`mirrored`] writes them.
    pub fn mirrored(mut self) -> Self {
        for text in self.texts.values_mut() {
            *text = mirrored(text);
        }
        self
    }

    /// The text of `key` for `n` of something, in a language that counts as French does.
    pub fn count(&self, key: &str, n: usize) -> String {
        let one = format!("{key}.one");
        let form = match self.texts.contains_key(&one) && n < 2 {
            true => one,
            false => format!("{key}.other"),
        };
        self.fill(&form, &[("n", &n.to_string())])
    }

    /// The text of `key` (`desk.fetch`).
    ///
    /// # Panics
    /// When the app has no such text: the test is out of date.
    pub fn say(&self, key: &str) -> &str {
        match self.texts.get(key) {
            Some(text) => text,
            None => panic!("locales/{} has no text {key}", self.lang),
        }
    }

    /// The text of `key` up to its first blank to fill: what is sure to be seen.
    pub fn start(&self, key: &str) -> String {
        self.say(key)
            .split('{')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// The text of `key` with its blanks filled.
    pub fn fill(&self, key: &str, blanks: &[(&str, &str)]) -> String {
        let text = blanks
            .iter()
            .fold(self.say(key).to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value)
            });
        text.replace(['\u{a0}', '\u{202f}'], " ")
    }
}

fn flatten(path: &str, json: &Value, texts: &mut BTreeMap<String, String>) {
    match json {
        Value::Object(members) => {
            for (key, value) in members {
                flatten(&format!("{path}.{key}"), value, texts);
            }
        }
        Value::String(text) => {
            texts.insert(path.to_owned(), text.clone());
        }
        _ => {}
    }
}

/// A text with every word written from right to left, as a language would whose page runs that way. Blanks stay.
pub fn mirrored(text: &str) -> String {
    let word = |word: &str| match word.trim_end() {
        bare if bare.is_empty() || bare.contains('{') => word.to_owned(),
        bare => word.replacen(bare, &format!("\u{202e}{bare}\u{202c}"), 1),
    };
    text.split_inclusive(char::is_whitespace)
        .map(word)
        .collect()
}

/// Text as it is compared: case, kinds of space and of apostrophe apart.
pub fn plain(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace('’', "'").to_lowercase()
}

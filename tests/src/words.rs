//! The words that a person sees, from the app's own locale files.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

/// One language's texts: `file.key` → text.
#[derive(Clone)]
pub struct Words {
    lang: String,
    texts: BTreeMap<String, String>,
}

impl Words {
    /// Reads `locales/<lang>` (one JSON file per part of the app).
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
        Ok(Self {
            lang: lang.to_owned(),
            texts,
        })
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

/// Text as it is compared: case, kinds of space and of apostrophe apart.
pub fn plain(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace('’', "'").to_lowercase()
}

//! Reads `locales/`, and refuses what would leave a hole in a sentence. Part of the build, and of the tests.
//!
//! A language is a folder: `language.json` says what it is, every other file is a namespace, a flat object of texts. A text
//! that counts something is an object of its forms, by the plural categories of CLDR.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

/// Stands between the texts of a language's file; no text may hold it.
pub const BETWEEN: char = '\u{1f}';
/// Stands between the forms of a text that counts, each after its category.
pub const BETWEEN_FORMS: char = '\u{1e}';
/// What `language.json` is called.
const ABOUT: &str = "language.json";
/// As in CLDR and `Intl.PluralRules`.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// One text of one language.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    Plain(String),
    /// By plural category; `other` is always there.
    Counted(BTreeMap<String, String>),
}

impl Text {
    /// As it stands in the language's file.
    pub fn written(&self) -> String {
        match self {
            Text::Plain(text) => text.clone(),
            Text::Counted(forms) => {
                let forms: Vec<String> = forms
                    .iter()
                    .map(|(category, text)| format!("{category}{BETWEEN_FORMS}{text}"))
                    .collect();
                forms.join(&BETWEEN_FORMS.to_string())
            }
        }
    }

    fn forms(&self) -> Vec<(&str, &str)> {
        match self {
            Text::Plain(text) => vec![("", text)],
            Text::Counted(forms) => forms
                .iter()
                .map(|(category, text)| (category.as_str(), text.as_str()))
                .collect(),
        }
    }

    /// The form that says the most: the blanks of the others are among its own.
    fn fullest(&self) -> &str {
        match self {
            Text::Plain(text) => text,
            Text::Counted(forms) => forms.get("other").map_or("", String::as_str),
        }
    }
}

/// The texts of a language: namespace, key, text.
pub type Texts = BTreeMap<String, BTreeMap<String, Text>>;

/// A language as its folder says it.
#[derive(Clone, Debug)]
pub struct Language {
    pub code: String,
    /// What `language.json` holds.
    about: Value,
    pub texts: Texts,
}

impl Language {
    /// A text of `language.json`; empty when it is not there.
    pub fn about(&self, name: &str) -> &str {
        self.about[name].as_str().unwrap_or_default()
    }

    /// The tags that `Intl` is given, the first of which is also the page's `lang`.
    pub fn locales(&self) -> Vec<&str> {
        let tags = self.about["locale"].as_array();
        tags.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Whether every text is its own.
    pub fn is_complete(&self) -> bool {
        self.about("fallback").is_empty()
    }

    fn is_reference(&self) -> bool {
        self.about["reference"] == Value::Bool(true)
    }
}

/// Every language, each with a text for every key: the one that the others are compared with first, then by code.
pub fn read(locales: &Path) -> Result<Vec<Language>, String> {
    let mut languages: Vec<Language> = names(locales)?
        .iter()
        .filter(|name| locales.join(name).is_dir())
        .map(|code| read_one(locales, code))
        .collect::<Result<_, _>>()?;
    languages.sort_by_key(|language| !language.is_reference());
    let (reference, others) = languages
        .split_first()
        .filter(|(first, others)| {
            first.is_reference() && !others.iter().any(Language::is_reference)
        })
        .ok_or("locales: one language, and one only, is the reference")?;
    for language in others {
        compare(language, &reference.texts)?;
    }
    let whole = languages.clone();
    for language in &mut languages {
        fall_back(language, &whole)?;
    }
    Ok(languages)
}

fn names(folder: &Path) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

fn json(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_one(locales: &Path, code: &str) -> Result<Language, String> {
    let folder = locales.join(code);
    let mut texts = Texts::new();
    for file in names(&folder)? {
        let Some(namespace) = file.strip_suffix(".json").filter(|_| file != ABOUT) else {
            continue;
        };
        let whole = json(&folder.join(&file))?;
        let members = whole
            .as_object()
            .ok_or(format!("locales/{code}/{file}: not an object"))?;
        let read = |(key, value): (&String, &Value)| {
            let text = read_text(value).map_err(|fault| at(code, namespace, key, &fault))?;
            Ok((key.clone(), text))
        };
        let of = members.iter().map(read).collect::<Result<_, String>>()?;
        texts.insert(namespace.to_owned(), of);
    }
    let language = Language {
        code: code.to_owned(),
        about: json(&folder.join(ABOUT))?,
        texts,
    };
    match ["name", "choose", "description"]
        .into_iter()
        .find(|name| language.about(name).is_empty())
    {
        Some(name) => Err(format!("locales/{code}/{ABOUT}: {name} is missing")),
        None if language.locales().is_empty() => {
            Err(format!("locales/{code}/{ABOUT}: locale is missing"))
        }
        None => Ok(language),
    }
}

fn at(code: &str, namespace: &str, key: &str, fault: &str) -> String {
    format!("locales/{code}: {namespace}.{key} {fault}")
}

fn read_text(value: &Value) -> Result<Text, String> {
    let text = match value {
        Value::String(text) => Text::Plain(text.clone()),
        Value::Object(forms) => {
            let mut of = BTreeMap::new();
            for (category, form) in forms {
                if !CATEGORIES.contains(&category.as_str()) {
                    return Err(format!("has an unknown plural category, {category}"));
                }
                let form = form.as_str().ok_or("has a form that is not a text")?;
                of.insert(category.clone(), form.to_owned());
            }
            if !of.contains_key("other") {
                return Err("lacks the plural category other".into());
            }
            Text::Counted(of)
        }
        _ => return Err("is not a text".into()),
    };
    let marks = [BETWEEN, BETWEEN_FORMS];
    match text.forms().iter().any(|(_, form)| form.contains(marks)) {
        true => Err("holds a mark that stands between texts".into()),
        false => Ok(text),
    }
}

/// The `{blanks}` of a text.
fn blanks(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()))
        .collect()
}

/// Refuses what the reference does not have, and what has other blanks.
fn compare(language: &Language, reference: &Texts) -> Result<(), String> {
    for (namespace, of) in &language.texts {
        for (key, text) in of {
            let fault = |fault: &str| Err(at(&language.code, namespace, key, fault));
            let Some(known) = reference.get(namespace).and_then(|of| of.get(key)) else {
                return fault("is not in the reference");
            };
            if matches!(text, Text::Plain(_)) != matches!(known, Text::Plain(_)) {
                return fault("counts in one language and not in the other");
            }
            if blanks(text.fullest()) != blanks(known.fullest()) {
                return fault("has other placeholders");
            }
            let all = blanks(text.fullest());
            if text
                .forms()
                .iter()
                .any(|(_, form)| !blanks(form).is_subset(&all))
            {
                return fault("has a form with a placeholder of its own");
            }
        }
    }
    Ok(())
}

/// Puts in what a language lacks, key by key, from the one that it names for that; without one, it may lack nothing.
fn fall_back(language: &mut Language, whole: &[Language]) -> Result<(), String> {
    let named = language.about("fallback").to_owned();
    let from = whole.iter().find(|other| other.code == named);
    if from.is_none() && !named.is_empty() {
        return Err(format!("locales/{}: no language is {named}", language.code));
    }
    let Some(reference) = whole.first() else {
        return Ok(());
    };
    for (namespace, of) in &reference.texts {
        for (key, last) in of {
            let own = language.texts.entry(namespace.clone()).or_default();
            if own.contains_key(key) {
                continue;
            }
            let from = from.ok_or_else(|| at(&language.code, namespace, key, "is missing"))?;
            let text = from.texts.get(namespace).and_then(|of| of.get(key));
            own.insert(key.clone(), text.unwrap_or(last).clone());
        }
    }
    Ok(())
}

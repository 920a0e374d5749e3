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
pub const BETWEEN: &str = "\u{1f}";
/// Stands between the forms of a text that counts, each after its category.
pub const BETWEEN_FORMS: &str = "\u{1e}";
/// What is said of a language, beside its texts.
const ABOUT: &str = "language";
/// As in CLDR and `Intl.PluralRules`.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// One text: its forms by plural category, among which `other`, or one form by no category.
pub type Text = BTreeMap<String, String>;

/// Whether a text counts something.
pub fn counts(text: &Text) -> bool {
    !text.contains_key("")
}

/// A text as it stands in its language's file.
pub fn written(text: &Text) -> String {
    let forms: Vec<String> = text
        .iter()
        .map(|(category, form)| match category.as_str() {
            "" => form.clone(),
            category => [category, form].join(BETWEEN_FORMS),
        })
        .collect();
    forms.join(BETWEEN_FORMS)
}

/// A language as its folder says it.
#[derive(Clone, Debug)]
pub struct Language {
    pub code: String,
    about: Value,
    /// By namespace and key.
    pub texts: BTreeMap<String, BTreeMap<String, Text>>,
}

impl Language {
    /// A text of `language.json`; empty when it is not there.
    pub fn about(&self, name: &str) -> &str {
        self.about[name].as_str().unwrap_or_default()
    }

    /// The tags that `Intl` is given, the first of which is also the page's `lang`.
    pub fn locales(&self) -> String {
        let tags = self.about["locale"].as_array();
        let tags: Vec<&str> = tags
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        tags.join(",")
    }

    fn is_reference(&self) -> bool {
        self.about["reference"] == Value::Bool(true)
    }

    fn text(&self, namespace: &str, key: &str) -> Option<&Text> {
        self.texts.get(namespace)?.get(key)
    }
}

/// Every language, each with a text for every key: the one that the others are compared with first, then by code.
pub fn read(locales: &Path) -> Result<Vec<Language>, String> {
    let folders = names(locales)?
        .into_iter()
        .filter(|name| locales.join(name).is_dir());
    let mut all = folders
        .map(|code| read_one(locales, &code))
        .collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|language| !language.is_reference());
    if all
        .iter()
        .filter(|language| language.is_reference())
        .count()
        != 1
    {
        return Err("locales: one language, and one only, is the reference".into());
    }
    all.iter().map(|language| whole(language, &all)).collect()
}

fn names(folder: &Path) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

fn read_one(locales: &Path, code: &str) -> Result<Language, String> {
    let folder = locales.join(code);
    let mut language = Language {
        code: code.to_owned(),
        about: Value::Null,
        texts: BTreeMap::new(),
    };
    for file in names(&folder)? {
        let Some(namespace) = file.strip_suffix(".json") else {
            continue;
        };
        let fault = |fault: &dyn ToString| format!("locales/{code}/{file}: {}", fault.to_string());
        let json = fs::read(folder.join(&file)).map_err(|error| fault(&error))?;
        let json: Value = serde_json::from_slice(&json).map_err(|error| fault(&error))?;
        if namespace == ABOUT {
            language.about = json;
            continue;
        }
        let members = json.as_object().ok_or_else(|| fault(&"not an object"))?;
        let of = members
            .iter()
            .map(|(key, value)| {
                let text = forms(value).map_err(|fault| at(code, namespace, key, &fault))?;
                Ok((key.clone(), text))
            })
            .collect::<Result<_, String>>()?;
        language.texts.insert(namespace.to_owned(), of);
    }
    let lacks = |name: &&str| language.about(name).is_empty();
    match ["name", "choose", "description"].into_iter().find(lacks) {
        Some(name) => Err(format!("locales/{code}/{ABOUT}.json: {name} is missing")),
        None if language.locales().is_empty() => {
            Err(format!("locales/{code}/{ABOUT}.json: locale is missing"))
        }
        None => Ok(language),
    }
}

fn at(code: &str, namespace: &str, key: &str, fault: &str) -> String {
    format!("locales/{code}: {namespace}.{key} {fault}")
}

fn forms(value: &Value) -> Result<Text, String> {
    let mut text = Text::new();
    match value {
        Value::String(form) => drop(text.insert(String::new(), form.clone())),
        Value::Object(forms) => {
            for (category, form) in forms {
                if !CATEGORIES.contains(&category.as_str()) {
                    return Err(format!("has an unknown plural category, {category}"));
                }
                let form = form.as_str().ok_or("has a form that is not a text")?;
                text.insert(category.clone(), form.to_owned());
            }
            if !text.contains_key("other") {
                return Err("lacks the plural category other".into());
            }
        }
        _ => return Err("is not a text".into()),
    }
    let holds_a_mark = |form: &String| form.contains(BETWEEN) || form.contains(BETWEEN_FORMS);
    match text.values().any(holds_a_mark) {
        true => Err("holds a mark that stands between texts".into()),
        false => Ok(text),
    }
}

/// The `{blanks}` of a form.
fn blanks(form: &str) -> BTreeSet<&str> {
    form.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()))
        .collect()
}

/// The blanks of the form that has all of them.
fn all_blanks(text: &Text) -> BTreeSet<&str> {
    text.get("other")
        .or(text.get(""))
        .map_or_else(BTreeSet::new, |form| blanks(form))
}

/// A language with a text for each key of the reference, the first of `all`. What it lacks is said by the language that it
/// names for that; without one it may lack nothing.
fn whole(language: &Language, all: &[Language]) -> Result<Language, String> {
    let Some(reference) = all.first() else {
        return Ok(language.clone());
    };
    let mut whole = Language {
        texts: BTreeMap::new(),
        ..language.clone()
    };
    let named = language.about("fallback");
    let fallback = all.iter().find(|other| other.code == named);
    if fallback.is_none() && !named.is_empty() {
        return Err(format!("locales/{}: no language is {named}", language.code));
    }
    for (namespace, of) in &language.texts {
        for key in of.keys() {
            if reference.text(namespace, key).is_none() {
                let fault = "is not in the reference";
                return Err(at(&language.code, namespace, key, fault));
            }
        }
    }
    for (namespace, of) in &reference.texts {
        for (key, known) in of {
            let fault = |fault: &str| at(&language.code, namespace, key, fault);
            let text = match (language.text(namespace, key), fallback) {
                (Some(own), _) => own,
                (None, Some(other)) => other.text(namespace, key).unwrap_or(known),
                (None, None) => return Err(fault("is missing")),
            };
            let blanks_of = all_blanks(text);
            if counts(text) != counts(known) {
                return Err(fault("counts in one language and not in the other"));
            }
            if blanks_of != all_blanks(known) {
                return Err(fault("has other placeholders"));
            }
            if text
                .values()
                .any(|form| !blanks(form).is_subset(&blanks_of))
            {
                return Err(fault("has a form with a placeholder of its own"));
            }
            let own = whole.texts.entry(namespace.clone()).or_default();
            own.insert(key.clone(), text.clone());
        }
    }
    Ok(whole)
}

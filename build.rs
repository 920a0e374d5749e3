//! Makes typed keys of the locale files: `locales/<language>/<namespace>.json`, flat objects of texts.
//!
//! The build fails, naming the key, when a language lacks a text that French has, has one too many, or when a
//! `{placeholder}` differs. So a key that compiles is there in every language, and one more language is one more folder.
//!
//! Why not `leptos_i18n`: it adds 204 crates to the build (the whole ICU data exporter), and ICU's locale fallback to
//! what a phone downloads, for a choice among a few languages, which a table of texts makes just as well.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// The language that every other is compared with.
const FIRST: &str = "fr";
/// The texts of the office's pages: only where these are built.
const DESK: [&str; 2] = ["desk", "library"];
/// Stands between texts in the table of a language; no text may hold it.
const BETWEEN: char = '\u{1f}';

type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn main() {
    let locales =
        Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo says where the crate is"))
            .join("locales");
    println!("cargo::rerun-if-changed={}", locales.display());
    let mut languages: Vec<String> = names(&locales)
        .into_iter()
        .filter(|name| name != FIRST)
        .collect();
    languages.insert(0, FIRST.to_owned());
    let all: Vec<Texts> = languages
        .iter()
        .map(|language| read(&locales.join(language)))
        .collect();
    for (language, texts) in languages.iter().zip(&all).skip(1) {
        compare(language, &all[0], texts);
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo gives build scripts a folder"));
    fs::write(out.join("keys.rs"), keys(&languages, &all)).expect("the build folder is writable");
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn read(folder: &Path) -> Texts {
    let mut texts = Texts::new();
    for file in names(folder) {
        let Some(namespace) = file.strip_suffix(".json") else {
            continue;
        };
        if DESK.contains(&namespace) && env::var_os("CARGO_FEATURE_DESK").is_none() {
            continue;
        }
        let path = folder.join(&file);
        let json =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let of: BTreeMap<String, String> = serde_json::from_str(&json)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        texts.insert(namespace.to_owned(), of);
    }
    texts
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

fn compare(language: &str, first: &Texts, other: &Texts) {
    let flat = |texts: &Texts| -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for (namespace, of) in texts {
            all.extend(
                of.iter()
                    .map(|(key, text)| (format!("{namespace}.{key}"), text.clone())),
            );
        }
        all
    };
    let (first, other) = (flat(first), flat(other));
    for (key, text) in &first {
        let Some(translated) = other.get(key) else {
            panic!("locales/{language}: {key} is missing")
        };
        assert_eq!(
            placeholders(text),
            placeholders(translated),
            "locales/{language}: placeholders of {key}"
        );
        assert!(
            !translated.contains(BETWEEN),
            "locales/{language}: {key} holds the separator"
        );
    }
    if let Some(key) = other.keys().find(|key| !first.contains_key(*key)) {
        panic!("locales/{language}: {key} is not in locales/{FIRST}");
    }
}

fn keys(languages: &[String], all: &[Texts]) -> String {
    let mut code = String::new();
    let mut number = 0;
    for (namespace, of) in &all[0] {
        writeln!(code, "pub mod {namespace} {{").expect("a string takes all");
        for key in of.keys() {
            writeln!(
                code,
                "pub const {}: super::Key = super::Key({number});",
                key.to_uppercase()
            )
            .expect("a string takes all");
            number += 1;
        }
        writeln!(code, "}}").expect("a string takes all");
    }
    writeln!(
        code,
        "pub const LANGUAGES: [&str; {}] = {languages:?};",
        languages.len()
    )
    .expect("a string takes all");
    writeln!(code, "static TEXTS: [&str; {}] = [", languages.len()).expect("a string takes all");
    for texts in all {
        let joined: Vec<&str> = texts
            .values()
            .flat_map(|of| of.values())
            .map(String::as_str)
            .collect();
        writeln!(code, "{:?},", joined.join(&BETWEEN.to_string())).expect("a string takes all");
    }
    code.push_str("];\n");
    code
}

//! Makes typed keys and the tables of every language from `locales/`; a language with a hole fails the build, by the key.
//!
//! Why not `leptos_i18n`: it adds 204 crates to the build (the whole ICU data exporter), and ICU's locale fallback to
//! what a phone downloads, for a choice among a few languages, which a file of texts makes just as well.

#[path = "src/locales.rs"]
mod locales;

use std::{env, error::Error, fs, path::Path};

use locales::{BETWEEN, Language};

/// The files that pages load.
const FILES: usize = 3;

/// The file that a namespace stands in: everybody's; that of a notebook's pages, which no partner loads; that of the office's, which no
/// phone loads; or none, when only who carries it says it.
fn part(namespace: &str) -> usize {
    match namespace {
        "carnet" | "codes" | "door" | "envoi" | "fields" | "images" | "kinds" | "more" | "note"
        | "promises" | "refusals" => 1,
        "desk" | "library" => 2,
        "workbook" => FILES,
        _ => 0,
    }
}

/// Namespaces whose texts are found by name: a code or a kind is only known when it is read.
const NAMED: [&str; 4] = ["codes", "fields", "kinds", "workbook"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let (folder, passphrases) = (root.join("locales"), root.join("public/words"));
    for path in [&folder, &passphrases] {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/locales.rs");
    let languages = locales::read(&folder)?;
    let code = keys(&languages) + &list(&languages, &passphrases);
    Ok(fs::write(
        Path::new(&env::var("OUT_DIR")?).join("keys.rs"),
        code,
    )?)
}

fn keys(languages: &[Language]) -> String {
    let mut namespaces: Vec<&String> = languages[0].texts.keys().collect();
    namespaces.sort_by_key(|name| part(name));
    let mut code = String::new();
    let mut prints = [FIRST_PRINT; FILES + 1];
    let mut number = 0;
    for name in &namespaces {
        let first = number;
        code += &format!("/// From `{name}.json`.\npub mod {name} {{ use super::*;\n");
        for (key, text) in &languages[0].texts[*name] {
            let kind = if locales::counts(text) {
                "Plural"
            } else {
                "Key"
            };
            code += &format!(
                "pub const {}: {kind} = {kind}({number});\n",
                key.to_uppercase()
            );
            prints[part(name)] = hash(prints[part(name)], &format!("{name}.{key} {kind}\n"));
            number += 1;
        }
        let texts = languages.iter().map(|language| {
            let texts = language.texts[*name].values().map(locales::written);
            texts.collect::<Vec<_>>().join(BETWEEN)
        });
        let texts: Vec<String> = texts.collect();
        code += &format!(
            "/// Its texts in every language, for who carries them.\npub static TEXTS: Embedded = Embedded {{ first: {first}, texts: &{texts:?} }};\n"
        );
        if NAMED.contains(&name.as_str()) {
            let names: Vec<&String> = languages[0].texts[*name].keys().collect();
            code += &format!(
                "/// The key of this name.\npub fn named(name: &str) -> Option<Key> {{ super::find(&{names:?}, {first}, name) }}\n"
            );
        }
        code += "}\n";
    }
    let files = (0..FILES).map(|file| {
        let of = namespaces.iter().filter(|name| part(name) == file);
        let texts: Vec<String> = of.map(|name| format!("&{name}::TEXTS")).collect();
        format!("&[{}]", texts.join(", "))
    });
    let files: Vec<String> = files.collect();
    let prints: Vec<String> = prints[..FILES]
        .iter()
        .map(|print| format!("{print:016x}"))
        .collect();
    code + &format!(
        "const PRINTS: [&str; {FILES}] = {prints:?};\nstatic FILES: [&[&Embedded]; {FILES}] = [{}];\n",
        files.join(", ")
    )
}

fn list(languages: &[Language], passphrases: &Path) -> String {
    let mut known = String::new();
    let mut sites = String::new();
    for language in languages {
        let [fallback, name, review, choose, description] =
            ["fallback", "name", "review", "choose", "description"]
                .map(|name| language.about(name));
        let list = |code: &&str| passphrases.join(format!("{code}.txt")).exists();
        let lists = [&language.code, fallback, &languages[0].code];
        let list = lists.into_iter().find(list).unwrap_or_default();
        known += &format!(
            "Language {{ code: {:?}, name: {name:?}, review: {review:?}, choose: {choose:?}, passphrases: {list:?}, complete: {} }},",
            language.code,
            fallback.is_empty()
        );
        let dir = if language.about("dir") == "rtl" {
            "rtl"
        } else {
            "ltr"
        };
        let locales = language.locales();
        sites += &format!(
            "Site {{ dir: {dir:?}, locales: {locales:?}, description: {description:?} }},"
        );
    }
    let n = languages.len();
    format!(
        "/// Every language: the one that the others are compared with first.\npub static LANGUAGES: [Language; {n}] = [{known}];\nstatic SITES: [Site; {n}] = [{sites}];\n"
    )
}

const FIRST_PRINT: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits: tells one list of keys from another; nothing hangs on it that somebody would forge.
fn hash(start: u64, text: &str) -> u64 {
    text.bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

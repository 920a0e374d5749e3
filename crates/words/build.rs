//! Makes typed keys and the tables of every language from `locales/`; a language with a hole fails the build, by the key.
//!
//! Why not `leptos_i18n`: it adds 204 crates to the build (the whole ICU data exporter), and ICU's locale fallback to
//! what a phone downloads, for a choice among a few languages, which a file of texts makes just as well.

#[path = "src/locales.rs"]
mod locales;

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use locales::{BETWEEN, Language, Text};

/// The texts of the office's pages: a file of their own, which no phone loads.
const DESK: [&str; 2] = ["desk", "library"];
/// In no file: only the module that reads workbooks says these, from its own table.
const WORKBOOK: [&str; 1] = ["workbook"];
/// Namespaces whose texts are found by name: a code or a kind is only known when it is read.
const NAMED: [&str; 4] = ["codes", "fields", "kinds", "workbook"];

fn main() -> Result<(), String> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?)
        .join("../..");
    let folder = root.join("locales");
    let passphrases = root.join("public/words");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed={}", passphrases.display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/locales.rs");
    let languages = locales::read(&folder)?;
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?);
    fs::write(out.join("keys.rs"), keys(&languages, &passphrases))
        .map_err(|error| error.to_string())
}

/// 0: a phone's file; 1: a desk's; 2: none.
fn part(namespace: &str) -> usize {
    match namespace {
        name if DESK.contains(&name) => 1,
        name if WORKBOOK.contains(&name) => 2,
        _ => 0,
    }
}

fn keys(languages: &[Language], passphrases: &Path) -> String {
    let mut code = String::new();
    let mut namespaces: Vec<&String> = languages[0].texts.keys().collect();
    namespaces.sort_by_key(|name| part(name));
    let mut number = 0;
    let mut prints = [FIRST_PRINT; 3];
    let mut desk = 0;
    for name in &namespaces {
        let first = number;
        write!(code, "/// From `{name}.json`.\npub mod {name} {{\n").expect("a string takes all");
        for (key, text) in &languages[0].texts[*name] {
            let kind = match text {
                Text::Plain(_) => "Key",
                Text::Counted(_) => "Plural",
            };
            let constant = key.to_uppercase();
            writeln!(
                code,
                "pub const {constant}: super::{kind} = super::{kind}({number});"
            )
            .expect("a string takes all");
            let print = &mut prints[part(name)];
            *print = hash(*print, &format!("{name}.{key} {kind}\n"));
            number += 1;
        }
        if part(name) == 0 {
            desk = number;
        }
        let texts: Vec<String> = languages
            .iter()
            .map(|language| {
                let texts: Vec<String> =
                    language.texts[*name].values().map(Text::written).collect();
                texts.join(&BETWEEN.to_string())
            })
            .collect();
        write!(code, "/// Its texts in every language, for who carries them.\npub static TEXTS: super::Embedded = super::Embedded {{ first: {first}, texts: &{texts:?} }};\n")
            .expect("a string takes all");
        if NAMED.contains(&name.as_str()) {
            let names: Vec<&String> = languages[0].texts[*name].keys().collect();
            write!(code, "static NAMES: [&str; {}] = {names:?};\n/// The key of this name.\npub fn named(name: &str) -> Option<super::Key> {{ super::find(&NAMES, {first}, name) }}\n", names.len())
                .expect("a string takes all");
        }
        code.push_str("}\n");
    }
    let of = |wanted: usize| -> Vec<&&String> {
        namespaces
            .iter()
            .filter(|name| part(name) == wanted)
            .collect()
    };
    for (name, wanted) in [("PHONE", 0), ("DESK", 1)] {
        let all: Vec<String> = of(wanted)
            .iter()
            .map(|name| format!("&{name}::TEXTS"))
            .collect();
        writeln!(
            code,
            "static {name}: [&Embedded; {}] = [{}];",
            all.len(),
            all.join(", ")
        )
        .expect("a string takes all");
    }
    writeln!(
        code,
        "const PRINTS: [&str; 2] = [\"{:016x}\", \"{:016x}\"];\nconst FIRST_OF_DESK: u16 = {desk};",
        prints[0], prints[1]
    )
    .expect("a string takes all");
    let list = |code: &str| passphrases.join(format!("{code}.txt")).exists();
    writeln!(code, "/// Every language: the one that the others are compared with first.\npub static LANGUAGES: [Language; {}] = [", languages.len()).expect("a string takes all");
    for language in languages {
        let words = [language.code.as_str(), language.about("fallback")]
            .into_iter()
            .find(|code| list(code))
            .unwrap_or(&languages[0].code);
        writeln!(
            code,
            "Language {{ code: {:?}, name: {:?}, review: {:?}, choose: {:?}, passphrases: {words:?}, complete: {} }},",
            language.code,
            language.about("name"),
            language.about("review"),
            language.about("choose"),
            language.is_complete()
        )
        .expect("a string takes all");
    }
    writeln!(code, "];\nstatic SITES: [Site; {}] = [", languages.len())
        .expect("a string takes all");
    for language in languages {
        writeln!(
            code,
            "Site {{ rtl: {}, locales: {:?}, description: {:?} }},",
            language.about("dir") == "rtl",
            language.locales().join(","),
            language.about("description")
        )
        .expect("a string takes all");
    }
    code.push_str("];\n");
    code
}

const FIRST_PRINT: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits: tells one list of keys from another; nothing hangs on it that somebody would forge.
fn hash(start: u64, text: &str) -> u64 {
    text.bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

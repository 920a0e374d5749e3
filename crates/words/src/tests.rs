use std::{fs, path::Path};

use vigie_model::{
    MissionKind,
    kinds::{FieldSpec, Input, KINDS},
};

use super::*;

const FRENCH: &str = r#"{"reference": true, "name": "Français", "locale": ["fr"], "choose": "Choisissez", "description": "Un carnet"}"#;
const OTHER: &str =
    r#"{"name": "Other", "locale": ["xx"], "choose": "Choose", "description": "A notebook"}"#;
const PARTIAL: &str = r#"{"fallback": "fr", "name": "Other", "locale": ["xx"], "choose": "Choose", "description": "A notebook"}"#;
const TEXTS: &str =
    r#"{"hello": "Bonjour {name}", "n_rows": {"one": "{n} fiche", "other": "{n} fiches"}}"#;

/// What the reading of two languages says, French and another.
fn read(about: &str, texts: &str) -> Result<Vec<locales::Language>, String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |code: &str, about: &str, texts: &str| {
        let own = folder.path().join(code);
        fs::create_dir(&own).unwrap();
        fs::write(own.join("language.json"), about).unwrap();
        fs::write(own.join("page.json"), texts).unwrap();
    };
    write("fr", FRENCH, TEXTS);
    write("aa", about, texts);
    locales::read(folder.path())
}

/// Why a language that may lack texts is refused all the same.
fn refused(texts: &str) -> String {
    read(PARTIAL, texts).expect_err("a text that does not fit")
}

#[test]
fn the_language_that_others_are_compared_with_comes_first() {
    let languages = read(OTHER, TEXTS).unwrap();
    assert_eq!(languages[0].code, "fr");
    assert_eq!(languages[1].about("name"), "Other");
    assert!(read(FRENCH, TEXTS).is_err(), "two of them");
}

#[test]
fn a_missing_key_fails() {
    let rows = r#"{"n_rows": {"other": "{n} rows"}}"#;
    let fault = read(OTHER, rows).expect_err("a language with a hole");
    assert_eq!(fault, "locales/aa: page.hello is missing");
}

#[test]
fn a_key_that_nobody_asks_for_fails() {
    let more = r#"{"hello": "Hi {name}", "bye": "Bye"}"#;
    assert_eq!(
        refused(more),
        "locales/aa: page.bye is not in the reference"
    );
}

#[test]
fn a_differing_placeholder_fails() {
    for texts in [
        r#"{"hello": "Hi {nom}"}"#,
        r#"{"hello": "Hi"}"#,
        r#"{"n_rows": {"other": "rows"}}"#,
    ] {
        assert!(
            refused(texts).ends_with("has other placeholders"),
            "{texts}"
        );
    }
    let own = r#"{"n_rows": {"one": "{m} row", "other": "{n} rows"}}"#;
    assert!(refused(own).ends_with("has a form with a placeholder of its own"));
    let fewer = r#"{"hello": "Hi {name}", "n_rows": {"one": "A row", "other": "{n} rows"}}"#;
    assert!(read(OTHER, fewer).is_ok(), "one row needs no number");
}

#[test]
fn an_unknown_plural_category_fails() {
    let some = r#"{"n_rows": {"some": "{n} rows", "other": "{n} rows"}}"#;
    assert_eq!(
        refused(some),
        "locales/aa: page.n_rows has an unknown plural category, some"
    );
    let without = r#"{"n_rows": {"one": "{n} row"}}"#;
    assert!(refused(without).ends_with("lacks the plural category other"));
    assert!(
        refused(r#"{"n_rows": "{n} rows"}"#)
            .ends_with("counts in one language and not in the other")
    );
}

#[test]
fn a_language_says_what_it_is_called() {
    let fault = read("{}", TEXTS).expect_err("a language without a name");
    assert_eq!(fault, "locales/aa/language.json: name is missing");
}

#[test]
fn a_language_that_names_another_falls_back_to_it_key_by_key() {
    let languages = read(PARTIAL, r#"{"hello": "Bonjou {name}"}"#).unwrap();
    let [french, other] = &languages[..] else {
        panic!("two languages");
    };
    let (own, last) = (&other.texts["page"], &french.texts["page"]);
    assert_eq!(locales::written(&own["hello"]), "Bonjou {name}");
    assert_eq!(own["n_rows"], last["n_rows"]);
    assert_eq!(
        locales::written(&own["n_rows"]),
        "one\u{1e}{n} fiche\u{1e}other\u{1e}{n} fiches"
    );
    let nowhere = PARTIAL.replace("\"fr\"", "\"bb\"");
    assert!(read(&nowhere, TEXTS).is_err(), "no such language");
}

/// The table of a language, as the page loads it.
fn table(language: &Language) -> Table {
    let leak = |part| -> &'static str { Box::leak(file(language, part).into_boxed_str()) };
    let table = Table::read(leak(Part::Shared)).unwrap();
    let table = table.with(Part::Phone, leak(Part::Phone)).unwrap();
    table.with(Part::Desk, leak(Part::Desk)).unwrap()
}

#[test]
fn a_file_says_what_the_build_carries() {
    for language in &LANGUAGES {
        let table = table(language);
        for (of, key) in [
            (&common::TEXTS, common::RETRY),
            (&promises::TEXTS, promises::TITLE),
            (&desk::TEXTS, desk::CANCEL),
            (&library::TEXTS, library::PRINT),
        ] {
            assert_eq!(table.say(key), of.say(language.code, key));
            assert!(!table.say(key).is_empty());
        }
        assert!(!table.locales()[0].is_empty());
    }
}

#[test]
fn a_file_of_another_version_is_noticed() {
    let french = reference();
    let other = file(french, Part::Shared).replacen(PRINTS[0], PRINTS[1], 1);
    assert!(Table::read(Box::leak(other.into_boxed_str())).is_none());
    assert!(Table::read("<!DOCTYPE html>\n<html>").is_none());
    assert!(Table::read("").is_none());
}

#[test]
fn a_number_takes_the_form_of_its_category_or_else_the_common_one() {
    let french = table(reference());
    assert_eq!(french.form(form::N_ROWS, "one"), "{n} fiche");
    assert_eq!(french.form(form::N_ROWS, "many"), "{n} fiches");
}

#[test]
fn haitian_creole_says_what_is_translated_and_french_the_rest() {
    let (creole, french) = (table(language("ht").unwrap()), table(reference()));
    assert_eq!(creole.say(form::NEXT), "Swivan");
    assert_eq!(creole.form(form::N_ROWS, "one"), "{n} fich");
    assert_eq!(creole.say(desk::FETCH), french.say(desk::FETCH));
    assert!(
        !language("ht").unwrap().review.is_empty(),
        "still to be reviewed"
    );
    assert_eq!(language("ht-HT").unwrap().passphrases, "fr");
    assert!(complete().all(|code| code != "ht"));
}

#[test]
fn a_language_that_is_not_here_is_answered_in_the_reference() {
    let key = codes::named("mission_kind_internship").unwrap();
    assert_eq!(codes::TEXTS.say("en-CA", key), "Internship");
    assert_eq!(codes::TEXTS.say("tlh", key), "Stage");
}

#[test]
fn every_kind_every_field_and_every_code_has_a_label() {
    let has = |found: Option<Key>, name: &str| assert!(found.is_some(), "{name}");
    for kind in &KINDS {
        has(kinds::named(kind.kind.as_str()), kind.kind.as_str());
        let shown = |field: &&FieldSpec| field.input != Input::Bytes;
        for field in kind.fields.iter().filter(shown) {
            let name = format!("{}_{}", kind.kind, field.name);
            has(kinds::named(&name), &name);
            if let Input::One(list) | Input::Many(list) = field.input {
                for code in list.codes() {
                    let name = format!("{}_{code}", list.name());
                    has(codes::named(&name), &name);
                }
            }
        }
    }
    for kind in MissionKind::ALL {
        has(codes::named(&format!("mission_kind_{kind}")), kind.code());
    }
}

#[test]
fn every_list_of_passphrases_is_there() {
    let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public/words");
    for language in &LANGUAGES {
        let list = lists.join(format!("{}.txt", language.passphrases));
        assert!(list.exists(), "{}", language.code);
    }
}

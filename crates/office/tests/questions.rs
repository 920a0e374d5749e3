//! The questions of a real questionnaire, read from its workbook as a card carries it.

mod world;

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use vigie_forms::{xform, xlsform};
use vigie_journal::{FormRef, Journal, StoredOp};
use vigie_model::{Kind, hex};
use vigie_office::{
    OfficeDoc, Verdict,
    mission::card_form,
    questions::{FormQuestions, Questions},
};

use world::Office;

fn form(name: &str) -> FormQuestions {
    let path = format!("{}/../../forms/{name}.xlsx", env!("CARGO_MANIFEST_DIR"));
    let workbook =
        xlsform::read(&std::fs::read(path).expect("the questionnaire")).expect("a workbook");
    let options = xlsform::Options {
        name: "data".into(),
        id: name.into(),
    };
    let converted = xlsform::convert(&workbook, &options).expect("a good form");
    let read = xform::read_alone(&converted.xml);
    let form = read.form.expect("a form");
    let compiled: Value = serde_json::from_str(&form.to_json()).expect("JSON");
    let card = card_form(&converted.id, "1", BTreeMap::new(), compiled);
    let mut questions = Questions::default();
    questions.add_card_form(&card);
    questions
        .form(&card.id, "1", &card.hash)
        .expect("just added")
        .clone()
}

#[test]
fn every_question_and_every_choice_of_our_questionnaire_has_words_in_three_languages() {
    let form = form("conditions_travail_court");
    let asked: Vec<_> = form
        .questions
        .iter()
        .filter(|question| question.kind != "calculate")
        .collect();
    assert!(asked.len() >= 10, "{}", asked.len());
    for question in &asked {
        for lang in ["fr", "en", "es"] {
            assert!(
                question
                    .labels
                    .get(lang)
                    .is_some_and(|label| !label.is_empty()),
                "{lang}: {question:?}"
            );
        }
        let lists = matches!(
            question.kind.as_str(),
            "select_one" | "select_multiple" | "rank"
        );
        assert_eq!(lists, !question.choices.is_empty(), "{question:?}");
        for choice in &question.choices {
            for lang in ["fr", "en", "es"] {
                assert!(
                    choice.labels.contains_key(lang),
                    "{lang}: {choice:?} of {}",
                    question.path
                );
            }
        }
    }
    let list = asked
        .iter()
        .find(|question| question.kind == "select_multiple")
        .expect("one");
    let two: Vec<&str> = list
        .choices
        .iter()
        .take(2)
        .map(|choice| choice.code.as_str())
        .collect();
    let shown = list.shown(&two.join(" "));
    assert_eq!(
        shown["fr"],
        format!(
            "{}, {}",
            list.choices[0].labels["fr"], list.choices[1].labels["fr"]
        )
    );
    assert_eq!(list.shown("no_such_code"), BTreeMap::new());
    assert!(form.question(&list.path).is_some() && form.question("no/such/path").is_none());
}

/// `serde_json` keeps the order of keys when any crate of a build asks for it, and sorts them when none does.
#[test]
fn a_questionnaire_has_one_hash_from_the_card_to_the_response_whatever_the_order_of_its_keys() {
    let written: Value = serde_json::from_str(
        r#"{"version":"1","id":"visite","title":{"b":[1.5,{"z":1,"a":2}],"a":null},"exprs":[]}"#,
    )
    .expect("JSON");
    let exact =
        r#"{"exprs":[],"id":"visite","title":{"a":null,"b":[1.5,{"a":2,"z":1}]},"version":"1"}"#;
    let hash = hex::encode(&Sha256::digest(exact));
    let form = card_form("visite", "1", BTreeMap::new(), written);
    assert_eq!(form.hash, hash);

    let mut office = Office::new(21);
    office.mission = office.mission.with_form(&office.keys, form);
    let sealed = office.mission.seal_card(&office.keys, &mut office.dice);
    let key = &office.mission.mission_key;
    let signed = vigie_seal::open_box(key, "card", &sealed.bytes).expect("opens");
    let signed = String::from_utf8(signed).expect("UTF-8");
    assert!(
        signed.contains(&format!(r#""compiled":{exact}"#)),
        "the bytes that were hashed"
    );

    let signer = office.keys.signing.verifying_key();
    let card = vigie_seal::open_card(&sealed.bytes, &signer, key).expect("opens");
    let on_the_phone = card.form("visite").expect("it is there");
    assert_eq!(on_the_phone.compiled.to_string(), exact);
    let mut awa = office.delegate("Awa");
    let rec = awa.record();
    let mut answer = awa
        .write(&Journal::new(), rec, Kind::RESPONSE, &[("a", "1".into())])
        .op;
    answer.form = Some(FormRef {
        id: on_the_phone.id.clone(),
        version: on_the_phone.version.clone(),
        hash: on_the_phone.hash.clone(),
    });
    let bundle = office.seal(&awa.bundle(&[StoredOp::new(answer)]).to_json());
    assert!(matches!(office.import(&bundle), Verdict::Accepted { .. }));
    let answered = office
        .journal
        .record(&rec)
        .and_then(|record| record.form.clone());
    assert_eq!(answered.map(|form| form.hash), Some(hash));
    // Through a document, to another desk.
    let doc = OfficeDoc::Mission(office.mission.clone()).seal(&office.keys);
    let opened = OfficeDoc::open(&doc, &office.keys).expect("opens").doc;
    assert_eq!(opened, OfficeDoc::Mission(office.mission.clone()));
}

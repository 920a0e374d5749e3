//! The questions of a real questionnaire, read from its workbook as a card carries it.

mod world;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use vigie_forms::{xform, xlsform};
use vigie_journal::{FormRef, Journal, StoredOp};
use vigie_model::{Card, ExactJson, FormHash, Kind, Timestamp};
use vigie_office::{
    OfficeDoc, Registry, Verdict,
    docs::{FormDoc, seal},
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
    let compiled = ExactJson::in_order(&form.to_json()).expect("JSON");
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

/// As no programme of ours writes: spaces, an order of its own, numbers spelled otherwise, and a field that nobody knows.
const ODD: &str = "{ \"version\":\"1\",\n\"id\" : \"visite\", \"later\":{\"z\":1e2, \"a\":[1.50 , {}]}, \"exprs\":[]}";

#[test]
fn a_questionnaire_keeps_its_bytes_and_its_hash_through_cards_documents_and_a_second_desk() {
    let hash = FormHash::from_sha256(&Sha256::digest(ODD).into());
    let compiled = ExactJson::from_text(ODD).expect("JSON");
    let form = card_form("visite", "1", BTreeMap::new(), compiled);
    assert_eq!(form.hash, hash);

    // In the library of one desk, and from there in that of another.
    let mut office = Office::new(21);
    let kept = OfficeDoc::Form(FormDoc {
        form,
        xform: String::new(),
        files: Vec::new(),
        added: Timestamp(1),
        put_away: false,
    });
    let row = serde_json::to_vec(&kept).expect("a row of the first desk");
    let kept: OfficeDoc = serde_json::from_slice(&row).expect("the same row");
    let first = kept.seal(&office.keys);
    let second = OfficeDoc::open(&first, &office.keys).expect("opens");
    let registry = Registry::from_docs([second.doc]);
    let form = registry.form(&hash).expect("known by its bytes").form();
    assert_eq!(form.compiled.text(), ODD);

    // The second desk puts it in a card, changes that once more, and gives the mission's document back to the first.
    let mission = office.mission.with_form(&office.keys, form.clone());
    let mission = mission.revise(&office.keys, |card| card.mission.name = "Autre".into());
    let doc = OfficeDoc::Mission(mission).seal(&office.keys);
    let OfficeDoc::Mission(mission) = OfficeDoc::open(&doc, &office.keys).expect("opens").doc
    else {
        panic!("a mission went in");
    };
    office.mission = mission;
    let sealed = office.mission.seal_card(&office.keys, &mut office.dice);
    let key = &office.mission.mission_key;
    let signed = vigie_seal::open_box(key, "card", &sealed.bytes).expect("opens");
    let signed = String::from_utf8(signed).expect("UTF-8");
    assert!(signed.contains(&format!(r#""compiled":{ODD}"#)));

    // On the phone, in its row of the card, and back in a response.
    let signer = office.keys.signing.verifying_key();
    let card = vigie_seal::open_card(&sealed.bytes, &signer, key).expect("opens");
    let row = serde_json::to_vec(&card).expect("a row");
    let card: Card = serde_json::from_slice(&row).expect("the same row");
    let on_the_phone = card.form(&"visite".into()).expect("it is there");
    assert_eq!(on_the_phone.compiled.text(), ODD);
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
}

#[test]
fn what_a_newer_version_said_in_a_document_stays_in_it() {
    let office = Office::new(22);
    let said =
        r#"{"later": 1.0, "doc":"removed","device":"{}","at":5}"#.replace("{}", &"ab".repeat(32));
    for said in [said.as_str(), r#"{ "doc":"later", "n":1e2 }"#] {
        let exact = ExactJson::from_text(said).expect("JSON");
        let opened = OfficeDoc::open(&seal(&exact, &office.keys), &office.keys).expect("opens");
        assert!(opened.signed);
        assert_eq!(opened.exact.text(), said);
    }
}

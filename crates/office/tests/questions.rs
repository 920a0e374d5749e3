//! The questions of a real questionnaire, read from its workbook as a card carries it.

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_forms::{xform, xlsform};
use vigie_office::{
    mission::card_form,
    questions::{FormQuestions, Questions},
};

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

//! A questionnaire with a question of each type and a repeat in a repeat, answered.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_journal::{FormRef, Journal, Record, StoredOp};
use vigie_model::{ExactJson, Kind};
use vigie_office::{OfficeDoc, Registry, mission::card_form, questions::Questions};

use super::{Device, Office, Set};

/// What a form of this id asks: a question of each type, and a repeat in a repeat.
pub fn usine() -> Value {
    let asked = |control: &str, def: u32| json!({"k": {"control": control}, "d": def, "l": {"id": format!("q{def}")}});
    let choices = |codes: &[&str]| -> Vec<Value> {
        codes
            .iter()
            .map(|code| json!({"v": code, "l": {"id": code}}))
            .collect()
    };
    let choosing = |control: &str, def: u32, codes: &[&str]| {
        let mut body = asked(control, def);
        body["c"] = choices(codes).into();
        body
    };
    let said = |fr: &str, en: &str| json!([[0, [{"t": [fr]}]], [1, [{"t": [en]}]]]);
    json!({
        "id": "usine", "version": "1", "languages": ["Français (fr)", "English (en)"],
        "defs": [
            {"n": "data", "k": "group"},
            {"n": "age", "p": 0, "i": {"t": "int"}, "b": 0},
            {"n": "salaire", "p": 0, "i": {"t": "decimal"}, "b": 1},
            {"n": "jour", "p": 0, "i": {"t": "date"}, "b": 2},
            {"n": "heure", "p": 0, "i": {"t": "time"}, "b": 3},
            {"n": "debut", "p": 0, "i": {"t": "dateTime"}, "b": 4},
            {"n": "accord", "p": 0, "b": 5},
            {"n": "pays", "p": 0, "b": 6},
            {"n": "risques", "p": 0, "b": 7},
            {"n": "dit", "p": 0, "b": 8},
            {"n": "total", "p": 0},
            {"n": "equipe", "k": "repeat", "p": 0},
            {"n": "nom", "p": 11, "b": 9},
            {"n": "poste", "p": 11, "b": 10},
            {"n": "outils", "k": "repeat", "p": 11},
            {"n": "outil", "p": 14, "b": 11},
            {"n": "lieu", "p": 11, "i": {"t": "geopoint"}, "b": 12},
        ],
        "body": [
            asked("input", 1), asked("input", 2), asked("input", 3), asked("input", 4), asked("input", 5), asked("trigger", 6),
            choosing("select-one", 7, &["bd", "ht"]), choosing("select-multiple", 8, &["feu", "bruit"]), asked("input", 9),
            asked("input", 12), choosing("select-one", 13, &["couture", "coupe"]), asked("input", 15),
            asked("input", 16),
        ],
        "texts": {
            "q1": said("Âge", "Age"), "q12": said("Prénom", "First name"), "q7": said("Pays", "Country"),
            "bd": said("Bangladesh", "Bangladesh"), "ht": said("Haïti", "Haiti"),
            "feu": said("Incendie", "Fire"), "bruit": said("Bruit, vibrations", "Noise, vibrations"),
            "couture": said("Couture à la chaîne", "Line sewing"), "coupe": said("Coupe", "Cutting"),
        },
    })
}

pub fn response(device: &mut Device, form: &FormRef, set: Set<'_>) -> StoredOp {
    let rec = device.record();
    let mut op = device.write(&Journal::new(), rec, Kind::RESPONSE, set).op;
    op.form = Some(form.clone());
    StoredOp::new(op)
}

pub struct Answered {
    pub office: Office,
    pub questions: Questions,
    pub journal: Journal,
    pub records: Vec<Record>,
}

/// Two responses, the second with rows, and a note.
pub fn answered() -> Answered {
    let mut office = Office::new(7);
    let title = BTreeMap::from([("fr".into(), "À l’usine".into())]);
    let compiled = ExactJson::in_order(&usine().to_string()).expect("JSON");
    let card_form = card_form("usine", "1", title, compiled);
    let form = FormRef {
        id: "usine".into(),
        version: "1".into(),
        hash: card_form.hash.clone(),
    };
    office.mission = office.mission.with_form(&office.keys, card_form);
    office.registry = Registry::from_docs([OfficeDoc::Mission(office.mission.clone())]);
    let questions = Questions::of(&office.registry);
    let mut awa = office.delegate("Awa");
    let mut journal = Journal::new();
    journal.insert(response(
        &mut awa,
        &form,
        &[
            ("age", "17".into()),
            ("salaire", "12.50".into()),
            ("jour", "2026-11-24".into()),
            ("heure", "09:30:00.000-05:00".into()),
            ("debut", "2026-11-24T09:30:00.000-05:00".into()),
            ("accord", "OK".into()),
            ("pays", "ht".into()),
            ("risques", "feu bruit autre".into()),
            ("dit", "=1+1 « à l’aube » 🧵".into()),
            ("total", "42".into()),
            ("_finished", json!(1_795_000_000_000_i64)),
        ],
    ));
    journal.insert(response(
        &mut awa,
        &form,
        &[
            ("age", "dix-sept".into()),
            ("dit", "007".into()),
            ("equipe[1]/nom", "Élise".into()),
            ("equipe[1]/poste", "couture".into()),
            ("equipe[10]/nom", "Zoé".into()),
            ("equipe[2]/nom", "-Ana".into()),
            ("equipe[2]/outils[1]/outil", "ciseaux".into()),
            ("equipe[2]/lieu", "18.54 -72.33 12 5".into()),
            // In a row that has no answer of its own, a question that the form does not know.
            ("equipe[3]/outils[2]/marque", "Juki".into()),
            ("equipe[4]/nom", Value::Null),
        ],
    ));
    journal.insert(awa.note(&[
        ("title", "Piquet à l’aube".into()),
        ("at", "2026-11-24T05:00".into()),
        ("themes", json!(["decent_wages", "à moi seule"])),
    ]));
    let records = journal.records().cloned().collect();
    Answered {
        office,
        questions,
        journal,
        records,
    }
}

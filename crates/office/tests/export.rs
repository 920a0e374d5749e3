//! What was typed comes out exactly as it was typed.

mod world;

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_journal::{FormRef, Journal, Record, StoredOp};
use vigie_model::{
    ExactJson, FormHash, Kind, Layout, RecordId, Separator, Timestamp,
    kinds::{self, Input, KINDS},
};
use vigie_office::{
    OfficeDoc, Registry,
    export::{
        ExportFile, attachments,
        csv::{csv, guard, unguard},
        json::json,
        vcard::{contact_count, vcards},
        zip::zip,
    },
    mission::card_form,
    questions::Questions,
};
use world::{Device, NOW, Office};

/// Every file as lines of cells by column, read by another programme's parser.
fn parsed(files: &[ExportFile]) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let mut tables = BTreeMap::new();
    for file in files {
        let text = file
            .bytes
            .strip_prefix("\u{feff}".as_bytes())
            .expect("a byte order mark");
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text);
        let header = reader.headers().expect("a header").clone();
        let rows = reader.records().map(|row| {
            let row = row.expect("as many cells as columns");
            header
                .iter()
                .map(str::to_owned)
                .zip(row.iter().map(unguard))
                .collect()
        });
        tables.insert(file.name.clone(), rows.collect());
    }
    tables
}

fn response(device: &mut Device, form: &FormRef, set: world::Set<'_>) -> StoredOp {
    let rec = device.record();
    let mut op = device.write(&Journal::new(), rec, Kind::RESPONSE, set).op;
    op.form = Some(form.clone());
    StoredOp::new(op)
}

fn court() -> (FormRef, Value) {
    let compiled = json!({
        "id": "court", "version": "3", "languages": ["Français (fr)", "English (en)"],
        "exprs": ["instance('pays')/root/item[region = 'x']", "name", "itextId", " /data/travail/age "],
        "defs": [
            {"n": "data", "k": "group"},
            {"n": "travail", "k": "group", "p": 0},
            {"n": "age", "p": 1, "i": {"t": "int"}, "b": 0},
            {"n": "pays", "p": 1, "b": 1},
            {"n": "risques", "p": 1, "b": 2, "i": {"x": {"sensible": "yes"}}},
            {"n": "merci", "p": 0, "b": 3},
            {"n": "total", "p": 0},
            {"n": "meta", "k": "group", "p": 0},
            {"n": "instanceID", "p": 7},
        ],
        "body": [
            {"k": {"control": "input"}, "d": 2, "l": {"id": "age"}},
            {"k": {"control": "select-one"}, "d": 3, "l": {"id": "pays"}, "i": {"n": 0, "v": 1, "l": {"idof": 2}}},
            {"k": {"control": "select-multiple"}, "d": 4, "l": {"parts": ["Risques à ", 3, " ans"]},
             "c": [{"v": "feu", "l": {"id": "feu"}}, {"v": "bruit"}]},
            {"k": {"control": "note"}, "d": 5, "l": {"id": "merci"}},
        ],
        "texts": {
            "age": [[0, [{"t": ["Âge"]}]], [1, [{"t": ["Age"]}, {"f": "guidance", "t": ["…"]}]]],
            "pays": [[0, [{"t": ["Pays"]}]], [1, [{"t": ["Country"]}]]],
            "bd": [[0, [{"t": ["Bangladesh"]}]], [1, [{"t": ["Bangladesh"]}]]],
            "ht": [[0, [{"t": ["Haïti"]}]], [1, [{"t": ["Haiti"]}]]],
            "feu": [[0, [{"t": ["Incendie"]}]], [1, [{"t": ["Fire"]}]]],
        },
        "lists": [{"id": "pays", "table": {"root": "root", "row": "item", "columns": ["itextId", "name"],
                   "rows": [["bd", "bd"], ["ht", "ht"], ["ht", "ht"]]}}],
    });
    (
        FormRef {
            id: "court".into(),
            version: "3".into(),
            hash: FormHash::named(""),
        },
        compiled,
    )
}

/// An office whose mission has the questionnaire, with entries of each kind.
fn office() -> (Office, Questions, Vec<Record>) {
    let mut office = Office::new(1);
    let (mut form, compiled) = court();
    let title = BTreeMap::from([("fr".into(), "Conditions de travail".into())]);
    let card_form = card_form(
        "court",
        "3",
        title,
        ExactJson::in_order(&compiled.to_string()).expect("JSON"),
    );
    form.hash.clone_from(&card_form.hash);
    office.mission = office.mission.with_form(&office.keys, card_form);
    office.registry = Registry::from_docs([OfficeDoc::Mission(office.mission.clone())]);
    let questions = Questions::of(&office.registry);
    let (mut awa, mut lena) = (office.delegate("Awa"), office.delegate("Lena"));

    let mut journal = Journal::new();
    journal.insert(awa.note(&[
        ("title", "=HYPERLINK(\"http://evil\")".into()),
        (
            "text",
            "Ligne 1\r\nligne \"2\", fin;\n\t🧵 \u{202b}مرحبا\u{0}".into(),
        ),
        ("themes", json!(["decent_wages", "health_and_safety"])),
        ("at", "2026-11-24T09:30".into()),
        ("météo", "pluie".into()),
    ]));
    let rec = awa.record();
    let first = awa.write(
        &journal,
        rec,
        Kind::CONTACT,
        &[("name", "R.".into()), ("phone", "+1 514 555-0199".into())],
    );
    journal.insert(first);
    let seen = journal.clone();
    journal.insert(awa.write(&seen, rec, Kind::CONTACT, &[("phone", "-5".into())]));
    journal.insert(lena.write(&seen, rec, Kind::CONTACT, &[("phone", "'=2".into())]));
    let answers: world::Set<'_> = &[
        ("travail/age", "17".into()),
        ("travail/pays", "ht".into()),
        ("travail/risques", "feu bruit".into()),
        ("equipe[2]/nom", "Ana".into()),
        ("_lang", "fr".into()),
        ("_finished", json!(1_795_000_000_000_i64)),
    ];
    journal.insert(response(&mut lena, &form, answers));
    let photo: world::Set<'_> = &[
        ("name", "reçu usine.jpg".into()),
        ("type", "image/jpeg".into()),
        ("size", json!(3)),
        ("data", "/9j/".into()),
    ];
    let rec = awa.record();
    journal.insert(awa.write(&journal, rec, Kind::ATTACHMENT, photo));
    let rec = awa.record();
    journal.insert(awa.write(
        &journal,
        rec,
        Kind::from("herbier"),
        &[("nom", "ortie".into())],
    ));

    office.journal = journal;
    let records: Vec<Record> = office.journal.records().cloned().collect();
    (office, questions, records)
}

#[test]
fn each_kind_of_entry_has_its_file_and_each_cell_is_what_was_typed() {
    let (office, questions, records) = office();
    let files = csv(
        &records,
        &office.registry,
        &questions,
        &Layout::default(),
        Separator::Comma,
    );
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "attachments.csv",
            "contacts.csv",
            "herbier.csv",
            "notes.csv",
            "responses_court.csv",
            "codebook.csv"
        ]
    );
    let tables = parsed(&files);
    let note = &tables["notes.csv"][0];
    assert_eq!(note["title"], "=HYPERLINK(\"http://evil\")");
    assert_eq!(
        note["text"],
        "Ligne 1\r\nligne \"2\", fin;\n\t🧵 \u{202b}مرحبا\u{0}"
    );
    assert_eq!(note["themes"], "decent_wages health_and_safety");
    assert_eq!(note["météo"], "pluie");
    assert_eq!(
        (note["_by"].as_str(), note["_mission"].as_str()),
        ("Awa", "Mission Dhaka")
    );
    assert_eq!(note["_created"], "2026-11-18T11:06:41.000Z");

    let contact = &tables["contacts.csv"][0];
    let conflicts: Value = serde_json::from_str(&contact["_conflicts"]).expect("JSON");
    let both: Vec<(&str, &str)> = conflicts["phone"]
        .as_array()
        .expect("values")
        .iter()
        .map(|side| {
            (
                side["value"].as_str().expect("text"),
                side["by"].as_str().expect("text"),
            )
        })
        .collect();
    assert_eq!(both.len(), 2);
    assert!(
        both.contains(&("-5", "Awa")) && both.contains(&("'=2", "Lena")),
        "{both:?}"
    );
    assert_eq!(contact["phone"], both[0].0);

    let response = &tables["responses_court.csv"][0];
    assert_eq!(
        [
            "travail/age",
            "travail/pays",
            "travail/risques",
            "equipe[2]/nom",
            "_lang",
            "_finished",
            "_form_version"
        ]
        .map(|column| response[column].as_str()),
        [
            "17",
            "ht",
            "feu bruit",
            "Ana",
            "fr",
            "2026-11-18T11:06:40.000Z",
            "3"
        ]
    );
    let attachment = &tables["attachments.csv"][0];
    let file = &attachments(&records, &questions)[0];
    assert_eq!(
        (attachment["_file"].as_str(), attachment["size"].as_str()),
        (file.name.as_str(), "3")
    );
    assert!(!attachment.contains_key("data"));
    assert_eq!(file.bytes, [0xff, 0xd8, 0xff]);
    assert!(file.name.ends_with("-reçu_usine.jpg"), "{}", file.name);
}

#[test]
fn the_codebook_says_what_columns_and_codes_mean_in_each_language() {
    let (office, questions, records) = office();
    let tables = parsed(&csv(
        &records,
        &office.registry,
        &questions,
        &Layout::default(),
        Separator::Comma,
    ));
    let lines = |file: &str, column: &str| -> Vec<Vec<String>> {
        let wanted = [
            "type",
            "label_fr",
            "label_en",
            "choice",
            "choice_fr",
            "choice_en",
        ];
        let rows = tables["codebook.csv"]
            .iter()
            .filter(|row| row["file"] == file && row["column"] == column);
        rows.map(|row| wanted.iter().map(|name| row[*name].clone()).collect())
            .collect()
    };
    let line = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
    assert_eq!(
        lines("responses_court.csv", "travail/age"),
        [line(["integer", "Âge", "Age", "", "", ""])]
    );
    assert_eq!(
        lines("responses_court.csv", "travail/pays"),
        [
            line(["select_one", "Pays", "Country", "", "", ""]),
            line([
                "select_one",
                "Pays",
                "Country",
                "bd",
                "Bangladesh",
                "Bangladesh"
            ]),
            line(["select_one", "Pays", "Country", "ht", "Haïti", "Haiti"]),
        ]
    );
    let risks = lines("responses_court.csv", "travail/risques");
    assert_eq!(
        risks[0],
        line([
            "select_multiple",
            "Risques à ${age} ans",
            "Risques à ${age} ans",
            "",
            "",
            ""
        ])
    );
    assert_eq!(
        risks[1][3..],
        ["feu", "Incendie", "Fire"].map(str::to_owned)
    );
    assert_eq!(risks[2][3..], ["bruit", "", ""].map(str::to_owned));
    assert_eq!(
        lines("responses_court.csv", "total"),
        [line(["calculate", "", "", "", "", ""])]
    );
    assert!(
        lines("responses_court.csv", "merci").is_empty()
            && lines("responses_court.csv", "meta/instanceID").is_empty()
    );
    assert_eq!(
        lines("notes.csv", "themes")[0][..2],
        ["select_multiple", "Thèmes"].map(str::to_owned)
    );
    assert!(
        lines("notes.csv", "themes")
            .iter()
            .any(|line| line[3..] == ["decent_wages", "Salaires décents", "Decent wages"])
    );
    // Every column of every file is explained.
    for (file, rows) in tables.iter().filter(|(file, _)| *file != "codebook.csv") {
        for column in rows[0].keys() {
            assert!(!lines(file, column).is_empty(), "{file} {column}");
        }
    }
}

/// From the table of kinds alone: no code of the exports names them.
#[test]
fn every_kind_has_its_file_its_words_and_the_words_of_its_codes() {
    let mut office = Office::new(5);
    let mut ana = office.delegate("Ana");
    let mut journal = Journal::new();
    for of in KINDS.iter().filter(|of| !of.fields.is_empty()) {
        let name = json!(format!("Une {}", of.kind));
        let rec = ana.record();
        let op = ana.write(&journal, rec, of.kind.clone(), &[(of.title[0], name)]);
        journal.accept(op, NOW);
    }
    let files = csv(
        journal.records(),
        &office.registry,
        &Questions::default(),
        &Layout::default(),
        Separator::Comma,
    );
    let tables = parsed(&files);
    let meanings = &tables["codebook.csv"];
    for of in KINDS.iter().filter(|of| !of.fields.is_empty()) {
        let file = format!("{}.csv", of.file);
        assert_eq!(tables[&file].len(), 1, "{file}");
        assert_eq!(tables[&file][0][of.title[0]], format!("Une {}", of.kind));
        for field in of.fields.iter().filter(|field| field.input != Input::Bytes) {
            let lines: Vec<_> = meanings
                .iter()
                .filter(|line| line["file"] == file && line["column"] == field.name)
                .collect();
            let codes = match field.input {
                Input::One(list) | Input::Many(list) => list.codes().len(),
                _ => 0,
            };
            assert_eq!(lines.len(), 1 + codes, "{file} {}", field.name);
            for (at, line) in lines.iter().enumerate() {
                for lang in ["fr", "en", "es"] {
                    assert!(!line[&format!("label_{lang}")].is_empty(), "{line:?}");
                    assert_eq!(
                        line[&format!("choice_{lang}")].is_empty(),
                        at == 0,
                        "{line:?}"
                    );
                }
            }
        }
    }
    for of in &KINDS {
        let group = |group| vigie_words::kinds::named(&format!("{}_group_{group}", of.kind));
        let mut groups = of.fields.iter().filter_map(|field| field.group);
        assert!(groups.all(|name| group(name).is_some()), "{}", of.kind);
        for name in [of.kind.to_string(), format!("{}_many", of.kind)] {
            assert!(vigie_words::kinds::named(&name).is_some(), "{name}");
        }
    }
}

/// Whatever the order of keys, which hangs on who else is built beside.
fn as_documented(name: &str, document: &Value) {
    insta::with_settings!({ sort_maps => true }, {
        insta::assert_json_snapshot!(name, document);
    });
}

#[test]
fn the_exports_are_written_as_documented() {
    let (office, questions, records) = office();
    let document: Value =
        serde_json::from_slice(&json(&records, &office.journal, &office.registry, NOW))
            .expect("JSON");
    as_documented("export", &document);
    let codebook = csv(
        &records,
        &office.registry,
        &questions,
        &Layout::default(),
        Separator::Comma,
    )
    .pop()
    .expect("a codebook");
    insta::assert_snapshot!(
        "codebook",
        String::from_utf8(codebook.bytes)
            .expect("UTF-8")
            .replace('\u{feff}', "")
    );
}

#[test]
fn an_office_document_and_a_card_are_written_as_documented() {
    let mut office = Office::new(1);
    let invite = office
        .mission
        .invite(&office.keys, "Awa", Timestamp(9), NOW, &mut office.dice);
    let mut mission = serde_json::to_value(OfficeDoc::Mission(office.mission)).expect("JSON");
    // The one thing that age draws itself.
    mission["card"]["recipients"] = json!(["age1…"]);
    as_documented("mission_doc", &mission);
    let invite = OfficeDoc::Invite(invite.doc);
    as_documented("invite_doc", &serde_json::to_value(invite).expect("JSON"));
}

#[test]
fn the_archive_opens_with_another_programme_and_is_always_the_same() {
    let files: Vec<ExportFile> = [
        ("notes.csv", "é\n".repeat(5000).into_bytes()),
        ("attachments/ré.bin", vec![]),
        ("c", vec![7; 70_000]),
    ]
    .into_iter()
    .map(|(name, bytes)| ExportFile {
        name: name.into(),
        bytes,
    })
    .collect();
    let archive = zip(&files).expect("small");
    assert_eq!(zip(&files), Ok(archive.clone()));
    let mut read = ::zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    assert_eq!(read.len(), files.len());
    for (at, file) in files.iter().enumerate() {
        let mut entry = read.by_index(at).expect("an entry");
        assert_eq!(entry.name().expect("UTF-8"), file.name);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("whole, by its CRC");
        assert_eq!(bytes, file.bytes);
    }
    assert!(::zip::ZipArchive::new(Cursor::new(zip(&[]).expect("empty"))).is_ok());
}

#[test]
fn a_spreadsheet_runs_no_cell_and_numbers_stay_numbers() {
    for (typed, cell) in [
        ("=1+1", "'=1+1"),
        ("+33 6 12", "'+33 6 12"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\tx", "'\tx"),
        // Read with `;` between cells, a new cell begins there.
        ("vu;=1+1", "vu;'=1+1"),
        ("vu;\"=1+1\"", "vu;'\"=1+1\""),
        ("vu; @SUM(A1);-2;x", "vu;' @SUM(A1);-2;x"),
        ("vu\t=1\r\n+1-1\n- ceci", "vu\t'=1\r\n'+1-1\n'- ceci"),
        ("  =1", "'  =1"),
        ("\u{feff}\u{a0}=1", "'\u{feff}\u{a0}=1"),
        ("＝1+1", "'＝1+1"),
        ("x;'=1", "x;''=1"),
        ("x\n\ny", "x\n\ny"),
        ("'=1", "''=1"),
        ("''@", "'''@"),
        ("-", "'-"),
        ("-1+1", "'-1+1"),
        ("-12", "-12"),
        ("+3,5", "+3,5"),
        ("-1.5e-9", "-1.5e-9"),
        ("'-12", "'-12"),
        ("l'été", "l'été"),
        ("'", "'"),
        ("", ""),
    ] {
        assert_eq!(guard(typed), cell);
        assert_eq!(unguard(cell), typed);
    }
}

/// Text as people and attackers type it.
fn note_fields() -> Vec<&'static str> {
    let note = kinds::spec(Kind::NOTE.as_str());
    note.fields.iter().map(|field| field.name).collect()
}

fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-=+@'\t\r\n\",; 0-9.,eE]{0,6}[ -~é\"\r\n\u{0}]{0,12}",
        "[-=+@'\t\r\n\"; \u{feff}＝1x]{0,16}",
        "[-+]?[0-9]{1,3}([.,][0-9]{1,3})?",
    ]
}

proptest! {
    #[test]
    fn the_guard_comes_off_and_leaves_nothing_to_run(typed in typed()) {
        let cell = guard(&typed);
        prop_assert_eq!(unguard(&cell), typed.as_str());
        prop_assert!(!cell.starts_with(['\t', '\r', '\n']), "{:?}", cell);
        for read in cell.split([';', '\t', '\r', '\n']) {
            let read = read.trim_start_matches([' ', '"', '\u{feff}', '\u{a0}']);
            let runs = read.starts_with(['=', '@', '＝', '＠', '＋', '－']);
            let signed = read.starts_with(['+', '-']) && read.replace(',', ".").parse::<f64>().is_err();
            prop_assert!(!runs && !signed, "{:?}", cell);
        }
    }

    #[test]
    fn what_was_typed_is_in_the_csv_and_in_the_json(
        notes in proptest::collection::vec(
            proptest::collection::btree_map(proptest::sample::select(note_fields()), typed(), 0..9), 1..6,
        ),
        extra in typed(),
    ) {
        let mut office = Office::new(3);
        let mut awa = office.delegate("=Awa");
        let mut wanted = BTreeMap::new();
        for mut note in notes {
            note.insert("été, \"=x\"", extra.clone());
            let set: Vec<(&str, Value)> = note.iter().map(|(field, text)| (*field, text.clone().into())).collect();
            let op = awa.note(&set);
            wanted.insert(op.op.rec.to_string(), note);
            let sealed = awa.sealed(&office, &[op]);
            office.import(&sealed);
        }
        let records: Vec<Record> = office.journal.records().cloned().collect();
        let tables = parsed(&csv(&records, &office.registry, &Questions::default(), &Layout::default(), Separator::Comma));
        let document: Value = serde_json::from_slice(&json(&records, &office.journal, &office.registry, NOW)).expect("JSON");
        prop_assert_eq!(tables["notes.csv"].len(), wanted.len());
        for row in &tables["notes.csv"] {
            for (field, text) in &wanted[&row["_record"]] {
                prop_assert_eq!(&row[*field], text);
            }
            prop_assert_eq!(row["_by"].as_str(), "=Awa");
        }
        for record in document["records"].as_array().expect("records") {
            let fields: BTreeMap<&str, String> =
                wanted[record["rec"].as_str().expect("an id")].iter().map(|(f, t)| (*f, t.clone())).collect();
            prop_assert_eq!(&record["fields"], &serde_json::to_value(fields).expect("JSON"));
        }
    }
}

#[test]
fn contacts_and_organisations_are_cards_that_say_all_that_was_typed() {
    let mut office = Office::new(3);
    let mut awa = office.delegate("Awa");
    let mut journal = Journal::new();
    let (person, union, gone) = (awa.record(), awa.record(), awa.record());
    journal.insert(awa.write(
        &Journal::new(),
        person,
        Kind::CONTACT,
        &[
            ("name", "Ruma; dite « la voisine », R.".into()),
            ("role", "piqueuse".into()),
            ("phone", "+880 1 55".into()),
            ("reach", "Jamais le soir.\nPar sa sœur\r\nEND:VCARD".into()),
            ("consent_for", "être citée".into()),
        ],
    ));
    journal.insert(awa.write(
        &Journal::new(),
        union,
        Kind::ORGANISATION,
        &[
            ("name", "Syndicat de l’aube".into()),
            ("type", "union".into()),
            ("website", "https://example.org/a,b".into()),
        ],
    ));
    journal.insert(awa.write(
        &Journal::new(),
        gone,
        Kind::CONTACT,
        &[("name", "Partie".into())],
    ));
    journal.insert(awa.delete(&journal, gone, Kind::CONTACT));
    journal.insert(awa.note(&[("title", "Aucune carte".into())]));
    assert_eq!(contact_count(journal.records()), 2);
    let file = String::from_utf8(vcards(journal.records(), "fr")).expect("UTF-8");
    assert!(file.lines().all(|line| line.len() <= 75), "{file}");
    let unfolded = file.replace("\r\n ", "");
    let cards: Vec<&str> = unfolded.split_inclusive("END:VCARD\r\n").collect();
    assert_eq!(cards.len(), 2);
    let card = |rec: RecordId| {
        let uid = format!("UID:urn:uuid:{rec}\r\n");
        let card = cards.iter().find(|card| card.contains(&uid));
        card.expect("its card").lines().collect::<Vec<_>>()
    };
    let ruma = card(person);
    assert_eq!(ruma[..2], ["BEGIN:VCARD", "VERSION:3.0"]);
    for line in [
        "N:;Ruma\\; dite « la voisine »\\, R.;;;",
        "FN:Ruma\\; dite « la voisine »\\, R.",
        "TITLE:piqueuse",
        "TEL;TYPE=voice:+880 1 55",
        "NOTE:Comment la joindre sans danger – Jamais le soir.\\nPar sa sœur\\nEND:VCARD\\nConsentement donné pour – être citée",
    ] {
        assert!(ruma.contains(&line), "{line} in {ruma:?}");
    }
    let union = card(union);
    for line in [
        "FN:Syndicat de l’aube",
        "ORG:Syndicat de l’aube",
        "URL:https://example.org/a\\,b",
    ] {
        assert!(union.contains(&line), "{line} in {union:?}");
    }
    assert!(!file.contains("Partie") && !file.contains("Aucune carte"));
}

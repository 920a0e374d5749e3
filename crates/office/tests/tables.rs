//! A questionnaire with repeats as tables: one for each repeat, in a workbook and in CSV, and what each cell is there.

mod world;

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};
use vigie_journal::{Journal, Record};
use vigie_model::{Answers, Condition, Kind, Layout, Rows, Separator};
use vigie_office::{
    entries::{Filter, Index},
    export::{
        attachments, book,
        csv::{csv, unguard},
        geojson::{geojson, place_count},
        table_sizes,
    },
};
use vigie_sheets::xlsx;
use world::usine::{Answered, answered};

#[test]
fn an_answer_in_any_row_of_a_repeat_is_found_and_files_go_with_their_entry() {
    let Answered {
        questions, journal, ..
    } = answered();
    let index = Index::of(&journal, &questions, "fr");
    let found = |conditions: &[&str]| {
        let conditions: Vec<Condition> = conditions
            .iter()
            .map(|text| text.parse().expect("a condition"))
            .collect();
        let filter = Filter {
            answers: conditions,
            ..Filter::default()
        };
        let chosen = index.chosen(&filter, &journal).into_iter();
        let first = |record: &Record| {
            record
                .text("age")
                .or(record.text("title"))
                .map(str::to_owned)
        };
        chosen.filter_map(first).collect::<Vec<_>>()
    };
    for (conditions, expected) in [
        (&["equipe/nom~elise"][..], &["dix-sept"][..]),
        (
            &["equipe/outils/outil~CISEAUX", "equipe/poste=couture"],
            &["dix-sept"],
        ),
        (&["equipe/nom~elise", "pays=ht"], &[]),
        (&["risques=bruit"], &["17"]),
        (&["risques=bru"], &[]),
        (&["age:10..20"], &["17"]),
        (&["jour:2026-11-24..2026-11-24"], &["17"]),
        (&["heure:09:00..10:00"], &["17"]),
        (&["debut:2026-11-25.."], &[]),
        // Neither an answer nor a questionnaire's: a field of a note is asked alike.
        (&["title~aube"], &["Piquet à l’aube"]),
    ] {
        assert_eq!(found(conditions), expected, "{conditions:?}");
    }
}

fn layout(rows: Rows, answers: Answers) -> Layout {
    Layout {
        rows,
        answers,
        lang: "fr".into(),
    }
}

/// The sheets of the workbook, each with its header first.
fn read(answered: &Answered, layout: &Layout) -> Vec<(String, Vec<Vec<Data>>)> {
    let book = book(
        &answered.records,
        &answered.office.registry,
        &answered.questions,
        layout,
    );
    let bytes = xlsx(&book).expect("a workbook");
    let mut read = Xlsx::new(Cursor::new(bytes)).expect("a workbook that opens");
    let sheets = read.worksheets().into_iter();
    sheets
        .map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect()))
        .collect()
}

fn sheet<'a>(sheets: &'a [(String, Vec<Vec<Data>>)], name: &str) -> &'a [Vec<Data>] {
    let found = sheets.iter().find(|(found, _)| found == name);
    &found.unwrap_or_else(|| panic!("no sheet {name}")).1
}

fn column(rows: &[Vec<Data>], name: &str) -> Vec<Data> {
    let at = rows[0].iter().position(|cell| *cell == *name);
    let at = at.unwrap_or_else(|| panic!("no column {name} in {:?}", rows[0]));
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

fn text(text: &str) -> Data {
    Data::String(text.into())
}

fn day(cell: &Data) -> f64 {
    let Data::DateTime(moment) = cell else {
        panic!("{cell:?} is no moment")
    };
    moment.as_f64()
}

#[test]
fn a_workbook_has_a_sheet_for_each_repeat_and_what_was_typed_in_cells_of_its_type() {
    let answered = answered();
    let sheets = read(&answered, &layout(Rows::Long, Answers::Codes));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["notes", "usine", "usine_equipe", "usine_outils", "codebook"]
    );
    let usine = sheet(&sheets, "usine");
    assert!(
        usine[0]
            .iter()
            .all(|name| !name.to_string().contains("equipe"))
    );
    let first = |name: &str| column(usine, name)[0].clone();
    assert_eq!(first("age"), Data::Float(17.0));
    assert_eq!(first("salaire"), Data::Float(12.5));
    assert_eq!(day(&first("jour")), 46_350.0);
    assert!((day(&first("heure")) - 9.5 / 24.0).abs() < 1e-9);
    assert!((day(&first("debut")) - (46_350.0 + 9.5 / 24.0)).abs() < 1e-9);
    assert_eq!(first("accord"), Data::Bool(true));
    assert_eq!(first("pays"), text("ht"));
    assert_eq!(first("risques"), text("feu bruit autre"));
    assert_eq!(first("dit"), text("=1+1 « à l’aube » 🧵"));
    assert_eq!(first("total"), Data::Float(42.0));
    assert_eq!(day(&first("_finished")).floor(), 46_344.0);
    // What is no number stays as it was typed.
    assert_eq!(column(usine, "age")[1], text("dix-sept"));
    assert_eq!(column(usine, "dit")[1], text("007"));

    let key = answered
        .records
        .iter()
        .find(|record| record.value("dit") == Some(&json!("007")));
    let rec = key.expect("the second response").rec.to_string();
    let equipe = sheet(&sheets, "usine_equipe");
    let keys = ["1", "2", "3", "10"].map(|row| text(&format!("{rec}/equipe[{row}]")));
    assert_eq!(column(equipe, "_key"), keys);
    assert_eq!(column(equipe, "_parent"), vec![text(&rec); 4]);
    assert_eq!(column(equipe, "_record"), vec![text(&rec); 4]);
    assert_eq!(
        column(equipe, "_row"),
        [1.0, 2.0, 3.0, 10.0].map(Data::Float)
    );
    assert_eq!(
        column(equipe, "equipe/nom"),
        [text("Élise"), text("-Ana"), Data::Empty, text("Zoé")]
    );
    let outils = sheet(&sheets, "usine_outils");
    assert_eq!(
        column(outils, "_key"),
        ["2]/outils[1]", "3]/outils[2]"].map(|row| text(&format!("{rec}/equipe[{row}")))
    );
    assert_eq!(column(outils, "_parent"), keys[1..3]);
    assert_eq!(
        column(outils, "equipe/outils/outil"),
        [text("ciseaux"), Data::Empty]
    );
    assert_eq!(
        column(outils, "equipe/outils/marque"),
        [Data::Empty, text("Juki")]
    );

    let notes = sheet(&sheets, "notes");
    assert_eq!(column(notes, "title"), [text("Piquet à l’aube")]);
    assert!((day(&column(notes, "at")[0]) - (46_350.0 + 5.0 / 24.0)).abs() < 1e-9);
}

#[test]
fn labels_stand_for_codes_or_beside_them_and_a_code_of_ones_own_stays() {
    let answered = answered();
    let sheets = read(&answered, &layout(Rows::Long, Answers::Labels));
    let first = |sheets: &[_], name: &str, of: &str| column(sheet(sheets, name), of)[0].clone();
    assert_eq!(first(&sheets, "usine", "pays"), text("Haïti"));
    let risks = text("Incendie, Bruit, vibrations, autre");
    assert_eq!(first(&sheets, "usine", "risques"), risks);
    let post = text("Couture à la chaîne");
    assert_eq!(first(&sheets, "usine_equipe", "equipe/poste"), post);
    assert_eq!(
        first(&sheets, "notes", "themes"),
        text("Salaires décents, à moi seule")
    );

    let both = read(&answered, &layout(Rows::Long, Answers::Both));
    assert_eq!(first(&both, "usine", "pays"), text("ht"));
    assert_eq!(first(&both, "usine", "pays:label"), text("Haïti"));
    assert_eq!(first(&both, "usine", "risques:label"), risks);
    assert_eq!(first(&both, "usine", "age"), Data::Float(17.0));
    let mut english = layout(Rows::Long, Answers::Labels);
    english.lang = "en".into();
    let english = read(&answered, &english);
    assert_eq!(first(&english, "usine", "pays"), text("Haiti"));
}

#[test]
fn the_codebook_explains_every_column_of_every_sheet() {
    let answered = answered();
    for answers in [Answers::Codes, Answers::Labels, Answers::Both] {
        let sheets = read(&answered, &layout(Rows::Long, answers));
        let codebook = sheet(&sheets, "codebook");
        let explained: Vec<(Data, Data)> = column(codebook, "sheet")
            .into_iter()
            .zip(column(codebook, "column"))
            .collect();
        for (name, rows) in sheets.iter().filter(|(name, _)| name != "codebook") {
            for column in &rows[0] {
                let pair = (text(name), column.clone());
                assert!(explained.contains(&pair), "{pair:?}");
            }
        }
        let row = |of: &str| {
            let at = explained.iter().position(|(_, column)| *column == *of);
            codebook[1 + at.expect("a line")].clone()
        };
        let labels = [text("integer"), text("Âge"), text("Age")];
        assert_eq!(row("age")[3..6], labels);
        assert_eq!(
            row("_row")[3..5],
            [text("integer"), text("Numéro de la fiche")]
        );
    }
}

#[test]
fn columns_are_the_same_whichever_entries_are_exported() {
    let answered = answered();
    let layout = layout(Rows::Long, Answers::Both);
    let all = read(&answered, &layout);
    let first = Answered {
        records: answered
            .records
            .iter()
            .filter(|record| record.value("pays").is_some())
            .cloned()
            .collect(),
        ..answered
    };
    let one = read(&first, &layout);
    for name in ["usine", "usine_equipe"] {
        let (all, one) = (sheet(&all, name), sheet(&one, name));
        let own = |rows: &[Vec<Data>]| -> Vec<String> {
            let names = rows[0].iter().map(ToString::to_string);
            // Vigie's own are there as devices write them down.
            names.filter(|name| !name.starts_with('_')).collect()
        };
        assert_eq!(own(all), own(one), "{name}");
    }
    assert_eq!(sheet(&one, "usine_equipe").len(), 1, "a header alone");
}

#[test]
fn csv_has_a_file_for_each_repeat_where_it_is_asked_and_semicolons_too() {
    let answered = answered();
    let long = layout(Rows::Long, Answers::Codes);
    let files = csv(
        &answered.records,
        &answered.office.registry,
        &answered.questions,
        &long,
        Separator::Semicolon,
    );
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "notes.csv",
            "responses_usine.csv",
            "responses_usine_equipe.csv",
            "responses_usine_outils.csv",
            "codebook.csv"
        ]
    );
    let bytes = files[2].bytes.strip_prefix("\u{feff}".as_bytes());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(bytes.expect("a byte order mark"));
    let header = reader.headers().expect("a header").clone();
    assert_eq!(
        header.iter().collect::<Vec<_>>(),
        [
            "_key",
            "_parent",
            "_record",
            "_row",
            "equipe/nom",
            "equipe/poste",
            "equipe/lieu"
        ]
    );
    let names: Vec<String> = reader
        .records()
        .map(|row| unguard(&row.expect("as many cells as columns")[4]))
        .collect();
    assert_eq!(names, ["Élise", "-Ana", "", "Zoé"]);

    let sizes = table_sizes(&answered.records, &answered.questions, &long);
    let sizes: Vec<(&str, usize)> = sizes
        .iter()
        .map(|(name, lines)| (name.as_str(), *lines))
        .collect();
    assert_eq!(
        sizes,
        [
            ("notes", 1),
            ("responses_usine", 2),
            ("responses_usine_equipe", 4),
            ("responses_usine_outils", 2)
        ]
    );
}

#[test]
fn rows_stand_in_columns_of_their_response_where_that_is_asked() {
    let answered = answered();
    let sheets = read(&answered, &layout(Rows::Wide, Answers::Codes));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["notes", "usine", "codebook"]);
    let usine = sheet(&sheets, "usine");
    assert_eq!(column(usine, "equipe[1]/nom"), [Data::Empty, text("Élise")]);
    assert_eq!(column(usine, "equipe/nom"), [Data::Empty, Data::Empty]);
}

#[test]
fn a_place_answered_with_is_on_the_map() {
    let answered = answered();
    let (registry, questions) = (&answered.office.registry, &answered.questions);
    let map = geojson(&answered.records, registry, questions, "fr");
    let map: Value = serde_json::from_slice(&map).expect("JSON");
    assert_eq!(place_count(&answered.records, questions), 1);
    let features = map["features"].as_array().expect("features");
    let [place] = features.as_slice() else {
        panic!("{map}")
    };
    assert_eq!(
        place["geometry"],
        json!({"type": "Point", "coordinates": [-72.33, 18.54]})
    );
    let said = &place["properties"];
    assert_eq!(said["field"], "equipe[2]/lieu");
    assert_eq!(
        [
            &said["form"],
            &said["title"],
            &said["by"],
            &said["accuracy"]
        ],
        [
            &json!("usine"),
            &json!("À l’usine"),
            &json!("Awa"),
            &json!(5.0)
        ]
    );
}

#[test]
fn attached_files_are_in_a_folder_of_their_entry_by_names_that_a_person_reads() {
    let Answered {
        mut office,
        questions,
        records,
        ..
    } = answered();
    let mut awa = office.delegate("Awa");
    let note = records.iter().find(|record| record.kind == Kind::NOTE);
    let of = note.expect("the note").rec;
    let mut journal = Journal::new();
    let file = |of: Value, field: &str| {
        vec![
            ("name", json!("reçu usine.jpg")),
            ("data", "/9j/".into()),
            ("_of", of),
            ("_field", field.into()),
        ]
    };
    for set in [
        file(json!(of), "danger_vu[2]/photo"),
        file(json!(of), "danger_vu[2]/photo"),
        file(Value::Null, ""),
    ] {
        let rec = awa.record();
        journal.insert(awa.write(&Journal::new(), rec, Kind::ATTACHMENT, &set));
    }
    let records: Vec<Record> = records
        .into_iter()
        .chain(journal.records().cloned())
        .collect();
    let files = attachments(&records, &questions);
    let id = &of.to_string()[..8];
    let folder = format!("attachments/2026-11-24_Piquet_à_l_aube_{id}/");
    let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    names.sort_by_key(|name| (!name.starts_with(&folder), name.len()));
    assert_eq!(names[0], format!("{folder}photo_2-reçu_usine.jpg"));
    assert!(names[1].starts_with(&folder) && names[1].ends_with("-reçu_usine.jpg"));
    assert!(names[2].starts_with("attachments/") && !names[2].starts_with(&folder));
    // The table says the same names.
    let tables = csv(
        &records,
        &office.registry,
        &questions,
        &Layout::default(),
        Separator::Comma,
    );
    let table = String::from_utf8_lossy(&tables[0].bytes);
    assert_eq!(tables[0].name, "attachments.csv");
    assert!(names.iter().all(|name| table.contains(name)), "{table}");
}

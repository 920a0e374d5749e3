//! What the table of entries is narrowed to is what is counted, filled into a workbook and exported.

use std::borrow::Cow;

use serde_json::json;
use vigie_model::{Answers, Kind, Layout, Rows};
use vigie_protocol::{
    Chosen, CountExport, Export, ExportCounts, ExportFormat, Fetch, FillBook, Filter, GetTable,
    TableView, codec::decode,
};
use vigie_sheets::{Book, Cell};

use crate::common::{World, archived, csv};

#[test]
fn what_is_filtered_is_what_is_exported() {
    let world = World::new();
    for (name, title) in [("Ana", "Piquet à l’aube"), ("Bruno", "Devant l’atelier")] {
        let phone = world.delegate(name);
        phone.write(
            "note",
            &[("title", json!(title)), ("at", json!("2026-11-24T05:00"))],
        );
        phone.write("contact", &[("name", json!(format!("R. ({name})")))]);
        phone.send();
    }
    world.office.ask(Fetch);
    let layout = Layout {
        rows: Rows::Long,
        answers: Answers::Both,
        lang: "fr".into(),
    };
    let everything = Chosen::default();
    let ana = Chosen {
        view: TableView {
            by: Some("Ana".into()),
            ..TableView::default()
        },
        ..Chosen::default()
    };
    let of = |filter: Filter| Chosen {
        filter,
        ..Chosen::default()
    };
    let notes = of(Filter {
        kinds: vec![Kind::NOTE],
        ..Filter::default()
    });
    let dawn = of(Filter {
        search: "aube".into(),
        ..Filter::default()
    });
    let nothing = of(Filter {
        from: Some("2030-01-01".into()),
        ..Filter::default()
    });
    for (chosen, entries, tables) in [
        (everything, 4, &[("contacts", 2), ("notes", 2)][..]),
        (ana, 2, &[("contacts", 1), ("notes", 1)]),
        (notes, 2, &[("notes", 2)]),
        (dawn.clone(), 1, &[("notes", 1)]),
        (nothing, 0, &[]),
    ] {
        let table = world.office.ask(GetTable {
            filter: chosen.filter.clone(),
            view: chosen.view.clone(),
            offset: 0,
            limit: 100,
        });
        assert_eq!(table.total, entries);
        let counts = world.office.ask(CountExport {
            chosen: chosen.clone(),
            layout: layout.clone(),
        });
        let contacts = tables.iter().find(|(name, _)| *name == "contacts");
        let contacts = contacts.map_or(0, |(_, lines)| *lines);
        let tables = tables
            .iter()
            .map(|(name, lines)| ((*name).to_owned(), *lines));
        let expected = ExportCounts {
            entries,
            tables: tables.collect(),
            files: 0,
            bytes: 0,
            places: 0,
            contacts,
        };
        assert_eq!(counts, expected);
        let filled = world.office.ask(FillBook {
            chosen: chosen.clone(),
            layout: layout.clone(),
        });
        let book: Book = decode(&filled.0).expect("a book");
        let (codebook, sheets) = book.sheets.split_last().expect("sheets");
        assert_eq!(codebook.name, "codebook");
        let sizes: Vec<(String, usize)> = sheets
            .iter()
            .map(|sheet| (sheet.name.clone(), sheet.rows.len()))
            .collect();
        assert_eq!(sizes, expected.tables);
    }

    let filled = world.office.ask(FillBook {
        chosen: dawn.clone(),
        layout,
    });
    let book: Book = decode(&filled.0).expect("a book");
    let columns = book.sheets[0].columns.iter();
    let row: Vec<(&str, &Cell)> = columns
        .map(|column| column.name.as_str())
        .zip(&book.sheets[0].rows[0])
        .collect();
    let cell = |name: &str| {
        row.iter()
            .find(|(column, _)| *column == name)
            .expect("it")
            .1
    };
    assert_eq!(cell("title"), &Cell::text("Piquet à l’aube"));
    assert_eq!(cell("at"), &Cell::Moment("2026-11-24T05:00".into()));
    for format in [csv(), ExportFormat::Json] {
        let (name, archive) = world.office.file(Export {
            format,
            chosen: dawn.clone(),
            files: true,
        });
        assert!(name.ends_with(".zip"), "{name}");
        let files = archived(&archive);
        let texts: Vec<Cow<'_, str>> = files
            .values()
            .map(|bytes| String::from_utf8_lossy(bytes))
            .collect();
        let text = texts.join("\n");
        assert!(text.contains("Piquet à l’aube") && !text.contains("Devant"));
    }
}

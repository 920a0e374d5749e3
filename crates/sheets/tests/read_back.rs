//! What another programme's reader finds in a workbook of ours.

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use vigie_sheets::{Book, CELL_LENGTH, CUT, Cell, Column, Sheet, xlsx};

fn column(name: &str) -> Column {
    Column {
        name: name.into(),
        note: format!("Ce que dit {name} ?"),
    }
}

fn sheet(name: &str, rows: Vec<Vec<Cell>>) -> Sheet {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1);
    Sheet {
        name: name.into(),
        columns: (0..columns).map(|at| column(&format!("c{at}"))).collect(),
        rows,
    }
}

fn read(book: &Book) -> Xlsx<Cursor<Vec<u8>>> {
    let bytes = xlsx(book).expect("a workbook");
    Xlsx::new(Cursor::new(bytes)).expect("a workbook that opens")
}

#[test]
fn each_cell_is_of_its_type() {
    let text = |text: &str| Cell::text(text);
    let book = Book {
        sheets: vec![sheet(
            "Réponses",
            vec![vec![
                text("Élise a dit « ça va » 🧵 \u{202b}مرحبا"),
                Cell::Number(12.5),
                Cell::Truth(true),
                Cell::Day("2026-11-24".into()),
                Cell::Time("09:30".into()),
                Cell::Moment("2026-11-24T09:30".into()),
                Cell::Instant("2026-11-24T09:30:05.250".into()),
                Cell::Day("1900-02-28".into()),
                Cell::Day("2026-02-30".into()),
                text(""),
                text("fin"),
            ]],
        )],
    };
    let mut read = read(&book);
    assert_eq!(read.sheet_names(), ["Réponses"]);
    let range = read.worksheet_range("Réponses").expect("its sheet");
    let header: Vec<String> = range.headers().expect("a header");
    assert_eq!(header[..2], ["c0", "c1"]);
    let cells: Vec<&Data> = range.rows().nth(1).expect("a row").iter().collect();
    assert_eq!(
        cells[0],
        &Data::String("Élise a dit « ça va » 🧵 \u{202b}مرحبا".into())
    );
    assert_eq!(cells[1], &Data::Float(12.5));
    assert_eq!(cells[2], &Data::Bool(true));
    let days = |at: usize| {
        let Data::DateTime(moment) = cells[at] else {
            panic!("{at} is no moment: {:?}", cells[at])
        };
        moment.as_f64()
    };
    // 24 November 2026 is the day 46,350 of spreadsheets.
    assert_eq!(days(3), 46_350.0);
    assert!((days(4) - 9.5 / 24.0).abs() < 1e-9);
    assert!((days(5) - (46_350.0 + 9.5 / 24.0)).abs() < 1e-9);
    assert!((days(6) - (46_350.0 + (9.5 * 3600.0 + 5.25) / 86_400.0)).abs() < 1e-8);
    assert_eq!(cells[7], &Data::String("1900-02-28".into()));
    assert_eq!(cells[8], &Data::String("2026-02-30".into()));
    assert!(cells[9].is_empty());
    assert_eq!(cells[10], &Data::String("fin".into()));
}

#[test]
fn no_text_is_a_formula_and_each_comes_back_to_the_letter() {
    let long = "à".repeat(CELL_LENGTH);
    let texts = [
        "=HYPERLINK(\"http://evil\")",
        "+1 514 555-0199",
        "-2+3",
        "@SUM(A1)",
        "{=1+1}",
        "https://exemple.org",
        "007",
        " avec des espaces ",
        "ligne 1\r\nligne \"2\", fin;\n\tà la marge",
        "_x0041_ & <b>",
        "nul\u{0} et cloche\u{7}",
        &long,
    ];
    let rows = texts.iter().map(|text| vec![Cell::text(*text)]).collect();
    let mut read = read(&Book {
        sheets: vec![sheet("textes", rows)],
    });
    let formulas = read.worksheet_formula("textes").expect("its formulas");
    assert!(formulas.used_cells().all(|(_, _, said)| said.is_empty()));
    let range = read.worksheet_range("textes").expect("its sheet");
    let found: Vec<&str> = range
        .rows()
        .skip(1)
        .map(|row| row[0].get_string().expect("a text"))
        .collect();
    assert_eq!(found, texts);
}

#[test]
fn a_sheet_without_rows_has_its_header_and_a_text_too_long_is_cut_in_sight() {
    let empty = Sheet {
        name: "vide".into(),
        columns: vec![column("seule")],
        rows: Vec::new(),
    };
    let none = Sheet {
        name: "rien".into(),
        ..Sheet::default()
    };
    let long = "x".repeat(CELL_LENGTH + 1);
    let book = Book {
        sheets: vec![empty, none, sheet("long", vec![vec![Cell::Text(long)]])],
    };
    let mut read = read(&book);
    let range = read.worksheet_range("vide").expect("its sheet");
    assert_eq!(range.get_size(), (1, 1));
    let range = read.worksheet_range("long").expect("its sheet");
    let cell = range.get_value((1, 0)).expect("a cell");
    let cell = cell.get_string().expect("a text");
    assert!(cell.ends_with(CUT) && cell.len() <= CELL_LENGTH + 2);
}

#[test]
fn what_no_workbook_holds_is_refused() {
    let columns = (0..16_385).map(|at| column(&at.to_string())).collect();
    let wide = Sheet {
        name: "large".into(),
        columns,
        rows: Vec::new(),
    };
    assert!(xlsx(&Book { sheets: vec![wide] }).is_err());
}

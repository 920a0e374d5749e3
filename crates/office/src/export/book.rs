//! The same tables as a workbook: a sheet for each, with typed cells, and the codebook last.
//!
//! A number, a date, a time or a yes or no stands as one, so that a spreadsheet reckons with it; what would not come back to
//! the letter as a number (`007`, twenty digits) stays a text, and so does what is no day of the calendar. A moment with
//! its distance from UTC stands as the clock showed it there; one in UTC is shown with a `Z`.

use std::collections::BTreeSet;

use vigie_journal::Record;
use vigie_model::Layout;
use vigie_sheets::{Book, Cell, Column, Sheet, sheet_name};

use super::{
    codebook,
    names::safe_name,
    sheet::{self, Line, sheets},
};
use crate::{
    Registry,
    questions::{Questions, pick},
};

/// The workbook of these records.
pub fn book<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    registry: &'a Registry,
    questions: &'a Questions,
    layout: &'a Layout,
) -> Book {
    let sheets = sheets(records, questions, layout);
    // No sheet may be called "History".
    let mut taken = BTreeSet::from(["codebook".to_owned(), "history".to_owned()]);
    let names: Vec<String> = sheets.iter().map(|sheet| name(sheet, &mut taken)).collect();
    let mut pages: Vec<Sheet> = sheets
        .iter()
        .zip(&names)
        .map(|(sheet, name)| page(sheet, name, registry, &layout.lang))
        .collect();
    let (header, lines) = codebook::codebook(&sheets, questions, "sheet", |at| names[at].clone());
    pages.push(Sheet {
        name: "codebook".to_owned(),
        columns: header
            .into_iter()
            .map(|name| Column {
                name,
                note: String::new(),
            })
            .collect(),
        rows: lines
            .into_iter()
            .map(|line| line.into_iter().map(Cell::text).collect())
            .collect(),
    });
    Book { sheets: pages }
}

/// By its questionnaire and its repeat, or by its kind.
fn name(sheet: &sheet::Sheet<'_>, taken: &mut BTreeSet<String>) -> String {
    let first = match sheet.form {
        Some(form) => safe_name(form.as_str()),
        None => sheet.name.clone(),
    };
    let last = sheet.repeat.as_deref().map(sheet::last_part);
    let wanted = sheet_name(&first, last.unwrap_or_default());
    let mut name = wanted.clone();
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        name = sheet_name(&wanted, &number.to_string());
        number += 1;
    }
    name
}

fn page(sheet: &sheet::Sheet<'_>, name: &str, registry: &Registry, lang: &str) -> Sheet {
    let meanings: Vec<codebook::Meaning> = sheet
        .columns
        .iter()
        .map(|column| codebook::meaning(sheet, column))
        .collect();
    let columns = sheet.columns.iter().zip(&meanings);
    let row = |line: &Line<'_>| {
        let columns = sheet.columns.iter().zip(&meanings);
        columns
            .map(|(column, meaning)| column.typed(line, registry, &meaning.kind))
            .collect()
    };
    Sheet {
        name: name.to_owned(),
        columns: columns
            .map(|(column, meaning)| Column {
                name: column.name.clone(),
                note: pick(&meaning.labels, lang).unwrap_or_default().to_owned(),
            })
            .collect(),
        rows: sheet.lines.iter().map(row).collect(),
    }
}

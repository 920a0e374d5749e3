//! CSV for spreadsheets: RFC 4180, UTF-8 with a byte order mark (Excel takes it for something else without), commas or
//! semicolons, a header line, `\r\n` after each line.
//!
//! - one file for each kind of record, named by [`vigie_model::kinds`]: `notes.csv`, `contacts.csv`, …;
//! - `responses_<form>.csv`: one column per question, named by its path, in the order of the form; all the versions of a
//!   form share one file;
//! - `responses_<form>_<repeat>.csv`, where a table is asked for each repeat: a line for each row, with its key and that of
//!   what it belongs to ([`ROW_COLUMNS`]);
//! - `attachments.csv`: with the place of each file in the archive instead of its content;
//! - `codebook.csv`: what each column means, with the questions and choices in every language there is.
//!
//! A cell holds a text exactly as it was typed. A list of codes stands with spaces between; any other value that is not
//! a text, as JSON. Moments that a device wrote down are ISO times. An empty cell is an empty or an absent value: the JSON export tells them apart.
//! Where labels are asked for, they stand with commas between; a code that is in no list stays as it is.

use std::borrow::Cow;

use vigie_journal::Record;
use vigie_model::{Layout, Separator};

use super::{ExportFile, codebook, sheet::sheets, table::Table};
pub use super::{
    sheet::{FILE_COLUMN, FIRST_COLUMNS, LABEL, ROW_COLUMNS, VERSION_COLUMN},
    table::{guard, unguard},
};
use crate::{Registry, questions::Questions};

/// Every file of the export, in the order of their names; the codebook last.
pub fn csv<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    registry: &'a Registry,
    questions: &'a Questions,
    layout: &'a Layout,
    separator: Separator,
) -> Vec<ExportFile> {
    let sheets = sheets(records, questions, layout);
    let mut files: Vec<ExportFile> = sheets
        .iter()
        .map(|sheet| {
            let mut table = Table::new(separator);
            table.line(
                sheet
                    .columns
                    .iter()
                    .map(|column| Cow::Borrowed(column.name.as_str())),
            );
            for line in &sheet.lines {
                table.line(
                    sheet
                        .columns
                        .iter()
                        .map(|column| column.text(line, registry)),
                );
            }
            ExportFile {
                name: format!("{}.csv", sheet.name),
                bytes: table.bytes,
            }
        })
        .collect();
    let file = |at: usize| format!("{}.csv", sheets[at].name);
    let (header, lines) = codebook::codebook(&sheets, questions, "file", file);
    let mut table = Table::new(separator);
    for line in [header].into_iter().chain(lines) {
        table.line(line.into_iter().map(Cow::Owned));
    }
    files.push(ExportFile {
        name: "codebook.csv".to_owned(),
        bytes: table.bytes,
    });
    files
}

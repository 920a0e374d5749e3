//! What came, as files that any programme reads: JSON for machines, a workbook or CSV with a codebook for spreadsheets, GeoJSON
//! for maps, vCard for address books, the files that were attached, and one archive to hold them.
//!
//! What was typed comes out exactly as it was typed; where a spreadsheet needs a guard, it is one that can be taken off
//! ([`csv::unguard`]).

use base64::{Engine, engine::general_purpose::STANDARD};
use vigie_journal::Record;
use vigie_model::{Kind, Layout, fields::attachment};

use crate::questions::Questions;

pub mod csv;
pub mod geojson;
pub mod json;
pub mod vcard;
pub mod zip;

mod book;
mod codebook;
mod labels;
mod names;
mod places;
mod sheet;
mod table;
mod typed;

pub use book::book;

/// The name and the lines of each table that an export would hold.
pub fn table_sizes<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    questions: &'a Questions,
    layout: &'a Layout,
) -> Vec<(String, usize)> {
    let sheets = sheet::sheets(records, questions, layout).into_iter();
    sheets
        .map(|sheet| (sheet.name, sheet.lines.len()))
        .collect()
}

/// One file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// With `/` between folders; safe on any system.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The attached files among `records`, as they were given, each in the folder of its entry under `attachments/`.
///
/// An attachment whose content can't be decoded is left out here; it is in the JSON as it came.
pub fn attachments<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    questions: &Questions,
) -> Vec<ExportFile> {
    let records: Vec<&Record> = records.into_iter().collect();
    let places = places::of_files(&records, questions);
    let attachments = records
        .iter()
        .filter(|record| record.kind == Kind::ATTACHMENT && !record.is_deleted());
    attachments
        .filter_map(|record| {
            let data = record.text(attachment::DATA)?;
            Some(ExportFile {
                name: places.get(&record.rec)?.clone(),
                bytes: STANDARD.decode(data).ok()?,
            })
        })
        .collect()
}

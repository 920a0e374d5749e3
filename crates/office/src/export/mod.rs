//! What came, as files that any programme reads: JSON for machines, a workbook or CSV with a codebook for spreadsheets, the
//! files that were attached, and one archive to hold them.
//!
//! What was typed comes out exactly as it was typed; where a spreadsheet needs a guard, it is one that can be taken off
//! ([`csv::unguard`]).

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use vigie_journal::Record;
use vigie_model::{Kind, Layout, fields::attachment};

use crate::{entries::text, questions::Questions};

pub mod csv;
pub mod json;
pub mod zip;

mod book;
mod codebook;
mod labels;
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

/// The attached files among `records`, as they were given, each under `attachments/`.
///
/// An attachment whose content can't be decoded is left out here; it is in the JSON as it came.
pub fn attachments<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<ExportFile> {
    let attachments = records
        .into_iter()
        .filter(|record| record.kind == Kind::ATTACHMENT && !record.is_deleted());
    attachments
        .filter_map(|record| {
            let data = record.text(attachment::DATA)?;
            Some(ExportFile {
                name: attachment_name(record),
                bytes: STANDARD.decode(data).ok()?,
            })
        })
        .collect()
}

/// Where the file of an attachment goes: its record's id keeps names apart.
fn attachment_name(record: &Record) -> String {
    let given = record.value(attachment::NAME).map(text).unwrap_or_default();
    format!("attachments/{}-{}", record.rec, safe_name(&given))
}

/// A file name that no system refuses and no archive takes for a path: letters and digits of any script, `.`, `-`, `_`;
/// at most 80 characters, whose end, where the type is, is kept.
fn safe_name(given: &str) -> String {
    let kept: Vec<char> = given
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_') {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let tail: String = kept[kept.len().saturating_sub(80)..].iter().collect();
    match tail.trim_matches('.') {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// `wanted`, or with a number at the end when it is taken; two names that differ by case only are one on some systems.
fn free_name(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_can_not_leave_its_folder_nor_be_refused() {
        for (given, safe) in [
            ("reçu usine.jpg", "reçu_usine.jpg"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\boot.ini", "C__boot.ini"),
            ("...", "file"),
            ("", "file"),
            ("a\0b", "a_b"),
            ("\u{202e}gpj.exe", "_gpj.exe"),
        ] {
            assert_eq!(safe_name(given), safe);
        }
        assert_eq!(
            safe_name(&format!("{}.jpg", "é".repeat(500)))
                .chars()
                .count(),
            80
        );
        assert!(safe_name(&format!("{}.jpg", "é".repeat(500))).ends_with(".jpg"));
    }

    #[test]
    fn taken_names_get_a_number() {
        let mut taken = BTreeSet::new();
        let names = ["court", "Court", "court", "long"].map(|name| free_name(name, &mut taken));
        assert_eq!(names, ["court", "Court_2", "court_3", "long"]);
    }
}

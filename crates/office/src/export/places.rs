//! Where each attached file stands in an archive: in a folder of its entry, both by names that a person reads.
//!
//! `attachments/2026-11-24_Piquet_à_l_aube_5b2f0c41/photo_2-IMG_0031.jpg`: the entry's day, its title, the beginning of its
//! id, which keeps two of one title apart; then the question, which of its rows, and the name that was given. Names do not
//! hang on the language of whoever exports.

use std::collections::{BTreeMap, BTreeSet};

use vigie_journal::Record;
use vigie_model::{
    Kind, RecordId,
    fields::{any, attachment},
};

use super::names::safe_name;
use crate::{
    entries::{day_of, form_of, row, text},
    questions::Questions,
};

/// The field of its entry that a file answers.
const FIELD: &str = "_field";

/// Of every attachment among these records.
pub(super) fn of_files(records: &[&Record], questions: &Questions) -> BTreeMap<RecordId, String> {
    let entries: BTreeMap<RecordId, &Record> =
        records.iter().map(|record| (record.rec, *record)).collect();
    let mut files: Vec<&Record> = records
        .iter()
        .copied()
        .filter(|record| record.kind == Kind::ATTACHMENT)
        .collect();
    files.sort_by_key(|record| (record.created, record.rec));
    let mut taken = BTreeSet::new();
    let mut places = BTreeMap::new();
    for file in files {
        let given = file.value(attachment::NAME).map(text).unwrap_or_default();
        let given = safe_name(&given);
        let of = file.text(any::OF).and_then(|of| of.parse().ok());
        let place = match of.and_then(|of: RecordId| entries.get(&of)) {
            Some(entry) => {
                let asked = asked(file.text(FIELD).unwrap_or_default());
                let folder = format!("attachments/{}", folder(entry, questions));
                let wanted = format!("{folder}/{asked}{given}");
                // A second of one name has its own id before.
                if taken.insert(wanted.to_lowercase()) {
                    wanted
                } else {
                    format!("{folder}/{}-{given}", file.rec)
                }
            }
            None => format!("attachments/{}-{given}", file.rec),
        };
        places.insert(file.rec, place);
    }
    places
}

fn folder(entry: &Record, questions: &Questions) -> String {
    let reference = vigie_words::complete().next().unwrap_or_default();
    let row = row(entry, form_of(entry, questions), reference);
    let title: String = row.title.chars().take(40).collect();
    let id: String = entry.rec.to_string().chars().take(8).collect();
    let parts = [day_of(&row), safe_name(title.trim()), id];
    parts.join("_")
}

/// `photo_2-` of `danger_vu[2]/photo`.
fn asked(field: &str) -> String {
    let Some(last) = field.rsplit('/').next().filter(|last| !last.is_empty()) else {
        return String::new();
    };
    let rows = field.split('[').skip(1);
    let rows = rows.filter_map(|part| part.split(']').next());
    let parts: Vec<&str> = [last].into_iter().chain(rows).collect();
    format!("{}-", safe_name(&parts.join("_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_its_question_and_its_rows() {
        for (field, said) in [
            ("", ""),
            ("photo", "photo-"),
            ("fin/temoignage", "temoignage-"),
            ("danger_vu[2]/photo", "photo_2-"),
            ("lieu[1]/salle[12]/etat/photo", "photo_1_12-"),
            ("../../etc", "etc-"),
        ] {
            assert_eq!(asked(field), said);
        }
    }
}

//! CSV for spreadsheets: RFC 4180, UTF-8 with a byte order mark (Excel takes it for something else without), commas, a
//! header line, `\r\n` after each line.
//!
//! - one file for each kind of record, named by [`kinds`]: `notes.csv`, `contacts.csv`, …;
//! - `responses_<form>.csv`: one column per question, named by its path, in the order of the form; all the versions of a
//!   form share one file;
//! - `attachments.csv`: with the place of each file in the archive instead of its content;
//! - `codebook.csv`: what each column means, with the questions and choices in every language there is.
//!
//! A cell holds a text exactly as it was typed. A list of codes stands with spaces between; any other value that is not
//! a text, as JSON. An empty cell is an empty or an absent value: the JSON export tells them apart.
//!
//! **Formulas.** A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` ("CSV injection", OWASP), after spaces,
//! quotes and marks that it does not show, and in full width too. Where it expects `;` between cells, as in French, or where
//! a tab or a line end parts them, a new cell begins inside of what was one. So each piece of a cell between those gets an
//! apostrophe before it if it begins so and is no plain number; and so does one that begins with apostrophes before such a
//! character. [`unguard`] takes them off, and gives back exactly what was typed.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Value, json};
use vigie_journal::Record;
use vigie_model::{
    Kind,
    fields::{self, any},
    kinds::{self, Input},
};

use super::{ExportFile, attachment_name, codebook, free_name, safe_name};
use crate::{
    Registry, entries, moment,
    questions::{Question, Questions},
};

/// The columns that every file begins with; what was typed comes after.
pub const FIRST_COLUMNS: [&str; 7] = [
    "_record",
    "_mission",
    "_created",
    "_updated",
    "_by",
    "_deleted",
    "_conflicts",
];
/// Of responses only: the version of the form.
pub const VERSION_COLUMN: &str = "_form_version";
/// Of attachments only: where the file is in the archive.
pub const FILE_COLUMN: &str = "_file";

/// One file being made: its columns, and the records that are its lines.
pub(super) struct Sheet<'a> {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The form's id, for responses.
    pub(super) form: Option<&'a str>,
    pub(super) columns: Vec<Column<'a>>,
    records: Vec<&'a Record>,
}

/// One column: its name in the header, and what it holds.
pub(super) struct Column<'a> {
    pub(super) name: String,
    pub(super) holds: Holds<'a>,
}

pub(super) enum Holds<'a> {
    Record,
    Mission,
    Created,
    Updated,
    By,
    Deleted,
    Conflicts,
    FormVersion,
    File,
    Field {
        field: &'a str,
        question: Option<&'a Question>,
    },
}

/// Every file of the export, in the order of their names; the codebook last.
pub fn csv<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    registry: &'a Registry,
    questions: &'a Questions,
) -> Vec<ExportFile> {
    let sheets = sheets(records, questions);
    let mut files: Vec<ExportFile> = sheets
        .iter()
        .map(|sheet| {
            let mut table = Table::new();
            table.line(
                sheet
                    .columns
                    .iter()
                    .map(|column| Cow::Borrowed(column.name.as_str())),
            );
            for record in &sheet.records {
                table.line(
                    sheet
                        .columns
                        .iter()
                        .map(|column| column.cell(record, registry)),
                );
            }
            ExportFile {
                name: format!("{}.csv", sheet.name),
                bytes: table.0,
            }
        })
        .collect();
    files.push(ExportFile {
        name: "codebook.csv".to_owned(),
        bytes: codebook::table(&sheets, questions).0,
    });
    files
}

fn sheets<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    questions: &'a Questions,
) -> Vec<Sheet<'a>> {
    let mut groups: BTreeMap<(&Kind, Option<&str>), Vec<&Record>> = BTreeMap::new();
    for record in records {
        let form = record
            .form
            .as_ref()
            .filter(|_| record.kind == Kind::RESPONSE)
            .map(|form| form.id.as_str());
        groups.entry((&record.kind, form)).or_default().push(record);
    }
    let mut taken = BTreeSet::from(["codebook".to_owned()]);
    let mut sheets: Vec<Sheet<'a>> = groups
        .into_iter()
        .map(|((kind, form), mut records)| {
            records.sort_by_key(|record| (record.created, record.rec));
            let wanted = match (kinds::spec(kind.as_str()).file, form) {
                ("", _) => safe_name(kind.as_str()),
                (file, Some(form)) => format!("{file}_{}", safe_name(form)),
                (file, None) => file.to_owned(),
            };
            let name = free_name(&wanted, &mut taken);
            Sheet {
                name,
                kind: kind.clone(),
                form,
                columns: columns(kind, form, &records, questions),
                records,
            }
        })
        .collect();
    sheets.sort_by(|a, b| a.name.cmp(&b.name));
    sheets
}

fn columns<'a>(
    kind: &Kind,
    form: Option<&str>,
    records: &[&'a Record],
    questions: &'a Questions,
) -> Vec<Column<'a>> {
    let first = [
        Holds::Record,
        Holds::Mission,
        Holds::Created,
        Holds::Updated,
        Holds::By,
        Holds::Deleted,
        Holds::Conflicts,
    ];
    let mut columns: Vec<Column<'a>> = FIRST_COLUMNS
        .iter()
        .zip(first)
        .map(|(name, holds)| Column {
            name: (*name).to_owned(),
            holds,
        })
        .collect();
    if *kind == Kind::RESPONSE {
        columns.push(Column {
            name: VERSION_COLUMN.to_owned(),
            holds: Holds::FormVersion,
        });
    }
    if *kind == Kind::ATTACHMENT {
        columns.push(Column {
            name: FILE_COLUMN.to_owned(),
            holds: Holds::File,
        });
    }

    let mut present: BTreeSet<&'a str> = records
        .iter()
        .flat_map(|record| record.fields.keys())
        .map(String::as_str)
        .collect();
    present.remove(any::DELETED);
    present.remove(any::REASON);
    let spec = kinds::spec(kind.as_str());
    let is_bytes = |field: &str| {
        spec.field(field)
            .is_some_and(|known| known.input == Input::Bytes)
    };
    present.retain(|field| !is_bytes(field));
    // Vigie's own fields, then the page or the form from its newest version to its oldest, then what neither knows.
    let mut order: Vec<(&'a str, Option<&'a Question>)> = Vec::new();
    order.extend(
        present
            .iter()
            .copied()
            .filter(|field| fields::is_reserved(field))
            .map(|field| (field, None)),
    );
    match form {
        Some(form) => {
            for question in questions
                .versions(form)
                .iter()
                .rev()
                .flat_map(|version| &version.questions)
            {
                if !order.iter().any(|(field, _)| *field == question.path) {
                    order.push((&question.path, Some(question)));
                }
            }
        }
        None => {
            // Of a kind that nobody knows, only what is there.
            let known = spec.fields.iter().filter(|_| *kind == spec.kind);
            order.extend(
                known
                    .filter(|field| field.input != Input::Bytes)
                    .map(|field| (field.name, None)),
            );
        }
    }
    let rest: Vec<&'a str> = present
        .into_iter()
        .filter(|field| !order.iter().any(|(known, _)| known == field))
        .collect();
    for field in rest {
        // A row of a repeat stands beside its question: `equipe[2]/age` after `equipe/age`.
        let question = form.and_then(|form| {
            questions
                .versions(form)
                .iter()
                .rev()
                .find_map(|version| version.question(field))
        });
        order.push((field, question));
    }

    let mut taken: BTreeSet<String> = columns.iter().map(|column| column.name.clone()).collect();
    columns.extend(order.into_iter().map(|(field, question)| Column {
        name: free_name(field, &mut taken),
        holds: Holds::Field { field, question },
    }));
    columns
}

impl Column<'_> {
    fn cell<'r>(&self, record: &'r Record, registry: &Registry) -> Cow<'r, str> {
        match &self.holds {
            Holds::Record => Cow::Owned(record.rec.to_string()),
            Holds::Mission => Cow::Owned(match registry.mission(&record.mission) {
                Some(doc) => doc.card.mission.name.clone(),
                None => record.mission.to_string(),
            }),
            Holds::Created => Cow::Owned(moment::iso(record.created.time())),
            Holds::Updated => Cow::Owned(moment::iso(record.updated.time())),
            Holds::By => Cow::Owned(registry.author(&record.author(), &record.by)),
            Holds::Deleted => {
                Cow::Borrowed(match (record.is_deleted(), record.survived_deletion()) {
                    (true, _) => "deleted",
                    (false, true) => "survived",
                    (false, false) => "",
                })
            }
            Holds::Conflicts => {
                let conflicts = entries::conflicts(record).into_iter().map(|conflict| {
                    let values = conflict
                        .values
                        .into_iter()
                        .map(|side| json!({"value": side.value, "by": registry.author(&side.dev, &side.by)}));
                    (conflict.field, Value::Array(values.collect()))
                });
                let conflicts: serde_json::Map<String, Value> = conflicts.collect();
                if conflicts.is_empty() {
                    Cow::Borrowed("")
                } else {
                    Cow::Owned(Value::Object(conflicts).to_string())
                }
            }
            Holds::FormVersion => Cow::Borrowed(
                record
                    .form
                    .as_ref()
                    .map_or("", |form| form.version.as_str()),
            ),
            Holds::File => Cow::Owned(attachment_name(record)),
            Holds::Field { field, .. } => {
                record.value(field).map(entries::text).unwrap_or_default()
            }
        }
    }
}

/// A table being written.
pub(super) struct Table(pub(super) Vec<u8>);

impl Table {
    pub(super) fn new() -> Table {
        Table("\u{feff}".as_bytes().to_vec())
    }

    /// One line; each cell is guarded and quoted as it needs.
    pub(super) fn line<'c>(&mut self, cells: impl Iterator<Item = Cow<'c, str>>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.0.push(b',');
            }
            let cell = guard(&cell);
            if cell.contains([',', ';', '"', '\r', '\n', '\t'])
                || cell.starts_with([' ', '\''])
                || cell.ends_with(' ')
            {
                self.0.push(b'"');
                self.0
                    .extend_from_slice(cell.replace('"', "\"\"").as_bytes());
                self.0.push(b'"');
            } else {
                self.0.extend_from_slice(cell.as_bytes());
            }
        }
        self.0.extend_from_slice(b"\r\n");
    }
}

/// Where a new cell begins for a spreadsheet that parts cells otherwise than we do.
const PARTS: [char; 4] = [';', '\t', '\r', '\n'];

/// Puts an apostrophe before what a spreadsheet would run.
pub fn guard(cell: &str) -> Cow<'_, str> {
    if !pieces(cell).any(|(at, piece)| is_guarded(at, piece)) {
        return Cow::Borrowed(cell);
    }
    let mut guarded = String::with_capacity(cell.len() + 4);
    for (at, piece) in pieces(cell) {
        if is_guarded(at, piece) {
            guarded.push('\'');
        }
        guarded.push_str(piece);
    }
    Cow::Owned(guarded)
}

/// What was typed, of a cell that [`guard`] made.
pub fn unguard(cell: &str) -> String {
    let typed = pieces(cell).map(|(at, piece)| match piece.strip_prefix('\'') {
        Some(typed) if is_guarded(at, typed) => typed,
        _ => piece,
    });
    typed.collect()
}

/// The pieces of a cell with their place, each with what parts it from the next at its end.
fn pieces(cell: &str) -> impl Iterator<Item = (usize, &str)> {
    cell.split_inclusive(PARTS).enumerate()
}

/// Whether a piece gets an apostrophe: it would be run, or could be mistaken for a guarded one.
fn is_guarded(at: usize, piece: &str) -> bool {
    let end = piece.trim_end_matches(PARTS);
    let bare = end.trim_start_matches(is_passed_over);
    let runs = bare.starts_with([
        '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫',
    ]);
    let opens_with_a_break = at == 0 && bare.is_empty() && piece.ends_with(['\t', '\r', '\n']);
    opens_with_a_break || runs && !is_plain_number(bare)
}

/// What may stand before a formula and keep it one, and the apostrophes that are the guard itself.
fn is_passed_over(c: char) -> bool {
    c == '\''
        || c == '"'
        || c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// `-12`, `+3.5`, `-1e9`: nothing that could be a call.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && fraction.is_none_or(all_digits) && exponent.is_none_or(all_digits)
}

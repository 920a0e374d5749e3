//! Which files a spreadsheet's export is made of, their columns, and what a cell says of a record.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Value, json};
use vigie_journal::Record;
use vigie_model::{
    FormId, Kind, Timestamp,
    fields::{self, any, response},
    kinds::{self, Input},
};

use super::{attachment_name, free_name, safe_name};
use crate::{
    Registry, entries,
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
    pub(super) form: Option<&'a FormId>,
    pub(super) columns: Vec<Column<'a>>,
    pub(super) records: Vec<&'a Record>,
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

pub(super) fn sheets<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    questions: &'a Questions,
) -> Vec<Sheet<'a>> {
    let mut groups: BTreeMap<(&Kind, Option<&FormId>), Vec<&Record>> = BTreeMap::new();
    for record in records {
        let form = record
            .form
            .as_ref()
            .filter(|_| record.kind == Kind::RESPONSE)
            .map(|form| &form.id);
        groups.entry((&record.kind, form)).or_default().push(record);
    }
    let mut taken = BTreeSet::from(["codebook".to_owned()]);
    let mut sheets: Vec<Sheet<'a>> = groups
        .into_iter()
        .map(|((kind, form), mut records)| {
            records.sort_by_key(|record| (record.created, record.rec));
            let wanted = match (kinds::spec(kind.as_str()).file, form) {
                ("", _) => safe_name(kind.as_str()),
                (file, Some(form)) => format!("{file}_{}", safe_name(form.as_str())),
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
    form: Option<&FormId>,
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
    pub(super) fn cell<'r>(&self, record: &'r Record, registry: &Registry) -> Cow<'r, str> {
        match &self.holds {
            Holds::Record => Cow::Owned(record.rec.to_string()),
            Holds::Mission => Cow::Owned(match registry.mission(&record.mission) {
                Some(doc) => doc.card.mission.name.clone(),
                None => record.mission.to_string(),
            }),
            Holds::Created => Cow::Owned(record.created.time().iso()),
            Holds::Updated => Cow::Owned(record.updated.time().iso()),
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
            // A moment that a device wrote down, not what somebody typed.
            Holds::Field {
                field: field @ (response::FINISHED | response::CONSENTED),
                ..
            } if record.kind == Kind::RESPONSE => {
                let at = record.value(field).and_then(Value::as_i64);
                at.map_or(Cow::Borrowed(""), |at| Cow::Owned(Timestamp(at).iso()))
            }
            Holds::Field { field, .. } => {
                record.value(field).map(entries::text).unwrap_or_default()
            }
        }
    }
}

//! What is being typed, and which values were seen when the edit began.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_forms::Draft as Answers;
use vigie_model::{FormHash, FormId, Kind, OpId, RecordId};
use vigie_respondent::{FileChosen, below_root};
use vigie_vault::{Keyed, Row, Table};

use super::{line::values, record::RecordRow};
use crate::protocol::{Fields, Millis};

/// An entry that is not finished. Sealed in `drafts` under its record's id.
#[derive(Clone, Serialize, Deserialize)]
pub struct Draft {
    pub rec: RecordId,
    pub member: usize,
    pub kind: Kind,
    /// What was changed; `null` clears.
    pub fields: Fields,
    pub base: EditBase,
    pub began: Millis,
    pub saved: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<FormDraft>,
    /// In memory only: the store has not taken it yet.
    #[serde(skip)]
    pub unsaved: bool,
}

impl Row for Draft {
    const TABLE: Table = Table::Drafts;
    type Key = RecordId;

    fn row(rec: &RecordId) -> String {
        rec.to_string()
    }
}

impl Keyed for Draft {
    fn key(&self) -> RecordId {
        self.rec
    }
}

/// What a person saw when an edit began.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct EditBase {
    pub kind: Option<Kind>,
    pub member: usize,
    pub values: Fields,
    /// The heads behind those values, by field.
    pub over: BTreeMap<String, Vec<OpId>>,
}

impl Draft {
    /// The values with the changes made.
    pub fn shown(&self) -> Fields {
        if let Some(form) = &self.form {
            return form.values();
        }
        let mut shown = self.base.values.clone();
        shown.extend(self.fields.clone());
        shown.retain(|_, value| !value.is_null());
        shown
    }

    /// What really differs from what was seen.
    pub fn changes(&self) -> Fields {
        let differs = |field: &str, value: &serde_json::Value| match self.base.values.get(field) {
            Some(seen) => seen != value,
            None => !value.is_null() && value.as_str() != Some(""),
        };
        let changed = self
            .fields
            .iter()
            .filter(|(field, value)| differs(field, value));
        changed
            .map(|(field, value)| {
                (
                    field.clone(),
                    if value.as_str() == Some("") {
                        serde_json::Value::Null
                    } else {
                        value.clone()
                    },
                )
            })
            .collect()
    }
}

impl EditBase {
    pub fn of(row: &RecordRow) -> EditBase {
        let names: Vec<&str> = row.record.fields.keys().map(String::as_str).collect();
        EditBase {
            kind: Some(row.record.kind.clone()),
            member: row.member,
            values: values(&row.record),
            over: row.record.seen(names),
        }
    }
}

/// The part of a draft that only a response has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormDraft {
    pub id: FormId,
    pub version: String,
    pub hash: FormHash,
    pub title: String,
    pub progress: (usize, usize),
    pub draft: Answers,
    /// Files chosen since the edit began, by their question's path.
    pub files: BTreeMap<String, FileChosen>,
    /// Attachments of the finished response by their question's path now; none: as the record says.
    #[serde(default)]
    pub attached: Option<BTreeMap<String, RecordId>>,
    /// What is read of the choices made; none in what an earlier version kept.
    #[serde(default)]
    pub labels: Vec<String>,
}

impl FormDraft {
    pub fn blobs(&self) -> Vec<String> {
        self.files.values().map(|file| file.blob.clone()).collect()
    }

    /// The answers, as far as a list or a search needs them.
    pub fn values(&self) -> Fields {
        let answers = self
            .draft
            .answers
            .iter()
            .filter(|(_, value)| !value.is_empty());
        answers
            .map(|(path, value)| (below_root(path).to_owned(), Value::from(value.as_str())))
            .collect()
    }
}

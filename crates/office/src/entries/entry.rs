//! One entry: what it says, what is to be settled in it, what was done to it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_journal::{Journal, Record, Version};
use vigie_model::{DeviceId, OpId, RecordId, Timestamp, fields, kinds};

use super::row::{Row, form_of, row, text};
use crate::questions::{FormQuestions, Labels, Questions};

/// One entry, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub row: Row,
    pub facts: Vec<Fact>,
    pub conflicts: Vec<Conflict>,
    /// Newest first.
    pub history: Vec<Version>,
}

/// One field and its shown value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub field: String,
    pub value: Value,
    /// Labels of the chosen codes, by language.
    pub shown: Labels,
    pub sensitive: bool,
}

/// A field that several people changed without seeing each other's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    pub field: String,
    /// The shown one first.
    pub values: Vec<Side>,
}

/// One of the values of a conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    pub value: Value,
    pub by: String,
    pub at: Timestamp,
    pub dev: DeviceId,
    pub op: OpId,
}

/// One entry with its facts, conflicts and history; `None` when there is no such record.
pub fn entry(
    journal: &Journal,
    questions: &Questions,
    rec: &RecordId,
    lang: &str,
) -> Option<Entry> {
    let record = journal.record(rec)?;
    let form = form_of(record, questions);
    Some(Entry {
        row: row(record, form, lang),
        facts: facts(record, form),
        conflicts: conflicts(record),
        history: journal.history(rec),
    })
}

/// The fields of a record in the order in which a person reads them: as on the page, or as the form asks; what the page
/// or the form does not know comes last. Vigie's own fields are left out.
pub fn facts(record: &Record, form: Option<&FormQuestions>) -> Vec<Fact> {
    let spec = kinds::spec(record.kind.as_str());
    let mut facts: Vec<(Vec<usize>, Fact)> = Vec::new();
    for (field, value) in record
        .values()
        .filter(|(field, _)| !fields::is_reserved(field))
    {
        let question = form.and_then(|form| form.question(field));
        let place = match form {
            Some(form) => form.row_places(field),
            None => spec
                .fields
                .iter()
                .position(|known| known.name == field)
                .into_iter()
                .collect(),
        };
        facts.push((
            place,
            Fact {
                field: field.to_owned(),
                shown: question
                    .map(|question| question.shown(&text(value)))
                    .unwrap_or_default(),
                sensitive: question.is_some_and(|question| question.sensible)
                    || spec.field(field).is_some_and(|known| known.sensitive),
                value: value.clone(),
            },
        ));
    }
    // What neither knows comes last.
    facts.sort_by(|(a, _), (b, _)| a.is_empty().cmp(&b.is_empty()).then_with(|| a.cmp(b)));
    facts.into_iter().map(|(_, fact)| fact).collect()
}

/// Every field with more than one value that nobody has settled.
pub fn conflicts(record: &Record) -> Vec<Conflict> {
    let conflict = |field: &str| {
        let heads = &record.fields.get(field)?.heads;
        let values = heads.iter().map(|head| Side {
            value: head.value.clone(),
            by: head.by.clone(),
            at: head.hlc.time(),
            dev: head.dev,
            op: head.id,
        });
        Some(Conflict {
            field: field.to_owned(),
            values: values.collect(),
        })
    };
    record
        .conflicts()
        .into_iter()
        .filter_map(conflict)
        .collect()
}

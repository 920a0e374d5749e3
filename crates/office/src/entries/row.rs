//! One line of the table, and how a value reads as text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_journal::Record;
use vigie_model::{
    DeviceId, FormId, Kind, MissionId, RecordId, Timestamp, fields,
    kinds::{self, first_line},
};

use crate::questions::{FormQuestions, Questions};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub rec: RecordId,
    pub kind: Kind,
    /// Title of a note, name of a contact, title of a form.
    pub title: String,
    pub place: String,
    /// When it happened, as the person said, else empty.
    pub at: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// Who began it, as she calls herself; see [`Registry::author`](crate::Registry::author).
    pub by: String,
    /// Her device.
    pub dev: DeviceId,
    pub mission: MissionId,
    /// The form's id, of a response.
    pub form: Option<FormId>,
    pub themes: Vec<String>,
    pub conflict: bool,
    pub deleted: bool,
    /// Deleted by somebody who had not seen a later edit: still here, and said.
    pub survived_deletion: bool,
    pub versions: usize,
}

/// The form of a response, as its questions are known here.
pub fn form_of<'a>(record: &Record, questions: &'a Questions) -> Option<&'a FormQuestions> {
    let form = record.form.as_ref()?;
    questions.form(&form.id, &form.version, &form.hash)
}

/// A value as text: a text as it is, a list of texts with spaces between, nothing for null, anything else as JSON.
pub fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) => match tokens(items) {
            Some(tokens) => Cow::Owned(tokens.join(" ")),
            None => Cow::Owned(value.to_string()),
        },
        other => Cow::Owned(other.to_string()),
    }
}

/// The items of a list when each is a text without space, as codes are: then spaces between them lose nothing.
fn tokens(items: &[Value]) -> Option<Vec<&str>> {
    let is_token = |text: &&str| !text.is_empty() && !text.contains(char::is_whitespace);
    items
        .iter()
        .map(|item| item.as_str().filter(is_token))
        .collect()
}

pub(crate) fn row(record: &Record, form: Option<&FormQuestions>, lang: &str) -> Row {
    let spec = kinds::spec(record.kind.as_str());
    // A question may be named like a field: of a response, none is read here.
    let value = |field: &str| record.value(field).filter(|_| spec.field(field).is_some());
    let text = |field: &str| value(field).and_then(Value::as_str).unwrap_or_default();
    let name = record.text(fields::response::NAME);
    let title = match (name.and_then(fields::response::name), form, &record.form) {
        _ if record.kind != Kind::RESPONSE => spec.title_of(text),
        (Some(name), ..) => name,
        (None, Some(form), _) => form.title(lang),
        (None, None, Some(form)) => form.id.as_str(),
        (None, None, None) => "",
    };
    let themes = value(fields::note::THEMES)
        .map(self::text)
        .unwrap_or_default();
    Row {
        rec: record.rec,
        kind: record.kind.clone(),
        title: title.to_owned(),
        place: first_line(text(fields::note::PLACE)).to_owned(),
        at: text(fields::note::AT).to_owned(),
        created: record.created.time(),
        updated: record.updated.time(),
        by: record.by.clone(),
        dev: record.author(),
        mission: record.mission,
        form: record.form.as_ref().map(|form| form.id.clone()),
        themes: themes.split_ascii_whitespace().map(str::to_owned).collect(),
        conflict: !record.conflicts().is_empty(),
        deleted: record.is_deleted(),
        survived_deletion: record.survived_deletion(),
        versions: record.ops().len(),
    }
}

/// The day that the person wrote, else the day it was begun.
pub(crate) fn day_of(row: &Row) -> String {
    typed_day(&row.at).map_or_else(|| row.created.day(), str::to_owned)
}

/// The day of a local date or date and time that a person typed, when it looks like one.
pub(super) fn typed_day(text: &str) -> Option<&str> {
    let day = text.get(..10)?;
    let dashes = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    dashes.then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_day_is_the_first_ten_characters_of_a_date() {
        assert_eq!(typed_day("2026-11-24T09:30"), Some("2026-11-24"));
        assert_eq!(typed_day("2026-11-24"), Some("2026-11-24"));
        for other in ["", "24/11/2026", "hier après-midi", "2026-11-2"] {
            assert_eq!(typed_day(other), None, "{other}");
        }
    }
}

//! The lines of the notebook: what is shown of an entry without opening it, and what it is found by.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_journal::Record;
use vigie_model::{
    FormId, Kind, MissionId, RecordId, fields,
    kinds::{self, Input},
};
use vigie_vault::{Row, Table};

use super::rows::number_key;
use crate::{
    protocol::{EntryState, Fields, Millis, Summary},
    search::haystack,
};

/// Lines opened with the vault.
pub const FIRST_PAGE: usize = 50;

/// One line of the notebook, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub rec: RecordId,
    pub member: usize,
    /// `seq` of our last change to the record.
    pub seq: u64,
    pub kind: Kind,
    pub title: String,
    pub place: String,
    pub at: String,
    pub created: Millis,
    pub updated: Millis,
    pub by: String,
    pub themes: Vec<String>,
    pub conflict: bool,
    pub deleted: bool,
    pub survived_deletion: bool,
    /// The office had all of it erased for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    pub progress: Option<(usize, usize)>,
    pub form: Option<FormId>,
    pub mission: MissionId,
    pub sensitive: bool,
    /// Folded text to search in.
    pub hay: String,
}

impl Row for Line {
    const TABLE: Table = Table::Index;
    type Key = u64;

    fn row(number: &u64) -> String {
        number_key(*number)
    }
}

/// The lines that are open.
#[derive(Debug, Default)]
pub struct Index {
    pub lines: BTreeMap<u64, Line>,
    pub of: HashMap<RecordId, u64>,
    /// The row that was read last; they are read from the newest down, those that do not open too.
    pub read_to: Option<String>,
    /// True once every line is open.
    pub complete: bool,
}

impl Index {
    pub fn insert(&mut self, number: u64, line: Line) {
        self.of.insert(line.rec, number);
        self.lines.insert(number, line);
    }

    pub fn line(&self, rec: &RecordId) -> Option<(u64, &Line)> {
        let number = *self.of.get(rec)?;
        Some((number, self.lines.get(&number)?))
    }
}

/// What only a response knows of its line.
#[derive(Clone, Copy)]
pub struct OfResponse<'a> {
    pub title: &'a str,
    /// What is read of the choices made.
    pub labels: &'a [String],
    pub progress: (usize, usize),
}

impl Line {
    /// The line of a record. What only a response knows comes beside.
    pub fn of(record: &Record, member: usize, seq: u64, response: Option<OfResponse<'_>>) -> Line {
        let values = values(record);
        let Shown {
            title,
            place,
            at,
            themes,
            sensitive,
            hay,
        } = shown(
            &record.kind,
            &values,
            response.map(|of| (of.title, of.labels)),
        );
        Line {
            rec: record.rec,
            member,
            seq,
            kind: record.kind.clone(),
            title,
            place,
            at,
            created: record.created.ms,
            updated: record.updated.ms,
            by: record.by.clone(),
            themes,
            conflict: record
                .conflicts()
                .iter()
                .any(|field| !fields::is_reserved(field)),
            deleted: record.is_deleted(),
            survived_deletion: record.survived_deletion(),
            erased: false,
            progress: response.map(|part| part.progress),
            form: record.form.as_ref().map(|form| form.id.clone()),
            mission: record.mission,
            sensitive,
            hay,
        }
    }

    /// What stays of a line once its entry was sealed for the office alone: that there was one, and where it is.
    pub fn blank(&mut self) {
        for text in [
            &mut self.title,
            &mut self.place,
            &mut self.at,
            &mut self.hay,
        ] {
            text.clear();
        }
        self.themes.clear();
    }

    pub fn summary(&self, state: EntryState, mission: Option<MissionId>) -> Summary {
        Summary {
            rec: self.rec,
            kind: self.kind.clone(),
            title: self.title.clone(),
            place: self.place.clone(),
            at: self.at.clone(),
            created: self.created,
            updated: self.updated,
            by: self.by.clone(),
            themes: self.themes.clone(),
            state,
            conflict: self.conflict,
            deleted: self.deleted,
            survived_deletion: self.survived_deletion,
            erased: self.erased,
            progress: self.progress,
            form: self.form.clone(),
            mission,
            sensitive: self.sensitive,
        }
    }
}

/// What a line shows of some fields.
pub struct Shown {
    pub title: String,
    pub place: String,
    pub at: String,
    pub themes: Vec<String>,
    pub sensitive: bool,
    pub hay: String,
}

/// What `fields` of a record of this `kind` show; of a response, its title and the labels of its choices come beside.
pub fn shown(kind: &Kind, values: &Fields, response: Option<(&str, &[String])>) -> Shown {
    let spec = kinds::spec(kind.as_str());
    // A question may be named like a field: of a response, none is read here.
    let value = |field: &str| values.get(field).filter(|_| spec.field(field).is_some());
    let get = |field: &str| value(field).map(text).unwrap_or_default();
    let themes = value(fields::note::THEMES).map(texts).unwrap_or_default();
    let (title, labels) = response.unwrap_or_else(|| (spec.title_of(get), &[]));
    let sensitivity = get(fields::note::SENSITIVITY);
    let is_bytes = |field: &str| {
        spec.field(field)
            .is_some_and(|known| known.input == Input::Bytes)
    };
    let searched = values
        .iter()
        .filter(|(field, _)| !fields::is_reserved(field) && !is_bytes(field))
        .flat_map(|(_, value)| texts(value));
    Shown {
        title: cut(title, 200),
        place: cut(get(fields::note::PLACE), 200),
        at: cut(get(fields::note::AT), 40),
        themes: themes
            .iter()
            .take(40)
            .map(|theme| cut(theme, 100))
            .collect(),
        sensitive: !sensitivity.is_empty()
            && sensitivity != vigie_model::Sensitivity::ALL[0].code(),
        // What is read comes before the codes it is kept as.
        hay: haystack(
            std::iter::once(title)
                .chain(labels.iter().map(String::as_str))
                .chain(searched),
        ),
    }
}

/// How a response is called: by the name that its form makes of the answers, once there is one; else as its form is.
pub fn called<'a>(answers: &'a Fields, form: &'a str) -> &'a str {
    let name = answers.get(fields::response::NAME).map(text);
    name.and_then(fields::response::name).unwrap_or(form)
}

/// The shown values of a record, reserved fields left out.
pub fn values(record: &Record) -> Fields {
    let shown = record
        .fields
        .keys()
        .filter(|field| !fields::is_reserved(field));
    shown
        .filter_map(|field| Some((field.clone(), record.value(field)?.clone())))
        .filter(|(_, v)| !v.is_null())
        .collect()
}

/// The text of a value, for a title or for searching.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text.as_str()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

pub fn cut(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_without_a_title_shows_its_first_line() {
        let fields = Fields::from([(
            "text".to_owned(),
            Value::from("\n  Réunion à l'usine\nsuite"),
        )]);
        let shown = shown(&Kind::NOTE, &fields, None);
        assert_eq!(shown.title, "Réunion à l'usine");
        assert!(shown.hay.contains("reunion a l'usine"));
    }
}

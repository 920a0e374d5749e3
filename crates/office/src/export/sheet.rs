//! Which tables a spreadsheet's export is made of, their columns, and what a cell says of a record.
//!
//! A column's name never hangs on which entries are exported, but for what no form and no page knows; so what reads an
//! export today reads that of tomorrow.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Value, json};
use vigie_journal::Record;
use vigie_model::{
    Answers, FormId, Kind, Layout, RecordId, Rows, Timestamp,
    fields::{self, any, response},
    kinds::{self, Input},
};
use vigie_sheets::Cell;

use super::{
    labels,
    names::{free_name, safe_name},
    places, typed,
};
use crate::{
    Registry, entries,
    questions::{Choice, Question, Questions, pick, without_rows},
};

/// The columns that every file of records begins with; what was typed comes after.
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
/// The columns that a repeat's file begins with: the row's key, the key of what it is a row of (a record, or a row of the
/// repeat around), the record, and which of its rows it is.
pub const ROW_COLUMNS: [&str; 4] = ["_key", "_parent", "_record", "_row"];
/// What stands after the name of a column whose labels are in a column beside.
pub const LABEL: &str = ":label";

/// One table being made: its columns and its lines.
pub(super) struct Sheet<'a> {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The form's id, for responses.
    pub(super) form: Option<&'a FormId>,
    /// The path of the repeat whose rows are its lines; none where they are records.
    pub(super) repeat: Option<String>,
    pub(super) columns: Vec<Column<'a>>,
    pub(super) lines: Vec<Line<'a>>,
}

/// A record, or a row of a repeat in it.
pub(super) struct Line<'a> {
    record: &'a Record,
    /// `equipe[2]`; empty for the record itself.
    row: String,
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
    /// Where each file is.
    File(BTreeMap<RecordId, String>),
    Key,
    Parent,
    Row,
    Field {
        field: String,
        question: Option<&'a Question>,
        /// Where labels stand instead of codes.
        words: Option<Words<'a>>,
    },
    /// The labels of the codes in the column before.
    Beside {
        field: String,
        question: Option<&'a Question>,
        words: Words<'a>,
    },
}

/// What codes are called.
pub(super) struct Words<'a> {
    choices: Cow<'a, [Choice]>,
    is_multiple: bool,
    lang: &'a str,
}

pub(super) fn sheets<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    questions: &'a Questions,
    layout: &'a Layout,
) -> Vec<Sheet<'a>> {
    let records: Vec<&Record> = records.into_iter().collect();
    let files = places::of_files(&records, questions);
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
    let mut repeats = Vec::new();
    let mut sheets = Vec::new();
    for ((kind, form), mut records) in groups {
        records.sort_by_key(|record| (record.created, record.rec));
        let wanted = match (kinds::spec(kind.as_str()).file, form) {
            ("", _) => safe_name(kind.as_str()),
            (file, Some(form)) => format!("{file}_{}", safe_name(form.as_str())),
            (file, None) => file.to_owned(),
        };
        let name = free_name(&wanted, &mut taken);
        let about = About {
            kind,
            form,
            questions,
            layout,
            files: &files,
        };
        if layout.rows == Rows::Long && *kind == Kind::RESPONSE {
            for repeat in about.repeats(&records) {
                let wanted = format!("{name}_{}", safe_name(last_part(&repeat)));
                repeats.push((wanted, about.rows(repeat, &records)));
            }
        }
        let columns = about.columns(&records);
        let line = |record| Line {
            record,
            row: String::new(),
        };
        sheets.push(Sheet {
            name,
            kind: kind.clone(),
            form,
            repeat: None,
            columns,
            lines: records.into_iter().map(line).collect(),
        });
    }
    for (wanted, sheet) in repeats {
        let name = free_name(&wanted, &mut taken);
        sheets.push(Sheet { name, ..sheet });
    }
    sheets.sort_by(|a, b| a.name.cmp(&b.name));
    sheets
}

/// `outils` of `equipe/outils`.
pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The row that a field is in, and its place there: `equipe[2]/outils[1]` and `nom`; none where it is in no row.
fn in_row(field: &str) -> Option<(&str, &str)> {
    let end = field.rfind("]/")? + 1;
    let (row, rest) = (&field[..end], &field[end + 1..]);
    (numbers(row).is_some() && !rest.contains(['[', ']'])).then_some((row, rest))
}

/// Which rows a path leads through: 2 and 1 for `equipe[2]/outils[1]`.
fn numbers(row: &str) -> Option<Vec<u32>> {
    let parts = row.split('[').skip(1);
    parts
        .map(|part| part.split_once(']')?.0.parse().ok())
        .collect()
}

/// The rows around a row, and itself: `equipe[2]`, `equipe[2]/outils[1]`.
fn rows_through(row: &str) -> impl Iterator<Item = &str> {
    row.match_indices(']').map(|(at, _)| &row[..=at])
}

/// The rows that have an answer, or a row that has one.
fn answered_rows(record: &Record) -> impl Iterator<Item = &str> {
    let answered = record.values().filter(|(_, value)| !value.is_null());
    let rows = answered.filter_map(|(field, _)| in_row(field));
    rows.flat_map(|(row, _)| rows_through(row))
}

/// What is asked of the records of one table.
struct About<'a, 'k> {
    kind: &'k Kind,
    form: Option<&'a FormId>,
    questions: &'a Questions,
    layout: &'a Layout,
    files: &'k BTreeMap<RecordId, String>,
}

impl<'a> About<'a, '_> {
    /// Every question that a version of the form asks, from its newest version to its oldest.
    fn asked(&self) -> impl Iterator<Item = &'a Question> + use<'a> {
        let versions = self.form.map(|form| self.questions.versions(form));
        let versions = versions.unwrap_or_default().iter().rev();
        versions.flat_map(|version| &version.questions)
    }

    fn question(&self, field: &str) -> Option<&'a Question> {
        let versions = self.questions.versions(self.form?).iter().rev();
        let mut found = versions.filter_map(|version| version.question(field));
        found.next()
    }

    /// The repeats that the form has, or that somebody answered, by their paths.
    fn repeats(&self, records: &[&Record]) -> BTreeSet<String> {
        let asked = self.asked().filter_map(|question| question.repeat.clone());
        let rows = records.iter().flat_map(|record| answered_rows(record));
        asked.chain(rows.map(without_rows)).collect()
    }

    /// The table of a repeat; it gets its name later.
    fn rows(&self, repeat: String, records: &[&'a Record]) -> Sheet<'a> {
        let is_in = |path: &str| {
            let rest = path.strip_prefix(repeat.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let mut order: Vec<String> = Vec::new();
        let asked = self.asked();
        let asked = asked.filter(|question| question.repeat.as_ref() == Some(&repeat));
        let asked = asked.map(|question| question.path.clone());
        let fields = records.iter().flat_map(|record| record.fields.keys());
        let unasked: BTreeSet<String> = fields
            .filter(|field| in_row(field).is_some_and(|(row, _)| without_rows(row) == repeat))
            .map(|field| without_rows(field))
            .collect();
        for path in asked.chain(unasked).filter(|path| is_in(path)) {
            if !order.contains(&path) {
                order.push(path);
            }
        }
        let first = [Holds::Key, Holds::Parent, Holds::Record, Holds::Row];
        let mut columns = named(&ROW_COLUMNS, first);
        self.fields(order, &mut columns);
        let mut lines = Vec::new();
        for &record in records {
            let rows = answered_rows(record).filter(|row| without_rows(row) == repeat);
            let rows: BTreeMap<Option<Vec<u32>>, &str> =
                rows.map(|row| (numbers(row), row)).collect();
            lines.extend(rows.into_values().map(|row| Line {
                record,
                row: row.to_owned(),
            }));
        }
        Sheet {
            name: String::new(),
            kind: self.kind.clone(),
            form: self.form,
            repeat: Some(repeat),
            columns,
            lines,
        }
    }

    /// The columns of a table of records.
    fn columns(&self, records: &[&'a Record]) -> Vec<Column<'a>> {
        let first = [
            Holds::Record,
            Holds::Mission,
            Holds::Created,
            Holds::Updated,
            Holds::By,
            Holds::Deleted,
            Holds::Conflicts,
        ];
        let mut columns = named(&FIRST_COLUMNS, first);
        if *self.kind == Kind::RESPONSE {
            columns.extend(named(&[VERSION_COLUMN], [Holds::FormVersion]));
        }
        if *self.kind == Kind::ATTACHMENT {
            columns.extend(named(&[FILE_COLUMN], [Holds::File(self.files.clone())]));
        }

        let mut present: BTreeSet<&'a str> = records
            .iter()
            .flat_map(|record| record.fields.keys())
            .map(String::as_str)
            .collect();
        present.remove(any::DELETED);
        present.remove(any::REASON);
        let spec = kinds::spec(self.kind.as_str());
        let is_bytes = |field: &str| {
            spec.field(field)
                .is_some_and(|known| known.input == Input::Bytes)
        };
        present.retain(|field| !is_bytes(field));
        let is_apart = |field: &str| {
            self.layout.rows == Rows::Long
                && *self.kind == Kind::RESPONSE
                && in_row(field).is_some()
        };
        present.retain(|field| !is_apart(field));
        // Vigie's own fields, then the page or the form, then what neither knows.
        let mut order: Vec<&str> = present
            .iter()
            .copied()
            .filter(|field| fields::is_reserved(field))
            .collect();
        match self.form {
            Some(_) => {
                for question in self.asked() {
                    let is_apart = self.layout.rows == Rows::Long && question.repeat.is_some();
                    if !is_apart && !order.contains(&question.path.as_str()) {
                        order.push(&question.path);
                    }
                }
            }
            None => {
                // Of a kind that nobody knows, only what is there.
                let known = spec.fields.iter().filter(|_| *self.kind == spec.kind);
                order.extend(
                    known
                        .filter(|field| field.input != Input::Bytes)
                        .map(|field| field.name),
                );
            }
        }
        let rest: Vec<&str> = present
            .into_iter()
            .filter(|field| !order.contains(field))
            .collect();
        order.extend(rest);
        self.fields(order.into_iter().map(str::to_owned), &mut columns);
        columns
    }

    /// A column for each field, and one for its labels where they stand beside.
    fn fields(&self, fields: impl IntoIterator<Item = String>, columns: &mut Vec<Column<'a>>) {
        let mut taken: BTreeSet<String> =
            columns.iter().map(|column| column.name.clone()).collect();
        for field in fields {
            // A row of a repeat has its question's meaning: `equipe[2]/age` that of `equipe/age`.
            let question = self.question(&field);
            let words = self.words(&field, question);
            let name = free_name(&field, &mut taken);
            let beside = words.filter(|_| self.layout.answers != Answers::Codes);
            let (words, beside) = match self.layout.answers {
                Answers::Both => (None, beside),
                Answers::Codes | Answers::Labels => (beside, None),
            };
            let beside = beside.map(|words| Column {
                name: free_name(&format!("{name}{LABEL}"), &mut taken),
                holds: Holds::Beside {
                    field: field.clone(),
                    question,
                    words,
                },
            });
            columns.push(Column {
                name,
                holds: Holds::Field {
                    field,
                    question,
                    words,
                },
            });
            columns.extend(beside);
        }
    }

    /// What the codes of a field are called; none where it is no list.
    fn words(&self, field: &str, question: Option<&'a Question>) -> Option<Words<'a>> {
        let (choices, is_multiple) = match question {
            Some(question) => (Cow::Borrowed(&*question.choices), question.is_multiple()),
            // A list of codes of Vigie's own is a list in its value too.
            None => (Cow::Owned(labels::choices(self.kind, field)), false),
        };
        (!choices.is_empty()).then_some(Words {
            choices,
            is_multiple,
            lang: &self.layout.lang,
        })
    }
}

/// Columns that come with Vigie.
fn named<'a, const COUNT: usize>(
    names: &[&str; COUNT],
    holds: [Holds<'a>; COUNT],
) -> Vec<Column<'a>> {
    let columns = names.iter().zip(holds).map(|(name, holds)| Column {
        name: (*name).to_owned(),
        holds,
    });
    columns.collect()
}

impl Words<'_> {
    /// What a person reads for a value; a code that is in no list stays.
    fn say(&self, value: &Value) -> String {
        let codes: Vec<Cow<'_, str>> = match value {
            Value::Array(items) => items.iter().map(entries::text).collect(),
            Value::String(text) if self.is_multiple => {
                text.split_ascii_whitespace().map(Cow::Borrowed).collect()
            }
            other => vec![entries::text(other)],
        };
        let said = codes.iter().map(|code| {
            let choice = self.choices.iter().find(|choice| choice.code == *code);
            let label = choice.and_then(|choice| pick(&choice.labels, self.lang));
            label.unwrap_or(code)
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

impl<'a> Line<'a> {
    /// What stands here of a field, which a repeat's table names without the number of its row.
    fn value(&self, field: &str) -> Option<&'a Value> {
        if self.row.is_empty() {
            return self.record.value(field);
        }
        let rest = field.get(without_rows(&self.row).len()..)?;
        self.record.value(&format!("{}{rest}", self.row))
    }

    /// The name of its row beneath the record's.
    fn key(&self, row: &str) -> String {
        if row.is_empty() {
            self.record.rec.to_string()
        } else {
            format!("{}/{row}", self.record.rec)
        }
    }

    fn parent(&self) -> String {
        let around = rows_through(&self.row).filter(|row| row.len() < self.row.len());
        self.key(around.last().unwrap_or_default())
    }

    fn number(&self) -> u32 {
        let numbers = numbers(&self.row).unwrap_or_default();
        numbers.last().copied().unwrap_or_default()
    }

    /// When a device wrote something down, where the field is that; not what somebody typed.
    fn moment(&self, field: &str) -> Option<Option<Timestamp>> {
        let is_moment = self.record.kind == Kind::RESPONSE
            && matches!(field, response::FINISHED | response::CONSENTED);
        let at = || self.value(field).and_then(Value::as_i64).map(Timestamp);
        is_moment.then(at)
    }
}

impl Column<'_> {
    /// What a cell says, as a text.
    pub(super) fn text<'r>(&self, line: &Line<'r>, registry: &Registry) -> Cow<'r, str> {
        let record = line.record;
        match &self.holds {
            Holds::Record => Cow::Owned(record.rec.to_string()),
            Holds::Mission => Cow::Owned(match registry.card(&record.mission) {
                Some(card) => card.mission.name.clone(),
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
            Holds::File(files) => Cow::Owned(files.get(&record.rec).cloned().unwrap_or_default()),
            Holds::Key => Cow::Owned(line.key(&line.row)),
            Holds::Parent => Cow::Owned(line.parent()),
            Holds::Row => Cow::Owned(line.number().to_string()),
            Holds::Field { field, words, .. } => match (line.moment(field), words) {
                (Some(at), _) => at.map_or(Cow::Borrowed(""), |at| Cow::Owned(at.iso())),
                (None, Some(words)) => Cow::Owned(
                    line.value(field)
                        .map_or_else(String::new, |value| words.say(value)),
                ),
                (None, None) => line.value(field).map(entries::text).unwrap_or_default(),
            },
            Holds::Beside { field, words, .. } => Cow::Owned(
                line.value(field)
                    .map_or_else(String::new, |value| words.say(value)),
            ),
        }
    }

    /// What a cell says, by its type: `kind` is the column's, as an XLSForm calls it.
    pub(super) fn typed(&self, line: &Line<'_>, registry: &Registry, kind: &str) -> Cell {
        match &self.holds {
            Holds::Created => typed::instant(line.record.created.time()),
            Holds::Updated => typed::instant(line.record.updated.time()),
            Holds::Row => Cell::Number(f64::from(line.number())),
            Holds::Field {
                field, words: None, ..
            } => match line.moment(field) {
                Some(at) => at.map_or(Cell::Empty, typed::instant),
                None => line
                    .value(field)
                    .map_or(Cell::Empty, |value| typed::cell(value, kind)),
            },
            _ => Cell::text(self.text(line, registry)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_which_row_it_is_in() {
        for (field, found) in [
            ("age", None),
            ("equipe/age", None),
            ("equipe[2]/age", Some(("equipe[2]", "age"))),
            (
                "lieu/equipe[2]/outils[13]/etat/nom",
                Some(("lieu/equipe[2]/outils[13]", "etat/nom")),
            ),
            ("equipe[]/age", None),
            ("equipe[x]/age", None),
            ("equipe]2[/age", None),
            ("equipe[2]", None),
        ] {
            assert_eq!(in_row(field), found, "{field}");
        }
        let through: Vec<&str> = rows_through("lieu/equipe[2]/outils[13]").collect();
        assert_eq!(through, ["lieu/equipe[2]", "lieu/equipe[2]/outils[13]"]);
    }
}

//! The table of what came, its filter and search; one entry with its history and conflicts.
//!
//! An [`Index`] holds one line per record with its folded text, so that a search as one types reads memory and not the
//! journal. A line is made again when its record changes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_journal::{Journal, Record, Version};
use vigie_model::{
    Column, DeviceId, FormId, Kind, MissionId, OpId, Order, RecordId, Timestamp, fields,
    fold::{fold, fold_within},
    kinds::{self, Input, Listed, first_line},
};
use vigie_words::codes;

use crate::questions::{FormQuestions, Labels, Questions};

/// How many bytes of one field are searched: a note of a megabyte must not cost a megabyte more.
const SEARCHED_BYTES: usize = 64 * 1024;

/// Which entries. Everything empty: all that is not deleted, but for attachments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Words that must all occur; accents and case are ignored.
    pub search: String,
    /// Empty: all but attachments.
    pub kinds: Vec<Kind>,
    /// Any of these; empty: whatever the themes.
    pub themes: Vec<String>,
    /// `YYYY-MM-DD`, both included: the day the person wrote, else the day it was begun.
    pub from: Option<String>,
    pub to: Option<String>,
    pub mission: Option<MissionId>,
    pub form: Option<FormId>,
    /// Who wrote it, as she calls herself.
    pub by: Option<String>,
    /// The deleted ones instead of the others.
    pub deleted: bool,
    pub conflicts_only: bool,
    /// None but these.
    #[serde(skip)]
    pub only: Option<BTreeSet<RecordId>>,
}

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

/// A page of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub rows: Vec<Row>,
    /// How many match the filter.
    pub total: usize,
    /// How many there are, not counting deleted ones and attachments.
    pub all: usize,
    /// Of those, how many have a conflict.
    pub conflicts: usize,
    /// Whoever wrote one of all, and the questionnaires that they answer, by name.
    pub people: Vec<String>,
    pub forms: Vec<(FormId, String)>,
}

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

struct Line {
    row: Row,
    /// The moment that the person said, else when it was begun.
    when: String,
    day: String,
    folded: String,
    /// The title of the questionnaire that it answers.
    form: String,
}

/// One line per record, ready to be filtered and searched.
#[derive(Default)]
pub struct Index {
    lines: BTreeMap<RecordId, Line>,
    lang: String,
}

impl Index {
    /// Of the whole journal; titles of forms in `lang` where they have it.
    pub fn of(journal: &Journal, questions: &Questions, lang: &str) -> Index {
        let mut index = Index {
            lines: BTreeMap::new(),
            lang: lang.to_owned(),
        };
        for record in journal.records() {
            index.put(record, questions);
        }
        index
    }

    /// Makes the line of a record (again).
    pub fn put(&mut self, record: &Record, questions: &Questions) {
        let form = form_of(record, questions);
        let row = row(record, form, &self.lang);
        let (when, day) = match typed_day(&row.at) {
            Some(day) => (row.at.clone(), day.to_owned()),
            None => (row.created.iso(), row.created.day()),
        };
        let folded = searched(record, &row, form);
        let form = form.map_or("", |form| form.title(&self.lang)).to_owned();
        let line = Line {
            row,
            when,
            day,
            folded,
            form,
        };
        self.lines.insert(record.rec, line);
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many entries have something to settle.
    pub fn conflicts(&self) -> usize {
        let everything = Filter::default();
        let shown = self
            .lines
            .values()
            .filter(|line| line.matches(&everything, &[]));
        shown.filter(|line| line.row.conflict).count()
    }

    /// The rows that match, the latest change first.
    pub fn matching(&self, filter: &Filter) -> Vec<&Row> {
        let lines = self.lines(filter).into_iter();
        lines.map(|line| &line.row).collect()
    }

    fn lines(&self, filter: &Filter) -> Vec<&Line> {
        let words: Vec<String> = fold(&filter.search)
            .split(' ')
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect();
        let mut lines: Vec<&Line> = self
            .lines
            .values()
            .filter(|line| line.matches(filter, &words))
            .collect();
        lines.sort_by(|a, b| {
            let latest = b.row.updated.cmp(&a.row.updated);
            latest.then(a.row.rec.cmp(&b.row.rec))
        });
        lines
    }

    /// A page of the rows that match.
    pub fn table(&self, filter: &Filter, order: Order, offset: usize, limit: usize) -> Table {
        let lines = sorted(self.lines(filter), order);
        let everything = Filter::default();
        let counted = self
            .lines
            .values()
            .filter(|line| line.matches(&everything, &[]));
        let (mut people, mut forms) = (BTreeSet::new(), BTreeMap::new());
        let (all, conflicts) = counted.fold((0, 0), |(all, conflicts), line| {
            // Of what was erased for good, nobody is said.
            if !line.row.by.is_empty() {
                people.insert(line.row.by.as_str());
            }
            if let Some(form) = &line.row.form {
                forms.entry(form).or_insert(line.form.as_str());
            }
            (all + 1, conflicts + usize::from(line.row.conflict))
        });
        Table {
            total: lines.len(),
            rows: lines
                .into_iter()
                .skip(offset)
                .take(limit)
                .map(|line| line.row.clone())
                .collect(),
            all,
            conflicts,
            people: people.into_iter().map(str::to_owned).collect(),
            forms: forms
                .into_iter()
                .map(|(id, title)| (id.clone(), title.to_owned()))
                .collect(),
        }
    }
}

/// What a line is sorted by; texts without their accents and case.
fn key(line: &Line, column: Column) -> Cow<'_, str> {
    let row = &line.row;
    match column {
        Column::When => Cow::Borrowed(&line.when),
        Column::Title => Cow::Owned(fold(&row.title)),
        Column::Kind => Cow::Borrowed(row.kind.as_str()),
        Column::Place => Cow::Owned(fold(&row.place)),
        Column::By => Cow::Owned(fold(&row.by)),
        Column::State if row.conflict => Cow::Borrowed("1"),
        Column::State if row.deleted => Cow::Borrowed("2"),
        Column::State => Cow::Borrowed(""),
    }
}

/// Lines in an order. What is empty stands last, from whichever end; those alike stay as they were, the latest change first.
fn sorted(lines: Vec<&Line>, order: Order) -> Vec<&Line> {
    // Times begin with the latest.
    let is_falling = order.reversed != (order.column == Column::When);
    let mut keyed: Vec<(Cow<'_, str>, &Line)> = lines
        .into_iter()
        .map(|line| (key(line, order.column), line))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| {
        let way = if is_falling { b.cmp(a) } else { a.cmp(b) };
        a.is_empty().cmp(&b.is_empty()).then(way)
    });
    keyed.into_iter().map(|(_, line)| line).collect()
}

impl Line {
    fn matches(&self, filter: &Filter, words: &[String]) -> bool {
        let Line {
            row, day, folded, ..
        } = self;
        let kind = if filter.kinds.is_empty() {
            kinds::spec(row.kind.as_str()).listed != Listed::Nowhere
        } else {
            filter.kinds.contains(&row.kind)
        };
        kind && row.deleted == filter.deleted
            && (!filter.conflicts_only || row.conflict)
            && filter
                .only
                .as_ref()
                .is_none_or(|only| only.contains(&row.rec))
            && filter.mission.is_none_or(|mission| mission == row.mission)
            && (filter.form.is_none() || filter.form == row.form)
            && filter.by.as_ref().is_none_or(|by| *by == row.by)
            && (filter.themes.is_empty()
                || filter.themes.iter().any(|theme| row.themes.contains(theme)))
            && filter
                .from
                .as_deref()
                .is_none_or(|from| from <= day.as_str())
            && filter.to.as_deref().is_none_or(|to| day.as_str() <= to)
            && words.iter().all(|word| folded.contains(word.as_str()))
    }
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
    let name = record.text(fields::response::NAME).unwrap_or_default();
    let title = match (form, &record.form) {
        _ if record.kind != Kind::RESPONSE => spec.title_of(text),
        _ if !name.trim().is_empty() => name,
        (Some(form), _) => form.title(lang),
        (None, Some(form)) => form.id.as_str(),
        (None, None) => "",
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

/// All that a search may find of a record: what was typed in any of its heads, what was chosen in the words of the form,
/// the names of its themes, who wrote it.
fn searched(record: &Record, row: &Row, form: Option<&FormQuestions>) -> String {
    let mut folded = String::new();
    let mut add = |text: &str| {
        let limit = folded.len() + SEARCHED_BYTES;
        fold_within(text, &mut folded, limit);
        folded.push('\n');
    };
    add(&row.title);
    add(&row.by);
    let spec = kinds::spec(record.kind.as_str());
    for (name, field) in &record.fields {
        let is_bytes = spec
            .field(name)
            .is_some_and(|known| known.input == Input::Bytes);
        if fields::is_reserved(name) || is_bytes {
            continue;
        }
        let question = form.and_then(|form| form.question(name));
        for head in &field.heads {
            let value = text(&head.value);
            add(&value);
            for label in question
                .into_iter()
                .flat_map(|question| question.chosen(&value))
                .flat_map(|c| c.labels.values())
            {
                add(label);
            }
        }
    }
    for theme in row
        .themes
        .iter()
        .filter_map(|code| codes::named(&format!("theme_{code}")))
    {
        for lang in vigie_words::complete() {
            add(codes::TEXTS.say(lang, theme));
        }
    }
    folded
}

/// The day that the person wrote, else the day it was begun.
pub(crate) fn day_of(row: &Row) -> String {
    typed_day(&row.at).map_or_else(|| row.created.day(), str::to_owned)
}

/// The day of a local date or date and time that a person typed, when it looks like one.
fn typed_day(text: &str) -> Option<&str> {
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

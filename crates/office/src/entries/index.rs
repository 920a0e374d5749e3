//! The table of what came, its filter and search.
//!
//! An [`Index`] holds one line per record with its folded text, so that a search as one types reads memory and not the
//! journal. A line is made again when its record changes.

use std::{
    cell::RefCell,
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use vigie_journal::{Journal, Record};
use vigie_model::{
    Column, Condition, FormId, Kind, MissionId, Order, RecordId, Standing,
    fields::{self, any},
    fold::{Needle, fold_within},
    kinds::{self, Input, Listed},
};
use vigie_words::codes;

use super::{
    answers::{Key, answer_key, holds},
    row::{Row, form_of, row, text, typed_day},
};
use crate::questions::{FormQuestions, Questions};

/// How many bytes of one field are searched: a note of a megabyte must not cost a megabyte more.
const SEARCHED_BYTES: usize = 64 * 1024;

/// Which entries. Everything empty: all that is not deleted, but for attachments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// None: whatever is not deleted.
    pub standing: Option<Standing>,
    /// All of these hold of its answers.
    pub answers: Vec<Condition>,
    /// None but these.
    pub only: Option<BTreeSet<RecordId>>,
}

/// A page of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// Where answers are read that stand in columns.
#[derive(Clone, Copy)]
pub struct Among<'a> {
    pub journal: &'a Journal,
    pub questions: &'a Questions,
}

struct Line {
    row: Row,
    /// The moment that the person said, else when it was begun.
    when: String,
    day: String,
    folded: String,
    /// The title of the questionnaire that it answers.
    form: String,
    /// Nothing is left of what it said.
    is_erased: bool,
    /// Its kind stands in the table by itself.
    is_listed: bool,
}

/// One line per record, ready to be filtered and searched.
#[derive(Default)]
pub struct Index {
    lines: Vec<Line>,
    places: BTreeMap<RecordId, usize>,
    lang: String,
    /// What the last table was made of, while nothing changes: as somebody scrolls, the same is asked again and again, and as
    /// she types, a little less of the same.
    made: RefCell<Made>,
}

/// The last table: all lines in its order, those that match its filter whatever is searched, and those that it shows.
#[derive(Default)]
struct Made {
    ordered: Option<Ordered>,
    narrowed: Option<Matched>,
    shown: Option<Matched>,
}

/// All lines in an order, by their places, and what is counted of all. Its table has no rows.
struct Ordered {
    order: Order,
    lines: Vec<usize>,
    counted: Table,
}

/// The lines that match a filter, in the order of the last table.
struct Matched {
    filter: Filter,
    lines: Vec<usize>,
}

impl Index {
    /// Of the whole journal; titles of forms in `lang` where they have it.
    pub fn of(journal: &Journal, questions: &Questions, lang: &str) -> Index {
        let mut index = Index {
            lang: lang.to_owned(),
            ..Index::default()
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
            is_erased: is_erased(record),
            is_listed: kinds::spec(record.kind.as_str()).listed != Listed::Nowhere,
        };
        match self.places.get(&record.rec) {
            Some(place) => self.lines[*place] = line,
            None => {
                self.places.insert(record.rec, self.lines.len());
                self.lines.push(line);
            }
        }
        self.made.take();
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
            .iter()
            .filter(|line| line.matches(&everything, &Needle::default()));
        shown.filter(|line| line.row.conflict).count()
    }

    /// The rows that match, the latest change first.
    pub fn matching(&self, filter: &Filter, journal: &Journal) -> Vec<&Row> {
        let lines = self.lines(filter, journal).into_iter();
        lines.map(|line| &line.row).collect()
    }

    /// The records that match, with the files attached to them.
    pub fn chosen<'j>(&self, filter: &Filter, journal: &'j Journal) -> Vec<&'j Record> {
        let chosen = self.matching(filter, journal).into_iter();
        let chosen: HashSet<RecordId> = chosen.map(|row| row.rec).collect();
        let belongs = |record: &Record| {
            record.kind == Kind::ATTACHMENT
                && record
                    .text(any::OF)
                    .and_then(|of| of.parse().ok())
                    .is_some_and(|of: RecordId| chosen.contains(&of))
        };
        let records = journal.records();
        records
            .filter(|record| chosen.contains(&record.rec) || belongs(record))
            .collect()
    }

    /// The lines that match, the latest change first.
    fn lines(&self, filter: &Filter, journal: &Journal) -> Vec<&Line> {
        let matches = matching(filter, journal);
        let mut lines: Vec<&Line> = self.lines.iter().filter(|line| matches(line)).collect();
        lines.sort_by(|a, b| latest_first(a, b));
        lines
    }

    /// A page of the rows that match.
    pub fn table(
        &self,
        among: Among<'_>,
        filter: &Filter,
        order: &Order,
        offset: usize,
        limit: usize,
    ) -> Table {
        let Made {
            ordered,
            narrowed,
            shown,
        } = &mut *self.made.borrow_mut();
        if ordered.take_if(|ordered| ordered.order != *order).is_some() {
            (*narrowed, *shown) = (None, None);
        }
        let ordered = ordered.get_or_insert_with(|| self.ordered(among, order));
        if shown.as_ref().is_none_or(|shown| shown.filter != *filter) {
            let whatever = Filter {
                search: String::new(),
                ..filter.clone()
            };
            if narrowed
                .take_if(|narrowed| narrowed.filter != whatever)
                .is_some()
            {
                *shown = None;
            }
            let narrowed = narrowed.get_or_insert_with(|| {
                let matches = matching(&whatever, among.journal);
                let lines = ordered.lines.iter().copied();
                let lines = lines.filter(|place| matches(&self.lines[*place])).collect();
                drop(matches);
                Matched {
                    lines,
                    filter: whatever,
                }
            });
            let before = shown
                .take()
                .filter(|shown| filter.search.starts_with(&shown.filter.search));
            let before = before.as_ref().unwrap_or(narrowed);
            let needle = Needle::new(&filter.search).beyond(&Needle::new(&before.filter.search));
            let lines = before.lines.iter().copied();
            *shown = Some(Matched {
                lines: lines
                    .filter(|place| needle.is_in(&self.lines[*place].folded))
                    .collect(),
                filter: filter.clone(),
            });
        }
        let places = shown.as_ref().map_or(&[][..], |shown| &shown.lines);
        let rows = places.iter().skip(offset).take(limit);
        Table {
            rows: rows.map(|place| self.lines[*place].row.clone()).collect(),
            total: places.len(),
            ..ordered.counted.clone()
        }
    }

    fn ordered(&self, among: Among<'_>, order: &Order) -> Ordered {
        let everything = Filter::default();
        let counted = self
            .lines
            .iter()
            .filter(|line| line.matches(&everything, &Needle::default()));
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
        Ordered {
            order: order.clone(),
            lines: self.sorted(order, among),
            counted: Table {
                all,
                conflicts,
                people: people.into_iter().map(str::to_owned).collect(),
                forms: forms
                    .into_iter()
                    .map(|(id, title)| (id.clone(), title.to_owned()))
                    .collect(),
                ..Table::default()
            },
        }
    }

    /// What a line is sorted by; texts without their accents and case.
    fn key<'l>(&self, line: &'l Line, column: &Column, among: Among<'_>) -> Key<'l> {
        let row = &line.row;
        match column {
            Column::When => Key::of(&line.when),
            Column::Title => Key::folded(&row.title),
            Column::Kind => Key::of(row.kind.as_str()),
            Column::Place => Key::folded(&row.place),
            Column::By => Key::folded(&row.by),
            Column::State => {
                let mut all = Standing::ALL.into_iter();
                let place = all.position(|standing| line.stands(Some(standing)));
                place.map_or(Key::Nothing, |place| Key::Number(place as f64))
            }
            Column::Answer(question) => {
                among
                    .journal
                    .record(&row.rec)
                    .map_or(Key::Nothing, |record| {
                        answer_key(
                            record,
                            question,
                            form_of(record, among.questions),
                            &self.lang,
                        )
                    })
            }
        }
    }

    /// The places of all lines in an order. What is empty stands last, from whichever end; of those alike, the latest change
    /// comes first.
    fn sorted(&self, order: &Order, among: Among<'_>) -> Vec<usize> {
        // Times begin with the latest.
        let is_falling = order.reversed != (order.column == Column::When);
        let lines = self.lines.iter().enumerate();
        let mut keyed: Vec<(Key<'_>, usize, &Line)> = lines
            .map(|(place, line)| (self.key(line, &order.column, among), place, line))
            .collect();
        keyed.sort_by(|(a, _, line), (b, _, other)| {
            let by_key = match (a, b) {
                (Key::Nothing, Key::Nothing) => Ordering::Equal,
                (Key::Nothing, _) => Ordering::Greater,
                (_, Key::Nothing) => Ordering::Less,
                _ if is_falling => b.cmp(a),
                _ => a.cmp(b),
            };
            by_key.then_with(|| latest_first(line, other))
        });
        keyed.into_iter().map(|(_, place, _)| place).collect()
    }
}

fn latest_first(a: &Line, b: &Line) -> Ordering {
    let latest = b.row.updated.cmp(&a.row.updated);
    latest.then(a.row.rec.cmp(&b.row.rec))
}

/// Whether a line matches.
fn matching<'f>(filter: &'f Filter, journal: &'f Journal) -> impl Fn(&Line) -> bool + 'f {
    let needle = Needle::new(&filter.search);
    move |line| {
        line.matches(filter, &needle)
            && (filter.answers.is_empty() || {
                let record = journal.record(&line.row.rec);
                let mut asked = filter.answers.iter();
                asked.all(|asked| record.is_some_and(|record| holds(record, asked)))
            })
    }
}

/// Whether nothing is left of it: what is erased for good keeps no author.
fn is_erased(record: &Record) -> bool {
    let mut heads = record.fields.values().flat_map(|field| &field.heads);
    record.by.is_empty() && heads.all(|head| head.by.is_empty())
}

impl Line {
    fn stands(&self, standing: Option<Standing>) -> bool {
        let row = &self.row;
        match standing {
            None => !row.deleted,
            Some(Standing::Conflict) => row.conflict && !row.deleted,
            Some(Standing::Survived) => row.survived_deletion,
            Some(Standing::Deleted) => row.deleted,
            Some(Standing::Erased) => self.is_erased,
        }
    }

    fn matches(&self, filter: &Filter, needle: &Needle) -> bool {
        let Line {
            row, day, folded, ..
        } = self;
        let kind = if filter.kinds.is_empty() {
            self.is_listed
        } else {
            filter.kinds.contains(&row.kind)
        };
        kind && self.stands(filter.standing)
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
            && needle.is_in(folded)
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

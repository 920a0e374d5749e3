//! What came, as a table and one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use vigie_journal::{Author, Entry, Journal, Purge, Record, StoredOp};
use vigie_model::{
    BundleId, FormId, Kind, RecordId, Standing, Timestamp,
    fields::{
        any::{DELETED, REASON},
        is_reserved,
        response::META,
    },
};
use vigie_notebook::{
    Host, attached_file,
    memory::{Counters, number_key},
    version,
};
use vigie_office::{
    entries::{self, Among, Filter as OfficeFilter},
    questions::{FormQuestions, without_rows},
};
use vigie_protocol::{
    Asked, AskedQuestion, Conflict, EntryState, EntryView, Erasure, Fact, Failure, Fields, File,
    Filter, Row, Said, Saved, Settle, Side, Table, TableView, VerdictView, Version,
};
use vigie_respondent::{FIELD, OF};
use vigie_vault::Row as _;

use crate::{
    desk::Desk,
    in_open::{InOpen as _, then_desk},
    memory::{Batch, OpenDesk},
    own::DESK_CHAIN,
};

/// A purge, as the page says it.
fn erasure(purge: &Purge) -> Erasure {
    Erasure {
        at: purge.at.0,
        reason: purge.reason.clone(),
    }
}

/// What a form says of a field.
fn asked(form: Option<&FormQuestions>, field: &str) -> Asked {
    let Some(question) = form.and_then(|form| form.question(field)) else {
        return Asked {
            technical: field.starts_with(META) || (is_reserved(field) && field != DELETED),
            ..Asked::default()
        };
    };
    Asked {
        label: question.labels.clone(),
        group: question.group.clone(),
        kind: question.kind.clone(),
        technical: question.is_technical(),
    }
}

/// The labels of the codes in a value.
fn shown(
    form: Option<&FormQuestions>,
    field: &str,
    value: &serde_json::Value,
) -> BTreeMap<String, String> {
    let question = form.and_then(|form| form.question(field));
    question
        .map(|question| question.shown(&entries::text(value)))
        .unwrap_or_default()
}

impl OpenDesk {
    fn row(&self, row: entries::Row) -> Row {
        let rec = row.rec;
        Row {
            received: self.arrived.get(&row.rec).copied().unwrap_or_default(),
            rec: row.rec,
            kind: row.kind,
            title: row.title,
            place: row.place,
            at: row.at,
            created: row.created.0,
            updated: row.updated.0,
            by: self.registry.author(&row.dev, &row.by),
            mission: row.mission.to_string(),
            form: row.form,
            conflict: row.conflict,
            deleted: row.deleted,
            versions: row.versions,
            erased: self.registry.erased(&self.journal, &rec).map(erasure),
            answers: Vec::new(),
        }
    }

    /// With the answers to these questions.
    fn row_with(&self, row: entries::Row, columns: &[String]) -> Row {
        let record = self.journal.record(&row.rec);
        let answers = columns.iter().map(|question| {
            let record = record.into_iter();
            let answers = record.flat_map(|record| {
                let form = entries::form_of(record, &self.questions);
                let answers = entries::answers(record, question).into_iter();
                answers.map(move |value| Said {
                    value: value.clone(),
                    shown: shown(form, question, value),
                })
            });
            answers.collect()
        });
        let answers = answers.collect();
        Row {
            answers,
            ..self.row(row)
        }
    }

    /// In the words of the form, in its order.
    fn version(&self, of: vigie_journal::Version, form: Option<&FormQuestions>) -> Version {
        let by = self.registry.author(&of.dev, &of.by);
        let mut version = Version { by, ..version(of) };
        for change in &mut version.changes {
            change.asked = asked(form, &change.field);
            for said in [&mut change.before, &mut change.after] {
                said.shown = shown(form, &change.field, &said.value);
            }
        }
        if let Some(form) = form {
            version.changes.sort_by_cached_key(|change| {
                let places = form.row_places(&change.field);
                (places.is_empty(), places)
            });
        }
        version
    }

    /// The form that an entry answers, as it is known here.
    fn form_of(&self, rec: &RecordId) -> Option<&FormQuestions> {
        entries::form_of(self.journal.record(rec)?, &self.questions)
    }
}

impl<H: Host> Desk<H> {
    /// What the table shows, as the office's own filter.
    pub(crate) async fn filter(
        &self,
        filter: &Filter,
        view: &TableView,
    ) -> Result<OfficeFilter, Failure> {
        let only = match view.bundle {
            Some(bundle) => Some(self.entries_of(bundle).await?),
            None => None,
        };
        let of_a_phone = [
            (filter.deleted, Standing::Deleted),
            (filter.conflicts_only, Standing::Conflict),
        ];
        let mut of_a_phone = of_a_phone.into_iter();
        let of_a_phone = of_a_phone.find_map(|(is, standing)| is.then_some(standing));
        Ok(OfficeFilter {
            search: filter.search.clone(),
            kinds: filter.kinds.clone(),
            themes: filter.themes.clone(),
            from: filter.from.clone(),
            to: filter.to.clone(),
            mission: filter.mission,
            form: filter.form.clone(),
            by: view.by.clone(),
            standing: view.standing.or(of_a_phone),
            answers: view.answers.clone(),
            only,
        })
    }

    pub(crate) async fn table(
        &self,
        filter: &Filter,
        view: TableView,
        offset: usize,
        limit: usize,
    ) -> Result<Table, Failure> {
        let filter = self.filter(filter, &view).await?;
        let open = self.open()?;
        let desk = open.desk()?;
        let among = Among {
            journal: &desk.journal,
            questions: &desk.questions,
        };
        let table = desk.index.table(among, &filter, &view.order, offset, limit);
        let rows = table.rows.into_iter();
        Ok(Table {
            rows: rows.map(|row| desk.row_with(row, &view.columns)).collect(),
            total: table.total,
            all: table.all,
            conflicts: table.conflicts,
            people: table.people,
            forms: table.forms,
        })
    }

    /// What a questionnaire asks people, in the order of its newest version; what only older ones asked comes last.
    pub(crate) fn asked_questions(&self, form: &FormId) -> Result<Vec<AskedQuestion>, Failure> {
        let open = self.open()?;
        let versions = open.desk()?.questions.versions(form).iter().rev();
        let mut found = Vec::<AskedQuestion>::new();
        for version in versions {
            for question in &version.questions {
                let known = found.iter().any(|known| known.path == question.path);
                if known || question.labels.is_empty() {
                    continue;
                }
                let choices = question.choices.iter();
                found.push(AskedQuestion {
                    path: question.path.clone(),
                    asked: asked(Some(version), &question.path),
                    in_row: question.repeat.is_some(),
                    choices: choices
                        .map(|choice| (choice.code.clone(), choice.labels.clone()))
                        .collect(),
                });
            }
        }
        Ok(found)
    }

    /// The entries that a bundle wrote on, itself or a file of theirs; none, when nothing of it is here.
    async fn entries_of(&self, bundle: BundleId) -> Result<BTreeSet<RecordId>, Failure> {
        let number = {
            let open = self.open()?;
            let taken = open.desk()?.inbox.iter();
            let mut taken = taken.filter(|(_, item)| {
                item.bundle == bundle && matches!(item.verdict, VerdictView::Accepted { .. })
            });
            taken.next().map(|(number, _)| *number)
        };
        let Some(number) = number else {
            return Ok(BTreeSet::new());
        };
        let batch = self.notebook.vault.get::<Batch>(&number).await?;
        let ops = batch.iter().flat_map(|batch| &batch.ops);
        let open = self.open()?;
        let journal = &open.desk()?.journal;
        let entries = ops.filter_map(|op| {
            let rec = StoredOp::parse(op.get()).ok()?.op.rec;
            let of = journal.record(&rec).and_then(|record| record.text(OF));
            Some(of.and_then(|of| of.parse().ok()).unwrap_or(rec))
        });
        Ok(entries.collect())
    }

    pub(crate) fn entry(&self, rec: RecordId) -> Result<EntryView, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let entry = entries::entry(&desk.journal, &desk.questions, &rec, &open.profile.lang)
            .ok_or(Failure::NotFound)?;
        let survived_deletion = entry.row.survived_deletion;
        let form = desk.form_of(&rec);
        let answered: BTreeSet<String> = entry
            .facts
            .iter()
            .map(|fact| without_rows(&fact.field))
            .collect();
        // Of what was erased, nothing is said, nor that it was left out.
        let is_erased = desk.registry.erased(&desk.journal, &rec).is_some();
        let questions = form
            .filter(|_| !is_erased)
            .map_or(&[][..], |form| &form.questions);
        let unanswered = questions
            .iter()
            .filter(|question| !question.labels.is_empty() && !answered.contains(&question.path))
            .map(|question| question.labels.clone());
        let facts = entry.facts.into_iter().map(|fact| Fact {
            asked: asked(form, &fact.field),
            field: fact.field,
            said: Said {
                value: fact.value,
                shown: fact.shown,
            },
            sensitive: fact.sensitive,
        });
        let side = |side: entries::Side| Side {
            value: side.value,
            by: desk.registry.author(&side.dev, &side.by),
            at: side.at.0,
            mine: false,
        };
        let conflicts = entry.conflicts.into_iter().map(|conflict| Conflict {
            field: conflict.field,
            values: conflict.values.into_iter().map(side).collect(),
        });
        let erasures = desk.registry.purges_of(&desk.journal, &rec);
        Ok(EntryView {
            row: desk.row(entry.row),
            erasures: erasures.into_iter().map(erasure).collect(),
            facts: facts.collect(),
            unanswered: unanswered.collect(),
            conflicts: conflicts.collect(),
            history: entry
                .history
                .into_iter()
                .map(|of| desk.version(of, form))
                .collect(),
            survived_deletion,
        })
    }

    pub(crate) fn history(&self, rec: RecordId) -> Result<Vec<Version>, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let form = desk.form_of(&rec);
        Ok(desk
            .journal
            .history(&rec)
            .into_iter()
            .map(|of| desk.version(of, form))
            .collect())
    }

    /// Settles a conflict at the desk: a desk is a device too, with a chain of its own.
    pub(crate) async fn settle(&self, question: Settle) -> Result<Saved, Failure> {
        let Settle {
            rec,
            field,
            value,
            reason,
        } = question;
        self.be_a_desk().await?;
        let mut tx = self.notebook.vault.transaction().await;
        let now = self.host().now();
        {
            let open = tx.memory()?;
            let desk = open.desk()?;
            let record = desk.journal.record(&rec).ok_or(Failure::NotFound)?;
            // What stands here for a file's content is not that content: written down, it would take its place.
            if record.kind == Kind::ATTACHMENT {
                return Err(Failure::NotFound);
            }
            let mut set = Fields::from([(field, value)]);
            if !reason.trim().is_empty() {
                set.insert(REASON.to_owned(), json!(reason));
            }
            let over = record.seen(set.keys().map(String::as_str));
            let counters = tx.edit::<Counters>(&open)?;
            let number = counters.next_bundle;
            counters.next_bundle += 1;
            let chain = counters.chain(DESK_CHAIN);
            let mut author = Author {
                device: open.desk_key()?.device(),
                by: &desk.keys.name,
                mission: record.mission,
                chain: &mut chain.next,
            };
            let entry = Entry {
                rec,
                kind: record.kind.clone(),
                form: None,
                set,
                over,
            };
            let stored = author.write(chain.clock.tick(now), entry);
            let batch = Batch::new(None, now, std::slice::from_ref(&stored))?;
            tx.put_as(&number, &batch);
            then_desk(&mut tx, move |desk| {
                debug_assert!(!desk.inbox.contains_key(&number));
                desk.journal.accept(stored, now);
                if let Some(record) = desk.journal.record(&rec) {
                    desk.index.put(record, &desk.questions);
                }
            });
        }
        tx.commit().await?;
        Ok(Saved {
            rec,
            at: now.0,
            state: EntryState::Received,
        })
    }

    /// The file that answers a question of an entry, as it was given.
    pub(crate) async fn attachment(&self, rec: RecordId, field: &str) -> Result<File, Failure> {
        let answers = |record: &&Record| {
            let of = record.text(OF).and_then(|of| of.parse::<RecordId>().ok());
            record.kind == Kind::ATTACHMENT
                && of == Some(rec)
                && record.text(FIELD) == Some(field)
                && !record.is_deleted()
        };
        let found = {
            let open = self.open()?;
            let found = open.desk()?.journal.records().find(answers);
            found.map(|record| record.rec)
        };
        let found = found.ok_or(Failure::NotFound)?;
        let files = self.whole_files(&BTreeSet::from([found])).await?;
        attached_file(files.record(&found).ok_or(Failure::NotFound)?)
    }

    /// Those of these records that are files, with their content, which is else in the store alone. A row that is damaged is
    /// named, and passed over.
    pub(crate) async fn whole_files(&self, recs: &BTreeSet<RecordId>) -> Result<Journal, Failure> {
        let (mut files, rows) = {
            let open = self.open()?;
            let desk = open.desk()?;
            let rows = recs.iter().filter_map(|rec| desk.contents.get(rec));
            let rows: BTreeSet<u64> = rows.flatten().copied().collect();
            (desk.registry.journal(), rows)
        };
        for number in rows {
            let batch = match self.notebook.vault.get::<Batch>(&number).await {
                Err(Failure::Damaged(_)) => {
                    let row = number_key(number);
                    self.open()?.desk_mut()?.damage(Batch::TABLE, &row);
                    continue;
                }
                batch => batch?.ok_or(Failure::NotFound)?,
            };
            let ops = batch
                .ops
                .iter()
                .filter_map(|op| StoredOp::parse(op.get()).ok());
            for op in ops.filter(|op| op.op.kind == Kind::ATTACHMENT && recs.contains(&op.op.rec)) {
                files.accept(op, Timestamp(batch.at));
            }
        }
        Ok(files)
    }
}

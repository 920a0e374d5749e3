//! Entries that are finished: each change is one op, and the record that ops make is kept beside them.

use serde_json::{Value, json};
use vigie_journal::{Author, Entry, FormRef, Over, Record, StoredOp, history::history};
use vigie_model::{
    Kind, RecordId,
    fields::any::{DELETED, REASON},
};
use vigie_vault::Table;

use crate::{
    Host,
    drafts::forget_draft,
    memory::{Counters, Draft, EditBase, Line, Open, RecordRow, ResponsePart, op_key, tally},
    notebook::{Notebook, Tx},
    protocol::{
        Asked, Change, Conflict, Editing, EntryState, Failure, Fields, File, Said, Saved, Side,
        Version,
    },
};

/// One op to make.
pub(crate) struct NewOp {
    pub rec: RecordId,
    pub kind: Kind,
    pub form: Option<FormRef>,
    pub set: Fields,
    pub over: Over,
    /// The record as it stands; none when this op makes it.
    pub row: Option<RecordRow>,
    /// Whether the record has a line in the notebook.
    pub listed: bool,
    pub response: Option<ResponsePart>,
}

impl NewOp {
    /// An op on a record that is here.
    fn on(row: RecordRow, set: Fields, over: Over) -> NewOp {
        let (rec, kind, form) = (
            row.record.rec,
            row.record.kind.clone(),
            row.record.form.clone(),
        );
        let (listed, response) = (row.line.is_some(), row.response.clone());
        NewOp {
            rec,
            kind,
            form,
            set,
            over,
            row: Some(row),
            listed,
            response,
        }
    }
}

impl<H: Host> Notebook<H> {
    /// Makes ops, in this order.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_, H>,
        member: usize,
        ops: Vec<NewOp>,
    ) -> Result<(), Failure> {
        let now = self.host().now();
        let mut lines = Vec::new();
        let mut bundles = std::collections::BTreeMap::new();
        {
            let open = tx.memory()?;
            let who = open.member(member)?;
            let now = if who.info.record_time {
                now
            } else {
                now.day_alone(self.host().utc_offset(now))
            };
            let heard = open.heard();
            for new in ops {
                let chain = tx.edit::<Counters>(&open)?.chain(member);
                let seq = chain.next.seq;
                let hlc = chain.stamp(now, heard);
                let mut author = Author {
                    device: who.device(),
                    by: &who.by,
                    mission: who.mission,
                    chain: &mut chain.next,
                };
                let entry = Entry {
                    rec: new.rec,
                    kind: new.kind,
                    form: new.form,
                    set: new.set,
                    over: new.over,
                };
                let stored = author.write(hlc, entry);
                tx.put_bytes(Table::Ops, op_key(member, seq), stored.bytes.as_bytes());
                let before = new
                    .row
                    .as_ref()
                    .map(|row| (row.record.is_deleted(), !row.record.conflicts().is_empty()));
                let previous = new.row.as_ref().and_then(|row| row.seqs.last().copied());
                let mut row = match new.row {
                    Some(mut row) => {
                        row.record.apply(&stored);
                        row
                    }
                    None => RecordRow {
                        record: Record::new(&stored),
                        member,
                        line: None,
                        seqs: Vec::new(),
                        others: Vec::new(),
                        response: None,
                    },
                };
                row.seqs.push(seq);
                row.response = new.response;
                if new.listed {
                    let counters = tx.edit::<Counters>(&open)?;
                    let number = row.line.unwrap_or(counters.next_line);
                    counters.next_line = counters.next_line.max(number + 1);
                    row.line = Some(number);
                    let line = Line::of(
                        &row.record,
                        member,
                        seq,
                        row.response.as_ref().map(|part| part.said()),
                    );
                    tally(counters, before, &line);
                    let moved = (before.is_some(), previous);
                    move_here(&open, counters, &mut bundles, member, moved, new.rec);
                    tx.put_as(&number, &line);
                    lines.push((number, line));
                }
                tx.put(&row);
            }
            for bundle in bundles.values() {
                tx.put(bundle);
            }
        }
        tx.then(|open| {
            open.bundles.extend(bundles);
            for (number, line) in lines {
                open.index.insert(number, line);
            }
        });
        Ok(())
    }

    /// Opens a record for editing, or begins one.
    pub(crate) async fn edit(&self, rec: Option<RecordId>, kind: Kind) -> Result<Editing, Failure> {
        let Some(rec) = rec else {
            let rec = self.vault.draw(|random| RecordId::random(random));
            let mut open = self.open()?;
            let member = open.beginning()?;
            let base = EditBase {
                kind: Some(kind.clone()),
                member,
                ..EditBase::default()
            };
            open.editing.insert(rec, base);
            return Ok(Editing {
                rec,
                kind,
                fields: Fields::new(),
                draft: false,
                conflicts: Vec::new(),
                versions: 0,
                deleted: false,
                erased: false,
                state: EntryState::Draft,
                saved_at: None,
            });
        };
        let row = self.record(rec).await?;
        let mut open = self.open()?;
        if !open.drafts.contains_key(&rec) {
            match (&row, open.editing.contains_key(&rec)) {
                (Some(row), _) => open.editing.insert(rec, EditBase::of(row)),
                (None, true) => None,
                (None, false) => return Err(Failure::NotFound),
            };
        }
        let draft = open.drafts.get(&rec);
        let fields = match (draft, &row) {
            (Some(draft), _) => draft.shown(),
            (None, Some(row)) => crate::memory::values(&row.record),
            (None, None) => Fields::new(),
        };
        let kind = match (draft, &row) {
            (Some(draft), _) => draft.kind.clone(),
            (None, Some(row)) => row.record.kind.clone(),
            (None, None) => kind,
        };
        let last = row
            .as_ref()
            .map(|row| (row.member, row.seqs.last().copied().unwrap_or_default()));
        Ok(Editing {
            rec,
            kind,
            fields,
            draft: draft.is_some(),
            conflicts: row
                .as_ref()
                .map(|row| conflicts(&row.record, |device| open.is_mine(device)))
                .unwrap_or_default(),
            versions: row.as_ref().map_or(0, |row| row.record.ops().len()),
            deleted: row.as_ref().is_some_and(|row| row.record.is_deleted()),
            erased: open.index.line(&rec).is_some_and(|(_, line)| line.erased),
            state: match (draft, last) {
                (None, Some((member, seq))) => open.state_of(member, seq),
                _ => EntryState::Draft,
            },
            saved_at: draft
                .filter(|draft| !draft.unsaved)
                .map(|draft| draft.saved)
                .or(row.map(|row| row.record.updated.ms)),
        })
    }

    /// Makes one op of a draft.
    pub(crate) async fn finish(&self, rec: RecordId) -> Result<Saved, Failure> {
        let mut tx = self.vault.transaction().await;
        let row = self.record(rec).await?;
        let (member, new) = {
            let open = tx.memory()?;
            let draft = open.drafts.get(&rec).ok_or(Failure::NotFound)?;
            let set = draft.changes();
            let mut over = draft.base.over.clone();
            over.retain(|field, _| set.contains_key(field));
            let (kind, member) = (draft.kind.clone(), draft.member);
            (
                member,
                NewOp {
                    rec,
                    kind,
                    form: None,
                    set,
                    over,
                    row,
                    listed: true,
                    response: None,
                },
            )
        };
        tx.delete::<Draft>(&rec);
        if !new.set.is_empty() {
            self.write(&mut tx, member, vec![new])?;
        }
        forget_draft(&mut tx, rec);
        tx.commit().await?;
        self.saved(rec)
    }

    pub(crate) fn saved(&self, rec: RecordId) -> Result<Saved, Failure> {
        self.changed();
        self.wake_soon();
        let open = self.open()?;
        let state = match open.index.line(&rec) {
            Some((_, line)) => open.state_of(line.member, line.seq),
            None => EntryState::Here,
        };
        Ok(Saved {
            rec,
            at: self.host().now().0,
            state,
        })
    }

    pub(crate) async fn delete(&self, rec: RecordId) -> Result<Saved, Failure> {
        self.change(rec, |row| {
            (
                Fields::from([(DELETED.to_owned(), json!(true))]),
                row.record.seen([DELETED]),
            )
        })
        .await
    }

    pub(crate) async fn restore(&self, rec: RecordId) -> Result<Saved, Failure> {
        self.change(rec, |row| {
            (
                Fields::from([(DELETED.to_owned(), Value::Null)]),
                row.record.seen([DELETED]),
            )
        })
        .await
    }

    pub(crate) async fn settle(
        &self,
        rec: RecordId,
        field: &str,
        value: Value,
        reason: &str,
    ) -> Result<Saved, Failure> {
        self.change(rec, |row| {
            let mut set = Fields::from([(field.to_owned(), value)]);
            let mut seen = vec![field];
            if !reason.trim().is_empty() {
                set.insert(REASON.to_owned(), json!(reason));
                seen.push(REASON);
            }
            (set, row.record.seen(seen))
        })
        .await
    }

    async fn change(
        &self,
        rec: RecordId,
        make: impl FnOnce(&RecordRow) -> (Fields, Over),
    ) -> Result<Saved, Failure> {
        let mut tx = self.vault.transaction().await;
        let row = self.record(rec).await?.ok_or(Failure::NotFound)?;
        let (member, (set, over)) = (row.member, make(&row));
        self.write(&mut tx, member, vec![NewOp::on(row, set, over)])?;
        tx.commit().await?;
        self.saved(rec)
    }

    pub(crate) async fn history(&self, rec: RecordId) -> Result<Vec<Version>, Failure> {
        let row = self.record(rec).await?.ok_or(Failure::NotFound)?;
        let mut ops = Vec::with_capacity(row.seqs.len());
        for seq in &row.seqs {
            let key = op_key(row.member, *seq);
            ops.extend(self.op(&key).await?);
        }
        for other in &row.others {
            ops.extend(self.op(&crate::memory::other_key(other)).await?);
        }
        Ok(history(&ops).into_iter().map(version).collect())
    }

    /// The entry as it is in memory, as one JSON file.
    pub(crate) async fn rescue(&self, rec: RecordId, fields: Fields) -> Result<File, Failure> {
        // The store may be broken: what it has is added when it answers.
        let row = self.record(rec).await.ok().flatten();
        let open = self.open()?;
        let draft = open.drafts.get(&rec);
        let mut shown = draft.map(|draft| draft.shown()).unwrap_or_default();
        shown.extend(fields);
        let kind = draft
            .map(|draft| &draft.kind)
            .or(row.as_ref().map(|row| &row.record.kind));
        let answers = draft
            .and_then(|draft| draft.form.as_ref())
            .map(|form| &form.draft);
        let saved = row.as_ref().map(|row| crate::memory::values(&row.record));
        let file = json!({"vigie": "rescue", "v": 1, "rec": rec, "kind": kind, "fields": shown, "answers": answers, "saved": saved});
        let bytes = serde_json::to_vec_pretty(&file).map_err(crate::error::internal)?;
        let name = format!("vigie-{}.json", &rec.to_string()[..8]);
        Ok(File::new(name, "application/json", bytes))
    }
}

impl<H: Host> Notebook<H> {
    /// One stored op, where there is one.
    pub(crate) async fn op(&self, key: &str) -> Result<Option<StoredOp>, Failure> {
        let plain = self.vault.get_bytes(Table::Ops, key).await?;
        plain.map(|plain| parse_op(key, &plain)).transpose()
    }
}

/// One op, out of its row.
pub(crate) fn parse_op(key: &str, plain: &[u8]) -> Result<StoredOp, Failure> {
    let damaged = || Failure::Damaged(Table::Ops.row_name(key));
    StoredOp::parse(std::str::from_utf8(plain).map_err(|_| damaged())?).map_err(|_| damaged())
}

/// The record's last change is on this device only from now on: it is counted here, and where it was no more.
fn move_here(
    open: &Open,
    counters: &mut crate::memory::Counters,
    bundles: &mut std::collections::BTreeMap<u64, crate::memory::BundleRow>,
    member: usize,
    (existed, previous): (bool, Option<u64>),
    rec: RecordId,
) {
    let chain = counters.chain(member);
    match previous {
        Some(seq) if !chain.is_bundled(seq) => return,
        Some(seq) => match open.bundle_of(member, seq) {
            Some(bundle) => {
                bundles
                    .entry(bundle.number)
                    .or_insert_with(|| bundle.clone())
                    .recs
                    .remove(&rec);
            }
            None => chain.received = chain.received.saturating_sub(1),
        },
        // Somebody else's until now; versions of before counted it as received.
        None if existed => match chain.team.checked_sub(1) {
            Some(rest) => chain.team = rest,
            None => chain.received = chain.received.saturating_sub(1),
        },
        None => {}
    }
    chain.here += 1;
}

/// The values of a record that people have to settle.
pub(crate) fn conflicts(
    record: &Record,
    is_mine: impl Fn(&vigie_model::DeviceId) -> bool,
) -> Vec<Conflict> {
    let side = |head: &vigie_journal::Head| Side {
        value: head.value.clone(),
        by: head.by.clone(),
        at: head.hlc.ms,
        mine: is_mine(&head.dev),
    };
    let fields = record.conflicts().into_iter();
    fields
        .filter_map(|field| {
            Some(Conflict {
                field: field.to_owned(),
                values: record.fields.get(field)?.heads.iter().map(side).collect(),
            })
        })
        .collect()
}

/// One op as history shows it.
pub fn version(version: vigie_journal::Version) -> Version {
    let mut reason = None;
    let mut changes = Vec::new();
    for change in version.changes {
        if change.field == REASON {
            reason = change
                .after
                .as_ref()
                .and_then(Value::as_str)
                .map(ToOwned::to_owned);
        } else {
            let said = |value: Option<Value>| Said {
                value: value.unwrap_or(Value::Null),
                ..Said::default()
            };
            changes.push(Change {
                field: change.field,
                asked: Asked::default(),
                before: said(change.before),
                after: said(change.after),
            });
        }
    }
    Version {
        op: version.op,
        at: version.hlc.ms,
        by: version.by,
        device: version.dev,
        changes,
        reason,
    }
}

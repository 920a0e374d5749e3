//! What is being typed: sealed rows that are not ops, kept after each pause of the fingers.
//!
//! A draft remembers which values were seen when the edit began, so that finishing it supersedes those and no others.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use serde::{Deserialize, Serialize};
use vigie_model::{Kind, OpId, RecordId};

use crate::{
    Host,
    backend::Backend,
    open::{delete, put, read},
    protocol::{EntryState, Failure, Fields, Millis, Saved},
    records::RecordRow,
    responses::FormDraft,
    store::{Change, Store, Table},
};

/// An entry that is not finished. Sealed in `drafts` under its record's id.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Draft {
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

/// What a person saw when an edit began.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct EditBase {
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
            values: crate::notebook::values(&row.record),
            over: row.record.seen(names),
        }
    }
}

/// The draft of a record that is being edited, from now on not saved; begun when there is none.
pub(crate) fn draft_of<'a>(
    drafts: &'a mut HashMap<RecordId, Draft>,
    editing: &HashMap<RecordId, EditBase>,
    rec: RecordId,
    now: Millis,
) -> Result<&'a mut Draft, Failure> {
    let draft = match drafts.entry(rec) {
        Entry::Occupied(draft) => draft.into_mut(),
        Entry::Vacant(place) => {
            let base = editing.get(&rec).cloned().ok_or(Failure::NotFound)?;
            place.insert(Draft {
                rec,
                member: base.member,
                kind: base.kind.clone().unwrap_or(Kind::NOTE),
                fields: Fields::new(),
                base,
                began: now,
                saved: now,
                form: None,
                unsaved: true,
            })
        }
    };
    draft.saved = now;
    draft.unsaved = true;
    Ok(draft)
}

impl<H: Host> Backend<H> {
    /// Keeps what was typed. Memory has it first: when the store fails, nothing typed is lost, and it is said.
    pub(crate) async fn save_draft(&self, rec: RecordId, fields: Fields) -> Result<Saved, Failure> {
        let _writing = self.writing().await;
        let known = {
            let open = self.open()?;
            open.drafts.contains_key(&rec) || open.editing.contains_key(&rec)
        };
        if !known {
            // The worker was started anew since the edit began.
            let row = self.record(rec).await?.ok_or(Failure::NotFound)?;
            self.open()?.editing.insert(rec, EditBase::of(&row));
        }
        let now = self.host().now().0;
        let change = {
            let mut open = self.open()?;
            let open = &mut *open;
            let draft = draft_of(&mut open.drafts, &open.editing, rec, now)?;
            draft.fields.extend(fields);
            put(
                &open.key,
                Table::Drafts,
                rec.to_string(),
                &*draft,
                &mut self.random(),
            )
        };
        self.commit(vec![change]).await?;
        if let Some(draft) = self.open()?.drafts.get_mut(&rec) {
            draft.unsaved = false;
        }
        self.changed();
        Ok(Saved {
            rec,
            at: now,
            state: EntryState::Draft,
        })
    }

    pub(crate) async fn drop_draft(&self, rec: RecordId) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let mut changes = vec![delete(Table::Drafts, rec.to_string())];
        {
            let open = self.open()?;
            let files = open
                .drafts
                .get(&rec)
                .and_then(|draft| draft.form.as_ref())
                .map(FormDraft::blobs);
            changes.extend(
                files
                    .into_iter()
                    .flatten()
                    .map(|blob| delete(Table::Blobs, blob)),
            );
        }
        self.commit(changes).await?;
        {
            let mut open = self.open()?;
            open.drafts.remove(&rec);
            open.editing.remove(&rec);
            open.responses.remove(&rec);
        }
        self.changed();
        Ok(())
    }

    /// Writes every draft that is in memory once more: before a lock, so that nothing typed depends on memory. Where the
    /// store does not take them, answers them as they were sealed.
    pub(crate) async fn keep_drafts(&self) -> Result<Vec<Change>, Failure> {
        let changes: Vec<Change> = {
            let open = self.open()?;
            let drafts = open.drafts.iter().filter(|(_, draft)| draft.unsaved);
            drafts
                .map(|(rec, draft)| {
                    put(
                        &open.key,
                        Table::Drafts,
                        rec.to_string(),
                        draft,
                        &mut self.random(),
                    )
                })
                .collect()
        };
        match self.commit(changes.clone()).await {
            Ok(()) => Ok(Vec::new()),
            Err(_) => Ok(changes),
        }
    }

    /// Drafts that were sealed at a lock and that the store did not take: it may take them now.
    pub(crate) async fn keep_held_drafts(&self) {
        let held = self.held_drafts().clone();
        if !held.is_empty() && self.commit(held).await.is_ok() {
            self.held_drafts().clear();
        }
    }

    pub(crate) async fn record(&self, rec: RecordId) -> Result<Option<RecordRow>, Failure> {
        let row = rec.to_string();
        let sealed = self.host().store().get(Table::Records, &row).await?;
        let open = self.open()?;
        sealed
            .map(|sealed| read(&open.key, Table::Records, &row, &sealed))
            .transpose()
    }
}

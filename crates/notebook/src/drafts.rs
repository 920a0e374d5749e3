//! What is being typed: sealed rows that are not ops, kept after each pause of the fingers.
//!
//! A draft remembers which values were seen when the edit began, so that finishing it supersedes those and no others.

use std::collections::{HashMap, hash_map::Entry};

use vigie_model::{Kind, RecordId};
use vigie_vault::{Held, Table};

use crate::{
    Host,
    memory::{Draft, EditBase, FormDraft, RecordRow},
    notebook::{Notebook, Tx},
    protocol::{EntryState, Failure, Fields, Millis, Saved},
};

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

impl<H: Host> Notebook<H> {
    /// Keeps what was typed. Memory has it first: when the store fails, nothing typed is lost, and it is said.
    pub(crate) async fn save_draft(&self, rec: RecordId, fields: Fields) -> Result<Saved, Failure> {
        let mut tx = self.vault.transaction().await;
        let known = {
            let open = tx.memory()?;
            open.drafts.contains_key(&rec) || open.editing.contains_key(&rec)
        };
        if !known {
            // The worker was started anew since the edit began.
            let row = self.record(rec).await?.ok_or(Failure::NotFound)?;
            tx.memory()?.editing.insert(rec, EditBase::of(&row));
        }
        let now = self.host().now().0;
        {
            let mut open = tx.memory()?;
            let open = &mut *open;
            let draft = draft_of(&mut open.drafts, &open.editing, rec, now)?;
            draft.fields.extend(fields);
            put_draft(&mut tx, draft);
        }
        tx.commit().await?;
        self.changed();
        Ok(Saved {
            rec,
            at: now,
            state: EntryState::Draft,
        })
    }

    pub(crate) async fn drop_draft(&self, rec: RecordId) -> Result<(), Failure> {
        let mut tx = self.vault.transaction().await;
        drop_draft(&mut tx, rec)?;
        tx.commit().await?;
        self.changed();
        Ok(())
    }

    /// Writes every draft that is in memory once more: before a lock, so that nothing typed depends on memory. Where the
    /// store does not take them, answers them as they were sealed.
    pub(crate) async fn keep_drafts(
        &self,
        tx: &mut Tx<'_, H>,
    ) -> Result<Result<(), Held>, Failure> {
        {
            let open = tx.memory()?;
            for draft in open.drafts.values().filter(|draft| draft.unsaved) {
                tx.put(draft);
            }
        }
        Ok(tx.commit_or_held().await)
    }

    pub(crate) async fn record(&self, rec: RecordId) -> Result<Option<RecordRow>, Failure> {
        self.vault.get(&rec).await
    }
}

/// Keeps a draft; once the store has it, it is saved.
pub(crate) fn put_draft<H: Host>(tx: &mut Tx<'_, H>, draft: &Draft) {
    let rec = draft.rec;
    tx.put(draft);
    tx.then(move |open| {
        if let Some(draft) = open.drafts.get_mut(&rec) {
            draft.unsaved = false;
        }
    });
}

/// Throws a draft away, with the files chosen in it.
pub(crate) fn drop_draft<H: Host>(tx: &mut Tx<'_, H>, rec: RecordId) -> Result<(), Failure> {
    let files = {
        let open = tx.memory()?;
        let form = open.drafts.get(&rec).and_then(|draft| draft.form.as_ref());
        form.map(FormDraft::blobs).unwrap_or_default()
    };
    tx.delete::<Draft>(&rec);
    for blob in files {
        tx.delete_at(Table::Blobs, blob);
    }
    forget_draft(tx, rec);
    tx.then(move |open| open.responses.remove(&rec));
    Ok(())
}

/// Once the store has what became of it, nothing is being typed there.
pub(crate) fn forget_draft<H: Host>(tx: &mut Tx<'_, H>, rec: RecordId) {
    tx.then(move |open| {
        open.drafts.remove(&rec);
        open.editing.remove(&rec);
    });
}

//! What is erased for good: issued here or at another desk, gone from memory at once, and from every row.
//!
//! The purge is a document, kept in one commit with what is owed for it. Rows are rewritten after that; where a cut leaves
//! one as it was, memory takes nothing of it, and the next start or fetch rewrites it.

use std::collections::BTreeSet;

use serde_json::value::RawValue;
use vigie_journal::{Journal, StoredOp};
use vigie_model::RecordId;
use vigie_notebook::{
    Host,
    error::{internal, of_store},
};
use vigie_office::{
    OfficeDoc,
    docs::PurgeDoc,
    import::{OPEN_BYTES, without_purged},
    purge::{BadPurge, Proof, all_of, issue},
};
use vigie_protocol::{EntryView, Failure, File};
use vigie_vault::{Store, Table};

use crate::{
    desk::Desk,
    in_open::{InOpen as _, then_desk},
    memory::{Batch, OWN, QUARANTINE},
};

impl<H: Host> Desk<H> {
    /// Erases all that an entry ever said, and the files that go with it, here and wherever the office's word comes.
    pub(crate) async fn erase_entry(
        &self,
        rec: RecordId,
        reason: &str,
    ) -> Result<EntryView, Failure> {
        let now = self.host().now();
        let purges = {
            let open = self.open()?;
            let desk = open.desk()?;
            let ops = all_of(&desk.journal, &BTreeSet::from([rec]));
            match issue(&desk.journal, ops, reason, now, &desk.keys) {
                // Asked for again after a cut.
                Err(BadPurge::Nothing) if desk.journal.record(&rec).is_some() => Vec::new(),
                Err(BadPurge::Nothing) => return Err(Failure::NotFound),
                issued => issued.map_err(internal)?,
            }
        };
        for purge in purges {
            let mission = purge.mission;
            self.keep_doc(OfficeDoc::Purge(PurgeDoc { purge }), |due, _| {
                due.purges.insert(mission);
            })
            .await?;
        }
        self.erase().await?;
        // Erased is erased: the others are told at the next fetch, where they can't be now.
        match self.say_docs().await.and(self.tell_missions().await) {
            Ok(()) | Err(Failure::Unreachable) => self.entry(rec),
            Err(failure) => Err(failure),
        }
    }

    /// Rewrites every row that still holds what was purged: one commit.
    pub(crate) async fn erase(&self) -> Result<(), Failure> {
        if !self.open()?.desk()?.to_erase {
            return Ok(());
        }
        let mut tx = self.notebook.vault.transaction().await;
        let keys = self.notebook.vault.keys()?;
        let store = self.host().store();
        let mut from = String::new();
        while let Some(rows) = self.next_batches(&mut from).await? {
            for (row, sealed) in rows {
                let Ok(mut batch) = keys.read::<Batch>(Table::Ops, &row, &sealed) else {
                    continue;
                };
                let open = tx.memory()?;
                if forget(&mut batch, &open.desk()?.journal)? {
                    drop(open);
                    tx.put_at(Table::Ops, row, &batch);
                }
            }
        }
        // Letters in quarantine, and of this desk on their way: those are sealed anew, from what is left.
        for prefix in [QUARANTINE, OWN] {
            let rows = store.ascending(Table::Blobs, prefix, prefix, usize::MAX);
            for (row, sealed) in rows.await.map_err(of_store)? {
                let Ok(letter) = keys.read_bytes(Table::Blobs, &row, &sealed) else {
                    continue;
                };
                let open = tx.memory()?;
                let desk = open.desk()?;
                if without_purged(&letter, &desk.keys, OPEN_BYTES, &desk.journal).is_some() {
                    drop(open);
                    tx.delete_at(Table::Blobs, row);
                }
            }
        }
        then_desk(&mut tx, |desk| desk.to_erase = false);
        tx.commit().await
    }

    /// The proof of what was erased of an entry, as a file.
    pub(crate) fn erasure_proof(&self, rec: RecordId) -> Result<File, Failure> {
        let now = self.host().now();
        let open = self.open()?;
        let desk = open.desk()?;
        let purges = desk.registry.purges_of(&desk.journal, &rec);
        if purges.is_empty() {
            return Err(Failure::NotFound);
        }
        let purges = purges.into_iter().cloned().collect();
        let proof = Proof::new(purges, &desk.journal, now, &desk.keys);
        Ok(File::new(
            format!("vigie-effacement-{}.json", now.day()),
            "application/json",
            proof.to_file(&desk.keys),
        ))
    }
}

/// Leaves of a batch what the journal would keep; whether that is less than before.
fn forget(batch: &mut Batch, journal: &Journal) -> Result<bool, Failure> {
    let mut is_less = false;
    for op in &mut batch.ops {
        let Ok(stored) = StoredOp::parse(op.get()) else {
            continue;
        };
        let bytes = journal.without_purged(stored).bytes;
        if *bytes != *op.get() {
            *op = RawValue::from_string(bytes.to_string()).map_err(internal)?;
            is_less = true;
        }
    }
    Ok(is_less)
}

//! What the office had erased for good, on a device: its own entries, and what the team wrote.
//!
//! The office's word comes [beside the card](vigie_seal::beside). Which changes it names is kept for ever, so that none of
//! them comes back from a desk that does not know of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vigie_journal::{PurgeOrder, StoredOp};
use vigie_model::OpId;
use vigie_respondent::below_root;
use vigie_vault::{Row, Store, Table};

use crate::{
    Host,
    drafts::drop_draft,
    error::of_store,
    memory::{Counters, Line, RecordRow, op_key, other_key, tally},
    notebook::{Notebook, Tx},
    protocol::Failure,
};

/// Records looked through at a time: one may hold a file of several megabytes.
const RECORDS_AT_ONCE: usize = 16;

/// The changes of a member's mission whose values must go, here or to come. Sealed at `meta/purged.` and the member.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Purged(pub BTreeSet<OpId>);

impl Row for Purged {
    const TABLE: Table = Table::Meta;
    type Key = usize;

    fn row(member: &usize) -> String {
        format!("purged.{member:03}")
    }
}

impl<H: Host> Notebook<H> {
    /// Erases what these orders name, which the office signed: one commit. Answers all that was ever to be erased.
    pub(crate) async fn take_purges(
        &self,
        member: usize,
        generation: u64,
        orders: &[PurgeOrder],
    ) -> Result<Purged, Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        let mut purged = match self.vault.get::<Purged>(&member).await {
            // The office gives the whole list each time.
            Err(Failure::Damaged(_)) => Purged::default(),
            kept => kept?.unwrap_or_default(),
        };
        let named = orders.iter().flat_map(|order| &order.ops).copied();
        let new: BTreeSet<OpId> = named.filter(|id| purged.0.insert(*id)).collect();
        if new.is_empty() {
            return Ok(purged);
        }
        let keys = self.vault.keys()?;
        let store = self.host().store();
        let mut from = String::new();
        loop {
            let rows = store.ascending(Table::Records, "", &from, RECORDS_AT_ONCE);
            let rows = rows.await.map_err(of_store)?;
            let Some((last, _)) = rows.last() else {
                break;
            };
            from = format!("{last}\0");
            for (row, sealed) in &rows {
                if let Ok(row) = keys.read::<RecordRow>(Table::Records, row, sealed)
                    && row.record.ops().iter().any(|id| new.contains(id))
                {
                    self.purge_record(&mut tx, row, &new, &purged).await?;
                }
            }
        }
        tx.put_as(&member, &purged);
        tx.commit().await?;
        self.changed();
        Ok(purged)
    }

    async fn purge_record(
        &self,
        tx: &mut Tx<'_, H>,
        mut row: RecordRow,
        new: &BTreeSet<OpId>,
        purged: &Purged,
    ) -> Result<(), Failure> {
        let rec = row.record.rec;
        let own = row.seqs.iter().map(|seq| op_key(row.member, *seq));
        for key in own.chain(row.others.iter().map(other_key)) {
            let stored: Option<StoredOp> = match self.op(&key).await {
                // It says nothing any more, and the others do not wait for it.
                Err(Failure::Damaged(_)) => continue,
                op => op?,
            };
            if let Some(stored) = stored.filter(|stored| new.contains(&stored.id)) {
                let husk = stored.without_values();
                tx.put_bytes(Table::Ops, key, husk.bytes.as_bytes());
            }
        }
        let before = (row.record.is_deleted(), !row.record.conflicts().is_empty());
        row.record.purge(|id| new.contains(id));
        if let Some(part) = &mut row.response {
            let record = &row.record;
            let answers = &mut part.draft.answers;
            answers.retain(|(path, _)| record.value(below_root(path)).is_some());
            part.draft.orphans.clear();
            part.labels.clear();
        }
        if let Some(number) = row.line {
            let seq = row.seqs.last().copied().unwrap_or_default();
            let mut line = Line::of(
                &row.record,
                row.member,
                seq,
                row.response.as_ref().map(|part| part.said()),
            );
            line.erased = row.record.ops().iter().all(|id| purged.0.contains(id));
            tally(tx.edit::<Counters>(&*tx.memory()?)?, Some(before), &line);
            tx.put_as(&number, &line);
            tx.then(move |open| open.index.insert(number, line));
        }
        tx.put(&row);
        // A draft shows what was erased, too: it goes with it.
        drop_draft(tx, rec)
    }
}

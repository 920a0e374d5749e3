//! Delegates who see each other's entries, where the mission's policy says so.
//!
//! What came to the office travels back [beside the card](vigie_seal::beside). A device merges it as it merges everything, so
//! two people who change one contact without seeing each other's change both find both values.

use std::collections::{BTreeMap, HashMap};

use vigie_journal::{Record, StoredOp};
use vigie_model::RecordId;
use vigie_vault::Table;

use crate::{
    Host,
    memory::{Counters, Line, RecordRow, other_key, tally},
    notebook::Notebook,
    protocol::Failure,
};

impl<H: Host> Notebook<H> {
    /// Merges what others wrote: one commit.
    pub(crate) async fn take_team(
        &self,
        number: usize,
        generation: u64,
        ops: Vec<StoredOp>,
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        let mut by_record: BTreeMap<RecordId, Vec<StoredOp>> = BTreeMap::new();
        for stored in ops {
            by_record.entry(stored.op.rec).or_default().push(stored);
        }
        let mut rows: HashMap<RecordId, RecordRow> = HashMap::new();
        for rec in by_record.keys() {
            if let Some(row) = self.record(*rec).await? {
                rows.insert(*rec, row);
            }
        }
        let now = self.host().now();
        let mut lines = Vec::new();
        {
            let open = tx.memory()?;
            for (rec, ops) in by_record {
                let mut row = rows.remove(&rec);
                let before = row
                    .as_ref()
                    .map(|row| (row.record.is_deleted(), !row.record.conflicts().is_empty()));
                let known = |row: &Option<RecordRow>, stored: &StoredOp| {
                    row.as_ref().is_some_and(|row| row.record.has(&stored.id))
                };
                let new: Vec<StoredOp> = ops
                    .into_iter()
                    .filter(|stored| !known(&row, stored))
                    .map(|stored| stored.received(now))
                    .collect();
                for stored in &new {
                    let row = match &mut row {
                        Some(row) => {
                            if before.is_some() {
                                // Whose it is was known here.
                                row.record.accept(stored);
                            } else {
                                row.record.apply(stored);
                            }
                            row
                        }
                        None => row.insert(RecordRow {
                            record: Record::new(stored),
                            member: number,
                            line: None,
                            seqs: Vec::new(),
                            others: Vec::new(),
                            response: None,
                        }),
                    };
                    row.others.push(stored.id);
                    let row = other_key(&stored.id);
                    tx.put_bytes(Table::Ops, row, stored.bytes.as_bytes());
                }
                let Some(mut row) = row.filter(|_| !new.is_empty()) else {
                    continue;
                };
                let counters = tx.edit::<Counters>(&open)?;
                let line_number = row.line.unwrap_or(counters.next_line);
                counters.next_line = counters.next_line.max(line_number + 1);
                row.line = Some(line_number);
                let seq = row.seqs.last().copied().unwrap_or_default();
                let line = Line::of(&row.record, number, seq, None);
                tally(counters, before, &line);
                if before.is_none() {
                    // It comes from the office: received is where it is.
                    counters.chain(number).received += 1;
                }
                tx.put_as(&line_number, &line);
                tx.put(&row);
                lines.push((line_number, line));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        tx.then(|open| {
            for (line_number, line) in lines {
                // An edit that is open keeps what its author saw: this, she has not seen.
                open.index.insert(line_number, line);
            }
        });
        tx.commit().await?;
        self.changed();
        Ok(())
    }
}

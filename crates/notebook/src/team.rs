//! Delegates who see each other's entries, where the mission's policy says so.
//!
//! They come by the [team's letters](crate::sending), or beside the card of an office of before. A device merges them as it
//! merges everything, so two people who change one contact without seeing each other's change both find both values.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use vigie_exchange::api::Epoch;
use vigie_journal::{Record, StoredOp};
use vigie_model::{BundleId, DeviceId, RecordId};
use vigie_vault::{Row, Table};

use crate::{
    Host,
    memory::{Counters, Line, RecordRow, other_key, tally},
    notebook::Notebook,
    protocol::Failure,
    purges::Purged,
};

/// How far a member's letters were read. Sealed at `meta/team.` and the member.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TeamRead {
    pub after: u64,
    /// The life of the server's database that `after` is a number of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The server was told what is sealed for this device, though nothing is yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub said: bool,
    /// Letters that are asked for again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: BTreeMap<BundleId, WaitsFor>,
}

/// What a letter that is not taken yet waits for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WaitsFor {
    /// A card that names its author.
    Card(DeviceId),
    /// A newer version of Vigie; of the office's letters, nobody is named.
    Update(Option<DeviceId>),
    /// A server that can give it.
    Server(Option<DeviceId>),
}

impl Row for TeamRead {
    const TABLE: Table = Table::Meta;
    type Key = usize;

    fn row(member: &usize) -> String {
        format!("team.{member:03}")
    }
}

impl<H: Host> Notebook<H> {
    /// Merges what others wrote: one commit, with how far their letters were read. Answers how many entries changed by it.
    pub(crate) async fn take_team(
        &self,
        number: usize,
        generation: u64,
        ops: Vec<StoredOp>,
        read: Option<&TeamRead>,
    ) -> Result<usize, Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        // What is to be erased may have been said since these were opened.
        let purged = match self.vault.get::<Purged>(&number).await {
            Err(Failure::Damaged(_)) => return Ok(0),
            kept => kept?.unwrap_or_default(),
        };
        let mut by_record: BTreeMap<RecordId, Vec<StoredOp>> = BTreeMap::new();
        for stored in ops
            .into_iter()
            .filter(|stored| !purged.0.contains(&stored.id))
        {
            by_record.entry(stored.op.rec).or_default().push(stored);
        }
        let mut rows: HashMap<RecordId, RecordRow> = HashMap::new();
        let mut damaged = Vec::new();
        for rec in by_record.keys() {
            match self.record(*rec).await {
                Ok(Some(row)) => drop(rows.insert(*rec, row)),
                Ok(None) => {}
                Err(Failure::Damaged(row)) => damaged.push((*rec, row)),
                Err(failure) => return Err(failure),
            }
        }
        // A record that does not open takes nothing; the others do.
        for (rec, row) in damaged {
            by_record.remove(&rec);
            tx.memory()?.damaged.insert(row);
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
                let chain = counters.chain(number);
                chain.team_at = Some(now);
                if before.is_none() {
                    chain.team += 1;
                }
                tx.put_as(&line_number, &line);
                tx.put(&row);
                lines.push((line_number, line));
            }
        }
        if let Some(read) = read {
            tx.put_as(&number, read);
        }
        let changed = lines.len();
        if changed == 0 {
            if read.is_some() {
                tx.commit().await?;
            }
            return Ok(0);
        }
        tx.then(|open| {
            for (line_number, line) in lines {
                // An edit that is open keeps what its author saw: this, she has not seen.
                open.index.insert(line_number, line);
            }
        });
        tx.commit().await?;
        self.changed();
        Ok(changed)
    }
}

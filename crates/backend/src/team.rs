//! Delegates who see each other's entries, where the mission's policy says so.
//!
//! What came to the office travels back inside the card's box, beside the card: the ops as they are, under a signature of
//! the office of their own. A device merges them as it merges everything, so two people who change one contact without
//! seeing each other's change both find both values. Files, filled questionnaires and what is marked secret stay between their
//! author and the office.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use vigie_journal::{Record, StoredOp};
use vigie_model::{MissionId, RecordId, hex};
use vigie_seal::{Signature, VerifyingKey, secret::open_box};
use vigie_vault::Table;

use crate::{
    Host,
    backend::Backend,
    notebook::Line,
    profile::Front,
    protocol::Failure,
    records::{RecordRow, tally},
};

/// What a card's box is sealed for, as [`vigie_seal::seal_card`] says it.
pub(crate) const CARD: &str = "card";
/// A signed card, with what the team wrote.
#[derive(Serialize, Deserialize)]
pub(crate) struct WithTeam {
    card: Box<RawValue>,
    sig: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Team>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Team {
    pub ops: Vec<Box<RawValue>>,
    /// The office's, over [`message_of_ids`]: what a device of before checks.
    pub sig: Signature,
    /// The office's, over [`message`]; an office of before made none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sig2: Option<Signature>,
}

/// What the office signs: the mission, the card's revision, and the SHA-256 of each op's exact bytes, so that the server can
/// neither change, add nor mix, whoever lends it the mission's key.
pub(crate) fn message<'a>(
    mission: &MissionId,
    rev: u32,
    ops: impl IntoIterator<Item = &'a str>,
) -> Vec<u8> {
    let mut message = format!("vigie team v2\n{mission}\n{rev}\n");
    for bytes in ops {
        message.push_str(&hex::encode(&Sha256::digest(bytes.as_bytes())));
        message.push('\n');
    }
    message.into_bytes()
}

/// What an office of before signed: each op's id. An id is the hash of the bytes, but of an op whose values were erased it is
/// whatever the op says.
pub(crate) fn message_of_ids<'a>(
    mission: &MissionId,
    rev: u32,
    ops: impl IntoIterator<Item = &'a StoredOp>,
) -> Vec<u8> {
    let mut message = format!("vigie team v1\n{mission}\n{rev}\n");
    for op in ops {
        message.push_str(&format!("{}\n", op.id));
    }
    message.into_bytes()
}

/// What the team wrote, out of a card's box; nothing when the office did not sign it. An op that lost its values is left out:
/// no purge is known to a device. One of a newer version is passed over.
pub(crate) fn detach(
    sealed: &[u8],
    mission: MissionId,
    rev: u32,
    mission_key: &[u8; 32],
    office: &VerifyingKey,
) -> Vec<StoredOp> {
    let plain = open_box(mission_key, CARD, sealed).unwrap_or_default();
    let Ok(WithTeam {
        team: Some(team), ..
    }) = serde_json::from_slice(&plain)
    else {
        return Vec::new();
    };
    let mut ops: Vec<StoredOp> = team
        .ops
        .iter()
        .filter_map(|op| StoredOp::parse(op.get()).ok())
        .collect();
    let is_signed = match &team.sig2 {
        Some(sig) => {
            let bytes = team.ops.iter().map(|op| op.get());
            office.verify(&message(&mission, rev, bytes), sig).is_ok()
        }
        None => {
            ops.len() == team.ops.len()
                && !ops.iter().any(StoredOp::is_purged)
                && office
                    .verify(&message_of_ids(&mission, rev, &ops), &team.sig)
                    .is_ok()
        }
    };
    if !is_signed || ops.iter().any(|stored| stored.op.mission != mission) {
        return Vec::new();
    }
    ops.retain(|stored| !stored.is_purged());
    ops
}

/// Key of another person's op.
pub(crate) fn other_key(op: &vigie_model::OpId) -> String {
    format!("team.{op}")
}

impl<H: Host> Backend<H> {
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
                let front = tx.edit::<Front>(&open)?;
                let line_number = row.line.unwrap_or(front.next_line);
                front.next_line = front.next_line.max(line_number + 1);
                row.line = Some(line_number);
                let seq = row.seqs.last().copied().unwrap_or_default();
                let line = Line::of(&row.record, number, seq, None);
                tally(front, before, &line);
                if before.is_none() {
                    // It comes from the office: received is where it is.
                    front.chain(number).received += 1;
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
                open.notebook.insert(line_number, line);
            }
        });
        tx.commit().await?;
        self.changed();
        Ok(())
    }
}

//! Legal erasure, at the office: which changes go, its signed word that they must, and the proof that it gave it.
//!
//! What is purged is named by op; [`vigie_journal::purge`] says what is left. A change that comes afterwards is another op: it
//! is kept, shown, and may be erased in its turn.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use vigie_journal::{Journal, Purge, StoredOp};
use vigie_model::{DeviceId, Kind, MissionId, OpId, RecordId, Timestamp, fields::any::OF, hex};
use vigie_seal::{Signature, VerifyingKey};

use crate::{OfficeKeys, Registry};

/// Why nothing is purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPurge {
    #[error("say why it is erased")]
    NoReason,
    /// Of these records nothing is here that has a value: they were erased before, or never came.
    #[error("nothing is left to erase")]
    Nothing,
}

/// All that these records ever said, and the files that go with them, less what was erased before.
pub fn all_of(journal: &Journal, recs: &BTreeSet<RecordId>) -> Vec<OpId> {
    let goes_with =
        |id: &OpId| -> Option<RecordId> { journal.get(id)?.op.set.get(OF)?.as_str()?.parse().ok() };
    let records = journal.records().filter(|record| {
        let mut of = record.ops().iter().filter_map(goes_with);
        recs.contains(&record.rec)
            || record.kind == Kind::ATTACHMENT && of.any(|of| recs.contains(&of))
    });
    let ops = records.flat_map(|record| record.ops()).copied();
    ops.filter(|id| has_values(journal, id)).collect()
}

fn has_values(journal: &Journal, id: &OpId) -> bool {
    journal.get(id).is_some_and(|stored| !stored.is_purged())
}

/// The office's word that the values of these ops must go: a purge for each mission that they are of. Ops that are not here,
/// or were erased before, are left out.
pub fn issue(
    journal: &Journal,
    ops: impl IntoIterator<Item = OpId>,
    reason: &str,
    now: Timestamp,
    keys: &OfficeKeys,
) -> Result<Vec<Purge>, BadPurge> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(BadPurge::NoReason);
    }
    let mut by_mission: BTreeMap<MissionId, Vec<OpId>> = BTreeMap::new();
    for stored in ops.into_iter().filter_map(|id| journal.get(&id)) {
        if !stored.is_purged() {
            by_mission
                .entry(stored.op.mission)
                .or_default()
                .push(stored.id);
        }
    }
    if by_mission.is_empty() {
        return Err(BadPurge::Nothing);
    }
    let sign = |message: &[u8]| keys.signing.sign(message).to_bytes();
    let purges = by_mission
        .into_iter()
        .map(|(mission, ops)| Purge::new(mission, now, reason.to_owned(), ops, sign));
    Ok(purges.collect())
}

impl Registry {
    /// A journal that holds nothing, and takes nothing of what was erased.
    pub fn journal(&self) -> Journal {
        let mut journal = Journal::new();
        for purge in self.purges() {
            journal.purge(purge);
        }
        journal
    }

    /// The purges that took something of a record, the latest first.
    pub fn purges_of(&self, journal: &Journal, rec: &RecordId) -> Vec<&Purge> {
        let ops = journal
            .record(rec)
            .map(|record| record.ops())
            .unwrap_or_default();
        let mut purges: Vec<&Purge> = self
            .purges()
            .filter(|purge| ops.iter().any(|id| purge.ops.binary_search(id).is_ok()))
            .collect();
        purges.sort_by_key(|purge| std::cmp::Reverse(purge.at));
        purges
    }

    /// The purge after which nothing is left of a record; `None` while something is.
    pub fn erased(&self, journal: &Journal, rec: &RecordId) -> Option<&Purge> {
        let record = journal.record(rec)?;
        let is_whole = record.ops().iter().any(|id| has_values(journal, id));
        if is_whole {
            return None;
        }
        self.purges_of(journal, rec).first().copied()
    }
}

/// What was erased, when, why, and that the office said so: a file that anybody may verify who knows the office's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// 1.
    pub v: u32,
    /// The office's public key.
    pub office: VerifyingKey,
    pub name: String,
    pub made: Timestamp,
    pub purges: Vec<Purge>,
    /// What is left, at this office, of the ops that the purges name.
    pub erased: Vec<Erased>,
}

/// What is left of one op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub op: OpId,
    pub rec: RecordId,
    pub kind: Kind,
    pub device: DeviceId,
    /// The fields that it set, whose values are gone.
    pub fields: Vec<String>,
}

/// A proof that proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    #[error("not a proof of erasure")]
    Malformed,
    #[error("made by a newer version of Vigie")]
    Newer,
    /// Changed since, or made by somebody who has no key of the office that it names.
    #[error("not signed by the office that it names")]
    NotSigned,
}

#[derive(Serialize, Deserialize)]
struct SignedProof<'a> {
    #[serde(borrow)]
    proof: &'a RawValue,
    sig: Signature,
}

/// What the office signs of a proof: the purpose, and the SHA-256 of its exact bytes, a line each.
fn message(proof: &str) -> Vec<u8> {
    let hash = hex::encode(&Sha256::digest(proof.as_bytes()));
    format!("vigie proof v1\n{hash}\n").into_bytes()
}

impl Proof {
    /// The format that this version writes and reads.
    pub const VERSION: u32 = 1;

    /// The proof of these purges, with what is left here of what they name.
    pub fn new(purges: Vec<Purge>, journal: &Journal, made: Timestamp, keys: &OfficeKeys) -> Proof {
        let named: BTreeSet<&OpId> = purges.iter().flat_map(|purge| &purge.ops).collect();
        let left = named.into_iter().filter_map(|id| journal.get(id));
        let erased = left.filter(|stored| stored.is_purged()).map(Erased::of);
        Proof {
            v: Self::VERSION,
            office: keys.signing.verifying_key(),
            name: keys.name.clone(),
            made,
            erased: erased.collect(),
            purges,
        }
    }

    /// The file, signed.
    pub fn to_file(&self, keys: &OfficeKeys) -> Vec<u8> {
        let text = serde_json::to_string(self).expect("texts, numbers and ids always serialise");
        let proof: &RawValue = serde_json::from_str(&text).expect("JSON that was just written");
        let sig = keys.signing.sign(&message(&text));
        serde_json::to_vec(&SignedProof { proof, sig }).expect("JSON and hex always serialise")
    }

    /// Reads a file: all that it says is signed by the office that it names, the purges too. Which office that is, whoever
    /// reads it has to know.
    pub fn read(file: &[u8]) -> Result<Proof, BadProof> {
        let text = std::str::from_utf8(file).map_err(|_| BadProof::Malformed)?;
        let signed: SignedProof<'_> =
            serde_json::from_str(text.trim()).map_err(|_| BadProof::Malformed)?;
        let proof: Proof =
            serde_json::from_str(signed.proof.get()).map_err(|_| BadProof::Malformed)?;
        if proof.v != Self::VERSION {
            return Err(BadProof::Newer);
        }
        let is_signed = |message: &[u8], sig: &Signature| proof.office.verify(message, sig).is_ok();
        let is_purge =
            |purge: &Purge| is_signed(&purge.message(), &Signature::from_bytes(purge.sig));
        let named = |erased: &Erased| {
            let mut purges = proof.purges.iter();
            purges.any(|purge| purge.ops.binary_search(&erased.op).is_ok())
        };
        let is_whole = is_signed(&message(signed.proof.get()), &signed.sig)
            && proof.purges.iter().all(is_purge)
            && proof.erased.iter().all(named);
        is_whole.then_some(proof).ok_or(BadProof::NotSigned)
    }
}

impl Erased {
    fn of(stored: &StoredOp) -> Erased {
        Erased {
            op: stored.id,
            rec: stored.op.rec,
            kind: stored.op.kind.clone(),
            device: stored.op.dev,
            fields: stored.op.set.keys().cloned().collect(),
        }
    }
}

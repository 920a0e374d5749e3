//! Legal erasure: the values of some ops go, for good and everywhere.
//!
//! The office signs a purge; whoever holds the ops drops their values and their author's name, and keeps id, stamp,
//! device, number and the names of fields. What is left, a husk, carries the id of the bytes that were, so that devices'
//! chains and bundles' signatures still hold: a bundle's signature covers ids, not bytes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vigie_model::{MissionId, OpId, Timestamp, fields::any::DELETED, hex};

use crate::{Op, Record, StoredOp};

/// The office's word that the values of some ops of a mission must go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    /// 1.
    pub v: u32,
    pub mission: MissionId,
    pub at: Timestamp,
    /// Why, for the office's own file.
    pub reason: String,
    pub ops: Vec<OpId>,
    /// The office's Ed25519 signature over [`Purge::message`].
    #[serde(with = "hex")]
    pub sig: [u8; 64],
}

impl Purge {
    /// The format that this version writes and reads.
    pub const VERSION: u32 = 1;

    /// A purge that `sign` signs: it is given the message and answers the signature.
    pub fn new(
        mission: MissionId,
        at: Timestamp,
        reason: String,
        mut ops: Vec<OpId>,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Purge {
        ops.sort_unstable();
        ops.dedup();
        let mut purge = Purge {
            v: Self::VERSION,
            mission,
            at,
            reason,
            ops,
            sig: [0; 64],
        };
        purge.sig = sign(&purge.message());
        purge
    }

    /// What is signed: `vigie purge v1`, mission, moment, SHA-256 of the reason, and each op's id, a line each.
    pub fn message(&self) -> Vec<u8> {
        self.order().message()
    }

    /// The same for a device, under the same signature.
    pub fn order(&self) -> PurgeOrder {
        PurgeOrder {
            v: self.v,
            mission: self.mission,
            at: self.at,
            reason_sha256: Sha256::digest(self.reason.as_bytes()).into(),
            ops: self.ops.clone(),
            sig: self.sig,
        }
    }
}

/// What devices are given of a purge: all but the reason, which stays at the office, and whose hash is what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeOrder {
    /// 1.
    pub v: u32,
    pub mission: MissionId,
    pub at: Timestamp,
    #[serde(with = "hex")]
    pub reason_sha256: [u8; 32],
    pub ops: Vec<OpId>,
    #[serde(with = "hex")]
    pub sig: [u8; 64],
}

impl PurgeOrder {
    /// What [`Purge::message`] is.
    pub fn message(&self) -> Vec<u8> {
        let PurgeOrder { mission, at, .. } = self;
        let reason = hex::encode(&self.reason_sha256);
        let mut message = format!("vigie purge v1\n{mission}\n{at}\n{reason}\n");
        for id in &self.ops {
            message.push_str(&id.to_string());
            message.push('\n');
        }
        message.into_bytes()
    }
}

impl StoredOp {
    /// What is left of this op after a purge. Twice is the same as once; what only says that it was purged, and still carries
    /// values or a name, loses them too.
    #[must_use]
    pub fn without_values(&self) -> StoredOp {
        let husk = Op {
            by: String::new(),
            // That it deletes is nobody's personal data, and without it a purge would bring a record back.
            set: self
                .op
                .set
                .iter()
                .map(|(field, value)| (field.clone(), kept(field, value)))
                .collect(),
            more: [(
                StoredOp::PURGED.to_owned(),
                Value::String(self.id.to_string()),
            )]
            .into(),
            ..self.op.clone()
        };
        StoredOp {
            id: self.id,
            order: self.order,
            ..StoredOp::new(husk)
        }
    }
}

impl Record {
    /// Drops what the record holds of the ops whose values must go: the same as if it were made anew of their husks.
    pub fn purge(&mut self, is_purged: impl Fn(&OpId) -> bool) {
        if is_purged(&self.first_op()) {
            self.by.clear();
        }
        for (name, field) in &mut self.fields {
            for head in field.heads.iter_mut().filter(|head| is_purged(&head.id)) {
                head.by.clear();
                head.value = kept(name, &head.value);
            }
        }
    }
}

fn kept(field: &str, value: &Value) -> Value {
    match value {
        Value::Bool(deletes) if field == DELETED => Value::Bool(*deletes),
        _ => Value::Null,
    }
}

//! Which values of a field are current.
//!
//! A record is a set of ops; an op names in `over` the ops its author had seen and means to replace. A head is an op
//! that nobody replaced. Two heads for one field are a conflict, and both stay visible until a person settles it.
//! Source: multi-value register, Shapiro et al. 2011, §3.2.2.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_model::{DeviceId, OpId};

use crate::{Hlc, StoredOp, op::Stamp};

/// A value that nobody who saw it has replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub id: OpId,
    pub hlc: Hlc,
    pub dev: DeviceId,
    /// How its author is called.
    pub by: String,
    /// `null`: cleared.
    pub value: Value,
}

impl Head {
    pub(crate) fn of(stored: &StoredOp, value: &Value) -> Head {
        Head {
            id: stored.id,
            hlc: stored.order,
            dev: stored.op.dev,
            by: stored.op.by.clone(),
            value: value.clone(),
        }
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            hlc: self.hlc,
            dev: self.dev,
            id: self.id,
        }
    }
}

/// The current values of one field: the greatest (stamp, device, id) first, which is the one shown. Never empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Field {
    pub heads: Vec<Head>,
}

impl Field {
    /// The head that is shown.
    pub fn shown(&self) -> Option<&Head> {
        self.heads.first()
    }

    /// Whether people wrote different values without having seen each other's.
    pub fn is_conflict(&self) -> bool {
        self.heads
            .split_first()
            .is_some_and(|(first, rest)| rest.iter().any(|head| head.value != first.value))
    }

    pub(crate) fn add(&mut self, head: Head) {
        let stamp = head.stamp();
        let at = self.heads.partition_point(|other| other.stamp() > stamp);
        self.heads.insert(at, head);
    }
}

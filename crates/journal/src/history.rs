//! What was done to a record, version by version, in words that a person can follow: who, when, what before, what after.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_model::{DeviceId, OpId};

use crate::{Hlc, StoredOp};

/// One op, as history shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub op: OpId,
    pub hlc: Hlc,
    pub dev: DeviceId,
    pub by: String,
    pub changes: Vec<Change>,
}

/// What one op did to one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub field: String,
    /// What the author saw there; `None` when there was nothing, or when what was there has not come.
    pub before: Option<Value>,
    /// `None`: cleared.
    pub after: Option<Value>,
}

/// The versions of a record, from all its ops: the greatest (stamp, device, id) first.
pub fn history<'a>(ops: impl IntoIterator<Item = &'a StoredOp>) -> Vec<Version> {
    let ops: BTreeMap<OpId, &StoredOp> =
        ops.into_iter().map(|stored| (stored.id, stored)).collect();
    let mut ordered: Vec<&StoredOp> = ops.values().copied().collect();
    ordered.sort_by_key(|stored| std::cmp::Reverse(stored.stamp()));
    let versions = ordered.into_iter().map(|stored| {
        let changes = stored.op.set.iter().map(|(field, value)| Change {
            field: field.clone(),
            before: seen_before(stored, field, &ops),
            after: present(value),
        });
        Version {
            op: stored.id,
            hlc: stored.order,
            dev: stored.op.dev,
            by: stored.op.by.clone(),
            changes: changes.collect(),
        }
    });
    versions.collect()
}

/// Of the ops that the author replaced in this field, the one that was shown to her.
fn seen_before(stored: &StoredOp, field: &str, ops: &BTreeMap<OpId, &StoredOp>) -> Option<Value> {
    let replaced = stored
        .op
        .over
        .get(field)?
        .iter()
        .filter_map(|id| ops.get(id));
    let shown = replaced
        .filter(|stored| stored.op.set.contains_key(field))
        .max_by_key(|stored| stored.stamp())?;
    present(shown.op.set.get(field)?)
}

fn present(value: &Value) -> Option<Value> {
    (!value.is_null()).then(|| value.clone())
}

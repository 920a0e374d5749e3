//! A record made of its ops, one op at a time, in any order.
//!
//! [`Record::apply`] gives the same record whatever the order of the ops and however often each comes: it remembers
//! which ops it took, and which it was told are replaced before they came.
//!
//! **Deletion** is the field [`DELETED`], whose `over` names every head of every field that the deleter saw. A record is
//! deleted while all its heads were seen by somebody who deleted it; an edit that no deleter saw survives, and says so.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_model::{
    DeviceId, Kind, MissionId, OpId, RecordId, Sensitivity,
    fields::{any::DELETED, is_reserved, note::SENSITIVITY},
    kinds,
};

use crate::{Field, FormRef, Head, Hlc, Over, StoredOp, op::Stamp};

/// A note, a response, a contact, …: its current values, and what is needed to take one more op.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub rec: RecordId,
    pub kind: Kind,
    pub mission: MissionId,
    /// The version of the questionnaire that was answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<FormRef>,
    /// The least stamp among its ops.
    pub created: Hlc,
    /// The greatest stamp among its ops.
    pub updated: Hlc,
    /// Who made it.
    pub by: String,
    pub fields: BTreeMap<String, Field>,

    /// The op that `created`, `by`, `kind` and `mission` are taken from, and the one that `updated` is.
    first: Stamp,
    last: Stamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form_from: Option<Stamp>,
    /// Every op applied, sorted: most records have one or two.
    ops: Vec<OpId>,
    /// Ops that are replaced and did not come yet → in which fields. At rest, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "awaited")]
    awaited: BTreeMap<OpId, BTreeSet<String>>,
    /// Each op that deletes → what its author saw.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    deletions: BTreeMap<OpId, Vec<OpId>>,
}

/// Whose word counts for what is said of the whole record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    OfAnyone,
    OfItsFirst,
}

impl Record {
    /// The record that one op makes; any of its ops will do.
    pub fn new(stored: &StoredOp) -> Record {
        let op = &stored.op;
        let stamp = stored.stamp();
        let mut record = Record {
            rec: op.rec,
            kind: op.kind.clone(),
            mission: op.mission,
            form: None,
            created: stored.order,
            updated: stored.order,
            by: op.by.clone(),
            fields: BTreeMap::new(),
            first: stamp,
            last: stamp,
            form_from: None,
            ops: Vec::new(),
            awaited: BTreeMap::new(),
            deletions: BTreeMap::new(),
        };
        record.apply(stored);
        record
    }

    /// The record that these ops make, in any order; `None` for no op at all. Ops of another record than the first's are
    /// left out.
    pub fn from_ops<'a>(ops: impl IntoIterator<Item = &'a StoredOp>) -> Option<Record> {
        let mut ops = ops.into_iter();
        let mut record = Record::new(ops.next()?);
        for stored in ops {
            record.apply(stored);
        }
        Some(record)
    }

    /// Takes one op; false when it was taken before, or is another record's.
    pub fn apply(&mut self, stored: &StoredOp) -> bool {
        self.take(stored, Frame::OfAnyone)
    }

    /// Takes one op after those that it has: whose record it is was settled by the first op that it was made of. Of that op's
    /// device alone may an earlier op come later; the questionnaire, too, is that device's word.
    pub fn accept(&mut self, stored: &StoredOp) -> bool {
        self.take(stored, Frame::OfItsFirst)
    }

    fn take(&mut self, stored: &StoredOp, frame: Frame) -> bool {
        let op = &stored.op;
        if op.rec != self.rec {
            return false;
        }
        match self.ops.binary_search(&stored.id) {
            Ok(_) => return false,
            Err(at) => self.ops.insert(at, stored.id),
        }
        self.frame(stored, frame);
        for (field, replaced) in &op.over {
            self.supersede(field, replaced);
        }
        // An op that came is awaited nowhere any more.
        let replaced = self.awaited.remove(&stored.id).unwrap_or_default();
        for (field, value) in &op.set {
            if replaced.contains(field) {
                continue;
            }
            if field == DELETED && *value == Value::Bool(true) {
                self.deletions
                    .insert(stored.id, op.over.get(DELETED).cloned().unwrap_or_default());
            }
            match self.fields.get_mut(field) {
                Some(current) => current.add(Head::of(stored, value)),
                None => {
                    self.fields.insert(
                        field.clone(),
                        Field {
                            heads: vec![Head::of(stored, value)],
                        },
                    );
                }
            }
        }
        true
    }

    /// What is said of the whole record comes from its first op, its last, and the last that names a questionnaire: of
    /// anyone, or of the device that the first is from.
    fn frame(&mut self, stored: &StoredOp, frame: Frame) {
        let (op, stamp) = (&stored.op, stored.stamp());
        let may = frame == Frame::OfAnyone || op.dev == self.first.dev;
        if may && stamp < self.first {
            self.first = stamp;
            self.created = stored.order;
            self.by.clone_from(&op.by);
            self.kind = op.kind.clone();
            self.mission = op.mission;
        }
        if stamp > self.last {
            self.last = stamp;
            self.updated = stored.order;
        }
        if may && op.form.is_some() && self.form_from.is_none_or(|from| stamp > from) {
            self.form_from = Some(stamp);
            self.form.clone_from(&op.form);
        }
    }

    /// However many ops are said to be replaced, and however often each, the heads are gone through once.
    fn supersede(&mut self, field: &str, replaced: &[OpId]) {
        let (came, awaited): (BTreeSet<OpId>, BTreeSet<OpId>) =
            replaced.iter().partition(|id| self.has(id));
        for id in awaited {
            self.awaited.entry(id).or_default().insert(field.to_owned());
        }
        if came.is_empty() {
            return;
        }
        if field == DELETED {
            self.deletions.retain(|id, _| !came.contains(id));
        }
        if let Some(current) = self.fields.get_mut(field) {
            current.heads.retain(|head| !came.contains(&head.id));
            if current.heads.is_empty() {
                self.fields.remove(field);
            }
        }
    }

    /// The shown value of a field; `None` when it was never set, or cleared.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.fields
            .get(field)?
            .shown()
            .map(|head| &head.value)
            .filter(|value| !value.is_null())
    }

    /// The shown value of a field as text; `None` when it is anything else.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.value(field)?.as_str()
    }

    /// Every field that shows a value, by name.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields
            .keys()
            .filter_map(|field| Some((field.as_str(), self.value(field)?)))
    }

    /// Fields with different values side by side, for a person to settle.
    pub fn conflicts(&self) -> Vec<&str> {
        let settled_by_people = self.fields.iter().filter(|(field, _)| !is_reserved(field));
        settled_by_people
            .filter(|(_, current)| current.is_conflict())
            .map(|(field, _)| field.as_str())
            .collect()
    }

    /// Deleted, by somebody who had seen all there is.
    pub fn is_deleted(&self) -> bool {
        !self.deletions.is_empty() && !self.has_unseen_by_deleters()
    }

    /// Somebody deleted it without having seen all there is: it is still here, and should say why.
    pub fn survived_deletion(&self) -> bool {
        !self.deletions.is_empty() && self.has_unseen_by_deleters()
    }

    fn has_unseen_by_deleters(&self) -> bool {
        let seen: BTreeSet<OpId> = self.deletions.values().flatten().copied().collect();
        let mut heads = self.fields.values().flat_map(|field| &field.heads);
        heads.any(|head| !seen.contains(&head.id) && !self.deletions.contains_key(&head.id))
    }

    /// What an op that sets these fields says in `over`, when its author sees the record as it is here.
    ///
    /// For [`DELETED`], that is every head of every field.
    pub fn seen<'a>(&self, fields: impl IntoIterator<Item = &'a str>) -> Over {
        let mut over = Over::new();
        for field in fields {
            let ids: BTreeSet<OpId> = if field == DELETED {
                self.fields
                    .values()
                    .flat_map(|field| &field.heads)
                    .map(|head| head.id)
                    .collect()
            } else {
                self.fields
                    .get(field)
                    .into_iter()
                    .flat_map(|field| &field.heads)
                    .map(|head| head.id)
                    .collect()
            };
            if !ids.is_empty() {
                over.insert(field.to_owned(), ids.into_iter().collect());
            }
        }
        over
    }

    /// The op that says whose it is.
    pub(crate) fn first_op(&self) -> OpId {
        self.first.id
    }

    /// The device that made it: `by` is only what that device says.
    pub fn author(&self) -> DeviceId {
        self.first.dev
    }

    /// Whether it may be given to the mission's other people: its kind may be, and nobody marked it secret, not even beside
    /// another's mark.
    pub fn is_shared(&self) -> bool {
        let marks = self.fields.get(SENSITIVITY);
        let mut marks = marks.into_iter().flat_map(|field| &field.heads);
        kinds::spec(self.kind.as_str()).shared
            && !marks.any(|head| head.value == Sensitivity::Secret.code())
    }

    /// Every op that made it, sorted.
    pub fn ops(&self) -> &[OpId] {
        &self.ops
    }

    /// Whether an op was taken.
    pub fn has(&self, id: &OpId) -> bool {
        self.ops.binary_search(id).is_ok()
    }
}

/// How the ops that are awaited are written: by field, as the first version did.
mod awaited {
    use std::collections::{BTreeMap, BTreeSet};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use vigie_model::OpId;

    pub fn serialize<S: Serializer>(
        awaited: &BTreeMap<OpId, BTreeSet<String>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut by_field: BTreeMap<&str, BTreeSet<OpId>> = BTreeMap::new();
        for (id, fields) in awaited {
            for field in fields {
                by_field.entry(field).or_default().insert(*id);
            }
        }
        by_field.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<OpId, BTreeSet<String>>, D::Error> {
        let by_field = BTreeMap::<String, BTreeSet<OpId>>::deserialize(deserializer)?;
        let mut awaited: BTreeMap<OpId, BTreeSet<String>> = BTreeMap::new();
        for (field, ids) in by_field {
            for id in ids {
                awaited.entry(id).or_default().insert(field.clone());
            }
        }
        Ok(awaited)
    }
}

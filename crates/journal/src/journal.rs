//! An op set in memory, for the office, the command line and tests. A device keeps its ops in its own storage and uses
//! [`Record`] alone.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    ops::RangeInclusive,
};

use vigie_model::{DeviceId, MissionId, OpId, RecordId, Timestamp};

use crate::{
    Anomaly, Record, StoredOp, Version,
    anomaly::{self, Run},
    history::history,
    purge::Purge,
};

/// A set of ops, with the records they make. The same set gives the same journal, whatever came when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    // Boxed, because a tree moves what it holds each time a node splits.
    ops: BTreeMap<OpId, Box<StoredOp>>,
    records: BTreeMap<RecordId, Box<Record>>,
    runs: BTreeMap<DeviceId, Run>,
    purged: BTreeSet<(OpId, MissionId)>,
}

/// What became of an op that was given to a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    New,
    /// It was there already; nothing changed.
    Known,
}

impl Journal {
    pub fn new() -> Journal {
        Journal::default()
    }

    /// Adds an op. One that was purged loses its values on the way in.
    pub fn insert(&mut self, stored: StoredOp) -> Inserted {
        self.add(stored, Record::apply)
    }

    /// Adds an op that came at `at`, as an office does: what its record is, whose, and of which mission, is settled by the op
    /// that came first; see [`Record::accept`] and [`StoredOp::received`]. Whoever accepts the same ops at the same moments in
    /// the same order has the same journal; in another order, the same values side by side.
    pub fn accept(&mut self, stored: StoredOp, at: Timestamp) -> Inserted {
        self.add(stored.received(at), Record::accept)
    }

    fn add(
        &mut self,
        stored: StoredOp,
        take: impl FnOnce(&mut Record, &StoredOp) -> bool,
    ) -> Inserted {
        let stored = self.without_purged(stored);
        let Entry::Vacant(vacant) = self.ops.entry(stored.id) else {
            return Inserted::Known;
        };
        match self.records.entry(stored.op.rec) {
            Entry::Occupied(mut record) => {
                take(record.get_mut(), &stored);
            }
            Entry::Vacant(vacant) => {
                vacant.insert(Box::new(Record::new(&stored)));
            }
        }
        self.runs
            .entry(stored.op.dev)
            .or_default()
            .add(stored.op.seq, stored.id);
        vacant.insert(Box::new(stored));
        Inserted::New
    }

    /// The op as this journal would keep it: what is left of it, where a purge names it.
    pub fn without_purged(&self, stored: StoredOp) -> StoredOp {
        if self.purged.contains(&(stored.id, stored.op.mission)) {
            stored.without_values()
        } else {
            stored
        }
    }

    /// Drops the values of the ops that the office says must go, here now or to come. The signature was checked by the
    /// caller ([`Purge::message`]).
    pub fn purge(&mut self, purge: &Purge) {
        let mut erased: BTreeMap<RecordId, BTreeSet<OpId>> = BTreeMap::new();
        for id in &purge.ops {
            self.purged.insert((*id, purge.mission));
            if let Some(stored) = self
                .ops
                .get_mut(id)
                .filter(|stored| stored.op.mission == purge.mission)
            {
                **stored = stored.without_values();
                erased.entry(stored.op.rec).or_default().insert(*id);
            }
        }
        for (rec, ids) in erased {
            if let Some(record) = self.records.get_mut(&rec) {
                record.purge(|id| ids.contains(id));
            }
        }
    }

    /// Whether an op's values must go: what [`Bundle::read_after`](crate::Bundle::read_after) asks.
    pub fn is_purged(&self, id: &OpId) -> bool {
        self.purged
            .range((*id, MissionId::MIN)..)
            .next()
            .is_some_and(|(purged, _)| purged == id)
    }

    pub fn get(&self, id: &OpId) -> Option<&StoredOp> {
        self.ops.get(id).map(Box::as_ref)
    }

    /// All ops, by id.
    pub fn ops(&self) -> impl ExactSizeIterator<Item = &StoredOp> {
        self.ops.values().map(Box::as_ref)
    }

    pub fn len(&self) -> usize {
        self.ops.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// All records, by id.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &Record> {
        self.records.values().map(Box::as_ref)
    }

    pub fn record(&self, rec: &RecordId) -> Option<&Record> {
        self.records.get(rec).map(Box::as_ref)
    }

    /// What was done to a record, newest first; empty for one that is not here.
    pub fn history(&self, rec: &RecordId) -> Vec<Version> {
        let ids = self.record(rec).map(Record::ops).unwrap_or_default();
        history(ids.iter().filter_map(|id| self.get(id)))
    }

    /// A device's ops with these numbers, in the order of the numbers; several of one number are a fork.
    pub fn run(
        &self,
        dev: DeviceId,
        seqs: RangeInclusive<u64>,
    ) -> impl DoubleEndedIterator<Item = (u64, &[OpId])> {
        let run = self.runs.get(&dev).filter(|_| !seqs.is_empty());
        run.into_iter()
            .flat_map(move |run| run.numbered(seqs.clone()))
    }

    /// What is odd about the devices' runs of ops: shown, never fatal.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        let prev = |id: &OpId| self.get(id).and_then(|stored| stored.op.prev);
        let odd = self
            .runs
            .iter()
            .flat_map(|(dev, run)| anomaly::find(*dev, run, prev));
        odd.collect()
    }
}

impl Extend<StoredOp> for Journal {
    fn extend<I: IntoIterator<Item = StoredOp>>(&mut self, ops: I) {
        for stored in ops {
            self.insert(stored);
        }
    }
}

impl FromIterator<StoredOp> for Journal {
    fn from_iter<I: IntoIterator<Item = StoredOp>>(ops: I) -> Journal {
        let mut journal = Journal::new();
        journal.extend(ops);
        journal
    }
}

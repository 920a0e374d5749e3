//! An op set in memory, for the office, the command line and tests. A device keeps its ops in its own storage and uses
//! [`Record`] alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use vigie_model::{DeviceId, MissionId, OpId, RecordId};

use crate::{Anomaly, Record, StoredOp, Version, anomaly, history::history, purge::Purge};

/// A set of ops, with the records they make. The same set gives the same journal, whatever came when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    ops: BTreeMap<OpId, StoredOp>,
    records: BTreeMap<RecordId, Record>,
    runs: BTreeMap<(DeviceId, u64), Vec<OpId>>,
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
        if self.ops.contains_key(&stored.id) {
            return Inserted::Known;
        }
        let stored = if self.purged.contains(&(stored.id, stored.op.mission)) {
            stored.without_values()
        } else {
            stored
        };
        match self.records.get_mut(&stored.op.rec) {
            Some(record) => {
                record.apply(&stored);
            }
            None => {
                self.records.insert(stored.op.rec, Record::new(&stored));
            }
        }
        let run = self.runs.entry((stored.op.dev, stored.op.seq)).or_default();
        run.insert(run.partition_point(|id| *id < stored.id), stored.id);
        self.ops.insert(stored.id, stored);
        Inserted::New
    }

    /// Drops the values of the ops that the office says must go, here now or to come. The signature was checked by the
    /// caller ([`Purge::message`]).
    pub fn purge(&mut self, purge: &Purge) {
        let mut touched = BTreeSet::new();
        for id in &purge.ops {
            self.purged.insert((*id, purge.mission));
            if let Some(stored) = self
                .ops
                .get_mut(id)
                .filter(|stored| stored.op.mission == purge.mission)
            {
                *stored = stored.without_values();
                touched.insert(stored.op.rec);
            }
        }
        for rec in touched {
            let ids = self
                .records
                .get(&rec)
                .map(|record| record.ops().clone())
                .unwrap_or_default();
            if let Some(record) = Record::from_ops(ids.iter().filter_map(|id| self.ops.get(id))) {
                self.records.insert(rec, record);
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
        self.ops.get(id)
    }

    /// All ops, by id.
    pub fn ops(&self) -> impl ExactSizeIterator<Item = &StoredOp> {
        self.ops.values()
    }

    pub fn len(&self) -> usize {
        self.ops.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// All records, by id.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &Record> {
        self.records.values()
    }

    pub fn record(&self, rec: &RecordId) -> Option<&Record> {
        self.records.get(rec)
    }

    /// What was done to a record, newest first; empty for one that is not here.
    pub fn history(&self, rec: &RecordId) -> Vec<Version> {
        let ids = self.records.get(rec).map(Record::ops).into_iter().flatten();
        history(ids.filter_map(|id| self.ops.get(id)))
    }

    /// A device's ops with these numbers, in the order of the numbers; several of one number are a fork.
    pub fn run(
        &self,
        dev: DeviceId,
        seqs: RangeInclusive<u64>,
    ) -> impl DoubleEndedIterator<Item = (u64, &[OpId])> {
        let keys = (dev, *seqs.start())..=(dev, *seqs.end());
        let run = (!seqs.is_empty()).then(|| self.runs.range(keys));
        run.into_iter()
            .flatten()
            .map(|((_, seq), ids)| (*seq, ids.as_slice()))
    }

    /// What is odd about the devices' runs of ops: shown, never fatal.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        anomaly::find(&self.runs, |id| {
            self.ops.get(id).and_then(|stored| stored.op.prev)
        })
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

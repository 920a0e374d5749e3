//! What is odd about a device's run of ops. An op is never refused for it: a gap may close when the bundle that is
//! missing arrives, and a phone restored from a backup has written two honest histories.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::RangeInclusive,
};

use serde::{Deserialize, Serialize};
use vigie_model::{DeviceId, OpId};

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "anomaly", rename_all = "snake_case")]
pub enum Anomaly {
    /// The device's ops `from` to `to`, both included, are not here: a bundle is still on its way, or lost.
    Gap { dev: DeviceId, from: u64, to: u64 },
    /// Several ops have one number: the device was restored from a backup, or its key was copied.
    Fork {
        dev: DeviceId,
        seq: u64,
        ids: Vec<OpId>,
    },
}

/// A device's ops by number, the ids of one number sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run(BTreeMap<u64, Ids>);

/// Nearly always one.
#[derive(Clone, Debug, PartialEq)]
enum Ids {
    One(OpId),
    Several(Vec<OpId>),
}

impl Ids {
    fn as_slice(&self) -> &[OpId] {
        match self {
            Ids::One(id) => std::slice::from_ref(id),
            Ids::Several(ids) => ids,
        }
    }
}

impl Run {
    /// Adds an op that is not there yet.
    pub fn add(&mut self, seq: u64, id: OpId) {
        match self.0.entry(seq) {
            Entry::Vacant(vacant) => {
                vacant.insert(Ids::One(id));
            }
            Entry::Occupied(mut ids) => match ids.get_mut() {
                Ids::Several(several) => {
                    several.insert(several.partition_point(|other| *other < id), id);
                }
                Ids::One(first) => {
                    let (least, greatest) = ((*first).min(id), (*first).max(id));
                    ids.insert(Ids::Several(vec![least, greatest]));
                }
            },
        }
    }

    /// The ops with these numbers; the range is not empty.
    pub fn numbered(
        &self,
        seqs: RangeInclusive<u64>,
    ) -> impl DoubleEndedIterator<Item = (u64, &[OpId])> {
        self.0.range(seqs).map(|(seq, ids)| (*seq, ids.as_slice()))
    }
}

/// Reads a device's run; `prev` tells what an op says it follows.
pub(crate) fn find(dev: DeviceId, run: &Run, prev: impl Fn(&OpId) -> Option<OpId>) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    let mut last: Option<u64> = None;
    for (seq, ids) in run.numbered(0..=u64::MAX) {
        let expected = match last {
            Some(last) => last.saturating_add(1),
            // The first op follows nothing, whatever its number; any other comes after some that are not here.
            None if ids.iter().any(|id| prev(id).is_none()) => seq,
            None => 1,
        };
        if expected < seq {
            anomalies.push(Anomaly::Gap {
                dev,
                from: expected,
                to: seq - 1,
            });
        }
        if ids.len() > 1 {
            anomalies.push(Anomaly::Fork {
                dev,
                seq,
                ids: ids.to_vec(),
            });
        }
        last = Some(seq);
    }
    anomalies
}

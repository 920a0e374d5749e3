//! What is odd about a device's run of ops. An op is never refused for it: a gap may close when the bundle that is
//! missing arrives, and a phone restored from a backup has written two honest histories.

use std::collections::BTreeMap;

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

/// Reads the runs, each op's ids by device and number; `prev` tells what an op says it follows.
pub(crate) fn find(
    runs: &BTreeMap<(DeviceId, u64), Vec<OpId>>,
    prev: impl Fn(&OpId) -> Option<OpId>,
) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    let mut last: Option<(DeviceId, u64)> = None;
    for ((dev, seq), ids) in runs {
        let expected = match last {
            Some((previous, last)) if previous == *dev => last.saturating_add(1),
            // The first op follows nothing, whatever its number; any other comes after some that are not here.
            _ if ids.iter().any(|id| prev(id).is_none()) => *seq,
            _ => 1,
        };
        if expected < *seq {
            anomalies.push(Anomaly::Gap {
                dev: *dev,
                from: expected,
                to: seq - 1,
            });
        }
        if ids.len() > 1 {
            anomalies.push(Anomaly::Fork {
                dev: *dev,
                seq: *seq,
                ids: ids.clone(),
            });
        }
        last = Some((*dev, *seq));
    }
    anomalies
}

//! Which ops travel together.
//!
//! A bundle holds one device's ops for one mission, in the order they were made. Small bundles arrive piecewise over a
//! bad line, and what arrived stays arrived; too small ones waste a seal (about 200 bytes) and a request each.

use std::collections::BTreeMap;

use vigie_journal::StoredOp;

/// How many bytes of ops one bundle should have before it is compressed and sealed: 256 KiB.
pub const RUN_BYTES: usize = 256 * 1024;

/// Splits one device's `ops` into the runs that become bundles: by mission, in the order of `seq`, each at most `limit`
/// bytes of JSON. An op larger than that travels alone. Every op is in exactly one run.
pub fn runs(mut ops: Vec<StoredOp>, limit: usize) -> Vec<Vec<StoredOp>> {
    ops.sort_by_key(|stored| stored.op.seq);
    let mut missions: BTreeMap<_, Vec<(usize, Vec<StoredOp>)>> = BTreeMap::new();
    for stored in ops {
        let size = stored.bytes.len() + 1;
        let runs = missions.entry(stored.op.mission).or_default();
        match runs.last_mut() {
            Some((bytes, run)) if *bytes + size <= limit => {
                *bytes += size;
                run.push(stored);
            }
            _ => runs.push((size, vec![stored])),
        }
    }
    missions
        .into_values()
        .flatten()
        .map(|(_, run)| run)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use vigie_journal::{Hlc, Op};
    use vigie_model::{DeviceId, Kind, MissionId, RecordId};

    use super::*;

    fn op(seq: u64, mission: u8, size: usize) -> StoredOp {
        StoredOp::new(Op {
            v: Op::VERSION,
            dev: DeviceId([1; 32]),
            seq,
            prev: None,
            hlc: Hlc { ms: 0, n: 0 },
            by: "Awa".into(),
            rec: RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(3)),
            kind: Kind::NOTE,
            mission: MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(mission)),
            form: None,
            set: BTreeMap::from([("text".into(), "x".repeat(size).into())]),
            over: BTreeMap::new(),
            more: BTreeMap::new(),
        })
    }

    proptest! {
        #[test]
        fn every_op_travels_once_in_order_in_small_runs_of_one_mission(
            kinds in proptest::collection::vec((0..3_u8, 0..3000_usize), 0..40),
            limit in 400..4000_usize,
        ) {
            let ops: Vec<StoredOp> =
                kinds.iter().enumerate().map(|(n, (mission, size))| op(n as u64 + 1, *mission, *size)).collect();
            let shuffled = ops.iter().rev().cloned().collect();
            let runs = runs(shuffled, limit);
            for run in &runs {
                let bytes: usize = run.iter().map(|stored| stored.bytes.len() + 1).sum();
                prop_assert!(bytes <= limit || run.len() == 1);
                prop_assert!(run.windows(2).all(|pair| pair[0].op.seq < pair[1].op.seq));
                prop_assert!(run.iter().all(|stored| stored.op.mission == run[0].op.mission));
            }
            let mut travelled: Vec<u64> = runs.iter().flatten().map(|stored| stored.op.seq).collect();
            travelled.sort_unstable();
            prop_assert_eq!(travelled, (1..=ops.len() as u64).collect::<Vec<_>>());
        }
    }
}

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
    missions.into_values().flatten().map(|(_, run)| run).collect()
}

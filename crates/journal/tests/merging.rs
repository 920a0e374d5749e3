//! Several devices write, sync now and then, and are restored from old backups; whatever reaches whom in which order, all
//! see the same, and nothing that nobody replaced is gone.

#![allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_journal::{Anomaly, Chain, Clock, Inserted, Journal, Op, Over, Record, StoredOp};
use vigie_model::{DeviceId, Kind, MissionId, OpId, RecordId, Timestamp};

const FIELDS: [&str; 3] = ["title", "text", "place"];
const DEVICES: usize = 3;

/// What one device does next.
#[derive(Clone, Debug)]
enum Step {
    /// Sets some of the fields, over what it sees.
    Write {
        dev: usize,
        rec: usize,
        fields: Vec<usize>,
    },
    Clear {
        dev: usize,
        rec: usize,
        field: usize,
    },
    Delete {
        dev: usize,
        rec: usize,
    },
    Restore {
        dev: usize,
        rec: usize,
    },
    /// `to` learns all that `from` knows.
    Sync {
        from: usize,
        to: usize,
    },
    Backup {
        dev: usize,
    },
    /// The phone is set back to its last backup: what it wrote since then went out, and it does not know.
    RestoreBackup {
        dev: usize,
    },
    /// The clock jumps.
    Skew {
        dev: usize,
        ms: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let dev = || 0..DEVICES;
    let rec = || 0..2usize;
    prop_oneof![
        6 => (dev(), rec(), prop::collection::vec(0..FIELDS.len(), 1..3))
            .prop_map(|(dev, rec, fields)| Step::Write { dev, rec, fields }),
        1 => (dev(), rec(), 0..FIELDS.len()).prop_map(|(dev, rec, field)| Step::Clear { dev, rec, field }),
        1 => (dev(), rec()).prop_map(|(dev, rec)| Step::Delete { dev, rec }),
        1 => (dev(), rec()).prop_map(|(dev, rec)| Step::Restore { dev, rec }),
        4 => (dev(), dev()).prop_map(|(from, to)| Step::Sync { from, to }),
        1 => dev().prop_map(|dev| Step::Backup { dev }),
        1 => dev().prop_map(|dev| Step::RestoreBackup { dev }),
        1 => (dev(), -40_000_000_000i64..40_000_000_000).prop_map(|(dev, ms)| Step::Skew { dev, ms }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..40)
}

#[derive(Clone, Default)]
struct Device {
    journal: Journal,
    chain: Chain,
    clock: Clock,
}

/// What came of a story: every op that was ever written, and what its author knew then.
#[derive(Default)]
struct Story {
    ops: Vec<StoredOp>,
    known: BTreeMap<OpId, BTreeSet<OpId>>,
}

fn record_id(rec: usize) -> RecordId {
    format!("00000000-0000-4000-8000-00000000000{rec}")
        .parse()
        .unwrap()
}

fn mission() -> MissionId {
    "11111111-1111-4111-8111-111111111111".parse().unwrap()
}

/// Plays the steps. With `skewed` false, every clock is right.
fn play(steps: &[Step], skewed: bool) -> Story {
    let mut devices = vec![Device::default(); DEVICES];
    let mut backups = devices.clone();
    let mut skews = [0i64; DEVICES];
    let mut story = Story::default();
    for (at, step) in steps.iter().enumerate() {
        let mut write = |dev: usize, rec: usize, set: BTreeMap<String, Value>| {
            let device = &mut devices[dev];
            let over = match device.journal.record(&record_id(rec)) {
                Some(record) => record.seen(set.keys().map(String::as_str)),
                None => Over::new(),
            };
            let skew = if skewed { skews[dev] } else { 0 };
            let stored = StoredOp::new(Op {
                v: 1,
                dev: DeviceId([dev as u8; 32]),
                seq: device.chain.seq,
                prev: device.chain.prev,
                hlc: device
                    .clock
                    .tick(Timestamp(1_700_000_000_000 + 1000 * at as i64 + skew)),
                by: format!("personne {dev}"),
                rec: record_id(rec),
                kind: Kind::NOTE,
                mission: mission(),
                form: None,
                set,
                over,
                more: BTreeMap::new(),
            });
            story
                .known
                .insert(stored.id, device.journal.ops().map(|op| op.id).collect());
            device.chain = Chain::after(&stored);
            device.journal.insert(stored.clone());
            story.ops.push(stored);
        };
        match step {
            Step::Write { dev, rec, fields } => {
                let value =
                    |field: &usize| (FIELDS[*field].to_owned(), json!(format!("étape {at}")));
                write(*dev, *rec, fields.iter().map(value).collect());
            }
            Step::Clear { dev, rec, field } => write(
                *dev,
                *rec,
                [(FIELDS[*field].to_owned(), Value::Null)].into(),
            ),
            Step::Delete { dev, rec } => {
                write(*dev, *rec, [("_deleted".to_owned(), json!(true))].into())
            }
            Step::Restore { dev, rec } => {
                write(*dev, *rec, [("_deleted".to_owned(), Value::Null)].into())
            }
            Step::Sync { from, to } => {
                let ops: Vec<StoredOp> = devices[*from].journal.ops().cloned().collect();
                devices[*to].journal.extend(ops);
            }
            Step::Backup { dev } => backups[*dev] = devices[*dev].clone(),
            Step::RestoreBackup { dev } => devices[*dev] = backups[*dev].clone(),
            Step::Skew { dev, ms } => skews[*dev] = *ms,
        }
    }
    // A device set back may, by a right clock, write the very same op again: it is one op.
    story.ops.sort_by_key(|op| op.id);
    story.ops.dedup_by_key(|op| op.id);
    story
}

/// The same ops in another order, some of them twice.
fn shuffled(ops: &[StoredOp], mut seed: u64) -> Vec<StoredOp> {
    let mut next = move || {
        // SplitMix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 27
    };
    let twice = ops
        .iter()
        .filter(|_| next() % 3 == 0)
        .cloned()
        .collect::<Vec<_>>();
    let mut all: Vec<(u64, StoredOp)> = ops
        .iter()
        .cloned()
        .chain(twice)
        .map(|op| (next(), op))
        .collect();
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().map(|(_, op)| op).collect()
}

/// Heads by the definition, from the whole set at once.
fn heads_by_definition(ops: &[StoredOp], rec: RecordId, field: &str) -> BTreeSet<OpId> {
    let ours = || ops.iter().filter(move |op| op.op.rec == rec);
    let replaced: BTreeSet<OpId> = ours()
        .filter_map(|op| op.op.over.get(field))
        .flatten()
        .copied()
        .collect();
    ours()
        .filter(|op| op.op.set.contains_key(field))
        .map(|op| op.id)
        .filter(|id| !replaced.contains(id))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn merging_in_any_order_and_twice_gives_the_same_journal(steps in steps(), seed: u64) {
        let story = play(&steps, true);
        let straight: Journal = story.ops.iter().cloned().collect();
        let other: Journal = shuffled(&story.ops, seed).into_iter().collect();
        prop_assert_eq!(&straight, &other);
        prop_assert_eq!(straight.anomalies(), other.anomalies());
        for record in straight.records() {
            prop_assert_eq!(straight.history(&record.rec), other.history(&record.rec));
        }
    }

    #[test]
    fn grouping_does_not_matter(steps in steps(), first in 0usize..40, second in 0usize..40) {
        let ops = play(&steps, true).ops;
        let (first, second) = (first.min(ops.len()), second.min(ops.len()));
        let (first, second) = (first.min(second), first.max(second));
        let [a, b, c] = [&ops[..first], &ops[first..second], &ops[second..]].map(|part| part.iter().cloned().collect::<Journal>());
        let merge = |left: &Journal, right: &Journal| {
            let mut merged = left.clone();
            merged.extend(right.ops().cloned());
            merged
        };
        prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
        prop_assert_eq!(merge(&a, &b), merge(&b, &a));
        prop_assert_eq!(merge(&a, &a), a);
    }

    #[test]
    fn a_record_made_step_by_step_equals_one_made_at_once_and_one_that_was_put_away(steps in steps(), seed: u64, put_away in 0usize..40) {
        let ops = play(&steps, true).ops;
        for rec in [record_id(0), record_id(1)] {
            let ours: Vec<StoredOp> = ops.iter().filter(|op| op.op.rec == rec).cloned().collect();
            let Some(at_once) = Record::from_ops(&ours) else { continue };
            let mut step_by_step: Option<Record> = None;
            for (at, op) in shuffled(&ours, seed).iter().enumerate() {
                match &mut step_by_step {
                    Some(record) => { record.apply(op); }
                    None => step_by_step = Some(Record::new(op)),
                }
                if at == put_away {
                    let json = serde_json::to_string(&step_by_step).unwrap();
                    step_by_step = serde_json::from_str(&json).unwrap();
                }
            }
            prop_assert_eq!(step_by_step.as_ref(), Some(&at_once));
        }
    }

    #[test]
    fn no_value_vanishes_unless_somebody_who_saw_it_replaced_it(steps in steps()) {
        let story = play(&steps, true);
        let journal: Journal = story.ops.iter().cloned().collect();
        for record in journal.records() {
            for field in FIELDS.iter().copied().chain(["_deleted"]) {
                let shown: BTreeSet<OpId> =
                    record.fields.get(field).into_iter().flat_map(|field| &field.heads).map(|head| head.id).collect();
                prop_assert_eq!(&shown, &heads_by_definition(&story.ops, record.rec, field));
            }
        }
        for op in &story.ops {
            for field in op.op.set.keys() {
                let still_there = journal
                    .record(&op.op.rec)
                    .and_then(|record| record.fields.get(field))
                    .is_some_and(|field| field.heads.iter().any(|head| head.id == op.id));
                let replaced_by_who_saw = || story.ops.iter().any(|later| {
                    later.op.over.get(field).is_some_and(|over| over.contains(&op.id)) && story.known[&later.id].contains(&op.id)
                });
                prop_assert!(still_there || replaced_by_who_saw());
            }
        }
    }

    #[test]
    fn a_wrong_clock_never_changes_which_values_are_visible(steps in steps()) {
        // A phone set back by its backup writes one op twice when its clock tells the same time twice; not the matter here.
        let steps: Vec<Step> = steps.into_iter().filter(|step| !matches!(step, Step::RestoreBackup { .. })).collect();
        let visible = |skewed| {
            let journal: Journal = play(&steps, skewed).ops.into_iter().collect();
            let mut values = BTreeSet::new();
            for record in journal.records() {
                for (field, current) in &record.fields {
                    values.extend(current.heads.iter().map(|head| (record.rec, field.clone(), head.by.clone(), head.value.to_string())));
                }
                values.insert((record.rec, "deleted".into(), record.is_deleted().to_string(), record.survived_deletion().to_string()));
                values.insert((record.rec, "conflicts".into(), record.conflicts().join(","), String::new()));
            }
            values
        };
        prop_assert_eq!(visible(true), visible(false));
    }

    #[test]
    fn a_record_is_deleted_only_when_a_deleter_saw_every_head(steps in steps()) {
        let story = play(&steps, true);
        let journal: Journal = story.ops.iter().cloned().collect();
        for record in journal.records() {
            prop_assert!(!(record.is_deleted() && record.survived_deletion()));
            if record.is_deleted() {
                let deleters: BTreeSet<OpId> = record.fields["_deleted"].heads.iter().map(|head| head.id).collect();
                for head in record.fields.values().flat_map(|field| &field.heads) {
                    let seen = deleters.iter().any(|deleter| story.known[deleter].contains(&head.id));
                    prop_assert!(seen || deleters.contains(&head.id));
                }
            }
        }
    }

    #[test]
    fn a_phone_restored_from_a_backup_is_flagged_and_loses_nothing(before in 1usize..4, lost in 1usize..4, after in 1usize..4) {
        let write = |_| Step::Write { dev: 0, rec: 0, fields: vec![0] };
        let mut steps: Vec<Step> = (0..before).map(write).collect();
        steps.push(Step::Backup { dev: 0 });
        steps.extend((0..lost).map(write));
        steps.push(Step::Sync { from: 0, to: 1 });
        steps.push(Step::RestoreBackup { dev: 0 });
        steps.extend((0..after).map(write));
        steps.push(Step::Sync { from: 0, to: 1 });
        let story = play(&steps, true);
        let journal: Journal = story.ops.iter().cloned().collect();
        prop_assert_eq!(journal.len(), before + lost + after);
        let forks = journal.anomalies().into_iter().filter(|anomaly| matches!(anomaly, Anomaly::Fork { .. })).count();
        prop_assert_eq!(forks, lost.min(after));
        // Both branches' last values stand side by side.
        let record = journal.record(&record_id(0)).unwrap();
        prop_assert_eq!(record.fields["title"].heads.len(), 2);
        prop_assert_eq!(record.conflicts(), vec!["title"]);
    }
}

#[test]
fn an_op_given_twice_is_known() {
    let op = play(
        &[Step::Write {
            dev: 0,
            rec: 0,
            fields: vec![0],
        }],
        true,
    )
    .ops
    .remove(0);
    let mut journal = Journal::new();
    assert_eq!(journal.insert(op.clone()), Inserted::New);
    assert_eq!(journal.insert(op), Inserted::Known);
}

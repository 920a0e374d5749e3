//! A member who means harm writes any ops at all: of the future, of another's number, over what never was, over what she
//! never saw, in a circle. Mixed with honest ones in any order, all see the same; and nothing that an honest person wrote
//! goes from sight unless an op *of its record* names it in `over`, which stays in the history with its author's key.

#![allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_journal::{Hlc, Inserted, Journal, Op, Over, Record, StoredOp};
use vigie_model::{DeviceId, Kind, MissionId, OpId, RecordId, Timestamp};

const FIELDS: [&str; 4] = ["title", "text", "_deleted", "_reason"];
const NOW: Timestamp = Timestamp(1_795_000_000_000);
const AWA: u8 = 1;
const LENA: u8 = 2;
const MALLORY: u8 = 66;
/// No machine of ours is that slow, however busy, unless the work grows with the square of what is sent.
const PATIENCE: Duration = Duration::from_secs(60);

fn record_id(rec: u8) -> RecordId {
    format!("00000000-0000-4000-8000-00000000000{rec}")
        .parse()
        .unwrap()
}

fn mission(number: u8) -> MissionId {
    format!("11111111-1111-4111-8111-11111111111{number}")
        .parse()
        .unwrap()
}

fn op(dev: u8, seq: u64, hlc: Hlc, rec: u8, set: BTreeMap<String, Value>, over: Over) -> Op {
    Op {
        v: 1,
        dev: DeviceId([dev; 32]),
        seq,
        prev: None,
        hlc,
        by: format!("personne {dev}"),
        rec: record_id(rec),
        kind: Kind::NOTE,
        mission: mission(0),
        form: None,
        set,
        over,
        more: BTreeMap::new(),
    }
}

/// What Mallory does next; `usize`s choose among the ops so far.
#[derive(Clone, Debug)]
struct Attack {
    ms: i64,
    n: u32,
    seq: u64,
    prev: Option<usize>,
    rec: u8,
    kind: bool,
    mission: u8,
    set: Vec<(usize, u8)>,
    over: Vec<(usize, Target)>,
    /// Claims another id than that of its bytes, as no reader of bytes would believe: so that circles are possible at all.
    circle: Option<usize>,
}

#[derive(Clone, Debug)]
enum Target {
    Op(usize),
    NeverComes(u8),
    Herself,
}

#[derive(Clone, Debug)]
enum Step {
    /// An honest person writes, over what she sees: all that has come so far that is not `unseen`.
    Honest {
        dev: u8,
        rec: u8,
        field: usize,
        unseen: Vec<usize>,
    },
    Hostile(Attack),
}

fn attack() -> impl Strategy<Value = Attack> {
    let ms = prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(NOW.0), any::<i64>(),];
    let seq = prop_oneof![Just(1u64), Just(0), Just(u64::MAX), 1u64..6, any::<u64>()];
    let n = prop_oneof![Just(0u32), Just(u32::MAX), any::<u32>()];
    let target = prop_oneof![
        4 => any::<usize>().prop_map(Target::Op),
        1 => (0u8..4).prop_map(Target::NeverComes),
        1 => Just(Target::Herself),
    ];
    (
        (ms, n, seq, prop::option::of(any::<usize>())),
        (0u8..2, any::<bool>(), 0u8..2),
        prop::collection::vec((0..FIELDS.len(), 0u8..5), 0..3),
        prop::collection::vec((0..FIELDS.len(), target), 0..5),
        prop::option::weighted(0.1, any::<usize>()),
    )
        .prop_map(
            |((ms, n, seq, prev), (rec, kind, mission), set, over, circle)| Attack {
                ms,
                n,
                seq,
                prev,
                rec,
                kind,
                mission,
                set,
                over,
                circle,
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (
            prop_oneof![Just(AWA), Just(LENA)],
            0u8..2,
            0..2usize,
            prop::collection::vec(any::<usize>(), 0..3)
        )
            .prop_map(|(dev, rec, field, unseen)| Step::Honest {
                dev,
                rec,
                field,
                unseen
            }),
        attack().prop_map(Step::Hostile),
    ]
}

fn value(which: u8) -> Value {
    match which {
        0 => Value::Null,
        1 => json!(true),
        2 => json!("x".repeat(20_000)),
        3 => json!({"a": [[[[{}]]]], "b": -0.0}),
        _ => json!(u64::MAX),
    }
}

fn play(steps: &[Step]) -> Vec<StoredOp> {
    let mut ops: Vec<StoredOp> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let pick = |index: usize| (!ops.is_empty()).then(|| ops[index % ops.len()].id);
        let made = match step {
            Step::Honest {
                dev,
                rec,
                field,
                unseen,
            } => {
                let unseen: BTreeSet<OpId> = unseen.iter().filter_map(|at| pick(*at)).collect();
                let seen: Journal = ops
                    .iter()
                    .filter(|op| !unseen.contains(&op.id))
                    .cloned()
                    .collect();
                let field = FIELDS[*field];
                let over = seen
                    .record(&record_id(*rec))
                    .map(|record| record.seen([field]));
                let hlc = Hlc {
                    ms: NOW.0 + at as i64,
                    n: 0,
                };
                let set = [(field.to_owned(), json!(format!("étape {at}")))].into();
                StoredOp::new(op(
                    *dev,
                    at as u64,
                    hlc,
                    *rec,
                    set,
                    over.unwrap_or_default(),
                ))
            }
            Step::Hostile(attack) => {
                let set = attack
                    .set
                    .iter()
                    .map(|(field, which)| (FIELDS[*field].to_owned(), value(*which)));
                let mut over = Over::new();
                let mut herself = Vec::new();
                for (field, target) in &attack.over {
                    let ids = over.entry(FIELDS[*field].to_owned()).or_default();
                    match target {
                        Target::Op(index) => ids.extend(pick(*index)),
                        Target::NeverComes(byte) => ids.push(OpId([*byte; 32])),
                        Target::Herself => herself.push(*field),
                    }
                }
                let hlc = Hlc {
                    ms: attack.ms,
                    n: attack.n,
                };
                let mut made = op(MALLORY, attack.seq, hlc, attack.rec, set.collect(), over);
                made.prev = attack.prev.and_then(pick);
                made.kind = if attack.kind {
                    Kind::NOTE
                } else {
                    Kind::CONTACT
                };
                made.mission = mission(attack.mission);
                let mut made = StoredOp::new(made);
                for field in herself {
                    let ids = made.op.over.entry(FIELDS[field].to_owned()).or_default();
                    ids.push(made.id);
                }
                if let Some(named) = attack.circle.and_then(|index| {
                    // An id that an op so far awaits.
                    let named: Vec<OpId> = ops
                        .iter()
                        .flat_map(|op| op.op.over.values().flatten())
                        .copied()
                        .collect();
                    (!named.is_empty()).then(|| named[index % named.len()])
                }) {
                    made.id = named;
                }
                made
            }
        };
        if ops.iter().all(|op| op.id != made.id) {
            ops.push(made);
        }
    }
    ops
}

fn shuffled(ops: &[StoredOp], mut seed: u64) -> Vec<StoredOp> {
    let mut all: Vec<(u64, StoredOp)> = ops
        .iter()
        .map(|op| {
            // SplitMix64.
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed ^ mixed >> 27, op.clone())
        })
        .collect();
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().map(|(_, op)| op).collect()
}

fn is_honest(op: &StoredOp) -> bool {
    op.op.dev != DeviceId([MALLORY; 32])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn all_see_the_same_in_whatever_order_and_after_being_put_away(steps in prop::collection::vec(step(), 1..30), seed: u64, put_away in 0usize..30) {
        let ops = play(&steps);
        let straight: Journal = ops.iter().cloned().collect();
        let other: Journal = shuffled(&ops, seed).into_iter().chain(ops.clone()).collect();
        prop_assert_eq!(&straight, &other);
        prop_assert_eq!(straight.anomalies(), other.anomalies());
        for record in straight.records() {
            let _ = (record.conflicts(), record.is_deleted(), record.survived_deletion(), record.values().count());
            let _ = straight.history(&record.rec);
            let ours = shuffled(&ops, seed);
            let mut ours = ours.iter().filter(|op| op.op.rec == record.rec);
            let mut again = Record::new(ours.next().unwrap());
            for (at, op) in ours.enumerate() {
                if at == put_away {
                    again = serde_json::from_str(&serde_json::to_string(&again).unwrap()).unwrap();
                }
                prop_assert!(again.apply(op));
            }
            prop_assert_eq!(&again, record);
        }
    }

    #[test]
    fn what_an_honest_person_wrote_is_seen_until_an_op_of_its_record_says_it_replaces_it(steps in prop::collection::vec(step(), 1..30), seed: u64) {
        let ops = shuffled(&play(&steps), seed);
        let mut journal = Journal::new();
        for op in &ops {
            prop_assert_eq!(journal.accept(op.clone(), NOW), Inserted::New);
        }
        for honest in ops.iter().filter(|op| is_honest(op)) {
            for (field, value) in &honest.op.set {
                let named = ops.iter().any(|op| {
                    op.op.rec == honest.op.rec && op.op.over.get(field).is_some_and(|over| over.contains(&honest.id))
                });
                let record = journal.record(&honest.op.rec).unwrap();
                let heads = record.fields.get(field).map(|field| &field.heads[..]).unwrap_or_default();
                let head = heads.iter().find(|head| head.id == honest.id);
                prop_assert_eq!(head.is_none(), named);
                if let Some(head) = head {
                    prop_assert_eq!(&head.value, value);
                    prop_assert_eq!(head.dev, honest.op.dev);
                    // Deleted only if a deletion says that its author had seen it.
                    let deleters = ops.iter().filter(|op| op.op.set.get("_deleted") == Some(&json!(true)));
                    let seen = deleters.filter(|op| op.op.rec == honest.op.rec)
                        .any(|op| op.op.over.get("_deleted").is_some_and(|over| over.contains(&honest.id)));
                    prop_assert!(!record.is_deleted() || seen);
                }
                // Replaced or not, it is in the history, under its author's name.
                let there = journal.history(&honest.op.rec).into_iter().any(|version| version.op == honest.id);
                prop_assert!(there);
                prop_assert_eq!(&journal.get(&honest.id).unwrap().bytes, &honest.bytes);
            }
        }
    }

    #[test]
    fn no_stamp_of_the_far_future_holds_the_last_word(steps in prop::collection::vec(step(), 1..30)) {
        let mut journal = Journal::new();
        for op in play(&steps) {
            journal.accept(op, NOW);
        }
        // What an honest person writes two days later, over what she sees, is what is shown.
        let later = Timestamp(NOW.0 + 2 * 86_400_000);
        for rec in [0, 1] {
            let Some(record) = journal.record(&record_id(rec)) else { continue };
            let over = record.seen(["title"]);
            let set = [("title".to_owned(), json!("mot de la fin"))].into();
            let op = StoredOp::new(op(AWA, 1000, Hlc { ms: later.0, n: 0 }, rec, set, over));
            journal.accept(op, later);
            prop_assert_eq!(journal.record(&record_id(rec)).unwrap().text("title"), Some("mot de la fin"));
        }
    }
}

fn flood(over: impl Fn(u64) -> Over, set: &[&str]) -> Vec<StoredOp> {
    let set: BTreeMap<String, Value> = set
        .iter()
        .map(|field| ((*field).to_owned(), json!(1)))
        .collect();
    let one = |number: u64| {
        let hlc = Hlc {
            ms: number as i64,
            n: 0,
        };
        StoredOp::new(op(MALLORY, 1, hlc, 0, set.clone(), over(number)))
    };
    (0..10_000).map(one).collect()
}

fn takes_in_time(what: &str, ops: &[StoredOp]) -> Record {
    let begun = Instant::now();
    let journal: Journal = ops.iter().cloned().collect();
    let record = journal.record(&record_id(0)).unwrap();
    let _ = (
        record.is_deleted(),
        record.conflicts().len(),
        journal.anomalies(),
    );
    assert!(begun.elapsed() < PATIENCE, "{what}: {:?}", begun.elapsed());
    record.clone()
}

#[test]
fn ten_thousand_values_side_by_side_are_taken_in_time() {
    let ops = flood(|_| Over::new(), &["title"]);
    let record = takes_in_time("side by side", &ops);
    assert_eq!(record.fields["title"].heads.len(), 10_000);
    // And an op that says a hundred times of each that it replaces it.
    let named: Vec<OpId> = ops.iter().map(|op| op.id).collect();
    let over = Over::from([("title".to_owned(), named.repeat(100))]);
    let mut replaced = ops;
    replaced.push(StoredOp::new(op(
        MALLORY,
        2,
        Hlc { ms: 1, n: 0 },
        0,
        BTreeMap::new(),
        over,
    )));
    let record = takes_in_time("replaced a hundred times", &replaced);
    assert!(!record.fields.contains_key("title"));
}

#[test]
fn awaiting_a_hundred_thousand_fields_does_not_slow_what_comes_after() {
    let never = |field: u32| {
        (
            format!("champ {field}"),
            vec![OpId([9; 32]), OpId([(field % 251) as u8; 32])],
        )
    };
    let hoard = op(
        MALLORY,
        1,
        Hlc { ms: 0, n: 0 },
        0,
        BTreeMap::new(),
        (0..100_000).map(never).collect(),
    );
    let mut ops = vec![StoredOp::new(hoard)];
    ops.extend(flood(|_| Over::new(), &["text"]));
    takes_in_time("awaited", &ops);
}

#[test]
fn ten_thousand_deletions_of_each_other_are_taken_in_time() {
    let over = |number: u64| {
        let before = |back: u64| OpId([(number.wrapping_sub(back) % 251) as u8; 32]);
        Over::from([("_deleted".to_owned(), (1..20).map(before).collect())])
    };
    let mut ops = flood(over, &["title"]);
    for stored in &mut ops {
        stored.op.set.insert("_deleted".to_owned(), json!(true));
    }
    takes_in_time("deletions", &ops);
}

//! A bundle arrives as it was made, or it is noticed.

#![allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_journal::{Bundle, Chain, Clock, Journal, Op, Over, StoredOp};
use vigie_model::{DeviceId, Kind, MissionId, RecordId, Timestamp};

fn mission() -> MissionId {
    "11111111-1111-4111-8111-111111111111".parse().unwrap()
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(|number: f64| json!(number)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

type Written = (String, String, BTreeMap<String, Value>, i64);

fn written() -> impl Strategy<Value = Vec<Written>> {
    let set = prop::collection::btree_map(any::<String>(), value(), 0..5);
    prop::collection::vec((any::<String>(), any::<String>(), set, any::<i64>()), 0..8)
}

/// One device's run of ops.
fn run(written: Vec<Written>) -> Vec<StoredOp> {
    let (mut chain, mut clock) = (Chain::default(), Clock::default());
    let mut ops = Vec::new();
    for (by, kind, set, now) in written {
        let stored = StoredOp::new(Op {
            v: 1,
            dev: DeviceId([1; 32]),
            seq: chain.seq,
            prev: chain.prev,
            hlc: clock.tick(Timestamp(now)),
            by,
            rec: RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(ops.len() as u8)),
            kind: Kind::new(kind),
            mission: mission(),
            form: None,
            set,
            over: Over::new(),
            more: BTreeMap::new(),
        });
        chain = Chain::after(&stored);
        ops.push(stored);
    }
    ops
}

fn bundle(ops: &[StoredOp]) -> Bundle {
    Bundle::compose(mission(), DeviceId([1; 32]), Timestamp(5), ops).sign([9; 64])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_was_put_in_comes_out(written in written()) {
        let ops = run(written);
        let bundle = bundle(&ops);
        let (again, read) = Bundle::read(&bundle.to_json()).unwrap();
        prop_assert_eq!(&read, &ops);
        prop_assert_eq!(again.signed_message(), bundle.signed_message());
        prop_assert_eq!(again.to_json(), bundle.to_json());
        prop_assert_eq!(read.into_iter().collect::<Journal>().anomalies(), vec![]);
    }

    #[test]
    fn what_was_put_in_by_columns_comes_out(written in written(), spaced: bool) {
        let mut ops = run(written);
        if spaced {
            // As another programme might write them.
            let spaced = |op: &StoredOp| op.bytes.replacen("{\"v\":1,", "{ \"v\" :\t1 ,\n", 1).replace(",\"rec\":", " , \"rec\" : ");
            ops = ops.iter().map(|op| StoredOp::parse(&spaced(op)).unwrap()).collect();
        }
        let bundle = bundle(&ops);
        let Some(columns) = bundle.to_columns() else {
            prop_assert!(ops.len() < 2);
            return Ok(());
        };
        let (again, read) = Bundle::read(&columns).unwrap();
        prop_assert_eq!(&read, &ops);
        prop_assert_eq!(again.signed_message(), bundle.signed_message());
        prop_assert_eq!(again.to_json(), bundle.to_json());
        prop_assert_eq!(again.to_columns(), Some(columns));
    }

    #[test]
    fn a_changed_byte_is_refused_or_changes_what_was_signed(
        written in written(), by_columns: bool, at: prop::sample::Index, change in 1u8..,
    ) {
        let bundle = bundle(&run(written));
        let columns = bundle.to_columns().filter(|_| by_columns);
        let mut bytes = columns.unwrap_or_else(|| bundle.to_json());
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        if let Ok((changed, _)) = Bundle::read(&bytes) {
            let same = changed.signed_message() == bundle.signed_message() && changed.sig == bundle.sig;
            prop_assert!(!same, "byte {} of {}", at, bytes.len());
        }
    }

    #[test]
    fn a_bundle_cut_short_is_refused(written in written(), by_columns: bool, at: prop::sample::Index) {
        let bundle = bundle(&run(written));
        let columns = bundle.to_columns().filter(|_| by_columns);
        let bytes = columns.unwrap_or_else(|| bundle.to_json());
        prop_assert!(Bundle::read(&bytes[..at.index(bytes.len())]).is_err());
    }

    #[test]
    fn any_text_is_refused_without_panic(text: String, bytes: Vec<u8>) {
        prop_assert!(StoredOp::parse(&text).is_err());
        prop_assert!(Bundle::read(&bytes).is_err());
    }
}

//! What each rule does, case by case.

#![allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_journal::{
    Anomaly, BadBundle, BadOp, Bundle, Hlc, Inserted, Journal, Op, Over, Purge, Record, StoredOp,
};
use vigie_model::{DeviceId, Kind, MissionId, OpId, RecordId, Timestamp};

fn mission() -> MissionId {
    "11111111-1111-4111-8111-111111111111".parse().unwrap()
}

fn rec() -> RecordId {
    "22222222-2222-4222-8222-222222222222".parse().unwrap()
}

fn op(dev: u8, seq: u64, ms: i64, set: Value, over: Over) -> StoredOp {
    let Value::Object(set) = set else {
        panic!("an object")
    };
    StoredOp::new(Op {
        v: 1,
        dev: DeviceId([dev; 32]),
        seq,
        prev: (seq > 1).then_some(OpId([seq as u8; 32])),
        hlc: Hlc { ms, n: 0 },
        by: format!("personne {dev}"),
        rec: rec(),
        kind: Kind::NOTE,
        mission: mission(),
        form: None,
        set: set.into_iter().collect(),
        over,
        more: BTreeMap::new(),
    })
}

fn after(record: &Record, dev: u8, seq: u64, ms: i64, set: Value) -> StoredOp {
    let over = record.seen(set.as_object().unwrap().keys().map(String::as_str));
    op(dev, seq, ms, set, over)
}

#[test]
fn concurrent_edits_stand_side_by_side_until_a_person_settles_them() {
    let first = op(1, 1, 10, json!({"title": "brouillon"}), Over::new());
    let base = Record::new(&first);
    let (hers, his) = (
        after(&base, 1, 2, 20, json!({"title": "usine"})),
        after(&base, 2, 1, 30, json!({"title": "atelier"})),
    );
    let mut record = Record::from_ops([&first, &hers, &his]).unwrap();
    assert_eq!(
        record.text("title"),
        Some("atelier"),
        "the later stamp is shown"
    );
    assert_eq!(record.conflicts(), ["title"]);
    let settled = after(
        &record,
        1,
        3,
        40,
        json!({"title": "usine", "_reason": "vu le panneau"}),
    );
    assert_eq!(settled.op.over["title"].len(), 2);
    record.apply(&settled);
    assert_eq!(record.conflicts(), [""; 0]);
    assert_eq!(record.text("title"), Some("usine"));
}

#[test]
fn an_op_that_says_one_thing_twice_is_refused_wherever_it_says_it() {
    let set = json!({"title": "usine", "at": {"place": {"name": "x"}}});
    let over = Over::from([("title".to_owned(), vec![OpId([3; 32])])]);
    let whole = op(1, 1, 1, set, over).bytes.to_string();
    let whole = whole.replacen("{\"v\":1,", "{\"v\":1,\"humeur\":[{\"a\":1}],", 1);
    assert!(StoredOp::parse(&whole).is_ok());
    for (once, twice) in [
        ("\"v\":1", "\"v\":1,\"v\":1"),
        (
            "\"title\":\"usine\"",
            "\"title\":\"usine\",\"title\":\"atelier\"",
        ),
        (
            "\"title\":\"usine\"",
            "\"title\":\"usine\",\"\\u0074itle\":\"usine\"",
        ),
        ("\"name\":\"x\"", "\"name\":\"x\",\"name\":\"y\""),
        ("\"title\":[", "\"title\":[],\"title\":["),
        ("\"humeur\"", "\"humeur\":1,\"humeur\""),
        ("\"a\":1", "\"a\":1,\"a\":1"),
    ] {
        let doubled = whole.replacen(once, twice, 1);
        assert_ne!(doubled, whole, "{once}");
        let refused = StoredOp::parse(&doubled);
        assert!(matches!(refused, Err(BadOp::Malformed(_))), "{twice}");
    }
}

#[test]
fn the_same_value_written_twice_is_no_conflict_and_nor_is_a_reserved_field() {
    let ops = [
        op(
            1,
            1,
            10,
            json!({"title": "usine", "_reason": "a"}),
            Over::new(),
        ),
        op(
            2,
            1,
            20,
            json!({"title": "usine", "_reason": "b"}),
            Over::new(),
        ),
    ];
    let record = Record::from_ops(&ops).unwrap();
    assert_eq!(record.fields["title"].heads.len(), 2);
    assert_eq!(record.conflicts(), [""; 0]);
}

#[test]
fn an_edit_the_deleter_had_not_seen_survives() {
    let first = op(
        1,
        1,
        10,
        json!({"title": "usine", "text": "long"}),
        Over::new(),
    );
    let base = Record::new(&first);
    let deleted = after(&base, 1, 2, 20, json!({"_deleted": true}));
    assert_eq!(
        deleted.op.over["_deleted"],
        [first.id],
        "every head she saw"
    );
    let unseen = after(&base, 2, 1, 15, json!({"text": "plus long"}));

    let mut record = Record::from_ops([&first, &deleted]).unwrap();
    assert!(record.is_deleted() && !record.survived_deletion());
    assert_eq!(record.text("title"), Some("usine"), "nothing is dropped");
    record.apply(&unseen);
    assert!(!record.is_deleted() && record.survived_deletion());

    // Whoever sees both may delete for good, or restore.
    let for_good = after(&record, 2, 2, 30, json!({"_deleted": true}));
    let restored = after(&record, 2, 2, 30, json!({"_deleted": null}));
    let with = |op: &StoredOp| Record::from_ops([op, &first, &unseen, &deleted]).unwrap();
    assert!(with(&for_good).is_deleted());
    assert!(!with(&restored).is_deleted() && !with(&restored).survived_deletion());
    assert_eq!(with(&restored).text("text"), Some("plus long"));
}

#[test]
fn a_restore_and_a_deletion_that_did_not_see_each_other_leave_it_here() {
    let first = op(1, 1, 10, json!({"title": "usine"}), Over::new());
    let deleted = after(&Record::new(&first), 1, 2, 20, json!({"_deleted": true}));
    let both_saw = Record::from_ops([&first, &deleted]).unwrap();
    let restored = after(&both_saw, 1, 3, 30, json!({"_deleted": null}));
    let again = after(&both_saw, 2, 1, 40, json!({"_deleted": true}));
    let record = Record::from_ops([&first, &deleted, &restored, &again]).unwrap();
    assert!(!record.is_deleted() && record.survived_deletion());
}

#[test]
fn a_record_is_as_its_first_op_says_and_as_new_as_its_last() {
    let mut late = op(2, 1, 50, json!({"title": "b"}), Over::new());
    late.op.kind = Kind::CONTACT;
    let late = StoredOp::new(late.op);
    let early = op(1, 1, 10, json!({"text": "a"}), Over::new());
    let record = Record::from_ops([&late, &early]).unwrap();
    assert_eq!((record.created.ms, record.updated.ms), (10, 50));
    assert_eq!(
        (record.by.as_str(), record.kind.as_str()),
        ("personne 1", "note")
    );
    assert_eq!(
        record.values().collect::<Vec<_>>(),
        [("text", &json!("a")), ("title", &json!("b"))]
    );
}

#[test]
fn history_tells_what_each_author_saw_and_wrote() {
    let first = op(1, 1, 10, json!({"title": "a", "text": "t"}), Over::new());
    let second = after(&Record::new(&first), 2, 1, 20, json!({"title": null}));
    let journal: Journal = [second.clone(), first.clone()].into_iter().collect();
    let history = journal.history(&rec());
    assert_eq!(
        history.iter().map(|version| version.op).collect::<Vec<_>>(),
        [second.id, first.id]
    );
    assert_eq!(
        serde_json::to_value(&history[0].changes).unwrap(),
        json!([{"field": "title", "before": "a", "after": null}])
    );
    assert_eq!(
        history[1]
            .changes
            .iter()
            .filter(|change| change.before.is_none())
            .count(),
        2
    );
    assert_eq!(
        journal.history(&"99999999-2222-4222-8222-222222222222".parse().unwrap()),
        []
    );
}

#[test]
fn gaps_and_forks_are_named() {
    let dev = DeviceId([1; 32]);
    let gap = |from, to| Anomaly::Gap { dev, from, to };
    let cases: [(&[u64], Vec<Anomaly>); 5] = [
        (&[], vec![]),
        (&[1, 2, 3], vec![]),
        (&[1, 4, 5], vec![gap(2, 3)]),
        (&[3], vec![gap(1, 2)]),
        (&[2, u64::MAX], vec![gap(1, 1), gap(3, u64::MAX - 1)]),
    ];
    for (seqs, expected) in cases {
        let journal: Journal = seqs
            .iter()
            .map(|seq| op(1, *seq, 10, json!({"title": seq}), Over::new()))
            .collect();
        assert_eq!(journal.anomalies(), expected, "{seqs:?}");
    }

    let (one, other) = (
        op(1, 1, 10, json!({"title": 1}), Over::new()),
        op(1, 1, 10, json!({"title": 2}), Over::new()),
    );
    let mut ids = vec![one.id, other.id];
    ids.sort();
    let journal: Journal = [one, other].into_iter().collect();
    assert_eq!(journal.anomalies(), [Anomaly::Fork { dev, seq: 1, ids }]);
    assert_eq!(journal.record(&rec()).unwrap().conflicts(), ["title"]);
}

#[test]
fn what_a_later_version_wrote_survives_to_the_byte() {
    let text = op(1, 1, 10, json!({"title": "a"}), Over::new())
        .bytes
        .replacen('{', "{ \"humeur\":\t[1.50, 1e2],", 1);
    let stored = StoredOp::parse(&format!("\n {text} ")).unwrap();
    assert_eq!(&*stored.bytes, text);
    assert_eq!(stored.op.more["humeur"], json!([1.50, 1e2]));
    let bundle = Bundle::compose(
        mission(),
        DeviceId([1; 32]),
        Timestamp(5),
        std::slice::from_ref(&stored),
    )
    .sign([9; 64]);
    let (again, ops) = Bundle::read(&bundle.to_json()).unwrap();
    assert_eq!(ops, [stored]);
    assert_eq!(again.signed_message(), bundle.signed_message());
    assert_eq!(again.to_json(), bundle.to_json());
}

#[test]
fn text_that_is_not_an_op_is_refused() {
    let good = op(1, 1, 10, json!({"title": "a"}), Over::new()).bytes;
    for (from, to) in [
        ("\"seq\":1", "\"seq\":-1"),
        ("\"seq\":1", "\"seq\":1,\"seq\":2"),
        ("\"by\":\"personne 1\",", ""),
        ("[10,0]", "[10]"),
        ("[10,0]", "[10,-1]"),
        ("01010101", "0101010A"),
        ("22222222-2222", "22222222_2222"),
        ("{\"title\":\"a\"}", "[]"),
        ("{\"title\":\"a\"}", "{\"title\":\"\\ud800\"}"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, *good, "{from}");
        assert!(
            matches!(StoredOp::parse(&bad), Err(BadOp::Malformed(_))),
            "{bad}"
        );
    }
    let deep = good.replacen(
        "\"a\"",
        &format!("{}{}", "[".repeat(500), "]".repeat(500)),
        1,
    );
    assert!(matches!(StoredOp::parse(&deep), Err(BadOp::Malformed(_))));
    assert!(matches!(
        StoredOp::parse(&good.replacen("\"v\":1", "\"v\":2", 1)),
        Err(BadOp::Version(2))
    ));
    for text in ["", " ", "null", "[]", "{}", "\u{feff}{}", "{\"v\":1}"] {
        assert!(StoredOp::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn emoji_right_to_left_nul_and_a_megabyte_of_text_come_back() {
    let text = format!("👩🏽‍🏭 \u{202e}سلام\u{0}\u{7f}\"\\ {}", "é".repeat(1 << 20));
    let stored = op(
        1,
        1,
        10,
        json!({"text": text, "\u{0}\u{202e}": 1}),
        Over::new(),
    );
    assert_eq!(StoredOp::parse(&stored.bytes).unwrap(), stored);
    assert_eq!(Record::new(&stored).text("text"), Some(text.as_str()));
}

#[test]
fn a_bundle_of_somebody_elses_ops_is_refused() {
    let ops = [op(1, 1, 10, json!({"title": "a"}), Over::new())];
    let good = Bundle::compose(mission(), DeviceId([1; 32]), Timestamp(5), &ops)
        .sign([9; 64])
        .to_json();
    let good = String::from_utf8(good).unwrap();
    let change = |from: &str, to: &str| {
        Bundle::read(good.replacen(from, to, 1).as_bytes())
            .map(|_| ())
            .unwrap_err()
    };
    let (other_dev, other_mission) = ("02".repeat(32), "33333333-1111-4111-8111-111111111111");
    assert!(matches!(
        change(&"01".repeat(32), &other_dev),
        BadBundle::ForeignOp { index: 0 }
    ));
    assert!(matches!(
        change(&mission().to_string(), other_mission),
        BadBundle::ForeignOp { index: 0 }
    ));
    assert!(matches!(
        change("{\"v\":1,\"mission\"", "{\"v\":3,\"mission\""),
        BadBundle::Version(3)
    ));
    assert!(matches!(
        change("{\"v\":1,\"dev\"", "{\"v\":3,\"dev\""),
        BadBundle::Op {
            index: 0,
            reason: BadOp::Version(3)
        }
    ));
    assert!(matches!(
        change("\"sig\":\"09", "\"sig\":\"0X"),
        BadBundle::Malformed(_)
    ));
    assert!(matches!(
        Bundle::read(b"{\"v\":7}"),
        Err(BadBundle::Version(7))
    ));
    for bytes in [
        &b""[..],
        b"{",
        b"[]",
        b"\xff\xfe",
        &good.as_bytes()[..good.len() - 1],
        &[good.as_bytes(), b"x"].concat(),
    ] {
        assert!(matches!(Bundle::read(bytes), Err(BadBundle::Malformed(_))));
    }
}

#[test]
fn a_purge_drops_values_wherever_the_op_is_and_keeps_what_was_signed() {
    let secret = op(
        1,
        1,
        10,
        json!({"title": "Maria", "text": "elle a dit"}),
        Over::new(),
    );
    let kept = after(&Record::new(&secret), 1, 2, 20, json!({"title": "M."}));
    let purge = Purge::new(
        mission(),
        Timestamp(99),
        "à sa demande".into(),
        vec![secret.id],
        |_| [3; 64],
    );

    let mut here: Journal = [secret.clone(), kept.clone()].into_iter().collect();
    here.purge(&purge);
    let mut to_come = Journal::new();
    to_come.purge(&purge);
    to_come.extend([kept.clone(), secret.clone()]);
    assert_eq!(here, to_come);

    let husk = here.get(&secret.id).unwrap().clone();
    assert!(husk.is_purged() && !husk.bytes.contains("Maria") && !husk.bytes.contains("personne"));
    let record = here.record(&rec()).unwrap();
    assert_eq!(
        (record.text("title"), record.value("text")),
        (Some("M."), None)
    );
    assert_eq!(StoredOp::parse(&husk.bytes).unwrap(), husk);
    assert_eq!(husk.without_values(), husk);

    let dev = DeviceId([1; 32]);
    let before = Bundle::compose(mission(), dev, Timestamp(5), &[secret, kept.clone()]);
    let left = Bundle::compose(mission(), dev, Timestamp(5), &[husk.clone(), kept]);
    assert_eq!(before.message(), left.message());
    let left = left.sign([9; 64]).to_json();
    assert!(matches!(
        Bundle::read(&left),
        Err(BadBundle::NotPurged { index: 0 })
    ));
    let (_, ops) = Bundle::read_after(&left, |id| here.is_purged(id)).unwrap();
    assert_eq!(ops[0], husk);
    assert_eq!(here.insert(husk), Inserted::Known);
}

#[test]
fn what_says_that_it_was_purged_and_still_carries_values_loses_them() {
    let secret = op(1, 1, 10, json!({"title": "Maria"}), Over::new());
    let purge = Purge::new(
        mission(),
        Timestamp(99),
        "à sa demande".into(),
        vec![secret.id],
        |_| [3; 64],
    );
    let mut journal = Journal::new();
    journal.purge(&purge);
    let mut said: Value = serde_json::from_str(&secret.without_values().bytes).unwrap();
    said["set"] = json!({"title": "Maria, qui travaille ici", "_deleted": "Maria"});
    said["by"] = json!("Maria");
    said["note"] = json!("Maria");
    let said = StoredOp::parse(&said.to_string()).unwrap();
    assert!(said.is_purged());
    assert_eq!(said.id, secret.id);
    journal.insert(said);
    let kept = journal.get(&secret.id).unwrap();
    assert!(!kept.bytes.contains("Maria"), "{}", kept.bytes);
    assert_eq!(StoredOp::parse(&kept.bytes).unwrap(), *kept);
    assert_eq!(journal.record(&rec()).unwrap().text("title"), None);
}

#[test]
fn a_purged_deletion_still_deletes() {
    let first = op(1, 1, 10, json!({"title": "Maria"}), Over::new());
    let deleted = after(
        &Record::new(&first),
        1,
        2,
        20,
        json!({"_deleted": true, "_reason": "Maria l’a demandé"}),
    );
    let mut journal: Journal = [first.clone(), deleted.clone()].into_iter().collect();
    journal.purge(&Purge::new(
        mission(),
        Timestamp(99),
        String::new(),
        vec![first.id, deleted.id],
        |_| [3; 64],
    ));
    assert!(journal.record(&rec()).unwrap().is_deleted());
    assert!(journal.ops().all(|op| !op.bytes.contains("Maria")));
}

#[test]
fn a_purge_of_another_mission_touches_nothing() {
    let op = op(1, 1, 10, json!({"title": "Maria"}), Over::new());
    let other = "33333333-1111-4111-8111-111111111111".parse().unwrap();
    let mut journal: Journal = [op.clone()].into_iter().collect();
    journal.purge(&Purge::new(
        other,
        Timestamp(99),
        String::new(),
        vec![op.id],
        |_| [3; 64],
    ));
    assert_eq!(journal.get(&op.id), Some(&op));
    assert_eq!(journal.record(&rec()).unwrap().text("title"), Some("Maria"));
}

#[test]
fn what_is_written_looks_as_it_always_did() {
    let first = op(
        1,
        1,
        10,
        json!({"title": "Entrée « n° 1 »", "themes": ["decent_wages"], "place": null}),
        Over::new(),
    );
    insta::assert_snapshot!("op", &*first.bytes);
    insta::assert_snapshot!("op-id", first.id.to_string());
    let second = after(
        &Record::new(&first),
        1,
        2,
        20,
        json!({"title": "Entrée", "_deleted": true}),
    );
    insta::assert_snapshot!("op-over", &*second.bytes);
    let bundle = Bundle::compose(
        mission(),
        DeviceId([1; 32]),
        Timestamp(5),
        &[first.clone(), second.clone()],
    )
    .sign([9; 64]);
    insta::assert_snapshot!("bundle", String::from_utf8(bundle.to_json()).unwrap());
    insta::assert_snapshot!(
        "bundle-message",
        String::from_utf8(bundle.signed_message()).unwrap()
    );
    let record = Record::from_ops([
        &first,
        &second,
        &op(2, 1, 30, json!({"title": "autre"}), Over::new()),
    ])
    .unwrap();
    insta::assert_json_snapshot!("record", record);
    insta::assert_snapshot!("husk", &*first.without_values().bytes);
    let purge = Purge::new(
        mission(),
        Timestamp(99),
        "à sa demande".into(),
        vec![first.id],
        |_| [3; 64],
    );
    insta::assert_json_snapshot!("purge", purge);
    insta::assert_snapshot!("purge-message", String::from_utf8(purge.message()).unwrap());
    insta::assert_json_snapshot!(
        "history",
        vigie_journal::history::history([&first, &second])
    );
}

/// Three edits of one title, by columns.
fn by_columns() -> String {
    let first = op(1, 1, 10, json!({"title": "a"}), Over::new());
    let second = after(&Record::new(&first), 1, 2, 20, json!({"title": "b"}));
    let third = after(&Record::new(&second), 1, 3, 30, json!({"title": "c"}));
    let bundle = Bundle::compose(
        mission(),
        DeviceId([1; 32]),
        Timestamp(5),
        &[first, second, third],
    );
    let columns = bundle.sign([9; 64]).to_columns();
    String::from_utf8(columns.unwrap()).unwrap()
}

#[test]
fn what_differs_stands_side_by_side_and_an_op_before_is_named_by_how_far() {
    insta::assert_snapshot!("columns", by_columns());
}

#[test]
fn columns_that_can_not_be_put_together_are_refused() {
    let good = by_columns();
    let mut texts: Vec<String> = Vec::new();
    let mut refused = |from: &str, to: &str| {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        match Bundle::read(bad.as_bytes()) {
            Err(bad @ (BadBundle::Malformed(_) | BadBundle::Op { .. })) => {
                texts.push(bad.to_string())
            }
            other => panic!("{from} → {to}: {other:?}"),
        }
    };
    // A shape, a text, a column that is not there; a column with too little in it, and with too much.
    refused(r#""order":[0,"#, r#""order":[7,"#);
    refused(r#""shapes":[[0,"#, r#""shapes":[[99,"#);
    refused(r#""values":[["#, r#""value":[["#);
    refused(r#"["a","b","c"]"#, r#"["a","b"]"#);
    refused(r#"["a","b","c"]"#, r#"["a","b","c","d"]"#);
    // A value is never an object; a list is the number of an op before.
    refused(r#"["a","b","c"]"#, r#"["a",{"b":1},"c"]"#);
    // Ops that come later, that are not there, or by a number that is none.
    for back in ["0", "2", "-1", "18446744073709551615", "1,1", "\"1\""] {
        refused("[[1],", &format!("[[{back}],"));
    }
    refused(r#""order":[0,"#, r#""order":[0],"order":[0,"#);
    insta::assert_snapshot!("bad_columns", texts.join("\n"));
}

#[test]
fn few_bytes_of_columns_do_not_stand_for_many_of_ops() {
    let long = op(1, 1, 10, json!({"title": "x".repeat(100_000)}), Over::new());
    let columns = |count| {
        let ops = vec![long.clone(); count];
        Bundle::compose(mission(), DeviceId([1; 32]), Timestamp(5), &ops).sign([9; 64])
    };
    let most = columns(41).to_columns().unwrap();
    assert_eq!(Bundle::read(&most).unwrap().1.len(), 41);
    assert_eq!(columns(42).to_columns(), None);
    // The title in the text of a shape, which a hundred thousand ops have.
    let bomb = format!(
        r#"{{"v":2,"mission":"{}","dev":"{}","made":5,"ops":{{"texts":[{}],"shapes":[[0]],"order":[{}0],"values":[[]]}},"sig":"{}"}}"#,
        mission(),
        "01".repeat(32),
        json!(&*long.bytes),
        "0,".repeat(100_000),
        "09".repeat(64)
    );
    let refused = Bundle::read(bomb.as_bytes()).map(|_| ()).unwrap_err();
    assert!(matches!(refused, BadBundle::Malformed(why) if why.contains("too long")));
}

#[test]
fn a_run_that_is_not_alike_is_written_as_it_is() {
    let alone = op(1, 1, 10, json!({"title": "a"}), Over::new());
    let bundle = |ops: &[StoredOp]| {
        Bundle::compose(mission(), DeviceId([1; 32]), Timestamp(5), ops).sign([9; 64])
    };
    assert_eq!(bundle(&[]).to_columns(), None);
    let one = bundle(std::slice::from_ref(&alone));
    assert_eq!(one.to_shorter_json(), one.to_json());
    let other = op(
        1,
        2,
        20,
        json!({"text": null, "at": {"x": []}}),
        Over::new(),
    );
    let two = bundle(&[alone, other]);
    assert!(
        two.to_columns()
            .is_some_and(|columns| columns.len() > two.to_json().len())
    );
    assert_eq!(two.to_shorter_json(), two.to_json());
}

//! What lies inside a seal: whoever may seal, may have put anything there. One plain function for each reader, so that
//! libFuzzer and `shake`, which needs nothing but this compiler, throw the same things at the same places.

use std::sync::LazyLock;

use serde_json::{Value, value::RawValue};
use vigie_exchange::{api, request};
use vigie_journal::{Bundle, Journal, Op, Record, StoredOp};
use vigie_model::{Card, DeviceId, Kind, Lang, Link, MissionKind, Policy, Timestamp};
use vigie_notebook::tar;
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry, Seen, Verdict, docs,
    docs::MissionDoc,
    entries,
    import::{self, Reception},
    mission::{NewMission, new_mission},
    questions::Questions,
};
use vigie_seal::{
    Identity, InviteCode, InviteSecret, SigningKey, envelope, link, open_box, open_card, open_link,
    passfile, seal_box,
};

const NOW: Timestamp = Timestamp(1_795_000_000_000);
const LIMIT: usize = 1 << 20;

/// Of each reader, its name, and what calls it.
pub const READERS: [(&str, fn(&[u8])); 11] = [
    ("bundle", bundle),
    ("letter", letter),
    ("record", record),
    ("card", card),
    ("link", partner_link),
    ("team", team),
    ("document", document),
    ("receipt", receipt),
    ("request", signed_request),
    ("keys", keys),
    ("tar", tar),
];

struct World {
    keys: OfficeKeys,
    mission: MissionDoc,
    registry: Registry,
    awa: SigningKey,
}

fn numbers() -> impl FnMut(&mut [u8]) {
    let mut state = 7_u64;
    move |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        });
    }
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let random = &mut numbers();
    let keys = OfficeKeys::generate("Fédération", "https://vigie.example", random);
    let new = NewMission {
        name: "Mission".to_owned(),
        kind: MissionKind::ALL[0],
        starts: "2026-11-20".into(),
        ends: "2026-12-01".into(),
        languages: vec![Lang::new("fr")],
        policy: Policy::default(),
        forms: Vec::new(),
    };
    let mission = new_mission(new, &keys, random).expect("a good mission");
    let mut registry = Registry::from_docs([OfficeDoc::Mission(mission.clone())]);
    let awa = SigningKey::random(random);
    let invite = mission.invite(&keys, "Awa", Timestamp(i64::MAX), NOW, random);
    registry.insert(OfficeDoc::Invite(invite.doc.clone()));
    let code: InviteCode = invite.doc.code.parse().expect("a code");
    let enrol = vigie_join::enrol(&code, &awa, "Awa", &mission.mission_key, random);
    let item = api::EnrolledItem {
        n: 1,
        invite: enrol.invite,
        device: enrol.device,
        mission: None,
        proof: enrol.proof,
        name_box: enrol.name_box,
        at: NOW,
    };
    registry.enrolled(&item).expect("a proven enrolment");
    World {
        keys,
        mission,
        registry,
        awa,
    }
});

/// What is dropped at the office: sealed bytes, and the plain text of a bundle, by a device that the office knows: its ops
/// are made that device's, signed, sealed and imported, twice.
pub fn bundle(bytes: &[u8]) {
    let _ = envelope::open(bytes, &WORLD.keys.identity, LIMIT);
    let Ok((bundle, ops)) = Bundle::read(bytes) else {
        return;
    };
    let _ = bundle.signed_message();
    if let Some(columns) = bundle.to_columns() {
        let (again, _) = Bundle::read(&columns).expect("what was just written");
        assert_eq!(again.to_json(), bundle.to_json(), "by columns");
    }
    let ours = ops.into_iter().map(|stored| {
        StoredOp::new(Op {
            dev: WORLD.awa.device(),
            mission: WORLD.mission.id(),
            ..stored.op
        })
    });
    deliver(&ours.collect::<Vec<_>>());
}

fn deliver(ops: &[StoredOp]) {
    let World {
        keys,
        mission,
        registry,
        awa,
    } = &*WORLD;
    let unsigned = Bundle::compose(mission.id(), awa.device(), NOW, ops);
    let sig = awa.sign(&unsigned.message()).to_bytes();
    let plain = unsigned.sign(sig).to_json();
    let sealed = envelope::seal(&plain, &[keys.recipient()]).expect("one recipient");
    let (mut journal, mut seen) = (Journal::new(), Seen::default());
    let mut import = |journal: &mut Journal| {
        let at = Reception::carried(NOW);
        import::import(&sealed, keys, registry, 16 * LIMIT, at, journal, &mut seen)
    };
    let first = import(&mut journal);
    let before = journal.clone();
    let again = import(&mut journal);
    assert_eq!(journal, before, "the same bytes again change nothing");
    if matches!(first, Verdict::Accepted { .. }) {
        assert!(matches!(again, Verdict::AlreadyThere { .. }));
    } else {
        assert!(journal.is_empty(), "refused whole");
    }
    show(&journal);
}

fn show(journal: &Journal) {
    let questions = Questions::of(&WORLD.registry);
    let _ = entries::Index::of(journal, &questions, "fr").len();
    for record in journal.records() {
        let _ = (entries::facts(record, None), entries::conflicts(record));
        let _ = (record.is_deleted(), record.survived_deletion());
        let _ = journal.history(&record.rec);
    }
    let _ = journal.anomalies();
}

/// Any plain text, sealed for the office: what a stranger may send.
pub fn letter(bytes: &[u8]) {
    let World { keys, registry, .. } = &*WORLD;
    let sealed = envelope::seal(bytes, &[keys.recipient()]).expect("one recipient");
    let (mut journal, mut seen) = (Journal::new(), Seen::default());
    let at = Reception::carried(NOW);
    let verdict = import::import(&sealed, keys, registry, LIMIT, at, &mut journal, &mut seen);
    assert!(!matches!(verdict, Verdict::Accepted { .. }));
    let opened = envelope::open(&sealed, &keys.identity, LIMIT);
    assert_eq!(opened.as_deref(), Ok(bytes));
}

/// Lines of ops, in this order and backwards; and a row of a phone that takes them.
pub fn record(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let ops: Vec<StoredOp> = text
        .lines()
        .filter_map(|line| StoredOp::parse(line).ok())
        .collect();
    // Only a reader that knows a purge takes an op whose id is not its hash.
    let ops: Vec<StoredOp> = ops.into_iter().filter(|op| !op.is_purged()).collect();
    let there: Journal = ops.iter().cloned().collect();
    let back: Journal = ops.iter().rev().chain(&ops).cloned().collect();
    assert_eq!(there, back, "the order does not matter");
    show(&there);
    for record in there.records() {
        let json = serde_json::to_string(record).expect("a record is JSON");
        let again: Record = serde_json::from_str(&json).expect("what was written is read");
        assert_eq!(again, *record);
    }
    for line in text.lines() {
        if let Ok(mut record) = serde_json::from_str::<Record>(line) {
            for op in &ops {
                let op = StoredOp::new(Op {
                    rec: record.rec,
                    ..op.op.clone()
                });
                record.accept(&op);
            }
            let _ = (
                record.is_deleted(),
                record.conflicts(),
                record.seen(["_deleted"]),
            );
        }
    }
    let mut accepted = Journal::new();
    for op in ops {
        accepted.accept(op, NOW);
    }
    show(&accepted);
}

fn raw(bytes: &[u8]) -> Option<Box<RawValue>> {
    RawValue::from_string(std::str::from_utf8(bytes).ok()?.to_owned()).ok()
}

fn boxed(purpose: &str, plain: &[u8]) -> Vec<u8> {
    seal_box(&WORLD.mission.mission_key, purpose, plain, &mut numbers())
}

/// What a member puts in a card's box; and what a later office may sign.
pub fn card(bytes: &[u8]) {
    let (office, key) = (&WORLD.keys.signing, &WORLD.mission.mission_key);
    let _ = open_box(key, "card", bytes);
    let forged = open_card(&boxed("card", bytes), &office.verifying_key(), key);
    assert!(forged.is_err(), "who has the mission's key makes no card");
    let _ = InviteSecret::open(bytes, &code());
    let _ = serde_json::from_slice::<InviteSecret>(bytes);
    let Some(raw) = raw(bytes) else { return };
    let sig = office.sign(raw.get().as_bytes());
    let signed = format!(r#"{{"card":{},"sig":"{sig}"}}"#, raw.get());
    if let Ok(card) = open_card(
        &boxed("card", signed.as_bytes()),
        &office.verifying_key(),
        key,
    ) {
        compiled(&card);
    }
}

fn compiled(card: &Card) {
    for form in &card.forms {
        let _ = vigie_forms::Form::from_json(form.compiled.text());
    }
    let mut doc = WORLD.mission.clone();
    doc.card = card.clone();
    let registry = Registry::from_docs([OfficeDoc::Mission(doc)]);
    let _ = Questions::of(&registry);
}

fn code() -> InviteCode {
    InviteCode::random(&mut |bytes: &mut [u8]| bytes.fill(0x5a))
}

/// What is in a partner link's box: by anybody who has the code, and as an office of hers signs it.
pub fn partner_link(bytes: &[u8]) {
    let code = code();
    let boxed = |plain: &[u8]| seal_box(&code.box_key(), "link", plain, &mut numbers());
    let _ = open_link(bytes, &code);
    let _ = open_link(&boxed(bytes), &code);
    let Ok(read) = serde_json::from_slice::<Link>(bytes) else {
        return;
    };
    let mut link: Link = read;
    link.card.office = WORLD.keys.signing.verifying_key().to_string();
    let sealed = link::seal_link(&link, &WORLD.keys.signing, &code, &mut numbers());
    match open_link(&sealed, &code) {
        Ok(opened) => compiled(&opened.card),
        Err(_) => assert_ne!(link.v, Link::VERSION),
    }
}

/// What the office put beside a card: ops whose exact text lies in JSON.
pub fn team(bytes: &[u8]) {
    let Ok(Value::Array(ops)) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let Ok(raw) = serde_json::from_slice::<Vec<Box<RawValue>>>(bytes) else {
        return;
    };
    assert_eq!(ops.len(), raw.len());
    let ops = raw.iter().filter_map(|op| StoredOp::parse(op.get()).ok());
    let journal: Journal = ops.collect();
    show(&journal);
}

/// What somebody seals for the office as its document, without its signature and with it.
pub fn document(bytes: &[u8]) {
    let keys = &WORLD.keys;
    if let Ok(opened) = OfficeDoc::read(bytes, keys) {
        assert!(!opened.signed, "nobody else signs");
    }
    // `null` is as if nothing were signed.
    let Some(raw) = raw(bytes).filter(|raw| raw.get() != "null") else {
        return;
    };
    let sig = keys.signing.sign(&docs::message(raw.get()));
    let signed = format!(r#"{{"signed":{},"sig":"{sig}"}}"#, raw.get());
    if let Ok(opened) = OfficeDoc::read(signed.as_bytes(), keys) {
        assert!(opened.signed);
        if let Ok(again) = OfficeDoc::read(&docs::sign(&opened.exact, keys), keys) {
            assert_eq!(again.doc, opened.doc);
        }
        let registry = Registry::from_docs([OfficeDoc::Mission(WORLD.mission.clone()), opened.doc]);
        let _ = (registry.forms().len(), Questions::of(&registry));
        for mission in registry.missions() {
            let _ = (
                registry.invites(&mission.id()),
                registry.links(&mission.id()),
            );
            for form in &mission.card.forms {
                let _ = registry.media(&form.hash);
            }
        }
    }
}

/// What a server answers.
pub fn receipt(bytes: &[u8]) {
    let office = WORLD.keys.signing.verifying_key();
    if let Ok(receipt) = serde_json::from_slice::<api::Receipt>(bytes) {
        let _ = receipt.message();
        assert!(receipt.verify(&office).is_err(), "nobody else signs");
    }
    let _ = serde_json::from_slice::<api::Receipts>(bytes);
    let _ = serde_json::from_slice::<api::Docs>(bytes);
    let _ = serde_json::from_slice::<api::State>(bytes);
    let _ = serde_json::from_slice::<api::Problem>(bytes);
    let _ = serde_json::from_slice::<api::Enrolled>(bytes);
    if let Ok(feed) = serde_json::from_slice::<api::Feed>(bytes) {
        let mut registry = Registry::from_docs([OfficeDoc::Mission(WORLD.mission.clone())]);
        for item in feed.items {
            if let api::FeedItem::Enrolled(item) = item {
                assert!(
                    registry.enrolled(&item).is_err(),
                    "nobody proves a code that she has not"
                );
            }
        }
    }
}

/// The head of a request, a line each: method, path, key, time, signature; and the same, well signed.
pub fn signed_request(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (method, path) = (line(), line());
    let (key, time, signature) = (line(), line(), line());
    let body = request::body_hash(text.as_bytes());
    let head = |name: &'static str| match name {
        request::KEY_HEADER => Some(key),
        request::TIME_HEADER => Some(time),
        _ => Some(signature),
    };
    let _ = request::verify(method, path, head, &body, NOW);
    let awa = &WORLD.awa;
    let sent = Timestamp(time.parse().unwrap_or_default());
    let message = request::message(method, path, &body, sent);
    let (key, time) = (awa.verifying_key().to_string(), sent.0.to_string());
    let signature = awa.sign(&message).to_string();
    let head = |name: &'static str| match name {
        request::KEY_HEADER => Some(key.as_str()),
        request::TIME_HEADER => Some(time.as_str()),
        _ => Some(signature.as_str()),
    };
    let _ = request::verify(method, path, head, &body, NOW);
    let _ = vigie_join::read_invite(text, "");
    let _ = serde_json::from_slice::<api::Enrol>(bytes);
    let _ = serde_json::from_slice::<api::PutInvite>(bytes);
}

/// Key files and backups, and whatever else is typed or chosen as a key.
pub fn keys(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(keys) = OfficeKeys::from_text(text) {
        let again = OfficeKeys::from_text(&keys.to_text()).expect("what was written is read");
        assert_eq!(again.office(), keys.office());
    }
    let _ = (
        text.parse::<InviteCode>().is_ok(),
        text.parse::<Identity>().is_ok(),
    );
    let _ = text.parse::<envelope::Recipient>();
    let _ = serde_json::from_str::<vigie_seal::WrappedKey>(text);
    let _ = (text.parse::<DeviceId>(), serde_json::from_str::<Kind>(text));
    // A file may ask for a gigabyte and a second each; those that ask for little say as much of the reader.
    let dear = ["-> scrypt "].iter().any(|stanza| {
        text.lines().any(|line| {
            line.starts_with(stanza) && line.rsplit(' ').next().is_none_or(|work| work.len() > 1)
        })
    });
    if !dear {
        let _ = passfile::open_with_passphrase(bytes, "cheval agrafe", LIMIT);
    }
}

/// Several bundles in one file.
pub fn tar(bytes: &[u8]) {
    let files = tar::read(bytes);
    let held: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(held <= bytes.len());
    let mut again = tar::Archive::with_capacity(bytes.len());
    for (name, bytes) in &files {
        again.add(name, bytes);
    }
    assert_eq!(tar::read(&again.finish()).len(), files.len());
}

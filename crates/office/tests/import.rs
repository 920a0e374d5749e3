//! What becomes of bundles, good and bad.

mod world;

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use vigie_exchange::api::Hex;
use vigie_journal::{Journal, StoredOp};
use vigie_model::{Kind, QuarantineReason, Timestamp, Warning};
use vigie_office::{
    OfficeDoc, Registry, Seen, Verdict,
    import::{self, OPEN_BYTES, Reception},
    receipts::receipt,
    registry::BadEnrolment,
};
use vigie_seal::{
    Identity, SigningKey,
    envelope::{self, bundle_id},
};
use world::{Device, NOW, Office};

fn reason(verdict: &Verdict) -> Option<QuarantineReason> {
    match verdict {
        Verdict::Quarantined { reason, .. } => Some(*reason),
        _ => None,
    }
}

/// An office, a delegate, and three notes of hers in one sealed bundle.
fn three_notes() -> (Office, Device, Vec<StoredOp>, Vec<u8>) {
    let mut office = Office::new(1);
    let mut awa = office.delegate("Awa");
    let ops: Vec<StoredOp> = (0..3)
        .map(|n| awa.note(&[("title", format!("Note {n}").into())]))
        .collect();
    let sealed = awa.sealed(&office, &ops);
    (office, awa, ops, sealed)
}

#[test]
fn a_good_bundle_is_accepted_once_and_known_ever_after() {
    let (mut office, awa, _, sealed) = three_notes();
    let accepted = office.import(&sealed);
    let (bundle, device, mission) = (bundle_id(&sealed), awa.id(), awa.mission);
    assert_eq!(
        accepted,
        Verdict::Accepted {
            bundle,
            device,
            mission,
            ops: 3,
            new: 3,
            known: 0,
            warnings: vec![]
        }
    );
    let journal = office.journal.clone();
    for _ in 0..2 {
        assert_eq!(
            office.import(&sealed),
            Verdict::AlreadyThere {
                bundle,
                device,
                mission
            }
        );
    }
    assert_eq!(office.journal, journal);
    let name = office
        .registry
        .device(&device)
        .map(|device| device.name.clone());
    assert_eq!(name.as_deref(), Some("Awa"));
}

#[test]
fn the_same_ops_in_another_seal_are_known_and_still_get_a_receipt() {
    let (mut office, awa, ops, sealed) = three_notes();
    office.import(&sealed);
    let again = office.import(&awa.sealed(&office, &ops));
    assert!(
        matches!(
            again,
            Verdict::Accepted {
                new: 0,
                known: 3,
                ..
            }
        ),
        "{again:?}"
    );
    let receipt = receipt(&again, NOW, &office.keys, &office.registry).expect("a receipt");
    assert!(receipt.verify(&office.keys.signing.verifying_key()).is_ok());
}

#[test]
fn each_fault_has_its_reason_and_none_touches_the_journal_nor_stops_the_next() {
    let (mut office, awa, ops, good) = three_notes();
    let elsewhere = Identity::generate().recipient();
    let plain = awa.bundle(&ops).to_json();
    let text = String::from_utf8(plain.clone()).expect("JSON");
    let flip = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let forged = {
        let mut bundle = awa.bundle(&ops);
        bundle.sig = SigningKey::from_bytes([66; 32])
            .sign(&bundle.signed_message())
            .to_bytes();
        bundle.to_json()
    };
    let stranger = {
        let mut stranger = office.stranger("Nobody");
        let op = stranger.note(&[("title", "…".into())]);
        stranger.sealed(&office, &[op])
    };
    let other_mission = {
        let mut other = Office::new(99).delegate("Awa");
        other.key = awa.key.clone();
        let op = other.note(&[("title", "…".into())]);
        other.sealed(&office, &[op])
    };
    let other_devices_op = {
        let mut stranger = office.stranger("Nobody");
        let op = stranger.note(&[("title", "…".into())]);
        awa.bundle(&[&*ops, &[op]].concat()).to_json()
    };
    let bomb = {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        for _ in 0..OPEN_BYTES / (1 << 20) + 1 {
            gzip.write_all(&vec![b' '; 1 << 20]).expect("memory");
        }
        let bytes = gzip.finish().expect("memory");
        assert!(bytes.len() < 100_000);
        age_only(&bytes, &office)
    };
    let table: Vec<(&str, Vec<u8>, QuarantineReason)> = vec![
        ("empty", vec![], QuarantineReason::NotSealed),
        (
            "a photo",
            b"\xff\xd8\xff\xe0 JFIF".to_vec(),
            QuarantineReason::NotSealed,
        ),
        ("opened bundle", plain.clone(), QuarantineReason::NotSealed),
        (
            "foreign office",
            envelope::seal(&plain, &[elsewhere]).expect("sealed"),
            QuarantineReason::NotForUs,
        ),
        (
            "cut in the header",
            good[..60].to_vec(),
            QuarantineReason::Damaged,
        ),
        (
            "cut in the middle",
            good[..good.len() / 2].to_vec(),
            QuarantineReason::Damaged,
        ),
        (
            "last byte gone",
            good[..good.len() - 1].to_vec(),
            QuarantineReason::Damaged,
        ),
        (
            "bit flipped in the body",
            flip(good.len() - 20),
            QuarantineReason::Damaged,
        ),
        (
            "something after the end",
            [good.clone(), b"x".to_vec()].concat(),
            QuarantineReason::Damaged,
        ),
        ("zip bomb", bomb, QuarantineReason::TooLarge),
        (
            "not gzip",
            age_only(b"hello", &office),
            QuarantineReason::Damaged,
        ),
        (
            "not JSON",
            office.seal(b"hello"),
            QuarantineReason::Malformed,
        ),
        (
            "not UTF-8",
            office.seal(b"\xff\xfe{}"),
            QuarantineReason::Malformed,
        ),
        (
            "other JSON",
            office.seal(b"{\"v\":1}"),
            QuarantineReason::Malformed,
        ),
        (
            "deep JSON",
            office.seal("[".repeat(1_000_000).as_bytes()),
            QuarantineReason::Malformed,
        ),
        (
            "later version",
            office.seal(text.replacen("{\"v\":1", "{\"v\":9", 1).as_bytes()),
            QuarantineReason::Newer,
        ),
        (
            "an op of a later version",
            office.seal(
                text.replacen("{\"v\":1,\"dev\"", "{\"v\":2,\"device\"", 1)
                    .as_bytes(),
            ),
            QuarantineReason::Newer,
        ),
        (
            "another's op inside",
            office.seal(&other_devices_op),
            QuarantineReason::Malformed,
        ),
        (
            "changed op",
            office.seal(text.replacen("Note 1", "Note 9", 1).as_bytes()),
            QuarantineReason::BadSignature,
        ),
        (
            "signed by another key",
            office.seal(&forged),
            QuarantineReason::BadSignature,
        ),
        ("never enrolled", stranger, QuarantineReason::UnknownDevice),
        (
            "another mission",
            other_mission,
            QuarantineReason::WrongMission,
        ),
    ];
    for (what, bytes, expected) in table {
        let verdict = office.import(&bytes);
        assert_eq!(reason(&verdict), Some(expected), "{what}");
        assert_eq!(
            receipt(&verdict, NOW, &office.keys, &office.registry),
            None,
            "{what}"
        );
        assert!(
            office.journal.is_empty() && office.seen.is_empty(),
            "{what}"
        );
    }
    assert!(matches!(
        office.import(&good),
        Verdict::Accepted { new: 3, .. }
    ));
}

/// The version that the office shows of a device.
fn app<'a>(office: &'a Office, device: &Device) -> Option<&'a str> {
    Some(office.seen.app(&device.id())?.as_str())
}

#[test]
fn the_app_of_a_device_is_that_of_what_it_wrote_last_however_late_the_rest_comes() {
    let mut office = Office::new(4);
    let mut awa = office.delegate("Awa");
    let [before, old, new] = [1, 2, 3].map(|n| awa.note(&[("title", n.into())]));
    assert_eq!(app(&office, &awa), None);
    let by = |op: &StoredOp, version| awa.bundle_by(std::slice::from_ref(op), version).to_json();
    for (bundle, expected) in [
        (by(&new, "0.2.0"), Some("0.2.0")),
        (by(&old, "0.1.0"), Some("0.2.0")),
        (
            awa.bundle(std::slice::from_ref(&before)).to_json(),
            Some("0.2.0"),
        ),
    ] {
        let verdict = office.import(&office.seal(&bundle));
        assert!(
            matches!(verdict, Verdict::Accepted { new: 1, .. }),
            "{verdict:?}"
        );
        assert_eq!(app(&office, &awa), expected);
    }
    // A phone on which an older app was put back says nothing any more.
    let last = awa.note(&[("title", 4.into())]);
    let verdict = office.import(&awa.sealed(&office, &[last]));
    assert!(
        matches!(verdict, Verdict::Accepted { new: 1, .. }),
        "{verdict:?}"
    );
    assert_eq!(app(&office, &awa), None);
}

#[test]
fn an_app_that_the_device_did_not_sign_or_that_is_no_version_is_unknown_and_costs_no_entry() {
    let said = r#""version":"0.1.0""#;
    for (what, from, to) in [
        ("another version", said, r#""version":"9.9.9""#),
        ("markup", said, r#""version":"<b>0.1.0</b>""#),
        ("no text", said, r#""version":["0.1.0"]"#),
        ("said twice", said, r#""version":"0.1.0","version":"0.1.0""#),
        ("of another shape", r#""app":{"#, r#""app":7,"autre":{"#),
        ("nothing", r#""app":{"#, r#""app":null,"autre":{"#),
    ] {
        let mut office = Office::new(5);
        let mut awa = office.delegate("Awa");
        let op = awa.note(&[("title", "Vu".into())]);
        let good = String::from_utf8(awa.bundle_by(&[op], "0.1.0").to_json()).expect("text");
        assert!(good.contains(from), "{good}");
        let verdict = office.import(&office.seal(good.replacen(from, to, 1).as_bytes()));
        assert!(
            matches!(verdict, Verdict::Accepted { new: 1, .. }),
            "{what}: {verdict:?}"
        );
        assert_eq!(app(&office, &awa), None, "{what}");
    }
    let mut office = Office::new(5);
    let mut awa = office.delegate("Awa");
    let op = awa.note(&[("title", "Vu".into())]);
    let good = String::from_utf8(awa.bundle_by(&[op], "0.1.0").to_json()).expect("text");
    let twice = good.replacen(r#""app":{"#, r#""app":null,"app":{"#, 1);
    let verdict = office.import(&office.seal(twice.as_bytes()));
    assert_eq!(reason(&verdict), Some(QuarantineReason::Malformed));
}

/// `bytes` sealed without being compressed first.
fn age_only(bytes: &[u8], office: &Office) -> Vec<u8> {
    use age::Encryptor;
    let recipient: age::x25519::Recipient = office
        .keys
        .recipient()
        .to_string()
        .parse()
        .expect("a recipient");
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .expect("one");
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).expect("memory");
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory");
    sealed
}

#[test]
fn what_came_before_its_enrolment_is_taken_once_the_enrolment_came() {
    let mut office = Office::new(2);
    let mut awa = office.stranger("Awa");
    let op = awa.note(&[("title", "…".into())]);
    let sealed = awa.sealed(&office, &[op]);
    let early = office.import(&sealed);
    assert_eq!(reason(&early), Some(QuarantineReason::UnknownDevice));
    assert!(
        matches!(early, Verdict::Quarantined { device: Some(device), .. } if device == awa.id())
    );
    let item = office.enrolment(&awa, "Awa");
    office.registry.enrolled(&item).expect("proven");
    assert!(matches!(
        office.import(&sealed),
        Verdict::Accepted { new: 1, .. }
    ));
}

#[test]
fn a_server_can_not_slip_in_a_device() {
    let mut office = Office::new(3);
    let awa = office.stranger("Awa");
    let mallory = office.stranger("Mallory");
    let item = office.enrolment(&awa, "Awa");

    let mut swapped = item.clone();
    swapped.device = mallory.id();
    assert_eq!(office.registry.enrolled(&swapped), Err(BadEnrolment::Proof));
    let mut guessed = item.clone();
    guessed.proof = Hex([0; 32]);
    assert_eq!(office.registry.enrolled(&guessed), Err(BadEnrolment::Proof));
    let mut unknown = item.clone();
    unknown.invite = vigie_model::InviteId([1; 32]);
    assert_eq!(
        office.registry.enrolled(&unknown),
        Err(BadEnrolment::UnknownInvite)
    );
    assert_eq!(office.registry.devices().count(), 0);

    for _ in 0..2 {
        assert_eq!(office.registry.enrolled(&item), Ok(awa.id()));
    }
    let invite = office.registry.invites(&office.mission.id())[0]
        .doc
        .code()
        .expect("a code");
    let second = vigie_join::enrol(
        &invite,
        &mallory.key,
        "Mallory",
        &office.mission.mission_key,
        &mut office.dice,
    );
    let second = vigie_exchange::api::EnrolledItem {
        device: second.device,
        proof: second.proof,
        ..item
    };
    assert_eq!(office.registry.enrolled(&second), Err(BadEnrolment::Used));
    assert_eq!(office.registry.devices().count(), 1);
}

#[test]
fn a_missing_bundle_and_a_restored_phone_are_said_and_refuse_nothing() {
    let mut office = Office::new(4);
    let mut awa = office.delegate("Awa");
    let ops: Vec<StoredOp> = (0..4)
        .map(|n| awa.note(&[("title", format!("{n}").into())]))
        .collect();
    let (first, third) = (
        awa.sealed(&office, &ops[..1]),
        awa.sealed(&office, &ops[2..]),
    );
    let warnings = |verdict: Verdict| match verdict {
        Verdict::Accepted { warnings, .. } => warnings,
        other => panic!("{other:?}"),
    };
    assert_eq!(warnings(office.import(&first)), vec![]);
    assert_eq!(
        warnings(office.import(&third)),
        vec![Warning::Gap { from: 2, to: 2 }]
    );
    let second = awa.sealed(&office, &ops[1..2]);
    assert_eq!(warnings(office.import(&second)), vec![]);

    awa.chain = vigie_journal::Chain {
        seq: 2,
        prev: Some(ops[0].id),
    };
    let restored = awa.note(&[("title", "after the restoration".into())]);
    let restored = awa.sealed(&office, &[restored]);
    assert_eq!(
        warnings(office.import(&restored)),
        vec![Warning::Fork { seq: 2 }]
    );
    assert_eq!(office.journal.records().len(), 5);
}

#[test]
fn documents_of_two_desks_make_one_registry_in_any_order() {
    let mut office = Office::new(5);
    let older = office.mission.clone();
    let newer = older.revise(&office.keys, |card| {
        card.mission.name = "Mission Chittagong".into()
    });
    assert_eq!((newer.rev, newer.card.rev, newer.id()), (2, 2, older.id()));
    let invite = older.invite(&office.keys, " Awa ", Timestamp(9), NOW, &mut office.dice);
    let docs = [
        OfficeDoc::Mission(newer.clone()),
        OfficeDoc::Invite(invite.doc.clone()),
        OfficeDoc::Mission(older),
    ];
    let sealed: Vec<Vec<u8>> = docs.iter().map(|doc| doc.seal(&office.keys)).collect();
    let open = |order: &[usize]| {
        let docs = order.iter().map(|at| {
            OfficeDoc::open(&sealed[*at], &office.keys)
                .expect("opens")
                .doc
        });
        let registry = Registry::from_docs(docs);
        let name = registry
            .mission(&newer.id())
            .map(|doc| doc.card.mission.name.clone());
        let labels: Vec<String> = registry
            .invites(&newer.id())
            .iter()
            .map(|i| i.doc.label.clone())
            .collect();
        (name, labels)
    };
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        assert_eq!(
            open(&order),
            (Some("Mission Chittagong".into()), vec!["Awa".into()])
        );
    }
    let stranger = Office::new(6);
    assert!(OfficeDoc::open(&sealed[0], &stranger.keys).is_err());
    assert!(OfficeDoc::open(b"hello", &office.keys).is_err());
    assert!(
        OfficeDoc::open(&office.seal(b"{\"doc\":\"later\"}"), &office.keys)
            .is_ok_and(|opened| !opened.signed && matches!(opened.doc, OfficeDoc::Unknown(_)))
    );
    let plain = serde_json::to_string(&docs[0]).expect("JSON");
    let twice = plain.replacen("\"rev\":", "\"rev\":9,\"rev\":", 1);
    assert!(
        OfficeDoc::open(&office.seal(twice.as_bytes()), &office.keys)
            .is_ok_and(|opened| matches!(opened.doc, OfficeDoc::Unknown(_))),
        "what says one thing twice is not understood"
    );
}

#[test]
fn a_device_opens_its_card_and_nobody_elses_word_changes_it() {
    let mut office = Office::new(7);
    let card = office.mission.seal_card(&office.keys, &mut office.dice);
    let key = office.keys.signing.verifying_key();
    let opened =
        vigie_seal::open_card(&card.bytes, &key, &office.mission.mission_key).expect("opens");
    assert_eq!(opened, office.mission.card);
    let invite = office
        .mission
        .invite(&office.keys, "Awa", Timestamp(9), NOW, &mut office.dice);
    let code = invite.doc.code().expect("a code");
    let secret = vigie_seal::InviteSecret::open(&invite.body.sealed.0, &code).expect("opens");
    assert_eq!((secret.mission, secret.office), (office.mission.id(), key));
    assert_eq!(
        invite.link("https://vigie.example"),
        format!("https://vigie.example/j#{code}")
    );
    let mut mallory = Office::new(8);
    let forged = vigie_office::docs::MissionDoc {
        mission_key: office.mission.mission_key.clone(),
        ..mallory.mission.clone()
    };
    let forged = forged.seal_card(&mallory.keys, &mut mallory.dice);
    assert!(vigie_seal::open_card(&forged.bytes, &key, &office.mission.mission_key).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn bundles_in_any_order_any_number_of_times_with_junk_between_give_one_journal(
        order in proptest::collection::vec(0..6_usize, 0..20),
        junk in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut office = Office::new(9);
        let (mut awa, mut lena) = (office.delegate("Awa"), office.delegate("Lena"));
        let rec = awa.record();
        let mut shared = Journal::new();
        let mut bundles = Vec::new();
        for n in 0..3 {
            let contact = awa.write(&shared, rec, Kind::CONTACT, &[("name", format!("awa {n}").into())]);
            let note = lena.note(&[("title", format!("lena {n}").into())]);
            let same = lena.write(&shared, rec, Kind::CONTACT, &[("name", format!("lena {n}").into())]);
            if n == 0 {
                shared.insert(contact.clone());
            }
            bundles.push(awa.sealed(&office, &[contact]));
            bundles.push(lena.sealed(&office, &[note, same]));
        }
        let mut straight = (Journal::new(), Seen::default());
        for sealed in &bundles {
            import::import(sealed, &office.keys, &office.registry, OPEN_BYTES, Reception::carried(NOW), &mut straight.0, &mut straight.1);
        }
        for at in order.into_iter().chain(0..6).rev() {
            let refused = office.import(&junk);
            // A few bytes may be those that a sealed file begins with.
            let is_refused = matches!(reason(&refused), Some(QuarantineReason::NotSealed | QuarantineReason::Damaged));
            prop_assert!(is_refused);
            prop_assert!(reason(&office.import(&bundles[at])).is_none());
        }
        // Both began the contact without seeing each other's: whose came first here is its author, and the rest is the same.
        let values = |journal: &Journal| -> Vec<_> {
            journal.records().map(|record| (record.rec, record.kind.clone(), record.fields.clone())).collect()
        };
        prop_assert!(office.journal.ops().eq(straight.0.ops()));
        prop_assert_eq!(values(&office.journal), values(&straight.0));
        prop_assert_eq!(&office.seen, &straight.1);
        prop_assert_eq!(office.journal.record(&rec).map(|record| record.conflicts().len()), Some(1));
    }

    #[test]
    fn no_damage_to_a_bundle_gets_in_or_panics(at: prop::sample::Index, bit in 0..8_u8, cut: prop::sample::Index) {
        let (mut office, _, _, good) = three_notes();
        let mut flipped = good.clone();
        flipped[at.index(good.len())] ^= 1 << bit;
        prop_assert!(reason(&office.import(&flipped)).is_some());
        prop_assert!(reason(&office.import(&good[..cut.index(good.len())])).is_some());
        prop_assert!(office.journal.is_empty());
    }
}

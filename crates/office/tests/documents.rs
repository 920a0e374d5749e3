//! Whose documents a desk believes, and what the new ones do: removals, cancelled invites, desks.

mod world;

use std::path::PathBuf;

use serde_json::{Value, json};
use vigie_journal::{Journal, StoredOp};
use vigie_model::{DeviceId, InviteId, Kind, QuarantineReason, Timestamp, ViewId};
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry, Seen, Verdict,
    docs::{self, BadDoc, DeskDoc, RemovedDoc, ViewDoc, believes_unsigned, message},
    import::{self, OPEN_BYTES, Reception},
    registry::BadEnrolment,
};
use vigie_seal::{Signature, SigningKey, envelope::bundle_id};
use world::{Device, NOW, Office};

const MINUTE: i64 = 60_000;

fn reason(verdict: Verdict) -> Option<QuarantineReason> {
    match verdict {
        Verdict::Quarantined { reason, .. } => Some(reason),
        _ => None,
    }
}

fn note(office: &Office, device: &mut Device) -> Vec<u8> {
    let op = device.note(&[("title", json!("…"))]);
    device.sealed(office, &[op])
}

#[test]
fn a_document_that_the_office_did_not_sign_is_told_from_one_that_it_did() {
    let office = Office::new(31);
    let doc = OfficeDoc::Mission(office.mission.clone());
    let opened = OfficeDoc::open(&doc.seal(&office.keys), &office.keys).expect("ours");
    assert!(opened.signed);
    assert_eq!(opened.doc, doc);

    // Every delegate knows whom to seal for, and the mission's key.
    let revised = office.mission.revise(&office.keys, |card| {
        card.recipients = vec!["age1mallory".into()];
    });
    let forged = OfficeDoc::Mission(revised);
    let bare = serde_json::to_vec(&forged).expect("JSON");
    let opened = OfficeDoc::open(&office.seal(&bare), &office.keys).expect("as before");
    assert!(!opened.signed);
    let theirs = OfficeKeys {
        signing: SigningKey::from_bytes([66; 32]),
        ..OfficeKeys::from_text(&office.keys.to_text()).expect("a key")
    };
    let cut = json!({ "signed": forged });
    for plain in [
        docs::sign(&forged.exact(), &theirs),
        cut.to_string().into_bytes(),
    ] {
        let opened = OfficeDoc::open(&office.seal(&plain), &office.keys);
        assert!(matches!(opened, Err(BadDoc::NotSigned)));
    }
    let signed = String::from_utf8(docs::sign(&doc.exact(), &office.keys)).expect("JSON");
    let changed = signed.replacen("Mission Dhaka", "Mission Delhi", 1);
    assert_ne!(signed, changed);
    let opened = OfficeDoc::open(&office.seal(changed.as_bytes()), &office.keys);
    assert!(matches!(opened, Err(BadDoc::NotSigned)));
}

#[test]
fn unsigned_documents_are_believed_by_a_desk_with_an_old_key_that_began_empty_and_saw_no_other() {
    let new = Office::new(32).keys;
    let text = new.to_text();
    let old = OfficeKeys::from_text(&text.replace("# DOCUMENTS signed\n", "")).expect("a key");
    assert!(new.signs_documents && !old.signs_documents);
    assert!(OfficeKeys::from_text(&text).is_ok_and(|keys| keys.signs_documents));
    assert!(OfficeKeys::from_text(&old.to_text()).is_ok_and(|keys| !keys.signs_documents));
    let table: Vec<bool> = [(true, false), (false, false), (true, true), (false, true)]
        .into_iter()
        .flat_map(|(empty, signed)| [&old, &new].map(|keys| believes_unsigned(keys, empty, signed)))
        .collect();
    let only = [true, false, false, false, false, false, false, false];
    assert_eq!(table, only);
}

#[test]
fn what_a_removed_device_sends_later_is_kept_apart_whatever_its_clock_says() {
    let mut office = Office::new(33);
    let mut awa = office.delegate("Awa");
    let at = NOW.plus(60 * MINUTE);
    let early = note(&office, &mut awa);
    assert_eq!(reason(office.import(&early)), None);
    let (sent, fetched_late, carried) = (
        note(&office, &mut awa),
        note(&office, &mut awa),
        note(&office, &mut awa),
    );
    for at in [at.plus(MINUTE), at] {
        let doc = RemovedDoc {
            device: awa.id(),
            at,
        };
        office.registry.insert(OfficeDoc::Removed(doc));
    }
    assert_eq!(office.registry.removed(&awa.id()), Some(at));
    let later = at.plus(MINUTE);
    // The thief's clock is an hour slow: `made` is before the removal.
    for received in [
        Reception::fetched(later.plus(MINUTE), later),
        Reception::carried(later),
    ] {
        let refused = reason(office.import_at(&sent, received));
        assert_eq!(refused, Some(QuarantineReason::Revoked));
        assert!(refused.is_some_and(|reason| reason.is_kept(false) && !reason.may_come_right()));
    }
    // What waited in the mailbox before, or was carried here before, is hers.
    let waited = Reception::fetched(later, at.plus(-MINUTE));
    assert_eq!(reason(office.import_at(&fetched_late, waited)), None);
    let before = Reception::carried(at.plus(-MINUTE));
    assert_eq!(reason(office.import_at(&carried, before)), None);
    assert_eq!(office.journal.len(), 3);
    let again = office.import_at(&early, Reception::carried(later));
    assert!(matches!(again, Verdict::AlreadyThere { .. }));

    // What was accepted before the removal was known here stays, also where bundles are opened anew each time.
    let (mut journal, mut seen) = (Journal::new(), Seen::default());
    let received = Reception::carried(later);
    let kept = import::again(
        bundle_id(&sent),
        &sent,
        &office.keys,
        OPEN_BYTES,
        received,
        &mut journal,
        &mut seen,
    );
    assert!(matches!(kept, Verdict::Accepted { new: 1, .. }));
}

#[test]
fn an_invite_enrols_nobody_after_it_expired_or_was_cancelled() {
    let mut office = Office::new(34);
    for (cancelled, at, believed) in [
        (None, 10, Ok(())),
        (None, 11, Err(BadEnrolment::Expired)),
        (Some(5), 4, Ok(())),
        (Some(5), 5, Err(BadEnrolment::Cancelled)),
    ] {
        let device = office.stranger("Awa");
        let invite = office.mission.invite(
            &office.keys,
            "Awa",
            Timestamp(10),
            Timestamp(1),
            &mut office.dice,
        );
        let mut doc = invite.doc.clone();
        doc.cancelled = cancelled.map(Timestamp);
        // In either order: cancelled once by any desk is cancelled.
        for doc in [&doc, &invite.doc] {
            office.registry.insert(OfficeDoc::Invite(doc.clone()));
        }
        let code = doc.code().expect("a code");
        let mut item = office.enrolment(&device, "Awa");
        item.invite = code.id();
        item.proof = vigie_exchange::api::Hex(code.proof(&device.id()));
        item.at = Timestamp(at);
        assert_eq!(office.registry.enrolled(&item).map(|_| ()), believed);
        // Who enrolled in time stays, whatever is told of her again.
        if believed.is_ok() {
            item.at = Timestamp(99);
            assert_eq!(office.registry.enrolled(&item), Ok(device.id()));
        }
    }
}

#[test]
fn whoever_used_an_invite_stays_when_a_desk_with_a_slow_clock_cancels_it() {
    let mut office = Office::new(37);
    let device = office.stranger("Awa");
    let invite = office.mission.invite(
        &office.keys,
        "Awa",
        Timestamp(100),
        Timestamp(1),
        &mut office.dice,
    );
    let code = invite.doc.code().expect("a code");
    office
        .registry
        .insert(OfficeDoc::Invite(invite.doc.clone()));
    let mut item = office.enrolment(&device, "Awa");
    item.invite = code.id();
    item.proof = vigie_exchange::api::Hex(code.proof(&device.id()));
    item.at = Timestamp(50);
    // As it is when the desk opens again, before it reads who enrolled.
    let mut reopened = office.registry.clone();
    assert_eq!(office.registry.enrolled(&item), Ok(device.id()));

    let behind = Timestamp(20);
    let mut cancelled = invite.doc;
    cancelled.cancelled = Some(office.registry.cancelling(&code.id(), behind));
    reopened.insert(OfficeDoc::Invite(cancelled));
    assert_eq!(reopened.enrolled(&item), Ok(device.id()));
    // One that nobody used counts from now.
    assert_eq!(
        office.registry.cancelling(&InviteId([9; 32]), behind),
        behind
    );
}

#[test]
fn a_desk_writes_for_the_office_in_any_mission_once_a_document_says_so() {
    let mut office = Office::new(35);
    let mut awa = office.delegate("Awa");
    let hers = awa.note(&[("title", json!("Atelier"))]);
    let sealed = awa.sealed(&office, std::slice::from_ref(&hers));
    office.import(&sealed);
    let mut desk = office.stranger("Fédération");
    let settle = |desk: &mut Device, journal: &Journal| -> StoredOp {
        desk.write(
            journal,
            hers.op.rec,
            Kind::NOTE,
            &[("title", json!("Usine"))],
        )
    };
    let op = settle(&mut desk, &office.journal);
    let sealed = desk.sealed(&office, &[op]);
    assert_eq!(
        reason(office.import(&sealed)),
        Some(QuarantineReason::UnknownDevice)
    );
    let doc = DeskDoc {
        device: desk.id(),
        label: "Portable de Lise".into(),
        made: NOW,
    };
    office.registry.insert(OfficeDoc::Desk(doc.clone()));
    assert_eq!(reason(office.import(&sealed)), None);
    let record = office.journal.record(&hers.op.rec).expect("there");
    assert_eq!(
        (record.text("title"), record.by.as_str()),
        (Some("Usine"), "Awa")
    );
    assert_eq!(office.registry.desk(&desk.id()), Some(&doc));
    assert_eq!(office.registry.people(&office.mission.id()).count(), 1);

    // The office's own key, as desks of before wrote.
    let mut before = office.stranger("Fédération");
    before.key = office.keys.signing.clone();
    let op = settle(&mut before, &office.journal);
    let sealed = before.sealed(&office, &[op]);
    assert_eq!(reason(office.import(&sealed)), None);
    let mut elsewhere = Office::new(36).stranger("Fédération");
    elsewhere.key = desk.key.clone();
    let sealed = note(&office, &mut elsewhere);
    assert_eq!(
        reason(office.import(&sealed)),
        Some(QuarantineReason::WrongMission)
    );
}

/// Held by `tests/vectors/doc.json`; written anew with `UPDATE_VECTORS=1`.
#[test]
fn a_signed_document_is_written_as_documented() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/doc.json");
    let mut dice = world::Dice(1);
    let keys = OfficeKeys {
        signing: SigningKey::from_bytes([9; 32]),
        ..OfficeKeys::generate("Bureau", "https://vigie.example", &mut dice)
    };
    let device = SigningKey::from_bytes([7; 32]).device();
    let doc = |plain: &[u8]| -> Value {
        let text = std::str::from_utf8(plain).expect("JSON");
        let value: Value = serde_json::from_slice(plain).expect("JSON");
        let signed = &text["{\"signed\":".len()..text.rfind(",\"sig\"").expect("a signature")];
        let message = String::from_utf8(message(signed)).expect("text");
        let sig: Signature =
            serde_json::from_value(value["sig"].clone()).expect("a signature in hex");
        assert!(
            keys.signing
                .verifying_key()
                .verify(message.as_bytes(), &sig)
                .is_ok()
        );
        json!({ "plain": text, "message": message })
    };
    let at = Timestamp(1_790_000_700_000);
    let sign = |made: OfficeDoc| docs::sign(&made.exact(), &keys);
    let made = json!({
        "office": keys.office(),
        "removed": doc(&sign(OfficeDoc::Removed(RemovedDoc { device, at }))),
        "desk": doc(&sign(OfficeDoc::Desk(DeskDoc { device: DeviceId([0xab; 32]), label: "Portable".into(), made: at }))),
    });
    if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("a writable folder");
    }
    let kept = std::fs::read_to_string(&path).expect("a vector");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(kept, made);
}

#[test]
fn of_a_table_that_has_a_name_the_latest_word_counts_whichever_came_first() {
    let id: ViewId = "0191c2d4-5b6e-4c7a-8f90-a1b2c3d4e5f6"
        .parse()
        .expect("an id");
    let view = |at: i64, name: &str, gone: bool| {
        OfficeDoc::View(ViewDoc {
            id,
            name: name.into(),
            looking: "type=note".into(),
            at: Timestamp(at),
            gone,
        })
    };
    let docs = [
        view(1, "Notes", false),
        view(3, "Notes de terrain", false),
        view(2, "", true),
        // Two desks at one moment.
        view(3, "Autre nom", false),
    ];
    for turn in 0..docs.len() {
        let mut docs = docs.clone();
        docs.rotate_left(turn);
        let registry = Registry::from_docs(docs);
        let names: Vec<&str> = registry.views().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["Notes de terrain"]);
    }
    let written = json!({
        "doc": "view", "id": id, "name": "Notes", "looking": "type=note", "at": 1, "gone": false
    });
    assert_eq!(serde_json::to_value(&docs[0]).expect("JSON"), written);
    let read: OfficeDoc = serde_json::from_value(written).expect("a document");
    assert_eq!(read, docs[0]);
}

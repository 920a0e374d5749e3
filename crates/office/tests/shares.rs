//! A mission that several offices read: whose word counts, and what nobody else can say.

use std::{fs, path::PathBuf};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use vigie_model::{DeviceId, FormId, Timestamp, hex};
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry,
    docs::MissionDoc,
    shares::{
        BadCallingCard, BadShare, CallingCard, Share, SharedDevice, SharedDoc, SharedRemoval,
    },
};
use vigie_seal::{Signature, envelope};

fn office(n: u8) -> OfficeKeys {
    let name = format!("Bureau {n}");
    OfficeKeys::generate(&name, "https://vigie.example", &mut random(n))
}

fn random(n: u8) -> impl FnMut(&mut [u8]) {
    move |bytes: &mut [u8]| bytes.fill(n)
}

fn mission(keys: &OfficeKeys, n: u8) -> MissionDoc {
    let new = vigie_office::mission::NewMission {
        name: format!("Mission {n}"),
        kind: vigie_model::MissionKind::Observation,
        starts: String::new(),
        ends: String::new(),
        languages: vec!["fr".into()],
        policy: vigie_model::Policy::default(),
        forms: Vec::new(),
    };
    vigie_office::mission::new_mission(new, keys, &mut random(n)).expect("a mission")
}

fn device(n: u8) -> DeviceId {
    DeviceId([n; 32])
}

/// What a lead says of its mission, with these devices, and those of them that it removed.
fn share(keys: &OfficeKeys, doc: &MissionDoc, devices: &[u8], removed: &[u8]) -> Share {
    let mut share = doc.share(keys, &Registry::default());
    share.devices = devices
        .iter()
        .map(|n| SharedDevice {
            device: device(*n),
            name: format!("Ana {n}"),
            enrolled: Timestamp(1),
            form: None,
        })
        .collect();
    share.removed = removed
        .iter()
        .map(|n| SharedRemoval {
            device: device(*n),
            at: Timestamp(50),
        })
        .collect();
    share
}

fn taken(share: Share, at: i64) -> OfficeDoc {
    OfficeDoc::Shared(SharedDoc::taking(share, Timestamp(at)))
}

#[test]
fn a_calling_card_says_who_an_office_is_and_cannot_be_altered() {
    let keys = office(1);
    let card = CallingCard::of(&keys);
    let text = card.to_string();
    let back: CallingCard = text.parse().expect("read back");
    assert_eq!(back, card);
    assert_eq!(back.fingerprint(), keys.fingerprint());
    assert_eq!(back.office.recipient, keys.recipient().to_string());
    // Another's recipient under this name and key.
    let json = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("vigie-office-").expect("one"));
        String::from_utf8(bytes.expect("base64")).expect("JSON")
    };
    let alter = |from: &str, to: &str| {
        let altered = json(&text).replace(from, to);
        assert_ne!(altered, json(&text));
        format!("vigie-office-{}", URL_SAFE_NO_PAD.encode(altered)).parse::<CallingCard>()
    };
    let other = office(2);
    let (ours, theirs) = (keys.recipient().to_string(), other.recipient().to_string());
    assert_eq!(alter(&ours, &theirs), Err(BadCallingCard::NotSigned));
    assert_eq!(
        alter("Bureau 1", "Bureau 2"),
        Err(BadCallingCard::NotSigned)
    );
    assert_eq!(alter("\"v\":1", "\"v\":2"), Err(BadCallingCard::Newer));
    assert_eq!(alter(&ours, "age1nobody"), Err(BadCallingCard::Malformed));
}

#[test]
fn a_share_is_the_leads_word_to_one_office() {
    let (lead, reader, third) = (office(1), office(2), office(3));
    let doc = mission(&lead, 7);
    let doc = doc
        .opened_to(&lead, CallingCard::of(&reader).office)
        .expect("opened");
    assert_eq!(doc.card.recipients.len(), 2);
    let said = share(&lead, &doc, &[10], &[]);
    let sealed = said
        .seal(&lead, &CallingCard::of(&reader).office)
        .expect("sealed");
    let key = lead.signing.verifying_key();
    assert_eq!(Share::open(&sealed, &reader, &key).expect("opened"), said);
    assert!(matches!(
        Share::open(&sealed, &third, &key),
        Err(BadShare::Sealed(_))
    ));
    // Another office signs it, or gives it on as it got it.
    let by_another = said
        .seal(&third, &CallingCard::of(&reader).office)
        .expect("sealed");
    assert!(matches!(
        Share::open(&by_another, &reader, &key),
        Err(BadShare::NotSigned)
    ));
    assert!(matches!(
        Share::open(&by_another, &reader, &third.signing.verifying_key()),
        Err(BadShare::NotSigned)
    ));
    assert!(Share::open(&sealed[..sealed.len() / 2], &reader, &key).is_err());
}

#[test]
fn what_several_words_say_is_taken_together_in_any_order() {
    let lead = office(1);
    let first = mission(&lead, 7);
    let second = first.revise(&lead, |card| card.mission.name = "Autre nom".into());
    let words = [
        taken(share(&lead, &first, &[10], &[]), 1),
        taken(share(&lead, &second, &[10, 11], &[]), 2),
        // A server that gives an old one again brings nobody back.
        taken(share(&lead, &first, &[10, 11], &[10]), 3),
    ];
    let id = first.id();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let registry = Registry::from_docs(order.map(|n| words[n].clone()));
        let shared = registry.shared(&id).expect("it is shared");
        assert_eq!(shared.card.mission.name, "Autre nom");
        assert!(registry.member(&device(11), &id).is_some());
        assert_eq!(registry.removed_from(&device(10), &id), Some(Timestamp(50)));
        assert_eq!(registry.removed_from(&device(11), &id), None);
    }
}

#[test]
fn a_lead_says_nothing_of_missions_and_devices_that_are_not_hers() {
    let (ours, lead, other) = (office(1), office(2), office(3));
    let own = mission(&ours, 7);
    // A mission with the number of ours, and devices of theirs in it.
    let theirs = mission(&lead, 7);
    assert_eq!(own.id(), theirs.id());
    for docs in [
        [
            OfficeDoc::Mission(own.clone()),
            taken(share(&lead, &theirs, &[66], &[]), 1),
        ],
        [
            taken(share(&lead, &theirs, &[66], &[]), 1),
            OfficeDoc::Mission(own.clone()),
        ],
    ] {
        let registry = Registry::from_docs(docs);
        assert!(registry.shared(&own.id()).is_none());
        assert!(registry.member(&device(66), &own.id()).is_none());
        assert_eq!(
            registry.card(&own.id()).expect("ours").office,
            ours.office()
        );
    }
    // Who removes a device that is not of her mission removes it from nothing else.
    let (first, second) = (mission(&lead, 8), mission(&other, 9));
    let registry = Registry::from_docs([
        taken(share(&lead, &first, &[10], &[]), 1),
        taken(share(&other, &second, &[10], &[10]), 2),
    ]);
    assert_eq!(registry.removed_from(&device(10), &first.id()), None);
    assert!(registry.removed_from(&device(10), &second.id()).is_some());
    // Of two that say a mission is theirs, the one that was taken first has it.
    let same = mission(&other, 8);
    let registry = Registry::from_docs([
        taken(share(&other, &same, &[66], &[]), 5),
        taken(share(&lead, &first, &[10], &[]), 1),
    ]);
    assert_eq!(
        registry.card(&first.id()).expect("one").office,
        lead.office()
    );
    assert!(registry.member(&device(66), &first.id()).is_none());
    assert!(registry.member(&device(10), &first.id()).is_some());
}

#[test]
fn what_a_desk_keeps_of_a_word_is_what_is_new_in_it() {
    let lead = office(1);
    let doc = mission(&lead, 7);
    let id = doc.id();
    let mut registry = Registry::from_docs([taken(share(&lead, &doc, &[10], &[]), 1)]);
    let news = |registry: &Registry, said: Share, at: i64| {
        let shared = registry.shared(&id).expect("it is shared");
        shared.news(said, Timestamp(at))
    };
    assert_eq!(news(&registry, share(&lead, &doc, &[10], &[]), 2), None);
    let more = news(&registry, share(&lead, &doc, &[10, 11], &[10]), 2).expect("news");
    assert!(more.card.is_none(), "the card is not kept again");
    assert_eq!((more.devices.len(), more.removed.len()), (1, 1));
    registry.insert(OfficeDoc::Shared(more.clone()));
    let second = doc.revise(&lead, |card| card.closed = true);
    let newer = news(&registry, share(&lead, &second, &[10, 11], &[10]), 3).expect("news");
    assert_eq!((newer.devices.len(), newer.removed.len()), (0, 0));
    // Given up and taken again, by a desk whose clock is behind.
    let shared = registry.shared(&id).expect("it is shared");
    let left = shared.given_up(Timestamp(-5));
    registry.insert(OfficeDoc::Shared(left));
    let shared = registry.shared(&id).expect("it is known");
    assert!(shared.left);
    let again = SharedDoc::taking(share(&lead, &doc, &[], &[]), shared.after(Timestamp(-9)));
    registry.insert(OfficeDoc::Shared(again));
    assert!(!registry.shared(&id).expect("taken again").left);
    // What came before the card waits for it.
    let first = taken(share(&lead, &doc, &[10], &[]), 1);
    let late = Registry::from_docs([OfficeDoc::Shared(more), OfficeDoc::Shared(newer), first]);
    assert!(late.member(&device(11), &id).is_some());
    assert!(late.card(&id).expect("a card").closed);
}

/// An office whose keys never change: `age` draws its own chance.
fn fixed(n: u8, identity: &str) -> OfficeKeys {
    OfficeKeys {
        identity: identity.parse().expect("an identity"),
        ..office(n)
    }
}

const LEAD: &str = "AGE-SECRET-KEY-1PYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSTFVYXW";
const READER: &str = "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K";

/// A file of `tests/vectors/`; with `UPDATE_VECTORS=1` it is written first: only for a new format.
fn vector(name: &str, made: &Value) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let path = folder.join(name);
    if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(made).expect("JSON") + "\n";
        fs::write(&path, text).expect("a writable folder");
    }
    serde_json::from_str(&fs::read_to_string(path).expect("a vector")).expect("JSON")
}

#[test]
fn a_calling_card_is_written_as_documented() {
    let keys = OfficeKeys {
        name: "Fédération « Étoile »".to_owned(),
        ..fixed(9, LEAD)
    };
    let card = CallingCard::of(&keys);
    let text = card.to_string();
    let json = URL_SAFE_NO_PAD.decode(text.trim_start_matches("vigie-office-"));
    let json = String::from_utf8(json.expect("base64")).expect("JSON");
    let (recipient, name) = (&card.office.recipient, &card.office.name);
    let message = format!(
        "vigie calling card v1\n{}\n{recipient}\n{name}\n",
        keys.office()
    );
    let said: Value = serde_json::from_str(&json).expect("JSON");
    let sig: Signature = serde_json::from_value(said["sig"].clone()).expect("a signature");
    let verified = keys
        .signing
        .verifying_key()
        .verify(message.as_bytes(), &sig);
    verified.expect("over the message");
    let made = json!({
        "signing_seed": *keys.signing.to_hex(),
        "text": text, "json": json, "message": message, "fingerprint": card.fingerprint(),
    });
    let kept = vector("calling-card.json", &made);
    assert_eq!(kept, made);
    let kept: CallingCard = kept["text"].as_str().expect("text").parse().expect("read");
    assert_eq!(kept, card);
}

#[test]
fn a_share_is_written_as_documented_and_one_of_an_earlier_day_is_opened() {
    let (lead, reader) = (fixed(9, LEAD), fixed(7, READER));
    let to = CallingCard::of(&reader).office;
    let doc = mission(&lead, 5)
        .opened_to(&lead, to.clone())
        .expect("opened");
    let mut said = share(&lead, &doc, &[1, 2], &[2]);
    said.devices[1].form = Some(FormId::new("conditions_travail_court"));
    let sealed = said.seal(&lead, &to).expect("sealed");
    let plain = envelope::open(&sealed, &reader.identity, 1024 * 1024).expect("opened");
    let plain = String::from_utf8(plain.to_vec()).expect("JSON");
    let exact = said.exact();
    let hash = vigie_exchange::request::body_hash(exact.text().as_bytes());
    let message = format!("vigie share v1\n{}\n{}\n", to.office, hex::encode(&hash));
    let whole: Value = serde_json::from_str(&plain).expect("JSON");
    let sig: Signature = serde_json::from_value(whole["sig"].clone()).expect("a signature");
    let key = lead.signing.verifying_key();
    key.verify(message.as_bytes(), &sig)
        .expect("over the message");
    let mut made = json!({
        "lead_signing_seed": *lead.signing.to_hex(),
        "reader_identity": *reader.identity.to_string(),
        "reader": to.office, "plain": plain, "message": message,
        "sealed_base64": STANDARD.encode(&sealed),
    });
    let kept = vector("share.json", &made);
    let earlier = kept["sealed_base64"].as_str().expect("a share");
    let opened = Share::open(&STANDARD.decode(earlier).expect("base64"), &reader, &key);
    assert_eq!(opened.expect("opened"), said);
    // Each is sealed by another chance.
    made["sealed_base64"] = kept["sealed_base64"].clone();
    assert_eq!(kept, made);
}

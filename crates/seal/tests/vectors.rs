//! `tests/vectors/*.json` at the root of the project: what another programme is held to, and this one too.
//!
//! Every file but `envelope.json`, `unpadded.json`, `team_letter_sealed.json` and `backup.json` is made again here from fixed keys and nonces and compared. With
//! `UPDATE_VECTORS=1` in the environment they are written instead: only for a new format, never to make a test pass.

#![allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]

use std::{collections::BTreeMap, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vigie_journal::{Bundle, FormRef, Hlc, MadeBy, Op, Over, Purge, Record, StoredOp};
use vigie_model::{
    AppVersion, Card, CardFile, CardForm, CardMember, ExactJson, FormHash, Kind, Link, LinkOptions,
    Mission, MissionId, MissionKind, Policy, RecordId, Timestamp, hex,
};
use vigie_seal::{
    DraftCode, Identity, InviteCode, InviteSecret, Kdf, Signature, SigningKey, VaultKey,
    VerifyingKey, WrappedKey, envelope,
    given::{open_letter, seal_letter},
    invite::MissionKey,
    open_box, open_card, open_card_file, open_draft, open_link,
    pad::padded_len,
    passfile, seal_box, seal_card, seal_card_file, seal_draft, seal_link,
    secret::seal_padded_box,
    turned::{CardBytes, open_key, seal_turned},
};
use zeroize::Zeroizing;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors")
        .join(name)
}

fn updating() -> bool {
    std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1")
}

fn write(name: &str, made: &Value) {
    std::fs::create_dir_all(path("")).unwrap();
    std::fs::write(
        path(name),
        serde_json::to_string_pretty(made).unwrap() + "\n",
    )
    .unwrap();
}

fn read(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

fn hold(name: &str, made: Value) {
    if updating() {
        write(name, &made);
    }
    assert_eq!(read(name), made, "{name}");
}

/// Not random at all: `next`, `next` + 1, …
fn counting(mut next: u8) -> impl FnMut(&mut [u8]) {
    move |bytes: &mut [u8]| bytes.fill_with(|| (next, next = next.wrapping_add(1)).0)
}

fn device() -> SigningKey {
    SigningKey::from_bytes([7; 32])
}

fn office() -> SigningKey {
    SigningKey::from_bytes([9; 32])
}

fn mission() -> MissionId {
    "0b5c1b3e-6a1f-4c57-9d0e-2f6f0e9a7c11".parse().unwrap()
}

fn op(
    chain: (u64, Option<&StoredOp>),
    ms: i64,
    rec: RecordId,
    kind: Kind,
    set: Value,
    over: Over,
) -> Op {
    Op {
        v: 1,
        dev: device().device(),
        seq: chain.0,
        prev: chain.1.map(|op| op.id),
        hlc: Hlc { ms, n: 0 },
        by: "Ana Lucía".into(),
        rec,
        form: None,
        kind,
        mission: mission(),
        set: set.as_object().unwrap().clone().into_iter().collect(),
        over,
        more: BTreeMap::new(),
    }
}

fn ops() -> [StoredOp; 4] {
    let note: RecordId = "5b2f8f0e-0c39-4a3e-8c39-6f2a5d7e1b01".parse().unwrap();
    let response: RecordId = "5b2f8f0e-0c39-4a3e-8c39-6f2a5d7e1b02".parse().unwrap();
    let ms = 1_790_000_000_000;
    let set = json!({
        "title": "Atelier « Étoile » 🧵",
        "text": "ligne 1\nligne 2",
        "themes": ["decent_wages", "working_time"],
        "at": "2026-09-21T14:30",
    });
    let first = StoredOp::new(op((1, None), ms, note, Kind::NOTE, set, Over::new()));
    let edit = json!({"title": "Atelier « Étoile »", "text": null});
    let over = Record::new(&first).seen(["title", "text"]);
    let edit = StoredOp::new(op(
        (2, Some(&first)),
        ms + 60_000,
        note,
        Kind::NOTE,
        edit,
        over,
    ));
    let answers = json!({"travail/pays": "ht", "travail/heures": 11.5, "_lang": "fr", "_finished": ms + 120_000});
    let mut response = op(
        (3, Some(&edit)),
        ms + 120_000,
        response,
        Kind::RESPONSE,
        answers,
        Over::new(),
    );
    response.form = Some(FormRef {
        id: "conditions".into(),
        version: "3".into(),
        hash: FormHash::from_sha256(&[0xab; 32]),
    });
    let response = StoredOp::new(response);
    let seen = Record::from_ops([&first, &edit])
        .unwrap()
        .seen(["_deleted"]);
    let deletion = op(
        (4, Some(&response)),
        ms + 180_000,
        note,
        Kind::NOTE,
        json!({"_deleted": true}),
        seen,
    );
    // As a later version might write it: an unknown field, and space.
    let deletion =
        StoredOp::new(deletion)
            .bytes
            .replacen("{\"v\":1,", "{\"v\": 1, \"humeur\": [1.50],", 1);
    [first, edit, response, StoredOp::parse(&deletion).unwrap()]
}

fn bundle() -> Bundle {
    let unsigned = Bundle::compose(
        mission(),
        device().device(),
        Timestamp(1_790_000_300_000),
        &ops(),
    );
    let sig = device().sign(&unsigned.message()).to_bytes();
    unsigned.sign(sig)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn ops_are_named_by_their_bytes() {
    let what = [
        "a note",
        "an edit over it, which clears a field",
        "a response",
        "a deletion, with space and an unknown field",
    ];
    let listed =
        |(what, op): (&str, &StoredOp)| json!({"what": what, "json": &*op.bytes, "id": op.id});
    let ops = ops();
    let record = Record::from_ops(&ops[..2]).unwrap();
    hold(
        "ops.json",
        json!({
            "ops": what.into_iter().zip(&ops).map(listed).collect::<Vec<_>>(),
            "heads_after_the_first_two": record.fields,
            "husk_of_the_first": &*ops[0].without_values().bytes,
        }),
    );
}

#[test]
fn a_bundle_is_signed_over_its_op_ids() {
    let bundle = bundle();
    hold(
        "bundle.json",
        json!({
            "device_seed": *device().to_hex(),
            "device": device().device(),
            "message": text(&bundle.signed_message()),
            "signature": hex::encode(&bundle.sig),
            "json": text(&bundle.to_json()),
        }),
    );
    let (again, ops) =
        Bundle::read(read("bundle.json")["json"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(ops, self::ops());
    let key = VerifyingKey::try_from(&again.dev).unwrap();
    assert_eq!(
        key.verify(&again.signed_message(), &Signature::from_bytes(again.sig)),
        Ok(())
    );
}

#[test]
fn a_bundle_by_columns_says_the_same_under_the_same_signature() {
    let bundle = bundle();
    let json = text(&bundle.to_shorter_json());
    hold(
        "bundle_columns.json",
        json!({
            "json": json,
            "says": "as `json` of bundle.json",
        }),
    );
    let kept = read("bundle_columns.json");
    let (again, ops) = Bundle::read(kept["json"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(ops, self::ops());
    assert_eq!(again.to_json(), bundle.to_json());
    assert!(json.starts_with(r#"{"v":2,"#) && json.len() < again.to_json().len());
}

#[test]
fn the_version_of_the_app_is_signed_beside_a_bundle() {
    let version = AppVersion::try_from("0.1.0".to_owned()).unwrap();
    let mut bundle = bundle();
    let message = bundle.app_message(&version);
    let sig = device().sign(&message).to_bytes();
    bundle.app = Some(MadeBy { version, sig });
    hold(
        "bundle_app.json",
        json!({"message": text(&message), "json": text(&bundle.to_json())}),
    );
    let kept = read("bundle_app.json");
    let (again, ops) = Bundle::read(kept["json"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(again.app, bundle.app);
    assert_eq!(ops, self::ops());
}

/// age draws its own keys: a sealed bundle is kept as it was once made, and must open for ever.
#[test]
fn a_sealed_bundle_and_a_card_for_its_recipient() {
    let json = bundle().to_json();
    if updating() {
        let kept = read("envelope.json");
        let identity: Identity = kept["identity"].as_str().unwrap().parse().unwrap();
        let sealed = envelope::seal(&json, &[identity.recipient()]).unwrap();
        write(
            "envelope.json",
            &json!({
                "identity": *identity.to_string(),
                "recipient": identity.recipient(),
                "sealed_base64": STANDARD.encode(sealed),
                "opens_to": "`json` of bundle.json",
            }),
        );
    }
    let kept = read("envelope.json");
    let identity: Identity = kept["identity"].as_str().unwrap().parse().unwrap();
    assert_eq!(json!(identity.recipient()), kept["recipient"]);
    let sealed = STANDARD
        .decode(kept["sealed_base64"].as_str().unwrap())
        .unwrap();
    assert_eq!(envelope::open(&sealed, &identity, 1 << 20).unwrap(), json);
    a_card_is_signed_then_boxed(identity.recipient().to_string());
}

/// What a box adds: version, nonce, tag.
const BOX: usize = 1 + 24 + 16;

fn a_card_is_signed_then_boxed(recipient: String) {
    let shown = seal_card_file(b"a picture", &[4; 32], &mut counting(90));
    let card = Card {
        v: 1,
        rev: 2,
        mission: Mission {
            id: mission(),
            name: "Mission d’observation".into(),
            kind: MissionKind::Observation,
            starts: "2026-09-20".into(),
            ends: "2026-10-04".into(),
            languages: vec!["fr".into(), "es".into()],
            policy: Policy::default(),
        },
        recipients: vec![recipient],
        office: office().verifying_key().to_string(),
        server: "https://vigie.example".into(),
        forms: vec![CardForm {
            id: "visite".into(),
            version: "1".into(),
            title: [("fr".into(), "Visite".to_owned())].into(),
            hash: FormHash::from_sha256(&[0x5e; 32]),
            compiled: ExactJson::in_order(r#"{"a":1}"#).expect("JSON"),
            files: vec![CardFile {
                name: "atelier.png".into(),
                sealed: hex::encode(&Sha256::digest(&shown)),
            }],
        }],
        closed: false,
        offices: Vec::new(),
        members: Vec::new(),
        bundles: None,
    };
    let sealed = seal_card(&card, &office(), &[4; 32], &mut counting(200));
    for length in [sealed.len() - BOX, shown.len() - BOX] {
        assert_eq!(padded_len(length), length);
    }
    hold(
        "card.json",
        json!({
            "office_seed": *office().to_hex(),
            "mission_key": hex::encode(&[4; 32]),
            "card_json": serde_json::to_string(&card).unwrap(),
            "signed_json": text(open_box(&[4; 32], "card", &sealed).unwrap().trim_ascii_end()),
            "sealed_base64": STANDARD.encode(&sealed),
            "file": "a picture",
            "file_box_base64": STANDARD.encode(&shown),
        }),
    );
    assert_eq!(
        open_card_file(&shown, &[4; 32]).as_deref(),
        Ok(b"a picture".as_slice())
    );
    assert_eq!(
        open_card(&sealed, &office().verifying_key(), &[4; 32]),
        Ok(card)
    );
}

/// What the phones of a mission that shares are told, and a letter of its office.
#[test]
fn a_card_names_its_team_and_a_letter_is_for_it() {
    let member = Identity::of_member(&device());
    let card = Card {
        v: 1,
        rev: 5,
        mission: Mission {
            id: mission(),
            name: "Mission d’observation".into(),
            kind: MissionKind::Observation,
            starts: "2026-09-20".into(),
            ends: "2026-10-04".into(),
            languages: vec!["fr".into()],
            policy: Policy {
                share_with_team: true,
                ..Policy::default()
            },
        },
        recipients: vec!["age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj".into()],
        office: office().verifying_key().to_string(),
        server: "https://vigie.example".into(),
        forms: Vec::new(),
        closed: false,
        offices: Vec::new(),
        members: vec![CardMember {
            device: device().device(),
            recipient: member.recipient().to_string(),
        }],
        bundles: None,
    };
    let sealed = seal_card(&card, &office(), &[4; 32], &mut counting(200));
    let [first, second, ..] = ops();
    let letter = seal_letter(
        mission(),
        &[&first, &second],
        &office(),
        &[member.recipient()],
    )
    .unwrap();
    let plain = envelope::open(&letter, &member, 1 << 20).unwrap();
    hold(
        "team_letter.json",
        json!({
            "office_seed": *office().to_hex(),
            "mission_key": hex::encode(&[4; 32]),
            "card_json": serde_json::to_string(&card).unwrap(),
            "card_sealed_base64": STANDARD.encode(&sealed),
            "member_identity": *member.to_string(),
            "letter_json": text(&plain),
        }),
    );
    let read = open_letter(
        envelope::open,
        &letter,
        &member,
        mission(),
        &office().verifying_key(),
    )
    .unwrap();
    assert_eq!(read, [first, second]);
    // Sealed on an earlier day, it opens for ever.
    let kept = read_envelope("team_letter_sealed.json", &letter);
    let kept = open_letter(
        envelope::open,
        &kept,
        &member,
        mission(),
        &office().verifying_key(),
    )
    .unwrap();
    assert_eq!(kept, read);
}

/// What those who stay are given once a device was removed: another key, with the card under it.
#[test]
fn a_key_that_turned_comes_with_its_card() {
    let member = Identity::of_member(&device());
    let key = MissionKey::from_bytes([6; 32]);
    let boxed = seal_box(&key, "card", b"{}", &mut counting(210));
    let stay = [member.recipient()];
    let card = seal_turned(&boxed, mission(), &key, &office(), &stay).unwrap();
    let CardBytes { key: letter, .. } = CardBytes::of(&card);
    let plain = envelope::open(letter.unwrap(), &member, 1 << 20).unwrap();
    hold(
        "mission_key.json",
        json!({
            "office_seed": *office().to_hex(),
            "member_identity": *member.to_string(),
            "key": hex::encode(&[6; 32]),
            "box_base64": STANDARD.encode(&boxed),
            "letter_json": text(&plain),
        }),
    );
    // Sealed on an earlier day, it opens for ever.
    let kept = read_envelope("mission_key_sealed.json", &card);
    let CardBytes {
        key: letter,
        boxed: beside,
    } = CardBytes::of(&kept);
    assert_eq!(beside, boxed);
    let opened = open_key(
        envelope::open,
        letter.unwrap(),
        &member,
        mission(),
        &office().verifying_key(),
    );
    assert_eq!(opened, Ok(key));
}

/// A sealed file of the day when it was specified: sealing again gives other bytes.
fn read_envelope(name: &str, made: &[u8]) -> Vec<u8> {
    if updating() {
        write(name, &json!({ "envelope_base64": STANDARD.encode(made) }));
    }
    let kept = read(name);
    STANDARD
        .decode(kept["envelope_base64"].as_str().unwrap())
        .unwrap()
}

#[test]
fn a_purge_is_signed_by_the_office() {
    let purged = vec![ops()[0].id, ops()[1].id];
    let reason = "Effacement demandé par la personne".to_owned();
    let sign = |message: &[u8]| office().sign(message).to_bytes();
    let purge = Purge::new(
        mission(),
        Timestamp(1_791_000_000_000),
        reason,
        purged,
        sign,
    );
    hold(
        "purge.json",
        json!({
            "office_seed": *office().to_hex(),
            "office": office().verifying_key(),
            "message": text(&purge.message()),
            "purge": purge,
        }),
    );
}

#[test]
fn a_vault_and_its_rows() {
    let vault = VaultKey::from_bytes(Zeroizing::new([3; 32]));
    let passphrase = "  cheval agrafe e\u{301}te\u{301}\u{a0} clair ";
    let kdf = Kdf {
        salt: *b"sel de seize oct",
        m_kib: Kdf::MIN_M_KIB,
        t: Kdf::MIN_T,
        p: 1,
    };
    let derived = kdf.derive(passphrase).unwrap();
    let wrapped = vault.wrap(&derived, &kdf, &mut counting(0));
    let row = vault.seal_row(
        "ops",
        "0000000012",
        "{\"rangée\":true}".as_bytes(),
        &mut counting(100),
    );
    hold(
        "vault.json",
        json!({
            "typed_passphrase": passphrase,
            "spelled_passphrase": "cheval agrafe été clair",
            "vault_key": hex::encode(&[3; 32]),
            "wrapped": wrapped,
            "row": {
                "store": "ops", "key": "0000000012", "plain": "{\"rangée\":true}",
                "nonce": hex::encode(&row[1..25]), "sealed": hex::encode(&row),
            },
        }),
    );
    let kept: WrappedKey = serde_json::from_value(read("vault.json")["wrapped"].clone()).unwrap();
    let derived = kept.kdf.derive("cheval agrafe été clair").unwrap();
    let opened = VaultKey::unwrap(&kept, &derived).unwrap();
    assert_eq!(
        opened.open_row("ops", "0000000012", &row).unwrap(),
        "{\"rangée\":true}".as_bytes()
    );
}

#[test]
fn an_invite_has_a_name_a_box_and_a_proof() {
    let code = InviteCode::random(&mut counting(0x31));
    let secret = InviteSecret {
        mission: mission(),
        mission_name: "Mission d’observation".into(),
        mission_key: MissionKey::from_bytes([4; 32]),
        office: office().verifying_key(),
        server: "https://vigie.example".into(),
        languages: vec!["fr".into(), "es".into()],
    };
    let sealed = secret.seal(&code, &mut counting(50));
    assert_eq!(sealed.len(), BOX + padded_len(0));
    let purpose = format!("name {}", device().device());
    let name = "Ana Lucía".as_bytes();
    let named = seal_padded_box(&[4; 32], &purpose, name, &mut counting(150));
    let before = seal_box(&[4; 32], "name", name, &mut counting(150));
    hold(
        "invite.json",
        json!({
            "bits": hex::encode(&(0x31..0x3b).collect::<Vec<u8>>()),
            "code": code.to_string(),
            "also_typed": code.to_string().to_lowercase().replace('-', " "),
            "id": code.id(),
            "box_key": hex::encode(&*code.box_key()),
            "secret": secret,
            "box_base64": STANDARD.encode(&sealed),
            "device": device().device(),
            "proof": hex::encode(&code.proof(&device().device())),
            "name": "Ana Lucía",
            "name_box_base64": STANDARD.encode(&named),
            "name_box_of_before_base64": STANDARD.encode(&before),
        }),
    );
    let kept = read("invite.json");
    for typed in ["code", "also_typed"] {
        assert_eq!(kept[typed].as_str().unwrap().parse(), Ok(code.clone()));
    }
    assert_eq!(InviteSecret::open(&sealed, &code), Ok(secret));
    assert_eq!(open_box(&[4; 32], &purpose, &named).unwrap(), name);
}

#[test]
fn a_partner_link_is_signed_compressed_and_boxed_under_its_code() {
    let code = InviteCode::random(&mut counting(0x41));
    let link = Link {
        v: 1,
        card: Card {
            v: 1,
            rev: 4,
            mission: Mission {
                id: mission(),
                name: "Mission d’observation".into(),
                kind: MissionKind::Observation,
                starts: "2026-10-01".into(),
                ends: "2026-10-20".into(),
                languages: vec!["fr".into(), "es".into()],
                policy: Policy::default(),
            },
            recipients: vec![
                "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj".into(),
            ],
            office: office().verifying_key().to_string(),
            server: "https://vigie.example".into(),
            forms: vec![CardForm {
                id: "conditions".into(),
                version: "3".into(),
                title: [("fr".into(), "Conditions de travail".to_owned())].into(),
                hash: FormHash::from_sha256(&[0x5e; 32]),
                compiled: ExactJson::in_order(r#"{"a":1}"#).expect("JSON"),
                files: Vec::new(),
            }],
            closed: false,
            offices: Vec::new(),
            members: Vec::new(),
            bundles: None,
        },
        files: [("atelier.png".to_owned(), STANDARD.encode(b"a picture"))].into(),
        by: "Affiche, cafétéria".into(),
        consent: [
            ("es".into(), "¿De acuerdo?".to_owned()),
            ("fr".into(), "D’accord ?".to_owned()),
        ]
        .into(),
        kiosk: true,
        later_days: 0,
        options: LinkOptions::default(),
        expires: Timestamp(1_795_000_000_000),
    };
    let sealed = seal_link(&link, &office(), &code, &mut counting(60));
    // Another day's compressor may write other bytes: the box of the day when this was specified opens for ever.
    let kept = if updating() {
        sealed.clone()
    } else {
        let kept = read("link.json");
        STANDARD
            .decode(kept["box_base64"].as_str().unwrap())
            .unwrap()
    };
    let packed = open_box(&code.box_key(), "link", &kept).unwrap();
    let mut signed = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(packed.as_slice()),
        &mut signed,
    )
    .unwrap();
    let device = device().device();
    hold(
        "link.json",
        json!({
            "bits": hex::encode(&(0x41..0x4b).collect::<Vec<u8>>()),
            "code": code.to_string(),
            "id": code.id(),
            "box_key": hex::encode(&*code.box_key()),
            "signed": signed,
            "box_base64": STANDARD.encode(&kept),
            "device": device,
            "proof": hex::encode(&code.proof(&device)),
            "record": RecordId::answer_of(&device),
            "row": code.row(),
        }),
    );
    for sealed in [&sealed, &kept] {
        assert_eq!(open_link(sealed, &code), Ok(link.clone()));
    }
}

#[test]
fn a_draft_names_its_link_and_is_compressed_and_boxed_under_its_own_code() {
    let code = DraftCode::random(&mut counting(0x51));
    let link = InviteCode::random(&mut counting(0x41));
    let kept =
        json!({"form": FormHash::from_sha256(&[0x5e; 32]), "answers": {"form": "conditions"}});
    let sealed = seal_draft(&link, &kept, &code, &mut counting(90)).unwrap();
    // Another day's compressor may write other bytes: the box of the day when this was specified opens for ever.
    let held = if updating() {
        sealed.clone()
    } else {
        let held = read("draft.json");
        STANDARD
            .decode(held["box_base64"].as_str().unwrap())
            .unwrap()
    };
    let box_key = code.box_key();
    let packed = open_box(&box_key, "draft", &held).unwrap();
    let mut inside = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(packed.as_slice()),
        &mut inside,
    )
    .unwrap();
    hold(
        "draft.json",
        json!({
            "bits": hex::encode(&[&[0x01][..], &(0x52..0x5e).collect::<Vec<u8>>()].concat()),
            "code": code.to_string(),
            "id": code.id(),
            "key_seed": *code.key().to_hex(),
            "box_key": hex::encode(&*box_key),
            "inside": inside,
            "box_base64": STANDARD.encode(&held),
        }),
    );
    for sealed in [&sealed, &held] {
        let opened = open_draft::<Value>(sealed, &code).unwrap();
        assert_eq!((&opened.link, &opened.kept), (&link, &kept));
    }
}

#[test]
fn a_receipt_is_signed_by_the_office() {
    let (bundle, device, mission, at) = (
        "cd".repeat(32),
        device().device(),
        mission(),
        1_790_000_600_000i64,
    );
    let message = format!("vigie receipt v1\n{bundle}\n{device}\n{mission}\nreceived\n{at}\n");
    let sig = office().sign(message.as_bytes());
    let receipt = json!({
        "v": 1, "bundle": bundle, "device": device, "mission": mission, "kind": "received", "at": at, "sig": sig,
    });
    let office = office().verifying_key();
    hold(
        "receipt.json",
        json!({"office": office, "message": message, "receipt": receipt}),
    );
}

#[test]
fn a_request_is_signed_by_the_key_it_names() {
    let (method, path) = (
        "PUT",
        format!("/v1/bundles/{}?mission={}", "cd".repeat(32), mission()),
    );
    let (body, time) = ("scellé", 1_790_000_400_000i64);
    let hash = hex::encode(&Sha256::digest(body.as_bytes()));
    let message = format!("vigie request v1\n{method}\n{path}\n{hash}\n{time}\n");
    hold(
        "request.json",
        json!({
            "device_seed": *device().to_hex(),
            "method": method,
            "path": path,
            "body": body,
            "message": message,
            "headers": {
                "vigie-key": device().verifying_key(),
                "vigie-time": time.to_string(),
                "vigie-signature": device().sign(message.as_bytes()),
            },
        }),
    );
}

#[test]
fn what_was_sealed_before_sizes_were_padded_opens() {
    let old = read("unpadded.json");
    let bytes = |name: &str| STANDARD.decode(old[name].as_str().unwrap()).unwrap();
    let field = |file: &str, name: &str| read(file)[name].as_str().unwrap().to_owned();
    let identity: Identity = field("envelope.json", "identity").parse().unwrap();
    let opened = envelope::open(&bytes("envelope_base64"), &identity, 1 << 20);
    assert_eq!(text(&opened.unwrap()), field("bundle.json", "json"));
    let card = open_card(&bytes("card_base64"), &office().verifying_key(), &[4; 32]).unwrap();
    assert_eq!(card.rev, 2);
    let shown = bytes("card_file_box_base64");
    let named = &card.forms[0].files[0].sealed;
    assert_eq!(*named, hex::encode(&Sha256::digest(&shown)));
    assert_eq!(open_card_file(&shown, &[4; 32]).unwrap(), b"a picture");
    let code: InviteCode = field("invite.json", "code").parse().unwrap();
    let secret = InviteSecret::open(&bytes("invite_box_base64"), &code).unwrap();
    assert_eq!(json!(secret), read("invite.json")["secret"]);
    let named = open_box(&[4; 32], "name", &bytes("name_box_base64"));
    assert_eq!(text(&named.unwrap()), field("invite.json", "name"));
    let code: InviteCode = field("link.json", "code").parse().unwrap();
    let link = open_link(&bytes("link_box_base64"), &code).unwrap();
    assert_eq!(link.by, "Affiche, cafétéria");
}

#[test]
fn a_key_backup_of_an_earlier_day_opens() {
    let (passphrase, plain) = (
        "cheval agrafe clair",
        "# Vigie office key\nAGE-SECRET-KEY-1…\n",
    );
    if updating() && !path("backup.json").exists() {
        let sealed = passfile::seal_with_passphrase(plain.as_bytes(), passphrase, 10);
        let sealed = STANDARD.encode(sealed);
        write(
            "backup.json",
            &json!({"passphrase": passphrase, "plain": plain, "sealed_base64": sealed}),
        );
    }
    let kept = read("backup.json");
    let sealed = STANDARD
        .decode(kept["sealed_base64"].as_str().unwrap())
        .unwrap();
    let opened =
        passfile::open_with_passphrase(&sealed, kept["passphrase"].as_str().unwrap(), 1 << 10)
            .unwrap();
    assert_eq!(text(&opened), plain);
}

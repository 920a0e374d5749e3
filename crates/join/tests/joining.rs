//! An invite is read, and an enrolment says no more than it must.

use serde_json::{Value, json};
use vigie_model::MissionId;
use vigie_seal::{DraftCode, Identity, InviteCode, SigningKey};

#[test]
fn an_invite_is_read_from_a_link_or_a_code_in_any_spelling() {
    let code = InviteCode::random(&mut |bytes: &mut [u8]| bytes.fill(0xa5));
    let shown = code.to_string();
    let link = vigie_join::link("https://vigie.example/", &shown);
    assert_eq!(link, format!("https://vigie.example/j#{shown}"));
    let read = |text: &str| {
        vigie_join::read_invite(text, "https://page.example/")
            .map(|(code, server)| (code.to_string(), server))
    };
    let server = "https://vigie.example".to_owned();
    assert_eq!(read(&link), Some((shown.clone(), server.clone())));
    assert_eq!(
        read(&format!("  {}\n", link.replace("/j#", "/fr/j?x=1#"))),
        Some((shown.clone(), server))
    );
    assert_eq!(
        read(&shown.to_lowercase().replace('-', " ")),
        Some((shown.clone(), "https://page.example".to_owned()))
    );
    let long = format!("#/join/{shown}");
    assert_eq!(read(&long).map(|(code, _)| code), Some(shown.clone()));
    let local = "http://127.0.0.1:8080".to_owned();
    assert_eq!(
        read(&vigie_join::link("http://127.0.0.1:8080", &shown)),
        Some((shown.clone(), local))
    );
    for nonsense in [
        "",
        "https://vigie.example/",
        "https://#",
        "ftp://x/j#ABCD",
        "javascript://x#y",
        "é",
    ] {
        assert_eq!(read(nonsense), None, "{nonsense}");
    }
    assert_eq!(read(&format!("ftp://vigie.example/j#{shown}")), None);
}

#[test]
fn an_address_opens_a_link_or_goes_on_with_an_answer_and_never_both() {
    let link = InviteCode::random(&mut |bytes: &mut [u8]| bytes.fill(0xa5));
    let draft = DraftCode::random(&mut |bytes: &mut [u8]| bytes.fill(0xa5));
    let server = "https://vigie.example";
    let at = |code: &str| vigie_join::partner_link(server, code);
    let draft_link = at(&draft.to_string());
    assert_eq!(
        vigie_join::read_draft(&draft_link, ""),
        Some((draft.clone(), server.to_owned()))
    );
    assert_eq!(
        vigie_join::read_draft(&draft.to_string().to_lowercase(), server),
        Some((draft, server.to_owned()))
    );
    assert_eq!(vigie_join::read_invite(&draft_link, ""), None);
    assert_eq!(vigie_join::read_draft(&at(&link.to_string()), ""), None);
}

#[test]
fn an_enrolment_proves_the_code_and_hides_the_name() {
    let code = InviteCode::random(&mut |bytes: &mut [u8]| bytes.fill(0xa5));
    let device = SigningKey::from_bytes([5; 32]);
    let mut counter = 0_u8;
    let mut random = |bytes: &mut [u8]| {
        counter += 1;
        bytes.fill(counter);
    };
    let name = format!("Awa 🧵 {}", "é".repeat(400));
    let enrol = vigie_join::enrol(&code, &device, &name, &[7; 32], &mut random);
    assert!(code.proves(&device.device(), &enrol.proof.0));
    assert!(!code.proves(&SigningKey::from_bytes([6; 32]).device(), &enrol.proof.0));
    assert_eq!(enrol.invite, code.id());
    let id = device.device();
    let opened = vigie_join::open_name(&enrol.name_box.0, &id, &[7; 32]).expect("opens");
    assert!(
        name.starts_with(&opened)
            && opened.len() <= vigie_join::NAME_BYTES
            && opened.len() > vigie_join::NAME_BYTES - 4
    );
    assert_eq!(
        vigie_join::open_name(&enrol.name_box.0, &id, &[8; 32]),
        None
    );
    let short = vigie_join::enrol(&code, &device, "Awa", &[7; 32], &mut random);
    assert_eq!(short.name_box.0.len(), enrol.name_box.0.len());
    // A server that swaps the boxes of two devices names neither.
    let other = SigningKey::from_bytes([6; 32]).device();
    assert_eq!(
        vigie_join::open_name(&enrol.name_box.0, &other, &[7; 32]),
        None
    );
    // A box of before says nothing of the device.
    let before = vigie_seal::seal_box(&[7; 32], "name", b"Awa", &mut random);
    assert_eq!(
        vigie_join::open_name(&before, &id, &[7; 32]).as_deref(),
        Some("Awa")
    );
}

/// Held by `tests/vectors/member.json`; written anew with `UPDATE_VECTORS=1`.
#[test]
fn what_is_sealed_for_a_member_is_made_of_her_device_s_key_and_signed_by_it() {
    let device = SigningKey::from_bytes([7; 32]);
    let mission: MissionId = "0b5c1b3e-6a1f-4c57-9d0e-2f6f0e9a7c11"
        .parse()
        .expect("an id");
    let says = vigie_join::member(&device, &mission);
    assert!(says.is_of(&device.device(), &mission));
    let made = json!({
        "device_seed": *device.to_hex(),
        "device": device.device(),
        "mission": mission,
        "identity": *Identity::of_member(&device).to_string(),
        "message": format!("vigie member v1\n{mission}\n{}\n", says.recipient),
        "put": says,
    });
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/member.json"
    );
    if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
        std::fs::write(path, text).expect("written");
    }
    let kept = std::fs::read_to_string(path).expect("the vector");
    assert_eq!(serde_json::from_str::<Value>(&kept).expect("JSON"), made);
}

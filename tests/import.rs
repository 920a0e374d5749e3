//! How long the office takes over 10,000 ops, against merely opening, unzipping and parsing the same bytes.
//!
//! Runs natively and, as WebAssembly, in a browser; `cargo xtask bench` reads the line that begins with [`MARK`].

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_exchange::api::{Base64, EnrolledItem, Hex};
use vigie_journal::bundle::Bundle;
use vigie_journal::{Chain, Clock, Journal, Op, StoredOp};
use vigie_model::{Kind, Lang, MissionKind, Policy, RecordId, Timestamp};
use vigie_office::import::{OPEN_BYTES, Reception, Seen, Verdict, import};
use vigie_office::mission::{NewMission, new_mission};
use vigie_office::{OfficeDoc, OfficeKeys, Registry};
use vigie_seal::{InviteCode, SigningKey, envelope};

const MARK: &str = "measured: ";
const DEVICES: usize = 4;
const BUNDLES: usize = 20;
const OPS: usize = 500;
const NOW: i64 = 1_790_000_000_000;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn ten_thousand_ops_come_in() {
    let (keys, registry, sealed) = everything();
    let (mut bare, mut whole) = (f64::MAX, f64::MAX);
    // By turns, and the best of each: the machine has other things to do.
    for _ in 0..5 {
        let start = now();
        let parsed: Vec<Value> = sealed
            .iter()
            .map(|bytes| opened_and_parsed(bytes, &keys))
            .collect();
        bare = bare.min(now() - start);
        assert_eq!(parsed.len(), BUNDLES);
        drop(parsed);

        let (mut journal, mut seen) = (Journal::new(), Seen::default());
        let start = now();
        for bytes in &sealed {
            let verdict = import(
                bytes,
                &keys,
                &registry,
                OPEN_BYTES,
                Reception::carried(Timestamp(NOW)),
                &mut journal,
                &mut seen,
            );
            assert!(
                matches!(verdict, Verdict::Accepted { new: OPS, .. }),
                "{verdict:?}"
            );
        }
        whole = whole.min(now() - start);
        assert_eq!(journal.len(), BUNDLES * OPS);
    }
    say(&format!(
        "{MARK}{}",
        json!({ "value": whole, "against": bare })
    ));
}

fn opened_and_parsed(bytes: &[u8], keys: &OfficeKeys) -> Value {
    let plain =
        envelope::open(bytes, &keys.identity, OPEN_BYTES).expect("it was sealed for this office");
    serde_json::from_slice(&plain).expect("a bundle is JSON")
}

/// An office, its mission's devices, and what they sent.
fn everything() -> (OfficeKeys, Registry, Vec<Vec<u8>>) {
    let mut next = 7u64;
    let mut random = move |bytes: &mut [u8]| {
        for byte in bytes {
            // Knuth's multiplier: what is drawn need only differ.
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (next >> 56) as u8;
        }
    };
    let keys = OfficeKeys::generate("Bureau", "https://vigie.example", &mut random);
    let new = NewMission {
        name: "Haïti".to_owned(),
        kind: MissionKind::Observation,
        starts: String::new(),
        ends: String::new(),
        languages: vec![Lang::from("fr")],
        policy: Policy::default(),
        forms: Vec::new(),
    };
    let mission =
        new_mission(new, &keys, &mut random).expect("a mission with a name and a language");
    let mut registry = Registry::default();
    registry.insert(OfficeDoc::Mission(mission.clone()));
    let mut sealed = Vec::new();
    for number in 0..DEVICES {
        let signing = SigningKey::random(&mut random);
        let device = signing.device();
        let invite = mission.invite(&keys, "", Timestamp(NOW), Timestamp(NOW), &mut random);
        let code: InviteCode = invite.doc.code().expect("a code just made");
        registry.insert(OfficeDoc::Invite(invite.doc));
        let item = EnrolledItem {
            n: number as u64 + 1,
            invite: code.id(),
            device,
            mission: None,
            proof: Hex(code.proof(&device)),
            name_box: Base64(Vec::new()),
            at: Timestamp(NOW),
        };
        registry.enrolled(&item).expect("a proof just made");
        let (mut chain, mut clock) = (Chain::default(), Clock::default());
        for _ in 0..BUNDLES / DEVICES {
            let mut ops = Vec::with_capacity(OPS);
            for _ in 0..OPS {
                let op = StoredOp::new(Op {
                    v: Op::VERSION,
                    dev: device,
                    seq: chain.seq,
                    prev: chain.prev,
                    hlc: clock.tick(Timestamp(NOW + chain.seq as i64 * 60_000)),
                    by: format!("Délégué·e {number}"),
                    rec: RecordId::random(&mut random),
                    kind: Kind::NOTE,
                    mission: mission.id(),
                    form: None,
                    set: note(chain.seq),
                    over: BTreeMap::new(),
                    more: BTreeMap::new(),
                });
                chain = Chain::after(&op);
                ops.push(op);
            }
            let unsigned = Bundle::compose(mission.id(), device, Timestamp(NOW), &ops);
            let signature = signing.sign(&unsigned.message());
            let bundle = unsigned.sign(signature.to_bytes());
            sealed.push(
                envelope::seal(&bundle.to_json(), &[keys.recipient()])
                    .expect("there is a recipient"),
            );
        }
    }
    (keys, registry, sealed)
}

/// The fields of a note of a usual size.
fn note(number: u64) -> BTreeMap<String, Value> {
    let text = format!(
        "Rencontre {number} avec le comité de l’atelier. Les heures supplémentaires ne sont pas payées depuis mars; deux \
         personnes disent avoir été menacées de renvoi. À vérifier auprès de l’inspection du travail."
    );
    [
        ("title", json!(format!("Rencontre syndicale {number}"))),
        ("text", json!(text)),
        ("at", json!("2026-10-14T16:20")),
        ("place", json!("Ouanaminthe")),
        ("themes", json!(["wages", "safety"])),
        ("present", json!("déléguée, deux membres du comité")),
        ("source", json!("B")),
        ("credibility", json!("2")),
        ("sensitivity", json!("internal")),
    ]
    .map(|(field, value)| (field.to_owned(), value))
    .into()
}

#[cfg(not(target_arch = "wasm32"))]
fn now() -> f64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1000.0
}

#[cfg(target_arch = "wasm32")]
fn now() -> f64 {
    js_sys::Date::now()
}

#[cfg(not(target_arch = "wasm32"))]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(target_arch = "wasm32")]
fn say(line: &str) {
    wasm_bindgen_test::console_log!("{line}");
}

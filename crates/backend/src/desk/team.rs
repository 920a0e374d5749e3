//! What a mission's people wrote, put beside the card for each other: the office's half of `crate::team`.

use serde_json::value::RawValue;
use vigie_journal::{Journal, Record, StoredOp};
use vigie_model::{MissionId, Sensitivity, fields::note::SENSITIVITY, kinds};
use vigie_office::OfficeKeys;
use vigie_seal::{
    pad::pad_json,
    secret::{open_box, seal_box},
};

use crate::{
    error::internal,
    protocol::Failure,
    team::{CARD, Team, WithTeam, message, message_of_ids},
};

/// The most that is shared, in bytes: the newest changes first. A server takes cards of 8 MiB.
const SHARED_BYTES: usize = 4 * 1024 * 1024;

/// Whether a record may be given to the mission's other people: its kind may be, and nobody marked it secret, not even beside
/// another's mark.
fn is_shared(record: &Record) -> bool {
    let marks = record.fields.get(SENSITIVITY);
    let mut marks = marks.into_iter().flat_map(|field| &field.heads);
    kinds::spec(record.kind.as_str()).shared
        && !marks.any(|head| head.value == Sensitivity::Secret.code())
}

/// Puts what the mission's people wrote beside the card in its box.
pub(crate) fn attach(
    sealed_card: Vec<u8>,
    mission: MissionId,
    rev: u32,
    mission_key: &[u8; 32],
    keys: &OfficeKeys,
    journal: &Journal,
    random: &mut impl vigie_model::Random,
) -> Result<Vec<u8>, Failure> {
    let mut ops: Vec<&StoredOp> = journal
        .ops()
        .filter(|stored| stored.op.mission == mission && !stored.is_purged())
        .filter(|stored| journal.record(&stored.op.rec).is_some_and(is_shared))
        .collect();
    ops.sort_by_key(|stored| std::cmp::Reverse((stored.order, stored.id)));
    let mut room = SHARED_BYTES;
    ops.retain(|stored| match room.checked_sub(stored.bytes.len()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    let plain = open_box(mission_key, CARD, &sealed_card).map_err(internal)?;
    let mut signed: WithTeam = serde_json::from_slice(&plain).map_err(internal)?;
    let sig = keys
        .signing
        .sign(&message_of_ids(&mission, rev, ops.iter().copied()));
    let sig2 = keys
        .signing
        .sign(&message(&mission, rev, ops.iter().map(|op| &*op.bytes)));
    let raw = ops
        .iter()
        .map(|stored| RawValue::from_string(stored.bytes.to_string()).map_err(internal));
    signed.team = Some(Team {
        ops: raw.collect::<Result<_, _>>()?,
        sig,
        sig2: Some(sig2),
    });
    let plain = pad_json(serde_json::to_vec(&signed).map_err(internal)?);
    Ok(seal_box(mission_key, CARD, &plain, random))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};
    use vigie_journal::{Hlc, Op, Over};
    use vigie_model::{DeviceId, Kind, OpId, RecordId};
    use vigie_seal::SigningKey;

    use super::*;
    use crate::team::detach;

    const MISSION: MissionId = MissionId::MIN;
    const KEY: [u8; 32] = [4; 32];
    const REV: u32 = 7;

    fn dice() -> impl FnMut(&mut [u8]) {
        |bytes: &mut [u8]| bytes.fill(3)
    }

    fn keys() -> OfficeKeys {
        OfficeKeys::generate("Bureau", "https://vigie.example", &mut dice())
    }

    fn op(rec: u8, seq: u64, kind: Kind, set: Value, over: Over) -> StoredOp {
        StoredOp::new(Op {
            v: Op::VERSION,
            dev: DeviceId([7; 32]),
            seq,
            prev: None,
            hlc: Hlc {
                ms: seq as i64,
                n: 0,
            },
            by: "Ana".into(),
            rec: RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(rec)),
            kind,
            mission: MISSION,
            form: None,
            set: serde_json::from_value(set).unwrap(),
            over,
            more: BTreeMap::new(),
        })
    }

    fn note(rec: u8, seq: u64, set: Value) -> StoredOp {
        op(rec, seq, Kind::NOTE, set, Over::new())
    }

    fn attached(journal: &Journal) -> Vec<u8> {
        let card = seal_box(&KEY, CARD, br#"{"card":{},"sig":""}"#, &mut dice());
        attach(card, MISSION, REV, &KEY, &keys(), journal, &mut dice()).unwrap()
    }

    /// What a device takes of a card's box.
    fn taken(sealed: &[u8]) -> Vec<OpId> {
        let office = keys().signing.verifying_key();
        let ops = detach(sealed, MISSION, REV, &KEY, &office);
        ops.into_iter().map(|stored| stored.id).collect()
    }

    /// The box as whoever holds the server and the mission's key makes it.
    fn forged(sealed: &[u8], change: impl FnOnce(&mut Team)) -> Vec<u8> {
        let plain = open_box(&KEY, CARD, sealed).unwrap();
        let mut signed: WithTeam = serde_json::from_slice(&plain).unwrap();
        change(signed.team.as_mut().unwrap());
        seal_box(
            &KEY,
            CARD,
            &serde_json::to_vec(&signed).unwrap(),
            &mut dice(),
        )
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn what_is_marked_secret_is_given_to_nobody_nor_files_nor_answers() {
        let plain = note(1, 1, json!({ "title": "Atelier" }));
        let secret = note(2, 2, json!({ "title": "Source", "sensitivity": "secret" }));
        let later = note(3, 3, json!({ "title": "Usine", "sensitivity": "open" }));
        let over = [("sensitivity".to_owned(), vec![later.id])].into();
        let marked = op(3, 4, Kind::NOTE, json!({ "sensitivity": "secret" }), over);
        // Marked by one and not by the other: nobody saw both.
        let mine = note(4, 5, json!({ "title": "Nom", "sensitivity": "open" }));
        let hers = note(4, 6, json!({ "sensitivity": "secret" }));
        let others = [Kind::ATTACHMENT, Kind::RESPONSE]
            .map(|kind| op(5, 7, kind, json!({ "q": "1" }), Over::new()));
        let mut journal: Journal = [plain.clone(), secret, later.clone(), mine, hers]
            .into_iter()
            .collect();
        let mut before = taken(&attached(&journal));
        before.sort_unstable();
        let mut expected = vec![plain.id, later.id];
        expected.sort_unstable();
        assert_eq!(before, expected);
        journal.extend(others);
        journal.insert(marked);
        assert_eq!(taken(&attached(&journal)), [plain.id]);
    }

    #[test]
    fn not_a_byte_of_what_the_team_wrote_changes_on_the_way() {
        let first = note(1, 1, json!({ "title": "Atelier" }));
        let journal: Journal = [first.clone()].into_iter().collect();
        let sealed = attached(&journal);
        assert_eq!(taken(&sealed), [first.id]);
        // An op under the id of another: signed by ids alone, it was taken with whatever values it had.
        let mut other = serde_json::to_value(&first.op).unwrap();
        other["set"]["title"] = json!("Mensonge");
        other["purged"] = json!(first.id);
        for without in [false, true] {
            let boxed = forged(&sealed, |team| {
                team.ops = vec![raw(&other.to_string())];
                if without {
                    team.sig2 = None;
                }
            });
            assert!(taken(&boxed).is_empty());
        }
        let theirs = SigningKey::from_bytes([66; 32]);
        let boxed = forged(&sealed, |team| {
            let sig = theirs.sign(&message(&MISSION, REV, [&*first.bytes]));
            team.sig2 = Some(sig);
        });
        assert!(taken(&boxed).is_empty());
        // As an office of before made it, and as a device of before reads it.
        let boxed = forged(&sealed, |team| team.sig2 = None);
        assert_eq!(taken(&boxed), [first.id]);
    }

    /// Held by `tests/vectors/team.json`; written anew with `UPDATE_VECTORS=1`.
    #[test]
    fn what_the_team_wrote_is_signed_as_documented() {
        let ops = [
            note(1, 1, json!({ "title": "Atelier" })),
            note(2, 2, json!({ "text": "…" })),
        ];
        let office = SigningKey::from_bytes([9; 32]);
        let (ids, bytes) = (
            message_of_ids(&MISSION, REV, &ops),
            message(&MISSION, REV, ops.iter().map(|op| &*op.bytes)),
        );
        let text = |message: &[u8]| String::from_utf8(message.to_vec()).unwrap();
        let made = json!({
            "office": office.verifying_key(),
            "mission": MISSION,
            "rev": REV,
            "ops": ops.iter().map(|op| &*op.bytes).collect::<Vec<_>>(),
            "message_of_sig": text(&ids),
            "message_of_sig2": text(&bytes),
            "sig": office.sign(&ids),
            "sig2": office.sign(&bytes),
        });
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/team.json");
        if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") {
            std::fs::write(path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
        }
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(kept, made);
    }

    #[test]
    fn an_op_of_a_newer_version_keeps_the_others_from_nobody() {
        let first = note(1, 1, json!({ "title": "Atelier" }));
        let newer = r#"{"v":2,"later":true}"#;
        let journal: Journal = [first.clone()].into_iter().collect();
        let sealed = forged(&attached(&journal), |team| {
            let sig = keys()
                .signing
                .sign(&message(&MISSION, REV, [newer, &*first.bytes]));
            team.ops.insert(0, raw(newer));
            team.sig2 = Some(sig);
        });
        assert_eq!(taken(&sealed), [first.id]);
    }
}

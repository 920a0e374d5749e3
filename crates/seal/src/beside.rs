//! What stands beside a card in its box: which values must go, and what the mission's people wrote, from an office of before.
//!
//! Each purge has the signature that it always has. What the others wrote comes by the [team's letters](crate::given) now; an
//! office of before put it here, under a signature of its own. A reader that knows neither takes the card alone.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use vigie_journal::{PurgeOrder, StoredOp};
use vigie_model::{MissionId, Random, from_json, hex};

use crate::{
    DoesNotOpen, Signature, VerifyingKey,
    card::PURPOSE,
    pad::pad_json,
    secret::{open_box, seal_box},
};

/// What a device takes of what stands beside its card.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// What others of the mission wrote.
    pub team: Vec<StoredOp>,
    /// Which values must go.
    pub purges: Vec<PurgeOrder>,
}

/// What is in the box.
#[derive(Serialize, Deserialize)]
struct Boxed {
    card: Box<RawValue>,
    sig: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<Team>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    purges: Vec<Box<RawValue>>,
}

#[derive(Serialize, Deserialize)]
struct Team {
    ops: Vec<Box<RawValue>>,
    /// The office's, over [`message_of_ids`].
    sig: Signature,
    /// The office's, over [`message`]; the first offices made none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sig2: Option<Signature>,
}

/// What an office signed: the mission, the card's revision, and the SHA-256 of each op's exact bytes, so that the server can
/// neither change, add nor mix, whoever lends it the mission's key.
fn message<'a>(mission: &MissionId, rev: u32, ops: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut message = format!("vigie team v2\n{mission}\n{rev}\n");
    for bytes in ops {
        message.push_str(&hex::encode(&Sha256::digest(bytes.as_bytes())));
        message.push('\n');
    }
    message.into_bytes()
}

/// What the first offices signed: each op's id. An id is the hash of the bytes, but of an op whose values were erased it is
/// whatever the op says.
fn message_of_ids<'a>(
    mission: &MissionId,
    rev: u32,
    ops: impl IntoIterator<Item = &'a StoredOp>,
) -> Vec<u8> {
    let mut message = format!("vigie team v1\n{mission}\n{rev}\n");
    for op in ops {
        message.push_str(&format!("{}\n", op.id));
    }
    message.into_bytes()
}

/// Puts beside the card in its box which values must go.
pub fn attach(
    sealed_card: &[u8],
    mission_key: &[u8; 32],
    purges: &[PurgeOrder],
    random: &mut impl Random,
) -> Result<Vec<u8>, DoesNotOpen> {
    let plain = open_box(mission_key, PURPOSE, sealed_card)?;
    let mut boxed: Boxed = from_json(&plain).map_err(|_| DoesNotOpen)?;
    let purges = purges
        .iter()
        .map(|order| serde_json::value::to_raw_value(order).map_err(|_| DoesNotOpen));
    boxed.purges = purges.collect::<Result<_, _>>()?;
    let plain = pad_json(serde_json::to_vec(&boxed).map_err(|_| DoesNotOpen)?);
    Ok(seal_box(mission_key, PURPOSE, &plain, random))
}

/// What stands beside a card in its box and is the office's word. An op that lost its values is left out: whoever never had
/// it has nothing to erase. What is of a newer version is passed over.
pub fn detach(
    sealed: &[u8],
    mission: MissionId,
    rev: u32,
    mission_key: &[u8; 32],
    office: &VerifyingKey,
) -> Beside {
    let plain = open_box(mission_key, PURPOSE, sealed).unwrap_or_default();
    let Ok(boxed) = from_json::<Boxed>(&plain) else {
        return Beside::default();
    };
    let orders = boxed.purges.iter();
    let orders = orders.filter_map(|order| serde_json::from_str::<PurgeOrder>(order.get()).ok());
    let is_ours = |order: &PurgeOrder| {
        let signed = Signature::from_bytes(order.sig);
        order.v == 1 && order.mission == mission && office.verify(&order.message(), &signed).is_ok()
    };
    Beside {
        team: boxed
            .team
            .and_then(|team| taken(&team, mission, rev, office))
            .unwrap_or_default(),
        purges: orders.filter(is_ours).collect(),
    }
}

/// The ops, when the office signed them all.
fn taken(
    team: &Team,
    mission: MissionId,
    rev: u32,
    office: &VerifyingKey,
) -> Option<Vec<StoredOp>> {
    let mut ops: Vec<StoredOp> = team
        .ops
        .iter()
        .filter_map(|op| StoredOp::parse(op.get()).ok())
        .collect();
    let is_signed = match &team.sig2 {
        Some(sig) => {
            let bytes = team.ops.iter().map(|op| op.get());
            office.verify(&message(&mission, rev, bytes), sig).is_ok()
        }
        None => {
            ops.len() == team.ops.len()
                && !ops.iter().any(StoredOp::is_purged)
                && office
                    .verify(&message_of_ids(&mission, rev, &ops), &team.sig)
                    .is_ok()
        }
    };
    if !is_signed || ops.iter().any(|stored| stored.op.mission != mission) {
        return None;
    }
    ops.retain(|stored| !stored.is_purged());
    Some(ops)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};
    use vigie_journal::{Hlc, Op, Over, Purge};
    use vigie_model::{DeviceId, Kind, OpId, RecordId, Timestamp};

    use super::*;
    use crate::SigningKey;

    const MISSION: MissionId = MissionId::MIN;
    const KEY: [u8; 32] = [4; 32];
    const REV: u32 = 7;

    fn dice() -> impl FnMut(&mut [u8]) {
        |bytes: &mut [u8]| bytes.fill(3)
    }

    fn office() -> SigningKey {
        SigningKey::from_bytes([9; 32])
    }

    fn note(rec: u8, seq: u64, set: Value) -> StoredOp {
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
            kind: Kind::NOTE,
            mission: MISSION,
            form: None,
            set: serde_json::from_value(set).unwrap(),
            over: Over::new(),
            more: BTreeMap::new(),
        })
    }

    /// As an office of before put what the team wrote beside its purges.
    fn attached(op: &StoredOp, purges: &[PurgeOrder]) -> Vec<u8> {
        let card = seal_box(&KEY, PURPOSE, br#"{"card":{},"sig":""}"#, &mut dice());
        let sealed = attach(&card, &KEY, purges, &mut dice()).unwrap();
        forged(&sealed, |boxed| {
            boxed.team = Some(Team {
                ops: vec![raw(&op.bytes)],
                sig: office().sign(&message_of_ids(&MISSION, REV, [op])),
                sig2: Some(office().sign(&message(&MISSION, REV, [&*op.bytes]))),
            });
        })
    }

    /// What a device takes of a card's box.
    fn taken(sealed: &[u8]) -> Vec<OpId> {
        let beside = detach(sealed, MISSION, REV, &KEY, &office().verifying_key());
        beside.team.into_iter().map(|stored| stored.id).collect()
    }

    /// The box as whoever holds the server and the mission's key makes it.
    fn forged(sealed: &[u8], change: impl FnOnce(&mut Boxed)) -> Vec<u8> {
        let plain = open_box(&KEY, PURPOSE, sealed).unwrap();
        let mut boxed: Boxed = serde_json::from_slice(&plain).unwrap();
        change(&mut boxed);
        seal_box(
            &KEY,
            PURPOSE,
            &serde_json::to_vec(&boxed).unwrap(),
            &mut dice(),
        )
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn not_a_byte_of_what_the_team_wrote_changes_on_the_way() {
        let first = note(1, 1, json!({ "title": "Atelier" }));
        let sealed = attached(&first, &[]);
        assert_eq!(taken(&sealed), [first.id]);
        // An op under the id of another: signed by ids alone, it was taken with whatever values it had.
        let mut other = serde_json::to_value(&first.op).unwrap();
        other["set"]["title"] = json!("Mensonge");
        other["purged"] = json!(first.id);
        for without in [false, true] {
            let boxed = forged(&sealed, |boxed| {
                let team = boxed.team.as_mut().unwrap();
                team.ops = vec![raw(&other.to_string())];
                if without {
                    team.sig2 = None;
                }
            });
            assert!(taken(&boxed).is_empty());
        }
        let theirs = SigningKey::from_bytes([66; 32]);
        let boxed = forged(&sealed, |boxed| {
            let sig = theirs.sign(&message(&MISSION, REV, [&*first.bytes]));
            boxed.team.as_mut().unwrap().sig2 = Some(sig);
        });
        assert!(taken(&boxed).is_empty());
        // As an office of before made it, and as a device of before reads it.
        let boxed = forged(&sealed, |boxed| {
            boxed.team.as_mut().unwrap().sig2 = None;
        });
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
        let sealed = forged(&attached(&first, &[]), |boxed| {
            let sig = office().sign(&message(&MISSION, REV, [newer, &*first.bytes]));
            let team = boxed.team.as_mut().unwrap();
            team.ops.insert(0, raw(newer));
            team.sig2 = Some(sig);
        });
        assert_eq!(taken(&sealed), [first.id]);
    }

    #[test]
    fn only_what_the_office_of_this_mission_signed_is_erased() {
        let first = note(1, 1, json!({ "title": "Atelier" }));
        let purge = |mission, key: &SigningKey| {
            let sign = |message: &[u8]| key.sign(message).to_bytes();
            let purge = Purge::new(mission, Timestamp(9), "Maria".into(), vec![first.id], sign);
            purge.order()
        };
        let ours = purge(MISSION, &office());
        let elsewhere = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
        let more = PurgeOrder {
            ops: vec![first.id, OpId([1; 32])],
            ..ours.clone()
        };
        let all = [
            ours.clone(),
            purge(MISSION, &SigningKey::from_bytes([66; 32])),
            purge(elsewhere, &office()),
            more,
            PurgeOrder {
                v: 2,
                ..ours.clone()
            },
        ];
        let sealed = attached(&first, &all);
        let sealed = forged(&sealed, |boxed| {
            boxed.purges.push(raw(r#"{"v":7,"later":[]}"#))
        });
        let beside = detach(&sealed, MISSION, REV, &KEY, &office().verifying_key());
        assert_eq!(beside.purges, [ours]);
        assert_eq!(beside.team.len(), 1);
        // Why they go stays at the office.
        let plain = open_box(&KEY, PURPOSE, &sealed).unwrap();
        assert!(!String::from_utf8(plain).unwrap().contains("Maria"));
    }
}

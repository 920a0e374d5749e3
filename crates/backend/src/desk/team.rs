//! What a mission's people wrote, put beside the card for each other: the office's half of `crate::team`.

use serde_json::value::RawValue;
use vigie_journal::{Journal, StoredOp};
use vigie_model::{Kind, MissionId};
use vigie_office::OfficeKeys;
use vigie_seal::secret::{open_box, seal_box};

use crate::{
    error::internal,
    protocol::Failure,
    team::{CARD, Team, WithTeam, message},
};

/// The most that is shared, in bytes: the newest changes first. A server takes cards of 8 MiB.
const SHARED_BYTES: usize = 4 * 1024 * 1024;

fn is_shared(kind: &Kind) -> bool {
    *kind != Kind::ATTACHMENT && *kind != Kind::RESPONSE
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
        .filter(|stored| stored.op.mission == mission && is_shared(&stored.op.kind))
        .collect();
    ops.sort_by_key(|stored| std::cmp::Reverse((stored.op.hlc, stored.id)));
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
        .sign(&message(&mission, rev, ops.iter().copied()));
    let raw = ops
        .iter()
        .map(|stored| RawValue::from_string(stored.bytes.to_string()).map_err(internal));
    signed.team = Some(Team {
        ops: raw.collect::<Result<_, _>>()?,
        sig,
    });
    let plain = serde_json::to_vec(&signed).map_err(internal)?;
    Ok(seal_box(mission_key, CARD, &plain, random))
}

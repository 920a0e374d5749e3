//! What a mission's people are given of what came from each other.

use vigie_journal::{Journal, Record, StoredOp};
use vigie_model::{MissionId, Random, Sensitivity, fields::note::SENSITIVITY, kinds};
use vigie_seal::{DoesNotOpen, beside::attach};

use crate::{OfficeKeys, Registry, docs::MissionDoc, mission::SealedCard};

/// The most that is shared, in bytes: the newest changes first. A server takes cards of 8 MiB.
const SHARED_BYTES: usize = 4 * 1024 * 1024;

impl MissionDoc {
    /// The card in its box, and beside it what must be erased of this mission and, where its policy says so, what its people
    /// wrote.
    pub fn seal_with_team(
        &self,
        keys: &OfficeKeys,
        registry: &Registry,
        journal: &Journal,
        random: &mut impl Random,
    ) -> Result<SealedCard, DoesNotOpen> {
        let mut card = self.seal_card(keys, random);
        let (mission, key) = (self.id(), &self.mission_key);
        let orders: Vec<_> = registry
            .purges()
            .filter(|purge| purge.mission == mission)
            .map(|purge| purge.order())
            .collect();
        let shares = self.card.mission.policy.share_with_team;
        let ops = shares.then(|| shared(journal, mission));
        if shares || !orders.is_empty() {
            let beside = (ops.as_deref(), orders.as_slice());
            let office = &keys.signing;
            card.bytes = attach(&card.bytes, mission, self.rev, key, office, beside, random)?;
        }
        Ok(card)
    }
}

/// What a mission's people wrote that the others may see, newest first, as much as there is room for.
pub fn shared(journal: &Journal, mission: MissionId) -> Vec<&StoredOp> {
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
    ops
}

/// Whether a record may be given to the mission's other people: its kind may be, and nobody marked it secret, not even beside
/// another's mark.
fn is_shared(record: &Record) -> bool {
    let marks = record.fields.get(SENSITIVITY);
    let mut marks = marks.into_iter().flat_map(|field| &field.heads);
    kinds::spec(record.kind.as_str()).shared
        && !marks.any(|head| head.value == Sensitivity::Secret.code())
}

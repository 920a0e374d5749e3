//! What a mission's people are given of each other's: whom their phones seal for, and what the office gives besides.
//!
//! Phones seal what they write for the members that the card names, and the server hands it on. What no phone sealed for
//! somebody, the office gives: to a newcomer what was there before her; to all what came otherwise (from a file, from a phone
//! of before, under an earlier card), what the office itself wrote, and what a device that was removed had written.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vigie_exchange::api::Hex;
use vigie_journal::{Journal, PurgeOrder, Record, StoredOp};
use vigie_model::{CardMember, DeviceId, MissionId, OpId, Random, fields::note::SENSITIVITY};
use vigie_seal::{DoesNotOpen, Recipient, beside::attach, given::seal_letter};

use crate::{OfficeKeys, Registry, docs::MissionDoc, mission::SealedCard};

/// The most that one letter gives, in bytes: the newest changes first. A server takes letters of 8 MiB.
const GIVEN_BYTES: usize = 4 * 1024 * 1024;

/// A letter that is to be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// All that the office has, to a device that the card names from now on.
    ToNewcomer(DeviceId),
    /// All that a device wrote that the card names no more, to everyone: what was on its way is not taken from it any more.
    OfRemoved(DeviceId),
    /// These changes, to everyone.
    Ops(BTreeSet<OpId>),
}

/// What is to be given, by the place that it has at the server.
pub type Letters = Vec<(Hex<32>, Given)>;

/// A letter for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedLetter {
    pub reader: Option<DeviceId>,
    pub bytes: Vec<u8>,
}

impl MissionDoc {
    /// Whom the card is to name.
    fn team(&self, registry: &Registry) -> Vec<CardMember> {
        match self.card.mission.policy.shares() {
            true => registry.team(&self.id()),
            false => Vec::new(),
        }
    }

    /// Whether the card names whom it should, and no removed device has the mission's key.
    pub fn follows(&self, registry: &Registry) -> bool {
        self.team(registry) == self.card.members && self.key_is_kept(registry)
    }

    /// Names in the card those whom the mission's phones are to seal for. Answers what is to be given because of it.
    pub fn name_team(&mut self, registry: &Registry) -> Letters {
        let team = self.team(registry);
        if team == self.card.members {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.card.members, team);
        self.team_rev = self.rev;
        let names = |members: &[CardMember]| -> BTreeSet<DeviceId> {
            members.iter().map(|member| member.device).collect()
        };
        let (before, now) = (names(&before), names(&self.card.members));
        let newcomers = now.difference(&before).copied();
        let mut given: Letters = self.newcomers(newcomers).collect();
        let left = before.difference(&now);
        let left = left.filter(|device| registry.removed(device).is_some());
        given.extend(left.map(|device| (Hex(device.0), Given::OfRemoved(*device))));
        given
    }

    /// What is to be given to devices that the card names, in a place that names the card too: who is named again, after the
    /// mission shared with nobody for a while, is given again.
    pub(crate) fn newcomers(
        &self,
        devices: impl Iterator<Item = DeviceId>,
    ) -> impl Iterator<Item = (Hex<32>, Given)> {
        devices.map(|device| {
            let place = Sha256::digest(format!("{device}\n{}\n", self.team_rev));
            (Hex(place.into()), Given::ToNewcomer(device))
        })
    }

    /// Of the changes of a bundle that was accepted just now, or that a desk wrote, those that nobody sealed for all whom the card
    /// names by now. `team`: the revision of the card by which the bundle was sealed for members.
    pub fn to_give(
        &self,
        journal: &Journal,
        changes: impl IntoIterator<Item = OpId>,
        team: Option<u32>,
    ) -> Option<Given> {
        if self.card.members.is_empty() {
            return None;
        }
        let is_given = team.is_some_and(|rev| rev >= self.team_rev);
        let mut ids = BTreeSet::new();
        for id in changes {
            let Some(StoredOp { op, .. }) = journal.get(&id) else {
                continue;
            };
            let record = journal.record(&op.rec);
            let Some(record) = record.filter(|record| record.is_shared()) else {
                continue;
            };
            if !is_given {
                ids.insert(id);
            } else if op.over.contains_key(SENSITIVITY) {
                // It may have been secret before, and nobody was given it.
                ids.extend(record.ops());
            }
        }
        (!ids.is_empty()).then_some(Given::Ops(ids))
    }

    /// A letter, signed and sealed for those that it is for; `None` when there is nothing to give any more, or nobody.
    pub fn letter(
        &self,
        keys: &OfficeKeys,
        journal: &Journal,
        given: &Given,
    ) -> Option<SealedLetter> {
        let reader = match given {
            Given::ToNewcomer(device) => Some(*device),
            Given::OfRemoved(_) | Given::Ops(_) => None,
        };
        let members = self.card.members.iter();
        let readers = members.filter(|member| reader.is_none_or(|reader| member.device == reader));
        let readers: Vec<Recipient> = readers
            .filter_map(|member| member.recipient.parse().ok())
            .collect();
        let ops = shared(journal, self.id(), |stored| match given {
            Given::ToNewcomer(_) => true,
            Given::OfRemoved(device) => stored.op.dev == *device,
            Given::Ops(ids) => ids.contains(&stored.id),
        });
        if ops.is_empty() {
            return None;
        }
        let bytes = seal_letter(self.id(), &ops, &keys.signing, &readers).ok()?;
        Some(SealedLetter { reader, bytes })
    }

    /// The card in its box, with what must be erased of this mission, and with the key, where that has turned.
    pub fn seal_whole(
        &self,
        keys: &OfficeKeys,
        registry: &Registry,
        random: &mut impl Random,
    ) -> Result<SealedCard, DoesNotOpen> {
        let mut card = self.seal_card(keys, random);
        let purges = registry.purges().filter(|purge| purge.mission == self.id());
        let orders: Vec<PurgeOrder> = purges.map(|purge| purge.order()).collect();
        if !orders.is_empty() {
            card.bytes = attach(&card.bytes, &self.mission_key, &orders, random)?;
        }
        card.bytes = self.with_key(keys, card.bytes);
        Ok(card)
    }
}

/// What a mission's people wrote that the others may see, newest first, as much as there is room for.
pub fn shared(
    journal: &Journal,
    mission: MissionId,
    wanted: impl Fn(&StoredOp) -> bool,
) -> Vec<&StoredOp> {
    let mut ops: Vec<&StoredOp> = journal
        .ops()
        .filter(|stored| stored.op.mission == mission && !stored.is_purged())
        .filter(|stored| wanted(stored))
        .filter(|stored| {
            journal
                .record(&stored.op.rec)
                .is_some_and(Record::is_shared)
        })
        .collect();
    ops.sort_by_key(|stored| std::cmp::Reverse((stored.order, stored.id)));
    let mut room = GIVEN_BYTES;
    ops.retain(|stored| match room.checked_sub(stored.bytes.len()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    ops
}

//! A mission's key, and how it turns once a device was removed.
//!
//! Whoever was removed keeps the key that she had. The next card is boxed under another, and brings it for those who stay. Who
//! has not said yet what is sealed for her goes on with the card that she has, and is let in when she has said it.

use std::collections::BTreeSet;

use vigie_model::{DeviceId, Random};
use vigie_seal::{Recipient, invite::MissionKey, turned::seal_turned};

use crate::{OfficeKeys, Registry, docs::MissionDoc};

impl MissionDoc {
    /// The key, and those of before, the newest first.
    pub fn keys(&self) -> impl Iterator<Item = &MissionKey> {
        [&self.mission_key]
            .into_iter()
            .chain(self.earlier_keys.iter().rev())
    }

    /// Whether the key turned, and no card brings it for this device yet.
    pub fn is_keyless(&self, device: &DeviceId) -> bool {
        let mut holders = self.holders.iter();
        !self.earlier_keys.is_empty() && !holders.any(|holder| holder.device == *device)
    }

    fn removed(&self, registry: &Registry) -> BTreeSet<DeviceId> {
        let mission = self.id();
        let people = registry.people(&mission).map(|(device, _)| *device);
        people
            .filter(|device| registry.removed(device).is_some())
            .collect()
    }

    /// Whether no removed device has the key, and all who stay and can be given it are.
    pub(crate) fn key_is_kept(&self, registry: &Registry) -> bool {
        let has_turned = !self.earlier_keys.is_empty();
        self.removed(registry).is_subset(&self.shut_out)
            && (!has_turned || self.holders == registry.stay(&self.id()))
    }

    /// Draws another key, where a removed device has this one, and notes who is to be given it; what the
    /// questionnaires show is boxed after that. Whether it did.
    pub fn turn_key(&mut self, registry: &Registry, random: &mut impl Random) -> bool {
        let removed = self.removed(registry);
        let is_due = !removed.is_subset(&self.shut_out);
        if is_due {
            let key = MissionKey::random(random);
            self.earlier_keys
                .push(std::mem::replace(&mut self.mission_key, key));
            self.shut_out = removed;
            // Boxed under the key of before, they would not open.
            for form in &mut self.card.forms {
                form.files.clear();
            }
        }
        if !self.earlier_keys.is_empty() {
            self.holders = registry.stay(&self.id());
        }
        is_due
    }

    /// A card's box, and before it the key for those who stay, where it is not the one that came with their invites. Where nobody
    /// stays, who comes has the key by her invite.
    pub(crate) fn with_key(&self, keys: &OfficeKeys, boxed: Vec<u8>) -> Vec<u8> {
        let stay = self.holders.iter();
        let stay: Vec<Recipient> = stay
            .filter_map(|holder| holder.recipient.parse().ok())
            .collect();
        seal_turned(&boxed, self.id(), &self.mission_key, &keys.signing, &stay).unwrap_or(boxed)
    }
}

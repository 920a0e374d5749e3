//! To which other offices a mission is opened, and what they are told of it; and which of theirs this one reads.

use std::collections::BTreeSet;

use vigie_exchange::{
    api::{Hex, KeyHex},
    request::body_hash,
};
use vigie_model::{CardOffice, DeviceId, MissionId, Timestamp};

use crate::{
    OfficeKeys, Registry,
    device::Device,
    docs::MissionDoc,
    due::Due,
    shares::{Share, SharedDevice, SharedDoc, SharedRemoval, own},
};

/// Offices that may read one mission beside its own.
pub const OTHERS: usize = 20;

/// A mission of which another office is to be told something new.
pub struct News {
    pub mission: MissionId,
    /// The other office's key.
    pub office: String,
    /// What tells it from what was said before.
    pub says: Hex<32>,
    pub sealed: Vec<u8>,
}

/// An office that is to be told that it reads a mission no more.
pub struct Closed {
    pub mission: MissionId,
    pub office: String,
}

/// Why a mission can't be opened to an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReader {
    #[error("it is this office's own calling card")]
    Own,
    #[error("too many offices read this mission")]
    TooMany,
}

impl MissionDoc {
    /// Offices that read the mission beside this one.
    pub fn others(&self) -> impl Iterator<Item = &CardOffice> {
        let offices = self.card.offices.iter();
        offices.filter(|reader| reader.office != self.card.office)
    }

    /// The next revision, which another office reads too.
    pub fn opened_to(
        &self,
        keys: &OfficeKeys,
        reader: CardOffice,
    ) -> Result<MissionDoc, BadReader> {
        if reader.office == keys.office() {
            return Err(BadReader::Own);
        }
        let mut others: Vec<CardOffice> = self.others().cloned().collect();
        others.retain(|other| other.office != reader.office);
        others.push(reader);
        if others.len() > OTHERS {
            return Err(BadReader::TooMany);
        }
        Ok(self.read_by(keys, others))
    }

    /// The next revision, which an office reads no more.
    #[must_use]
    pub fn closed_to(&self, keys: &OfficeKeys, office: &str) -> MissionDoc {
        let others = self.others().filter(|other| other.office != office);
        self.read_by(keys, others.cloned().collect())
    }

    /// The next revision, which these offices read beside this one.
    pub(crate) fn read_by(&self, keys: &OfficeKeys, others: Vec<CardOffice>) -> MissionDoc {
        self.revise(keys, |card| {
            let recipients = std::iter::once(keys.recipient().to_string());
            card.recipients = recipients
                .chain(others.iter().map(|other| other.recipient.clone()))
                .collect();
            card.offices = match others.is_empty() {
                true => Vec::new(),
                false => std::iter::once(own(keys)).chain(others).collect(),
            };
        })
    }

    /// What this office says of the mission to those that read it beside.
    pub fn share(&self, keys: &OfficeKeys, registry: &Registry) -> Share {
        let mission = self.id();
        let takes_part = |(device, known): (&DeviceId, &Device)| {
            known.missions.contains(&mission).then(|| SharedDevice {
                device: *device,
                name: known.name.clone(),
                enrolled: known.enrolled,
                form: known.only_form.clone(),
            })
        };
        let devices: Vec<SharedDevice> = registry.devices().filter_map(takes_part).collect();
        let ids: BTreeSet<DeviceId> = devices.iter().map(|one| one.device).collect();
        let removed = registry.removals();
        let removed = removed.filter(|(device, _)| ids.contains(device));
        Share {
            v: 1,
            name: keys.name.clone(),
            card: self.card.clone(),
            devices,
            removed: removed
                .map(|(device, at)| SharedRemoval { device, at })
                .collect(),
        }
    }
}

impl Due {
    /// What other offices are to be told of the missions that they read, and who reads one no more.
    pub fn to_readers(&self, registry: &Registry, keys: &OfficeKeys) -> (Vec<News>, Vec<Closed>) {
        let mut news = Vec::new();
        let mut closed = Vec::new();
        for doc in registry.missions() {
            let mission = doc.id();
            let told = self.told.get(&mission);
            let mut share = None;
            for other in doc.others() {
                let share = share.get_or_insert_with(|| doc.share(keys, registry));
                let says = Hex(body_hash(share.exact().text().as_bytes()));
                let office = other.office.clone();
                if told.and_then(|told| told.get(&office)) != Some(&says)
                    && let Some(sealed) = share.seal(keys, other)
                {
                    news.push(News {
                        mission,
                        office,
                        says,
                        sealed,
                    });
                }
            }
            let before = told.into_iter().flat_map(|told| told.keys());
            let over = before.filter(|office| doc.others().all(|one| one.office != **office));
            closed.extend(over.cloned().map(|office| Closed { mission, office }));
        }
        (news, closed)
    }

    /// Notes that an office was told this of a mission.
    pub fn told_reader(&mut self, mission: MissionId, office: String, says: Hex<32>) {
        self.told.entry(mission).or_default().insert(office, says);
    }

    /// Notes that an office is to be told that it reads a mission no more, also where nobody knows what it was told.
    pub fn tell_closed(&mut self, mission: MissionId, office: &str) {
        let told = self.told.entry(mission).or_default();
        told.entry(office.to_owned()).or_insert(Hex([0; 32]));
    }

    /// Notes that an office was told that it reads a mission no more.
    pub fn closed_to(&mut self, mission: &MissionId, office: &str) {
        if let Some(told) = self.told.get_mut(mission) {
            told.remove(office);
        }
    }
}

impl Registry {
    /// Whether this office takes what comes of this lead's mission.
    pub fn reads(&self, mission: &MissionId, lead: &KeyHex) -> bool {
        let shared = self.shared(mission);
        shared.is_some_and(|shared| !shared.left && shared.card.office == lead.to_string())
    }

    /// That this office takes the mission that another one opens; `None` where it has one of this id from another hand.
    pub fn taking(&self, share: Share, now: Timestamp) -> Option<SharedDoc> {
        let mission = share.card.mission.id;
        let known = self.card(&mission);
        let is_anothers = known.is_some_and(|card| card.office != share.card.office);
        let before = self.shared(&mission);
        let at = before.map_or(now, |before| before.after(now));
        (!is_anothers).then(|| SharedDoc::taking(share, at))
    }

    /// Of the missions of others that are read here, those that their leads closed: the server lists them no more.
    pub fn closed_by_leads(&self, listed: &[MissionId], now: Timestamp) -> Vec<SharedDoc> {
        let live = self.shared_missions().filter(|one| !one.left);
        let over = live.filter(|one| !listed.contains(&one.card.mission.id));
        over.map(|one| one.given_up(now)).collect()
    }
}

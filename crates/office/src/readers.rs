//! To which other offices a mission is opened, and what they are told of it.

use std::collections::BTreeSet;

use vigie_model::{CardOffice, DeviceId};

use crate::{
    OfficeKeys, Registry,
    device::Device,
    docs::MissionDoc,
    shares::{Share, SharedDevice, SharedRemoval, own},
};

/// Offices that may read one mission beside its own.
pub const OTHERS: usize = 20;

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

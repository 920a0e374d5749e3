//! What a device may do here.
//!
//! A device may send for the missions of the invites that enrolled it, and fetch the cards of those that were not a
//! partner's link. The office names an invite's mission; as long as it has not (an office of before), the invite's devices
//! may send and fetch nothing. A removed device may do nothing any more for the office that removed it, whatever enrolled
//! it, before or after.

use std::collections::BTreeSet;

use vigie_exchange::api::KeyHex;
use vigie_model::MissionId;

use crate::{
    error::ApiError,
    mailbox::Mailbox,
    store::{OfficeId, Place},
};

/// An enrolled device that was not removed.
pub struct Device {
    pub key: KeyHex,
    places: Vec<Place>,
}

impl Device {
    /// Refuses a key that no invite enrolled, and one that the office removed.
    pub async fn find(mailbox: &Mailbox, key: KeyHex) -> Result<Device, ApiError> {
        let places = mailbox.store.places_of(&key).await?;
        mailbox.gate.device_asks(&key)?;
        Ok(Device { key, places })
    }

    /// Its mission, when it has one that is known.
    pub fn mission(&self) -> Option<MissionId> {
        self.places.iter().find_map(|place| place.mission)
    }

    /// The offices for which it may put bundles of this mission. Refuses a mission that is none of its own.
    pub fn may_send(&self, mission: &MissionId) -> Result<Vec<OfficeId>, ApiError> {
        let places = self.places.iter();
        let its_own = places.filter(|place| place.mission.is_none_or(|own| own == *mission));
        let offices: BTreeSet<OfficeId> = its_own.map(|place| place.office).collect();
        if offices.is_empty() {
            return Err(ApiError::UnknownDevice);
        }
        Ok(offices.into_iter().collect())
    }

    /// The office whose card of this mission it may fetch, and what its questionnaires show.
    pub fn may_fetch(&self, mission: &MissionId) -> Result<OfficeId, ApiError> {
        let mut places = self.places.iter();
        let place = places.find(|place| place.mission == Some(*mission) && !place.partner);
        Ok(place.ok_or(ApiError::NotFound)?.office)
    }
}

//! What a device may do here.
//!
//! A device may send for the missions of the invites that enrolled it, and fetch the cards of those that were not a
//! partner's link. The office names an invite's mission; as long as it has not (an office of before), the invite's devices
//! may send and fetch nothing. A removed device may do nothing any more, whatever enrolled it, before or after.

use vigie_exchange::api::KeyHex;
use vigie_model::MissionId;

use crate::{error::ApiError, mailbox::Mailbox, store::Place};

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

    /// Whether it may put bundles of this mission.
    pub fn may_send(&self, mission: &MissionId) -> bool {
        self.places
            .iter()
            .any(|place| place.mission.is_none_or(|own| own == *mission))
    }

    /// Whether it may fetch this mission's card and what its questionnaires show.
    pub fn may_fetch(&self, mission: &MissionId) -> bool {
        self.places
            .iter()
            .any(|place| place.mission == Some(*mission) && !place.partner)
    }
}

//! What a device may do here.
//!
//! A device may send for the missions of the invites that enrolled it, and fetch the cards of those that were not a
//! partner's link. The office names an invite's mission; as long as it has not (an office of before), the invite's devices
//! may send and fetch nothing. A removed device may do nothing any more, whatever enrolled it, before or after.

use sqlx::SqliteExecutor;
use vigie_exchange::api::KeyHex;
use vigie_model::MissionId;

use crate::{
    error::ApiError,
    mailbox::{Mailbox, read_back},
};

/// An enrolled device that was not removed.
pub struct Device {
    pub key: KeyHex,
    places: Vec<Place>,
}

/// What one invite gave a device.
struct Place {
    /// `None` as long as the office has not named it.
    mission: Option<MissionId>,
    partner: bool,
}

impl Device {
    /// Refuses a key that no invite enrolled, and one that the office removed.
    pub async fn find(mailbox: &Mailbox, key: KeyHex) -> Result<Device, ApiError> {
        if is_removed(&mailbox.db, &key.to_string()).await? {
            return Err(ApiError::Revoked);
        }
        let rows: Vec<(Option<String>, bool)> = sqlx::query_as(
            "SELECT DISTINCT invites.mission, invites.partner
             FROM enrolments JOIN invites ON invites.id = enrolments.invite WHERE device = ?",
        )
        .bind(key.to_string())
        .fetch_all(&mailbox.db)
        .await?;
        if rows.is_empty() {
            return Err(ApiError::UnknownDevice);
        }
        mailbox.gate.device_asks(&key)?;
        let place = |(mission, partner): (Option<String>, bool)| {
            let mission = mission.map(|mission| read_back(&mission, "a mission's id"));
            Ok(Place {
                mission: mission.transpose()?,
                partner,
            })
        };
        let places = rows.into_iter().map(place).collect::<Result<_, ApiError>>();
        Ok(Device {
            key,
            places: places?,
        })
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

/// Whether the office removed the device with this key.
pub async fn is_removed(db: impl SqliteExecutor<'_>, key: &str) -> Result<bool, ApiError> {
    let removed: Option<i64> = sqlx::query_scalar("SELECT 1 FROM removed WHERE device = ?")
        .bind(key)
        .fetch_optional(db)
        .await?;
    Ok(removed.is_some())
}

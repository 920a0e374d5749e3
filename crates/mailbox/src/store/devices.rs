//! Enrolled devices, and those that the office removed.

use vigie_exchange::api::KeyHex;
use vigie_model::{DeviceId, MissionId};

use super::{Store, database::Work};
use crate::{clock::now, error::ApiError, reading::read_back};

/// What one invite gave a device.
pub struct Place {
    /// `None` as long as the office has not named it.
    pub mission: Option<MissionId>,
    pub partner: bool,
}

impl Store {
    /// What invites gave a device. Refuses a key that no invite enrolled, and one that the office removed.
    pub async fn places_of(&self, key: &KeyHex) -> Result<Vec<Place>, ApiError> {
        let rows: Vec<(bool, Option<String>, Option<bool>)> = self
            .database
            .all(
                "SELECT DISTINCT removed.device IS NOT NULL, invites.mission, invites.partner
                 FROM (SELECT CAST($1 AS TEXT) AS device) AS asked
                      LEFT JOIN removed ON removed.device = asked.device
                      LEFT JOIN enrolments ON enrolments.device = asked.device
                      LEFT JOIN invites ON invites.id = enrolments.invite",
                &[key.to_string().into()],
            )
            .await?;
        if rows.iter().any(|(removed, ..)| *removed) {
            return Err(ApiError::Revoked);
        }
        let place = |(_, mission, partner): (bool, Option<String>, Option<bool>)| {
            let mission = mission.map(|mission| read_back(&mission, "a mission's id"));
            let place = partner.map(|partner| {
                let mission = mission.transpose()?;
                Ok(Place { mission, partner })
            });
            place.transpose()
        };
        let places: Vec<Place> = rows
            .into_iter()
            .filter_map(|row| place(row).transpose())
            .collect::<Result<_, ApiError>>()?;
        if places.is_empty() {
            return Err(ApiError::UnknownDevice);
        }
        Ok(places)
    }

    /// Removes a device, known here or not yet.
    pub async fn remove_device(&self, device: &DeviceId) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        work.run(
            "INSERT INTO removed (device, at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            &[device.to_string().into(), now().0.into()],
        )
        .await?;
        work.commit().await
    }
}

/// Whether the office removed the device with this key.
pub async fn is_removed(work: &mut Work, key: &str) -> Result<bool, ApiError> {
    let removed: Option<(String,)> = work
        .first(
            "SELECT device FROM removed WHERE device = $1",
            &[key.to_owned().into()],
        )
        .await?;
    Ok(removed.is_some())
}

//! Enrolled devices, and those that the office removed.

use vigie_exchange::api::KeyHex;
use vigie_model::{DeviceId, MissionId};

use super::{OfficeId, Store, database::Work};
use crate::{clock::now, error::ApiError, reading::read_back};

/// What one invite gave a device.
pub struct Place {
    pub office: OfficeId,
    /// `None` as long as the office has not named it.
    pub mission: Option<MissionId>,
    pub partner: bool,
}

impl Store {
    /// What invites gave a device, but for those of offices that removed it. Refuses a key that no invite enrolled, and one
    /// that is nowhere any more.
    pub async fn places_of(&self, key: &KeyHex) -> Result<Vec<Place>, ApiError> {
        let mut work = self.database.read().await?;
        let rows: Vec<(i64, Option<String>, bool, bool)> = work
            .all(
                "SELECT DISTINCT enrolments.office, invites.mission, invites.partner,
                        EXISTS (SELECT 1 FROM removed
                                WHERE removed.office = enrolments.office AND removed.device = enrolments.device)
                 FROM enrolments JOIN invites ON invites.id = enrolments.invite WHERE enrolments.device = $1",
                &[key.to_string().into()],
            )
            .await?;
        let was_anywhere = !rows.is_empty();
        let places: Vec<Place> = rows
            .into_iter()
            .filter(|(.., removed)| !removed)
            .map(|(office, mission, partner, _)| {
                let mission = mission.map(|mission| read_back(&mission, "a mission's id"));
                Ok(Place {
                    office: OfficeId(office),
                    mission: mission.transpose()?,
                    partner,
                })
            })
            .collect::<Result<_, ApiError>>()?;
        match (places.is_empty(), was_anywhere) {
            (false, _) => Ok(places),
            (true, true) => Err(ApiError::Revoked),
            (true, false) if is_removed(&mut work, None, &key.to_string()).await? => {
                Err(ApiError::Revoked)
            }
            (true, false) => Err(ApiError::UnknownDevice),
        }
    }

    /// Removes a device of an office, known here or not yet.
    pub async fn remove_device(&self, office: OfficeId, device: &DeviceId) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        work.run(
            "INSERT INTO removed (office, device, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[office.into(), device.to_string().into(), now().0.into()],
        )
        .await?;
        work.commit().await
    }
}

/// Whether this office, or any, removed the device with this key.
pub async fn is_removed(
    work: &mut Work,
    office: Option<OfficeId>,
    key: &str,
) -> Result<bool, ApiError> {
    let removed: Option<(String,)> = work
        .first(
            "SELECT device FROM removed WHERE device = $1 AND office = COALESCE($2, office)",
            &[key.to_owned().into(), office.map(|office| office.0).into()],
        )
        .await?;
    Ok(removed.is_some())
}

//! Devices that come by an invite.

use std::time::Duration;

use vigie_exchange::api::Enrol;
use vigie_model::MissionId;

use super::{OfficeId, Put, Store, devices, invites, numbers};
use crate::{clock::now, error::ApiError, reading::read_back};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// When it expires, whether it was closed, has this device already, is used up, its mission, and whose it is.
type Invite = (i64, bool, bool, bool, Option<String>, i64);

impl Store {
    /// Enrols a device by an invite, and says for which mission; of any invite, at most so many an hour.
    pub async fn enrol(
        &self,
        asked: &Enrol,
        an_hour: u32,
    ) -> Result<(Put, Option<MissionId>), ApiError> {
        let (device, invite) = (asked.device.to_string(), asked.invite.to_string());
        let mut work = self.database.write().await?;
        let found: Option<Invite> = work
            .first(
                "SELECT expires, closed,
                        EXISTS (SELECT 1 FROM enrolments WHERE invite = invites.id AND device = $1),
                        uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id),
                        mission, office
                 FROM invites WHERE id = $2",
                &[device.clone().into(), invite.clone().into()],
            )
            .await?;
        let (expires, closed, enrolled, used, mission, office) =
            found.ok_or(ApiError::InviteUnknown)?;
        let office = OfficeId(office);
        if devices::is_removed(&mut work, Some(office), &device).await? {
            return Err(ApiError::Revoked);
        }
        let mission = mission
            .map(|mission| read_back(&mission, "a mission's id"))
            .transpose()?;
        match (enrolled, used) {
            (true, _) => return Ok((Put::Again, mission)),
            (false, true) => return Err(ApiError::InviteUsed),
            _ if closed || expires < now().0 => return Err(ApiError::InviteExpired),
            _ => {}
        }
        let this_hour: Option<(i64, Option<i64>)> = work
            .first(
                "SELECT COUNT(*), MIN(at) FROM enrolments WHERE invite = $1 AND at > $2",
                &[invite.clone().into(), (now().0 - HOUR_MS).into()],
            )
            .await?;
        let (this_hour, first) = this_hour.unwrap_or_default();
        if this_hour >= i64::from(an_hour) {
            let until = first.unwrap_or_default() + HOUR_MS - now().0;
            let until = until.clamp(1000, HOUR_MS).unsigned_abs();
            return Err(ApiError::TooMany(Duration::from_millis(until)));
        }
        let n = numbers::number(&mut work, office, 1).await?.start;
        work.run(
            "INSERT INTO feed (office, n, what) VALUES ($1, $2, 'enrolled')",
            &[office.into(), n.into()],
        )
        .await?;
        work.run(
            "INSERT INTO enrolments (invite, device, proof, name_box, at, office, n) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                invite.into(),
                device.into(),
                asked.proof.to_string().into(),
                asked.name_box.0.as_slice().into(),
                now().0.into(),
                office.into(),
                n.into(),
            ],
        )
        .await?;
        // The last device has the secret already: in the same commit nobody can fetch it any more.
        invites::forget_spent(&mut work).await?;
        work.commit().await?;
        Ok((Put::New, mission))
    }
}

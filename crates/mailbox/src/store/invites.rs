//! Invites, and the boxes that their codes open.

use vigie_exchange::api::PutInvite;
use vigie_model::{InviteId, MissionId};

use super::{
    OfficeId, Put, Store,
    database::{NO_BOX, Work},
    drafts, room,
};
use crate::{clock::now, error::ApiError};

/// An invite as it stands.
pub struct Invite {
    /// Empty once it was forgotten.
    pub sealed: Vec<u8>,
    pub expires: i64,
    pub closed: bool,
    /// As many devices enrolled as it is for.
    pub used: bool,
    /// What its office calls itself.
    pub office: String,
}

impl Store {
    /// Keeps an invite. One that is here already may have its mission named, once, and its box replaced; another one is
    /// never put in its place.
    pub async fn put_invite(
        &self,
        office: OfficeId,
        invite: &InviteId,
        asked: &PutInvite,
    ) -> Result<Put, ApiError> {
        let mut work = self.database.write().await?;
        let here: Option<(Vec<u8>, i64, i64, i64)> = work
            .first(
                "SELECT box, expires, uses, office FROM invites WHERE id = $1",
                &[invite.to_string().into()],
            )
            .await?;
        let put = match here {
            None => {
                room::room(&mut work, office, asked.sealed.0.len() as u64).await?;
                work.run(
                    "INSERT INTO invites (id, box, expires, uses, mission, partner, office)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    &[
                        invite.to_string().into(),
                        asked.sealed.0.as_slice().into(),
                        asked.expires.0.into(),
                        asked.uses.into(),
                        asked.mission.map(|mission| mission.to_string()).into(),
                        asked.partner.into(),
                        office.into(),
                    ],
                )
                .await?;
                Put::New
            }
            // A box that was forgotten is not compared, nor kept again: a desk that made another box for the code may still
            // say whose the devices are that came by the first.
            Some((sealed, expires, uses, of))
                if of == office.0
                    && (sealed.is_empty() || asked.replaces || sealed == asked.sealed.0)
                    && (expires, uses) == (asked.expires.0, asked.uses.into()) =>
            {
                if let Some(mission) = asked.mission {
                    name(&mut work, invite, &mission, asked.partner).await?;
                }
                if !sealed.is_empty() && sealed != asked.sealed.0 {
                    // Sealed under the same code: whoever holds that opens either.
                    room::room(&mut work, office, asked.sealed.0.len() as u64).await?;
                    work.run(
                        "UPDATE invites SET box = $1 WHERE id = $2",
                        &[asked.sealed.0.as_slice().into(), invite.to_string().into()],
                    )
                    .await?;
                }
                Put::Again
            }
            Some(_) => return Err(ApiError::InviteUsed),
        };
        work.commit().await?;
        Ok(put)
    }

    pub async fn invite(&self, invite: &InviteId) -> Result<Invite, ApiError> {
        let found: Option<(Vec<u8>, i64, bool, bool, String)> = self
            .database
            .first(
                "SELECT box, expires, closed,
                        uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id), name
                 FROM invites JOIN offices ON offices.id = invites.office WHERE invites.id = $1",
                &[invite.to_string().into()],
            )
            .await?;
        let (sealed, expires, closed, used, office) = found.ok_or(ApiError::InviteUnknown)?;
        Ok(Invite {
            sealed,
            expires,
            closed,
            used,
            office,
        })
    }

    /// Forgets the boxes that nobody may be given any more.
    pub async fn forget_spent_invites(&self) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        forget_spent(&mut work).await?;
        work.commit().await
    }

    /// Closes an invite for good and forgets its box, and the drafts of answers that nobody may send any more.
    pub async fn close_invite(&self, office: OfficeId, invite: &InviteId) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        let closed = work
            .run(
                "UPDATE invites SET closed = TRUE, box = $1 WHERE id = $2 AND office = $3",
                &[NO_BOX.into(), invite.to_string().into(), office.into()],
            )
            .await?;
        if closed == 0 {
            return Err(ApiError::InviteUnknown);
        }
        drafts::forget_of(&mut work, invite).await?;
        work.commit().await
    }
}

/// Notes the mission of an invite that had none but a guess; the office never names another one afterwards.
async fn name(
    work: &mut Work,
    invite: &InviteId,
    mission: &MissionId,
    partner: bool,
) -> Result<(), ApiError> {
    let mission = mission.to_string();
    work.run(
        "UPDATE invites SET mission = $1, partner = $2, guessed = FALSE
         WHERE id = $3 AND (mission IS NULL OR guessed)",
        &[
            mission.clone().into(),
            partner.into(),
            invite.to_string().into(),
        ],
    )
    .await?;
    let stands: Option<(Option<String>, bool)> = work
        .first(
            "SELECT mission, partner FROM invites WHERE id = $1",
            &[invite.to_string().into()],
        )
        .await?;
    if stands == Some((Some(mission), partner)) {
        Ok(())
    } else {
        Err(ApiError::InviteUsed)
    }
}

/// Forgets the boxes of invites with which nobody may enrol any more: used up, expired, or closed.
pub async fn forget_spent(work: &mut Work) -> Result<(), ApiError> {
    work.run(
        "UPDATE invites SET box = $1 WHERE length(box) > 0 AND (closed OR expires < $2
            OR uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id))",
        &[NO_BOX.into(), now().0.into()],
    )
    .await
    .map(drop)
}

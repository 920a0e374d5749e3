//! Partner links by which somebody may still answer.

use vigie_model::InviteId;

use super::{OfficeId, database::Work};
use crate::{clock::now, error::ApiError, reading::count};

/// A partner link that is open.
pub struct OpenLink {
    pub expires: i64,
    /// How many people may answer by it; 0: any number.
    pub uses: u32,
    pub office: OfficeId,
}

/// The partner link of this id, if somebody may still answer by it.
pub async fn open_link(work: &mut Work, invite: &InviteId) -> Result<OpenLink, ApiError> {
    let found: Option<(i64, bool, i64, bool, i64)> = work
        .first(
            "SELECT expires, closed, uses,
                    uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id), office
             FROM invites WHERE id = $1 AND partner",
            &[invite.to_string().into()],
        )
        .await?;
    let (expires, closed, uses, used, office) = found.ok_or(ApiError::InviteUnknown)?;
    if closed || expires < now().0 {
        return Err(ApiError::InviteExpired);
    }
    if used {
        return Err(ApiError::InviteUsed);
    }
    let uses = count(uses, "an invite's uses")?;
    Ok(OpenLink {
        expires,
        uses,
        office: OfficeId(office),
    })
}

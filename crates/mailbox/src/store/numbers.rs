//! Numbers of an office's feed, and of the letters that a mission's people are given.

use std::ops::Range;

use vigie_model::MissionId;

use super::{OfficeId, database::Work};
use crate::error::ApiError;

/// The next numbers of an office's feed, which nobody else is given.
pub async fn number(work: &mut Work, office: OfficeId, many: i64) -> Result<Range<i64>, ApiError> {
    let last: Option<(i64,)> = work
        .first(
            "UPDATE offices SET fed = fed + $1 WHERE id = $2 RETURNING fed",
            &[many.into(), office.into()],
        )
        .await?;
    let (last,) = last.ok_or(ApiError::NotOffice)?;
    Ok(last - many + 1..last + 1)
}

/// The last number of the letters that a mission's people are given.
pub async fn last_letter(
    work: &mut Work,
    office: OfficeId,
    mission: &MissionId,
) -> Result<i64, ApiError> {
    let last: Option<(i64,)> = work
        .first(
            "SELECT COALESCE(MAX(n), 0) FROM team WHERE office = $1 AND mission = $2",
            &[office.into(), mission.to_string().into()],
        )
        .await?;
    Ok(last.unwrap_or_default().0)
}

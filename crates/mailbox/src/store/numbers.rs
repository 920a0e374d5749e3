//! Numbers of an office's feed.

use std::ops::Range;

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

//! Letters given to the other offices that read a mission.

use std::collections::BTreeMap;

use vigie_model::Timestamp;

use super::{
    OfficeId,
    database::Work,
    letter::{self, Letter},
    room,
};
use crate::error::ApiError;

/// Gives letters that come for a lead to the offices that want its mission, in the same commit.
pub async fn share(
    work: &mut Work,
    lead: OfficeId,
    letters: &[&Letter],
    at: Timestamp,
) -> Result<(), ApiError> {
    let open: Vec<(String, i64)> = work
        .all(
            "SELECT mission, office FROM shares WHERE lead = $1 AND accepted",
            &[lead.into()],
        )
        .await?;
    let mut with: BTreeMap<String, Vec<OfficeId>> = BTreeMap::new();
    for (mission, office) in open {
        with.entry(mission).or_default().push(OfficeId(office));
    }
    for letter in letters {
        for office in with.get(&letter.mission.to_string()).into_iter().flatten() {
            let theirs = Letter {
                office: *office,
                team: None,
                ..**letter
            };
            give(work, &theirs, at).await?;
        }
    }
    Ok(())
}

/// Gives an office a letter that it lacks, when it has room: another office's room is not the sender's trouble.
pub async fn give(work: &mut Work, letter: &Letter, at: Timestamp) -> Result<bool, ApiError> {
    let here: Option<(i64,)> = work
        .first(
            "SELECT n FROM bundles WHERE office = $1 AND id = $2",
            &[letter.office.into(), letter.bundle.to_string().into()],
        )
        .await?;
    if here.is_some() {
        return Ok(false);
    }
    match room::room(work, letter.office, letter.size).await {
        Ok(()) => {}
        Err(ApiError::OverQuota) => return Ok(false),
        Err(error) => return Err(error),
    }
    letter::add(work, letter.office, &[letter], at).await?;
    Ok(true)
}

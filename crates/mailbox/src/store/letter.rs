//! A letter, and how it becomes an office's: its number in the feed, its row, its file.

use sqlx::AssertSqlSafe;
use vigie_exchange::api::KeyHex;
use vigie_model::{BundleId, MissionId, Timestamp};

use super::{
    OfficeId,
    database::{Value, Work, places},
    numbers,
    room::{self, KeptFile},
};
use crate::{error::ApiError, objects::bundle_path};

/// What the database says of a letter, whose file is durable already.
pub struct Letter {
    pub office: OfficeId,
    pub bundle: BundleId,
    pub sender: KeyHex,
    pub mission: MissionId,
    pub size: u64,
    /// The revision of the card by which it is sealed for the mission's other people, who are given it too.
    pub team: Option<u32>,
}

/// Adds letters that an office lacks.
pub async fn add(
    work: &mut Work,
    office: OfficeId,
    letters: &[&Letter],
    at: Timestamp,
) -> Result<(), ApiError> {
    let many = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    let numbers: Vec<i64> = numbers::number(work, office, many).await?.collect();
    let values: Vec<Value<'_>> = numbers
        .iter()
        .flat_map(|n| [office.into(), (*n).into(), "bundle".to_owned().into()])
        .collect();
    let sql = format!(
        "INSERT INTO feed (office, n, what) VALUES {}",
        places(letters.len(), 3)
    );
    work.run(AssertSqlSafe(sql), &values).await?;
    let values: Vec<Value<'_>> = letters
        .iter()
        .zip(numbers)
        .flat_map(|(letter, n)| {
            [
                office.into(),
                letter.bundle.to_string().into(),
                letter.sender.to_string().into(),
                letter.mission.to_string().into(),
                letter.size.into(),
                at.0.into(),
                n.into(),
            ]
        })
        .collect();
    let sql = format!(
        "INSERT INTO bundles (office, id, device, mission, size, stored, n) VALUES {}",
        places(letters.len(), 7)
    );
    work.run(AssertSqlSafe(sql), &values).await?;
    for letter in letters.iter().filter(|letter| letter.team.is_some()) {
        list(work, office, letter, at).await?;
    }
    let files = letters.iter().map(|letter| KeptFile {
        office,
        path: bundle_path(letter.bundle),
        bytes: letter.size,
    });
    room::keep(work, files.collect()).await
}

/// Puts a bundle at the end of its mission's letters, unless it is there.
pub async fn list(
    work: &mut Work,
    office: OfficeId,
    letter: &Letter,
    at: Timestamp,
) -> Result<(), ApiError> {
    let n = numbers::last_letter(work, office, &letter.mission).await? + 1;
    work.run(
        "INSERT INTO team (office, mission, n, id, device, rev, reader, size, stored)
         VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8) ON CONFLICT DO NOTHING",
        &[
            office.into(),
            letter.mission.to_string().into(),
            n.into(),
            letter.bundle.to_string().into(),
            letter.sender.to_string().into(),
            letter.team.map(u64::from).into(),
            letter.size.into(),
            at.0.into(),
        ],
    )
    .await?;
    Ok(())
}

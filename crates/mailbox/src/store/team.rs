//! What a mission's people send each other: what is sealed for each of them, and the letters that they are given.
//!
//! Letters of one mission have numbers of their own, without a gap, so that a device learns nothing of the office's other
//! missions from them. A device is given those that came since it said what is sealed for it: none of before is for it.

use vigie_exchange::api::{Hex, PutMember, Team, TeamItem};
use vigie_model::{BundleId, DeviceId, MissionId};

use super::{
    OfficeId, Put, Store,
    database::Work,
    epoch,
    letter::{self, Letter},
    numbers::{self, last_letter},
    room::{KeptFile, keep_one},
};
use crate::{
    clock::now,
    error::ApiError,
    objects::bundle_path,
    reading::{count, read_back},
};

/// A letter of the office, whose file is durable already.
pub struct TeamLetter {
    pub office: OfficeId,
    pub mission: MissionId,
    pub id: BundleId,
    /// What it stands in the place of.
    pub place: Hex<32>,
    /// The device that it is for; everyone, where there is none.
    pub reader: Option<DeviceId>,
    pub bytes: usize,
}

/// A number; the letter; whose it is; its size; whether it is gone.
type Row = (i64, String, Option<String>, i64, bool);

/// Letters that a device is given, `$3` being its key: everyone's, and its own alone. Its place in the mission says since when.
const LETTERS: &str = "SELECT team.n, team.id, team.device, team.size, bundles.gone IS NOT NULL OR team.gone IS NOT NULL
     FROM team LEFT JOIN bundles ON bundles.office = team.office AND bundles.id = team.id
     WHERE team.office = $1 AND team.mission = $2 AND team.reader IN ('', $3)
       AND team.n > (SELECT since FROM members WHERE office = $1 AND mission = $2 AND device = $3)";

impl Store {
    /// Keeps what a device says is sealed for it, and tells its office; once said, it stands.
    pub async fn put_member(
        &self,
        office: OfficeId,
        mission: &MissionId,
        device: &DeviceId,
        says: &PutMember,
    ) -> Result<Put, ApiError> {
        let mut work = self.database.write().await?;
        let key = || {
            [
                office.into(),
                mission.to_string().into(),
                device.to_string().into(),
            ]
        };
        let here: Option<(String,)> = work
            .first(
                "SELECT recipient FROM members WHERE office = $1 AND mission = $2 AND device = $3",
                &key(),
            )
            .await?;
        match here {
            Some((recipient,)) if recipient == says.recipient => return Ok(Put::Again),
            Some(_) => {
                return Err(ApiError::Malformed("the device said another key before"));
            }
            None => {}
        }
        let n = numbers::number(&mut work, office, 1).await?.start;
        work.run(
            "INSERT INTO feed (office, n, what) VALUES ($1, $2, 'member')",
            &[office.into(), n.into()],
        )
        .await?;
        let since = last_letter(&mut work, office, mission).await?;
        let [office, mission, device] = key();
        work.run(
            "INSERT INTO members (office, mission, device, recipient, sig, at, since, n)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                office,
                mission,
                device,
                says.recipient.clone().into(),
                says.sig.to_string().into(),
                now().0.into(),
                since.into(),
                n.into(),
            ],
        )
        .await?;
        work.commit().await?;
        Ok(Put::New)
    }

    /// At most `limit` letters for a device that follow number `after`; `None` when it did not say what is sealed for it.
    pub async fn team(
        &self,
        office: OfficeId,
        mission: &MissionId,
        device: &DeviceId,
        after: u64,
        limit: u32,
    ) -> Result<Option<Team>, ApiError> {
        let mut work = self.database.read().await?;
        let key = || {
            [
                office.into(),
                mission.to_string().into(),
                device.to_string().into(),
            ]
        };
        let member: Option<(i64,)> = work
            .first(
                "SELECT since FROM members WHERE office = $1 AND mission = $2 AND device = $3",
                &key(),
            )
            .await?;
        let Some((since,)) = member else {
            return Ok(None);
        };
        let [of, in_mission, reader] = key();
        let mut rows: Vec<Row> = work
            .all(
                sqlx::AssertSqlSafe(format!(
                    "{LETTERS} AND team.n > $4 ORDER BY team.n LIMIT $5"
                )),
                &[of, in_mission, reader, after.into(), (limit + 1).into()],
            )
            .await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows
            .last()
            .map(|row| count(row.0, "the number of a letter"));
        let last = last_letter(&mut work, office, mission).await?.max(since);
        Ok(Some(Team {
            next: next.transpose()?.unwrap_or(after),
            letters: rows.into_iter().map(item).collect::<Result<_, _>>()?,
            more,
            epoch: epoch::current(&mut work).await?,
            last: count(last, "the number of a letter")?,
        }))
    }

    /// Whether a device is given this letter.
    pub async fn is_given(
        &self,
        office: OfficeId,
        mission: &MissionId,
        device: &DeviceId,
        letter: &BundleId,
    ) -> Result<bool, ApiError> {
        let row: Option<Row> = self
            .database
            .first(
                sqlx::AssertSqlSafe(format!("{LETTERS} AND team.id = $4")),
                &[
                    office.into(),
                    mission.to_string().into(),
                    device.to_string().into(),
                    letter.to_string().into(),
                ],
            )
            .await?;
        Ok(row.is_some_and(|(.., is_gone)| !is_gone))
    }

    /// Gives the mission's people a bundle that its office has already, put again by its device: before, it was for the office
    /// alone, or somebody else had put it so.
    pub async fn list_for_team(&self, letter: &Letter) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        letter::list(&mut work, letter.office, letter, now()).await?;
        work.commit().await
    }

    /// Gives the mission's people a letter of the office; of several in one place the first stays.
    pub async fn put_team_letter(&self, letter: TeamLetter) -> Result<Put, ApiError> {
        let mut work = self.database.write().await?;
        if is_in_place(&mut work, &letter).await? {
            return Ok(Put::Again);
        }
        let TeamLetter {
            office,
            mission,
            id,
            place,
            reader,
            bytes,
        } = letter;
        let file = KeptFile {
            office,
            path: bundle_path(id),
            bytes: bytes as u64,
        };
        keep_one(&mut work, file).await?;
        let n = last_letter(&mut work, office, &mission).await? + 1;
        work.run(
            "INSERT INTO team (office, mission, n, id, place, reader, size, stored)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                office.into(),
                mission.to_string().into(),
                n.into(),
                id.to_string().into(),
                place.to_string().into(),
                reader
                    .map(|reader| reader.to_string())
                    .unwrap_or_default()
                    .into(),
                (bytes as u64).into(),
                now().0.into(),
            ],
        )
        .await?;
        work.commit().await?;
        Ok(Put::New)
    }
}

async fn is_in_place(work: &mut Work, letter: &TeamLetter) -> Result<bool, ApiError> {
    let reader = letter.reader.map(|reader| reader.to_string());
    let here: Option<(i64,)> = work
        .first(
            "SELECT n FROM team
             WHERE office = $1 AND mission = $2 AND (id = $3 OR (place = $4 AND reader = $5))",
            &[
                letter.office.into(),
                letter.mission.to_string().into(),
                letter.id.to_string().into(),
                letter.place.to_string().into(),
                reader.unwrap_or_default().into(),
            ],
        )
        .await?;
    Ok(here.is_some())
}

fn item((n, letter, device, size, gone): Row) -> Result<TeamItem, ApiError> {
    let device = device.map(|device| read_back(&device, "a device's key"));
    Ok(TeamItem {
        n: count(n, "the number of a letter")?,
        letter: read_back(&letter, "a letter's id")?,
        device: device.transpose()?,
        size: count(size, "a size")?,
        gone,
    })
}

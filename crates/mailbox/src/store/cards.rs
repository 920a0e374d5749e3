//! Which card of a mission stands.

use vigie_exchange::api::Hex;
use vigie_model::MissionId;

use super::{
    OfficeId, Put, Store,
    room::{KeptFile, keep_one},
};
use crate::{
    error::ApiError,
    objects::card_path,
    reading::{count, read_back},
};

type Row = (i64, String);

const CARD: &str = "SELECT rev, sha256 FROM cards WHERE office = $1 AND mission = $2";

impl Store {
    /// Puts a card whose file is durable, in place of an earlier revision of it.
    pub async fn put_card(
        &self,
        office: OfficeId,
        mission: &MissionId,
        rev: u32,
        hash: &Hex<32>,
        bytes: usize,
    ) -> Result<Put, ApiError> {
        let mut work = self.database.write().await?;
        let here: Option<Row> = work
            .first(CARD, &[office.into(), mission.to_string().into()])
            .await?;
        match here.map(card).transpose()? {
            Some((old, same)) if old == rev && same == *hash => return Ok(Put::Again),
            Some((old, _)) if old >= rev => return Err(ApiError::Stale(old)),
            _ => {}
        }
        let file = KeptFile {
            office,
            path: card_path(mission, hash),
            bytes: bytes as u64,
        };
        keep_one(&mut work, file).await?;
        work.run(
            "INSERT INTO cards (office, mission, rev, sha256) VALUES ($1, $2, $3, $4)
             ON CONFLICT (office, mission) DO UPDATE SET rev = excluded.rev, sha256 = excluded.sha256",
            &[
                office.into(),
                mission.to_string().into(),
                rev.into(),
                hash.to_string().into(),
            ],
        )
        .await?;
        work.commit().await?;
        Ok(Put::New)
    }

    /// The revision of the card that stands, and the hash of its bytes.
    pub async fn card(
        &self,
        office: OfficeId,
        mission: &MissionId,
    ) -> Result<Option<(u32, Hex<32>)>, ApiError> {
        let here: Option<Row> = self
            .database
            .first(CARD, &[office.into(), mission.to_string().into()])
            .await?;
        here.map(card).transpose()
    }
}

fn card((rev, hash): Row) -> Result<(u32, Hex<32>), ApiError> {
    Ok((
        count(rev, "a revision")?,
        read_back(&hash, "a card's hash")?,
    ))
}

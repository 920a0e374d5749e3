//! Missions that several offices read: which one opens which to whom, and the letters that the others are given.
//!
//! The office whose mission it is, the lead, says whom it opens it to, and each of those says whether it wants it. Then a
//! letter that comes for the lead is one of theirs too, under a number of their own feed, as far as they have room: what had
//! none comes when there is some.

use vigie_exchange::api::{Hex, KeyHex, ShareItem};
use vigie_model::{MissionId, Timestamp};

use super::{
    OfficeId, Put, Store,
    database::{Value, Work},
    giving,
    letter::Letter,
    room::{self, KeptFile, keep_one},
};
use crate::{
    clock::now,
    error::ApiError,
    objects::doc_path,
    reading::{count, read_back},
};

/// Missions that wait for one office's answer, at most: none is buried under invitations.
const WAITING: i64 = 100;
/// Letters given to the other offices in one transaction, beside those that come.
const AT_ONCE: u32 = 100;

impl Store {
    /// Opens a mission to another office, or says something newer of one that is open to it, by a file that is durable.
    pub async fn put_share(
        &self,
        lead: OfficeId,
        mission: &MissionId,
        with: &KeyHex,
        id: &Hex<32>,
        bytes: usize,
    ) -> Result<Put, ApiError> {
        let mut work = self.database.write().await?;
        let with = office(&mut work, with).await?;
        if with == lead {
            return Err(ApiError::Malformed("a mission opened to its own office"));
        }
        let key = [lead.into(), mission.to_string().into(), with.into()];
        let before = stands(&mut work, &key).await?;
        if before.as_deref() == Some(&*id.to_string()) {
            return Ok(Put::Again);
        }
        let file = KeptFile {
            office: lead,
            path: doc_path(id),
            bytes: bytes as u64,
        };
        keep_one(&mut work, file).await?;
        if let Some(before) = &before {
            room::let_go(&mut work, lead, &doc_path(before)).await?;
            let [lead, mission, with] = key;
            work.run(
                "UPDATE shares SET id = $4 WHERE lead = $1 AND mission = $2 AND office = $3",
                &[lead, mission, with, id.to_string().into()],
            )
            .await?;
        } else {
            let waiting: Option<(i64,)> = work
                .first(
                    "SELECT COUNT(*) FROM shares WHERE office = $1 AND NOT accepted",
                    &[with.into()],
                )
                .await?;
            if waiting.unwrap_or_default().0 >= WAITING {
                return Err(ApiError::Busy);
            }
            let [lead, mission, with] = key;
            work.run(
                "INSERT INTO shares (lead, mission, office, id, since) VALUES ($1, $2, $3, $4, $5)",
                &[lead, mission, with, id.to_string().into(), now().0.into()],
            )
            .await?;
        }
        work.commit().await?;
        Ok(match before {
            None => Put::New,
            Some(_) => Put::Again,
        })
    }

    /// Closes a mission to another office: it is given no later letter. The same again is fine.
    pub async fn close_share(
        &self,
        lead: OfficeId,
        mission: &MissionId,
        with: &KeyHex,
    ) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        let with = office(&mut work, with).await?;
        take_back(&mut work, lead, mission, with).await?;
        work.commit().await
    }

    /// What other offices open to this one.
    pub async fn shares_with(&self, with: OfficeId) -> Result<Vec<ShareItem>, ApiError> {
        let rows: Vec<(String, String, String, bool)> = self
            .database
            .all(
                "SELECT offices.key, shares.mission, shares.id, shares.accepted
                 FROM shares JOIN offices ON offices.id = shares.lead
                 WHERE shares.office = $1 ORDER BY shares.since, shares.mission",
                &[with.into()],
            )
            .await?;
        rows.into_iter()
            .map(|(lead, mission, id, accepted)| {
                Ok(ShareItem {
                    lead: read_back(&lead, "a key")?,
                    mission: read_back(&mission, "a mission's id")?,
                    id: read_back(&id, "a share's id")?,
                    accepted,
                })
            })
            .collect()
    }

    /// Wants a mission that is open to this office, or does not; one that it had is given up for good.
    pub async fn answer_share(
        &self,
        with: OfficeId,
        lead: &KeyHex,
        mission: &MissionId,
        accept: bool,
    ) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        let lead = office(&mut work, lead).await?;
        if accept {
            let open = work
                .run(
                    "UPDATE shares SET accepted = TRUE WHERE lead = $1 AND mission = $2 AND office = $3",
                    &[lead.into(), mission.to_string().into(), with.into()],
                )
                .await?;
            if open == 0 {
                return Err(ApiError::NotFound);
            }
        } else {
            take_back(&mut work, lead, mission, with).await?;
        }
        work.commit().await
    }

    /// Gives some of the letters to the offices that lack them; says whether there may be others.
    pub async fn give_shared(&self) -> Result<bool, ApiError> {
        // Nobody waits while they are looked for.
        let lacking: Vec<(i64, String, String, String, i64, i64)> = self
            .database
            .all(
                "SELECT shares.office, bundles.id, bundles.device, bundles.mission, bundles.size, bundles.stored
                 FROM shares JOIN bundles ON bundles.office = shares.lead AND bundles.mission = shares.mission
                 WHERE shares.accepted AND bundles.stored >= shares.since AND bundles.gone IS NULL
                   AND NOT EXISTS (SELECT 1 FROM bundles AS theirs
                                   WHERE theirs.office = shares.office AND theirs.id = bundles.id)
                 ORDER BY bundles.stored, bundles.id LIMIT $1",
                &[AT_ONCE.into()],
            )
            .await?;
        if lacking.is_empty() {
            return Ok(false);
        }
        let many = lacking.len();
        let mut given = false;
        let mut work = self.database.write().await?;
        for (with, bundle, device, mission, size, stored) in lacking {
            let letter = Letter {
                office: OfficeId(with),
                bundle: read_back(&bundle, "a bundle's id")?,
                sender: read_back(&device, "a device's key")?,
                mission: read_back(&mission, "a mission's id")?,
                size: count(size, "a size")?,
                team: None,
            };
            given |= giving::give(&mut work, &letter, Timestamp(stored)).await?;
        }
        work.commit().await?;
        Ok(given && many == AT_ONCE as usize)
    }
}

async fn take_back(
    work: &mut Work,
    lead: OfficeId,
    mission: &MissionId,
    with: OfficeId,
) -> Result<(), ApiError> {
    let key = [lead.into(), mission.to_string().into(), with.into()];
    if let Some(before) = stands(work, &key).await? {
        room::let_go(work, lead, &doc_path(&before)).await?;
    }
    work.run(
        "DELETE FROM shares WHERE lead = $1 AND mission = $2 AND office = $3",
        &key,
    )
    .await
    .map(drop)
}

/// What is said of a mission that is open, by lead, mission and office.
async fn stands(work: &mut Work, key: &[Value<'_>]) -> Result<Option<String>, ApiError> {
    let row: Option<(String,)> = work
        .first(
            "SELECT id FROM shares WHERE lead = $1 AND mission = $2 AND office = $3",
            key,
        )
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The office that has this key.
async fn office(work: &mut Work, key: &KeyHex) -> Result<OfficeId, ApiError> {
    let row: Option<(i64,)> = work
        .first(
            "SELECT id FROM offices WHERE key = $1",
            &[key.to_string().into()],
        )
        .await?;
    Ok(OfficeId(row.ok_or(ApiError::NotFound)?.0))
}

//! Answers that partners go on with later.

use std::time::Duration;

use vigie_exchange::{
    api::{DRAFT_DAYS, DRAFT_LAST_REV},
    request::WINDOW_MS,
};
use vigie_model::{DraftId, InviteId, Timestamp};

use super::{
    Put, Store,
    database::{NO_BOX, Work},
    links::open_link,
    room,
};
use crate::{clock::now, error::ApiError, limits::Limits, reading::count};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a link that has as many drafts as it may have should be left in peace.
const CROWDED: Duration = Duration::from_secs(60 * 60);

/// A draft as its holder puts it.
pub struct PutDraft<'a> {
    pub id: DraftId,
    pub invite: InviteId,
    pub rev: u32,
    pub days: u32,
    pub sealed: &'a [u8],
}

/// A draft as it stands.
pub struct Draft {
    pub rev: u32,
    pub expires: Timestamp,
    pub sealed: Vec<u8>,
}

impl Store {
    /// Refuses whoever has no partner link by which somebody may still answer.
    pub async fn may_draft(&self, invite: &InviteId) -> Result<(), ApiError> {
        open_link(&mut self.database.read().await?, invite)
            .await
            .map(drop)
    }

    /// Keeps a draft, or replaces one of an earlier revision; says until when.
    pub async fn put_draft(
        &self,
        put: &PutDraft<'_>,
        limits: &Limits,
    ) -> Result<(Put, Timestamp), ApiError> {
        let (id, invite) = (put.id.to_string(), put.invite.to_string());
        let mut work = self.database.write().await?;
        forget_over(&mut work).await?;
        let link = open_link(&mut work, &put.invite).await?;
        let here: Option<(String, i64, i64, bool)> = work
            .first(
                "SELECT invite, rev, expires, box = $1 FROM drafts WHERE id = $2",
                &[put.sealed.into(), id.clone().into()],
            )
            .await?;
        match &here {
            Some((of, ..)) if *of != invite => {
                return Err(ApiError::Malformed("a draft of another link"));
            }
            Some((_, stands, expires, true)) if *stands == i64::from(put.rev) => {
                return Ok((Put::Again, Timestamp(*expires)));
            }
            Some((_, stands, ..)) if *stands >= i64::from(put.rev) => {
                return Err(ApiError::Stale(count(*stands, "a draft's revision")?));
            }
            _ => {}
        }
        let others: Option<(i64, i64)> = work
            .first(
                "SELECT COUNT(*), COALESCE(SUM(length(box)), 0) FROM drafts WHERE invite = $1 AND id <> $2",
                &[invite.clone().into(), id.clone().into()],
            )
            .await?;
        let (others, bytes) = others.unwrap_or_default();
        let most = match link.uses {
            0 => limits.drafts_of_a_link,
            uses => limits
                .drafts_of_a_link
                .min(uses.saturating_mul(limits.drafts_of_a_use)),
        };
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let is_crowded = here.is_none() && others >= i64::from(most);
        if is_crowded || bytes.saturating_add(put.sealed.len()) > limits.draft_bytes_of_a_link {
            return Err(ApiError::TooMany(CROWDED));
        }
        room::room(&mut work, link.office, put.sealed.len() as u64).await?;
        let days = i64::from(put.days.clamp(1, DRAFT_DAYS));
        let expires = link.expires.min(now().0 + days * DAY_MS);
        work.run(
            "INSERT INTO drafts (id, invite, rev, expires, box) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, expires = excluded.expires, box = excluded.box",
            &[
                id.into(),
                invite.into(),
                put.rev.into(),
                expires.into(),
                put.sealed.into(),
            ],
        )
        .await?;
        work.commit().await?;
        let done = match here {
            None => Put::New,
            Some(_) => Put::Again,
        };
        Ok((done, Timestamp(expires)))
    }

    pub async fn draft(&self, id: &DraftId) -> Result<Option<Draft>, ApiError> {
        let found: Option<(i64, i64, Vec<u8>)> = self
            .database
            .first(
                "SELECT rev, expires, box FROM drafts WHERE id = $1 AND expires >= $2 AND length(box) > 0",
                &[id.to_string().into(), now().0.into()],
            )
            .await?;
        found
            .map(|(rev, expires, sealed)| {
                Ok(Draft {
                    rev: count(rev, "a draft's revision")?,
                    expires: Timestamp(expires),
                    sealed,
                })
            })
            .transpose()
    }

    /// Erases a draft, and remembers that it was here for as long as a put from before may still come; false when it is
    /// not here.
    pub async fn erase_draft(&self, id: &DraftId) -> Result<bool, ApiError> {
        let mut work = self.database.write().await?;
        let erased = work
            .run(
                "UPDATE drafts SET box = $1, rev = $2, expires = $3 WHERE id = $4 AND expires >= $5",
                &[
                    NO_BOX.into(),
                    DRAFT_LAST_REV.into(),
                    (now().0 + 2 * WINDOW_MS).into(),
                    id.to_string().into(),
                    now().0.into(),
                ],
            )
            .await?;
        work.commit().await?;
        Ok(erased > 0)
    }
}

/// Forgets the drafts whose time is over.
pub async fn forget_over(work: &mut Work) -> Result<(), ApiError> {
    work.run("DELETE FROM drafts WHERE expires < $1", &[now().0.into()])
        .await
        .map(drop)
}

/// Forgets the drafts of a link.
pub async fn forget_of(work: &mut Work, invite: &InviteId) -> Result<(), ApiError> {
    work.run(
        "DELETE FROM drafts WHERE invite = $1",
        &[invite.to_string().into()],
    )
    .await
    .map(drop)
}

//! `PUT`, `GET` and `DELETE /v1/drafts/{id}`: an answer that a partner goes on with later, in a box that her code opens.
//!
//! The id is a public key, and every request is signed by it: whoever has not the code that makes the key gets no box, puts
//! none, erases none, and the server keeps nothing by which it could tell. A draft is put under a partner link that is still
//! open, whose id the link's code alone gives; it uses nothing of the link up. Each put says a greater revision than the
//! last, so that neither a request that was long on its way nor another phone brings back what was replaced.
//!
//! A draft is gone when its holder erases it, when its days are over, and when the office closes its link.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{FromRequest, Path, Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;
use sqlx::SqliteExecutor;
use vigie_exchange::{
    api::{Base64, DRAFT_BYTES, DRAFT_DAYS, DRAFT_LAST_REV, DraftBox, DraftKept},
    request::WINDOW_MS,
};
use vigie_model::{DraftId, InviteId, Timestamp};

use crate::{
    error::ApiError,
    gate::Bucket,
    mailbox::{Mailbox, forget_drafts, now, read},
    signed::{Address, BySomebody},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a link that has as many drafts as it may have should be left in peace.
const CROWDED: Duration = Duration::from_secs(60 * 60);

pub fn routes() -> Router<Mailbox> {
    Router::new().route("/v1/drafts/{draft}", get(fetch).put(keep).delete(erase))
}

#[derive(Deserialize)]
struct Beside {
    invite: String,
    rev: u32,
    days: u32,
}

/// A partner link by which somebody may still answer.
struct Open {
    expires: i64,
    /// How many drafts it may have at once.
    drafts: u32,
}

/// 201 when new, 200 when it replaces another, or the same is here.
async fn keep(
    State(mailbox): State<Mailbox>,
    Path(draft): Path<String>,
    beside: Result<Query<Beside>, QueryRejection>,
    Address(address): Address,
    request: Request,
) -> Result<(StatusCode, Json<DraftKept>), ApiError> {
    mailbox.gate.stranger_asks(address)?;
    let draft: DraftId = read(&draft, "not the id of a draft")?;
    let Query(Beside { invite, rev, days }) = beside?;
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    if rev == 0 || rev == DRAFT_LAST_REV {
        return Err(ApiError::Malformed("not a draft's revision"));
    }
    // Whoever has no link makes the server read no body.
    link(&mailbox, &mailbox.db, &invite).await?;
    let sealed = by_holder::<DRAFT_BYTES>(&mailbox, &draft, request).await?;
    if sealed.is_empty() {
        return Err(ApiError::Malformed("an empty draft"));
    }

    let mut write = mailbox.write().await?;
    forget_drafts(&mut *write).await?;
    let open = link(&mailbox, &mut *write, &invite).await?;
    let here: Option<(String, u32, i64, bool)> =
        sqlx::query_as("SELECT invite, rev, expires, box = ? FROM drafts WHERE id = ?")
            .bind(&*sealed)
            .bind(draft.to_string())
            .fetch_optional(&mut *write)
            .await?;
    match &here {
        Some((of, ..)) if *of != invite.to_string() => {
            return Err(ApiError::Malformed("a draft of another link"));
        }
        Some((_, stands, expires, true)) if *stands == rev => {
            return Ok((StatusCode::OK, Json(kept(rev, *expires))));
        }
        Some((_, stands, ..)) if *stands >= rev => return Err(ApiError::Stale(*stands)),
        _ => {}
    }
    let (others, bytes): (u32, i64) = sqlx::query_as(
        "SELECT COUNT(*), COALESCE(SUM(length(box)), 0) FROM drafts WHERE invite = ? AND id <> ?",
    )
    .bind(invite.to_string())
    .bind(draft.to_string())
    .fetch_one(&mut *write)
    .await?;
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let is_crowded = here.is_none() && others >= open.drafts;
    if is_crowded || bytes.saturating_add(sealed.len()) > mailbox.gate.limits.draft_bytes_of_a_link
    {
        return Err(ApiError::TooMany(CROWDED));
    }
    let days = i64::from(days.clamp(1, DRAFT_DAYS));
    let expires = open.expires.min(now().0 + days * DAY_MS);
    sqlx::query(
        "INSERT INTO drafts (id, invite, rev, expires, box) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, expires = excluded.expires, box = excluded.box",
    )
    .bind(draft.to_string())
    .bind(invite.to_string())
    .bind(rev)
    .bind(expires)
    .bind(&*sealed)
    .execute(&mut *write)
    .await?;
    write.commit().await?;
    let status = match here {
        None => StatusCode::CREATED,
        Some(_) => StatusCode::OK,
    };
    Ok((status, Json(kept(rev, expires))))
}

fn kept(rev: u32, expires: i64) -> DraftKept {
    DraftKept {
        rev,
        expires: Timestamp(expires),
        now: now(),
    }
}

/// The partner link of this id, if somebody may still answer by it.
async fn link(
    mailbox: &Mailbox,
    db: impl SqliteExecutor<'_>,
    invite: &InviteId,
) -> Result<Open, ApiError> {
    let found: Option<(i64, bool, u32, bool)> = sqlx::query_as(
        "SELECT expires, closed, uses,
                uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id)
         FROM invites WHERE id = ? AND partner",
    )
    .bind(invite.to_string())
    .fetch_optional(db)
    .await?;
    let (expires, closed, uses, used) = found.ok_or(ApiError::InviteUnknown)?;
    if closed || expires < now().0 {
        return Err(ApiError::InviteExpired);
    }
    if used {
        return Err(ApiError::InviteUsed);
    }
    let limits = &mailbox.gate.limits;
    let most = limits.drafts_of_a_link;
    let drafts = match uses {
        0 => most,
        uses => most.min(uses.saturating_mul(limits.drafts_of_a_use)),
    };
    Ok(Open { expires, drafts })
}

/// The body of a request that the draft's own key signed.
async fn by_holder<const LIMIT: usize>(
    mailbox: &Mailbox,
    draft: &DraftId,
    request: Request,
) -> Result<axum::body::Bytes, ApiError> {
    let sender = BySomebody::<LIMIT>::from_request(request, mailbox).await?;
    if sender.signed.key.to_bytes() != draft.0 {
        return Err(ApiError::Malformed(
            "signed by another key than the draft's",
        ));
    }
    mailbox.gate.draft_asked(draft)?;
    Ok(sender.body)
}

/// Which draft is asked for, by whoever has its code.
async fn asked(
    mailbox: &Mailbox,
    draft: &str,
    address: Option<Bucket>,
    request: Request,
) -> Result<DraftId, ApiError> {
    mailbox.gate.stranger_asks(address)?;
    let draft = read(draft, "not the id of a draft")?;
    by_holder::<0>(mailbox, &draft, request).await?;
    Ok(draft)
}

async fn fetch(
    State(mailbox): State<Mailbox>,
    Path(draft): Path<String>,
    Address(address): Address,
    request: Request,
) -> Result<Json<DraftBox>, ApiError> {
    let draft = asked(&mailbox, &draft, address, request).await?;
    let found: Option<(u32, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT rev, expires, box FROM drafts WHERE id = ? AND expires >= ? AND length(box) > 0",
    )
    .bind(draft.to_string())
    .bind(now().0)
    .fetch_optional(&mailbox.db)
    .await?;
    let (rev, expires, sealed) = found.ok_or(ApiError::NotFound)?;
    Ok(Json(DraftBox {
        rev,
        sealed: Base64(sealed),
        expires: Timestamp(expires),
        now: now(),
    }))
}

/// Erases a draft. That it was here is remembered for as long as a put from before may still come. The same again is fine.
async fn erase(
    State(mailbox): State<Mailbox>,
    Path(draft): Path<String>,
    Address(address): Address,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let draft = asked(&mailbox, &draft, address, request).await?;
    let erased = sqlx::query(
        "UPDATE drafts SET box = x'', rev = ?, expires = ? WHERE id = ? AND expires >= ?",
    )
    .bind(DRAFT_LAST_REV)
    .bind(now().0 + 2 * WINDOW_MS)
    .bind(draft.to_string())
    .bind(now().0)
    .execute(&mailbox.db)
    .await?
    .rows_affected();
    if erased == 0 {
        return Err(ApiError::NotFound);
    }
    Ok(StatusCode::OK)
}

//! `PUT`, `GET` and `DELETE /v1/drafts/{id}`: an answer that a partner goes on with later, in a box that her code opens.
//!
//! The id is a public key, and every request is signed by it: whoever has not the code that makes the key gets no box, puts
//! none, erases none, and the server keeps nothing by which it could tell. A draft is put under a partner link that is still
//! open, whose id the link's code alone gives; it uses nothing of the link up. Each put says a greater revision than the
//! last, so that neither a request that was long on its way nor another phone brings back what was replaced.
//!
//! A draft is gone when its holder erases it, when its days are over, and when the office closes its link.

use axum::{
    Json, Router,
    extract::{FromRequest, Path, Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;
use vigie_exchange::api::{Base64, DRAFT_BYTES, DRAFT_LAST_REV, DraftBox, DraftKept};
use vigie_model::{DraftId, InviteId};

use crate::{
    error::ApiError,
    gate::Bucket,
    mailbox::{Mailbox, now},
    reading::read,
    signed::{Address, BySomebody},
    store::PutDraft,
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route("/v1/drafts/{draft}", get(fetch).put(keep).delete(erase))
}

#[derive(Deserialize)]
struct Beside {
    invite: String,
    rev: u32,
    days: u32,
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
    mailbox.store.may_draft(&invite).await?;
    let sealed = by_holder::<DRAFT_BYTES>(&mailbox, &draft, request).await?;
    if sealed.is_empty() {
        return Err(ApiError::Malformed("an empty draft"));
    }

    let put = PutDraft {
        id: draft,
        invite,
        rev,
        days,
        sealed: &sealed,
    };
    let kept = mailbox.store.put_draft(&put, &mailbox.gate.limits);
    let (put, expires) = kept.await?;
    Ok((
        put.into(),
        Json(DraftKept {
            rev,
            expires,
            now: now(),
        }),
    ))
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
    let found = mailbox.store.draft(&draft).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    Ok(Json(DraftBox {
        rev: found.rev,
        sealed: Base64(found.sealed),
        expires: found.expires,
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
    if !mailbox.store.erase_draft(&draft).await? {
        return Err(ApiError::NotFound);
    }
    Ok(StatusCode::OK)
}

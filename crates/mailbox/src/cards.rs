//! `PUT` and `GET /v1/cards/{mission}`: the mission's card, sealed under the mission's key; below it, `/files/{sha256}`:
//! what its questionnaires show, sealed alike, each file under the hash of its bytes.
//!
//! A card and its files go to the devices that an invite of the mission enrolled, and to no partner's; to any other they
//! are not there. Revisions only grow: two desks that publish at once can't undo one another. The bytes of earlier revisions stay.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use vigie_exchange::api::{CARD_BYTES, CardStored, Hex, REV_HEADER};
use vigie_model::MissionId;

use crate::{
    error::ApiError,
    mailbox::{Mailbox, sha256},
    objects::Object,
    reading::read,
    signed::{ByDevice, ByOffice},
};

const SEALED: [(header::HeaderName, &str); 1] =
    [(header::CONTENT_TYPE, "application/octet-stream")];

pub fn routes() -> Router<Mailbox> {
    Router::new()
        .route("/v1/cards/{mission}", get(fetch).put(publish))
        .route(
            "/v1/cards/{mission}/files/{sha256}",
            get(fetch_file).put(keep_file),
        )
        .layer(DefaultBodyLimit::disable())
}

#[derive(Deserialize)]
struct Beside {
    rev: Option<String>,
}

/// 201 for a new revision, 200 for the very same bytes again, 409 `stale` for an older or another one.
async fn publish(
    State(mailbox): State<Mailbox>,
    Path(mission): Path<String>,
    beside: Result<Query<Beside>, QueryRejection>,
    headers: HeaderMap,
    by: ByOffice<CARD_BYTES>,
) -> Result<(StatusCode, Json<CardStored>), ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let Query(beside) = beside?;
    // An older office says it in a header, which its signature does not cover.
    let header = || headers.get(REV_HEADER)?.to_str().ok().map(str::to_owned);
    let rev = beside.rev.or_else(header).unwrap_or_default();
    let rev: u32 = read(&rev, "not the revision of a card")?;
    if by.body.is_empty() {
        return Err(ApiError::Malformed("an empty card"));
    }
    let (hash, bytes) = (sha256(&by.body), by.body.len());
    mailbox.store.has_room(by.office, bytes).await?;
    mailbox
        .objects
        .put(Object::Card(&mission, &hash), by.body)
        .await?;

    let put = mailbox
        .store
        .put_card(by.office, &mission, rev, &hash, bytes);
    let put = put.await?;
    Ok((put.into(), Json(CardStored { mission, rev })))
}

/// The card, or 304 when the device has this revision.
async fn fetch(
    State(mailbox): State<Mailbox>,
    Path(mission): Path<String>,
    headers: HeaderMap,
    ByDevice(device, _): ByDevice,
) -> Result<Response, ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let office = device.may_fetch(&mission)?;
    let here = mailbox.store.card(office, &mission).await?;
    let (rev, hash) = here.ok_or(ApiError::NotFound)?;
    let etag = HeaderValue::from_str(&format!("\"{rev}\""))
        .map_err(|_| ApiError::Damaged("a revision"))?;
    let tag = [(header::ETAG, etag.clone())];
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    let card = Object::Card(&mission, &hash);
    let sealed = mailbox.objects.get(card).await?;
    Ok((tag, SEALED, sealed).into_response())
}

/// 201, also for bytes that are here already: the path says which they are.
async fn keep_file(
    State(mailbox): State<Mailbox>,
    Path((mission, wanted)): Path<(String, String)>,
    by: ByOffice<CARD_BYTES>,
) -> Result<StatusCode, ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let hash: Hex<32> = read(&wanted, "not a SHA-256")?;
    if sha256(&by.body) != hash {
        return Err(ApiError::Malformed("other bytes than the path says"));
    }
    let (file, bytes) = (Object::CardFile(&mission, &hash), by.body.len());
    mailbox.store.has_room(by.office, bytes).await?;
    mailbox.objects.put(file, by.body).await?;
    let kept = mailbox.store.keep_file(by.office, file.path(), bytes);
    kept.await?;
    Ok(StatusCode::CREATED)
}

async fn fetch_file(
    State(mailbox): State<Mailbox>,
    Path((mission, wanted)): Path<(String, String)>,
    ByDevice(device, _): ByDevice,
) -> Result<Response, ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    device.may_fetch(&mission)?;
    let hash: Hex<32> = read(&wanted, "not a SHA-256")?;
    let found = mailbox
        .objects
        .find(Object::CardFile(&mission, &hash))
        .await?;
    Ok((SEALED, found.ok_or(ApiError::NotFound)?).into_response())
}

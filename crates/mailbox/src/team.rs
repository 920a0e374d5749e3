//! `PUT /v1/members/{mission}`: a device says what is sealed for it there. `GET /v1/team/{mission}` and `/{letter}`: what the
//! mission's people sent each other, for those of them who said so; `PUT`: what the office gives them besides.
//!
//! Nobody else is given any of it: no partner's device, none of another mission, and none that the office removed.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use serde::Deserialize;
use vigie_exchange::api::{DOC_BYTES, Hex, PAGE_ITEMS, PutMember, Team};
use vigie_model::{BundleId, DeviceId, MissionId};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, sha256},
    objects::Object,
    reading::{read, read_back},
    signed::{ByDevice, ByOffice},
    store::TeamLetter,
};

/// A key and a signature.
const MEMBER_BYTES: usize = 1024;
/// The longest text of a key: an age recipient has 62 characters.
const RECIPIENT_BYTES: usize = 100;

pub fn routes() -> Router<Mailbox> {
    Router::new()
        .route("/v1/members/{mission}", put(say))
        .route("/v1/team/{mission}", get(list))
        .route("/v1/team/{mission}/{letter}", get(fetch).put(give))
        .layer(DefaultBodyLimit::disable())
}

/// 201 the first time, 200 when the same was said before.
async fn say(
    State(mailbox): State<Mailbox>,
    Path(mission): Path<String>,
    ByDevice(device, body): ByDevice<MEMBER_BYTES>,
) -> Result<StatusCode, ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let office = device.may_fetch(&mission)?;
    let says: PutMember = serde_json::from_slice(&body)
        .map_err(|_| ApiError::Malformed("not a key and a signature"))?;
    let device: DeviceId = read_back(&device.key.to_string(), "a device's key")?;
    if says.recipient.len() > RECIPIENT_BYTES || !says.is_of(&device, &mission) {
        return Err(ApiError::Malformed(
            "the device did not sign that this is sealed for it",
        ));
    }
    let put = mailbox.store.put_member(office, &mission, &device, &says);
    Ok(put.await?.into())
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
}

async fn list(
    State(mailbox): State<Mailbox>,
    Path(mission): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
    ByDevice(device, _): ByDevice,
) -> Result<Json<Team>, ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let Query(page) = page?;
    let office = device.may_fetch(&mission)?;
    let device: DeviceId = read_back(&device.key.to_string(), "a device's key")?;
    let limit = page.limit.unwrap_or(PAGE_ITEMS).clamp(1, PAGE_ITEMS);
    let team = mailbox
        .store
        .team(office, &mission, &device, page.after, limit);
    Ok(Json(team.await?.ok_or(ApiError::NotFound)?))
}

async fn fetch(
    State(mailbox): State<Mailbox>,
    Path((mission, letter)): Path<(String, String)>,
    ByDevice(device, _): ByDevice,
) -> Result<Response, ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let letter: BundleId = read(&letter, "not the id of a letter")?;
    let office = device.may_fetch(&mission)?;
    let device: DeviceId = read_back(&device.key.to_string(), "a device's key")?;
    let is_given = mailbox.store.is_given(office, &mission, &device, &letter);
    if !is_given.await? {
        return Err(ApiError::NotFound);
    }
    let sealed = mailbox.objects.get(Object::Bundle(&letter)).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], sealed).into_response())
}

#[derive(Deserialize)]
struct Beside {
    of: String,
    #[serde(rename = "for")]
    reader: Option<String>,
}

/// 201, or 200 when there is one in that place.
async fn give(
    State(mailbox): State<Mailbox>,
    Path((mission, letter)): Path<(String, String)>,
    beside: Result<Query<Beside>, QueryRejection>,
    by: ByOffice<DOC_BYTES>,
) -> Result<StatusCode, ApiError> {
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let id: BundleId = read(&letter, "not the id of a letter")?;
    let Query(Beside { of, reader }) = beside?;
    let place: Hex<32> = read(&of, "not what a letter stands in the place of")?;
    let reader = reader.map(|reader| read(&reader, "not a device"));
    if sha256(&by.body).0 != id.0 {
        return Err(ApiError::Malformed("other bytes than the path says"));
    }
    let bytes = by.body.len();
    mailbox.store.has_room(by.office, bytes).await?;
    mailbox.objects.put(Object::Bundle(&id), by.body).await?;
    let put = mailbox.store.put_team_letter(TeamLetter {
        office: by.office,
        mission,
        id,
        place,
        reader: reader.transpose()?,
        bytes,
    });
    Ok(put.await?.into())
}

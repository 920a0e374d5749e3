//! `PUT` and `DELETE /v1/shares/to/{mission}/{office}`, by which an office opens a mission to another one here, and closes it;
//! `GET /v1/shares`, and `GET` and `POST /v1/shares/of/{office}/{mission}`, by which the other hears of it, reads what is said of
//! the mission, and wants it or not.
//!
//! What is said of a mission is sealed for the other office. The server knows which of them read which mission's letters, as
//! it knows whose the letters are.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use vigie_exchange::api::{AnswerShare, DOC_BYTES, KeyHex, Shares, path};
use vigie_model::MissionId;

use crate::{
    error::ApiError,
    mailbox::{Mailbox, sha256},
    objects::Object,
    reading::read,
    signed::ByOffice,
};

/// A word.
const ANSWER_BYTES: usize = 1024;

pub fn routes() -> Router<Mailbox> {
    Router::new()
        .route(path::SHARES, get(list))
        .route("/v1/shares/to/{mission}/{office}", put(open).delete(close))
        .route("/v1/shares/of/{office}/{mission}", get(fetch).post(answer))
        .layer(DefaultBodyLimit::disable())
}

fn asked(mission: &str, office: &str) -> Result<(MissionId, KeyHex), ApiError> {
    Ok((
        read(mission, "not the id of a mission")?,
        read(office, "not an office's key")?,
    ))
}

/// 201 when new, 200 when the mission was open to that office already.
async fn open(
    State(mailbox): State<Mailbox>,
    Path((mission, office)): Path<(String, String)>,
    by: ByOffice<DOC_BYTES>,
) -> Result<StatusCode, ApiError> {
    let (mission, office) = asked(&mission, &office)?;
    let (id, bytes) = (sha256(&by.body), by.body.len());
    mailbox.store.has_room(by.office, bytes).await?;
    mailbox.objects.put(Object::Doc(&id), by.body).await?;
    let store = &mailbox.store;
    let put = store.put_share(by.office, &mission, &office, &id, bytes);
    Ok(put.await?.into())
}

async fn close(
    State(mailbox): State<Mailbox>,
    Path((mission, office)): Path<(String, String)>,
    by: ByOffice<0>,
) -> Result<StatusCode, ApiError> {
    let (mission, office) = asked(&mission, &office)?;
    mailbox
        .store
        .close_share(by.office, &mission, &office)
        .await?;
    Ok(StatusCode::OK)
}

async fn list(State(mailbox): State<Mailbox>, by: ByOffice<0>) -> Result<Json<Shares>, ApiError> {
    let shares = mailbox.store.shares_with(by.office).await?;
    Ok(Json(Shares { shares }))
}

async fn fetch(
    State(mailbox): State<Mailbox>,
    Path((office, mission)): Path<(String, String)>,
    by: ByOffice<0>,
) -> Result<Response, ApiError> {
    let (mission, office) = asked(&mission, &office)?;
    let shares = mailbox.store.shares_with(by.office).await?;
    let mut shares = shares.into_iter();
    let share = shares.find(|share| share.mission == mission && share.lead == office);
    let id = share.ok_or(ApiError::NotFound)?.id;
    let sealed = mailbox.objects.get(Object::Doc(&id)).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], sealed).into_response())
}

async fn answer(
    State(mailbox): State<Mailbox>,
    Path((office, mission)): Path<(String, String)>,
    by: ByOffice<ANSWER_BYTES>,
) -> Result<StatusCode, ApiError> {
    let (mission, office) = asked(&mission, &office)?;
    let answer: AnswerShare = serde_json::from_slice(&by.body)
        .map_err(|_| ApiError::Malformed("neither wanted nor not"))?;
    let store = &mailbox.store;
    store.once(&by.signed).await?;
    store
        .answer_share(by.office, &office, &mission, answer.accept)
        .await?;
    Ok(StatusCode::OK)
}

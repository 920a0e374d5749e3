//! `PUT` and `GET /v1/invites/{id}`: a sealed box that only the code opens.
//!
//! The id is a hash of the code, so whoever knows the id was given the code; the server learns neither code nor mission.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use vigie_exchange::api::{Base64, InviteBox, PutInvite};
use vigie_model::{InviteId, Timestamp};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, read},
    signed::ByOffice,
};

/// An invite's box is a few hundred bytes.
const BODY_BYTES: usize = 16 * 1024;

pub fn routes() -> Router<Mailbox> {
    Router::new().route("/v1/invites/{invite}", get(look).put(make))
}

/// 201 when new, 200 when the very same invite is here.
async fn make(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    office: ByOffice<BODY_BYTES>,
) -> Result<StatusCode, ApiError> {
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    let asked: PutInvite = serde_json::from_slice(&office.body)
        .map_err(|_| ApiError::Malformed("not a box and its expiry"))?;
    let mut write = mailbox.write().await?;
    let here: Option<(Vec<u8>, i64)> =
        sqlx::query_as("SELECT box, expires FROM invites WHERE id = ?")
            .bind(invite.to_string())
            .fetch_optional(&mut *write)
            .await?;
    match here {
        Some((sealed, expires)) if sealed == asked.sealed.0 && expires == asked.expires.0 => {
            return Ok(StatusCode::OK);
        }
        Some(_) => return Err(ApiError::InviteUsed),
        None => {}
    }
    sqlx::query("INSERT INTO invites (id, box, expires) VALUES (?, ?, ?)")
        .bind(invite.to_string())
        .bind(&asked.sealed.0)
        .bind(asked.expires.0)
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok(StatusCode::CREATED)
}

async fn look(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
) -> Result<Json<InviteBox>, ApiError> {
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    let found: Option<(Vec<u8>, i64, bool)> = sqlx::query_as(
        "SELECT box, expires, EXISTS (SELECT 1 FROM enrolments WHERE invite = invites.id) FROM invites WHERE id = ?",
    )
    .bind(invite.to_string())
    .fetch_optional(&mailbox.db)
    .await?;
    let (sealed, expires, used) = found.ok_or(ApiError::InviteUnknown)?;
    Ok(Json(InviteBox {
        sealed: Base64(sealed),
        expires: Timestamp(expires),
        used,
    }))
}

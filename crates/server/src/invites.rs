//! `PUT`, `GET` and `DELETE /v1/invites/{id}`: a sealed box that only the code opens.
//!
//! The id is a hash of the code, so whoever knows the id was given the code; the server learns neither code nor mission.
//! A partner link is an invite for several devices: the server counts them, and what its box holds is none of its business.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use vigie_exchange::api::{Base64, INVITE_BYTES, InviteBox, PutInvite};
use vigie_model::{InviteId, Timestamp};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, now, read},
    signed::ByOffice,
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route("/v1/invites/{invite}", get(look).put(make).delete(close))
}

/// 201 when new, 200 when the very same invite is here.
async fn make(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    office: ByOffice<INVITE_BYTES>,
) -> Result<StatusCode, ApiError> {
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    let asked: PutInvite = serde_json::from_slice(&office.body)
        .map_err(|_| ApiError::Malformed("not a box and its expiry"))?;
    let mut write = mailbox.write().await?;
    let here: Option<(Vec<u8>, i64, u32)> =
        sqlx::query_as("SELECT box, expires, uses FROM invites WHERE id = ?")
            .bind(invite.to_string())
            .fetch_optional(&mut *write)
            .await?;
    match here {
        Some(same) if same == (asked.sealed.0.clone(), asked.expires.0, asked.uses) => {
            return Ok(StatusCode::OK);
        }
        Some(_) => return Err(ApiError::InviteUsed),
        None => {}
    }
    sqlx::query("INSERT INTO invites (id, box, expires, uses) VALUES (?, ?, ?, ?)")
        .bind(invite.to_string())
        .bind(&asked.sealed.0)
        .bind(asked.expires.0)
        .bind(asked.uses)
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
    let found: Option<(Vec<u8>, i64, bool, bool)> = sqlx::query_as(
        "SELECT box, expires, closed,
                uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id)
         FROM invites WHERE id = ?",
    )
    .bind(invite.to_string())
    .fetch_optional(&mailbox.db)
    .await?;
    let (sealed, expires, closed, used) = found.ok_or(ApiError::InviteUnknown)?;
    if closed {
        return Err(ApiError::InviteExpired);
    }
    Ok(Json(InviteBox {
        sealed: Base64(sealed),
        expires: Timestamp(expires),
        used,
        now: Some(now()),
    }))
}

/// Closes an invite for good and forgets its box. Devices that enrolled with it stay enrolled. The same again is fine.
async fn close(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    _office: ByOffice<0>,
) -> Result<StatusCode, ApiError> {
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    let closed = sqlx::query("UPDATE invites SET closed = 1, box = x'' WHERE id = ?")
        .bind(invite.to_string())
        .execute(&mailbox.db)
        .await?
        .rows_affected();
    if closed == 0 {
        return Err(ApiError::InviteUnknown);
    }
    Ok(StatusCode::OK)
}

//! `PUT`, `GET` and `DELETE /v1/invites/{id}`: a sealed box that only the code opens.
//!
//! The id is a hash of the code, so whoever knows the id was given the code; the server never learns the code. It is told
//! the mission, so that a device fetches the card of its own mission alone. A partner link is an invite for several
//! devices, which fetch no card: the server counts them, and what its box holds is none of its business.
//!
//! A box is there for as long as somebody may still enrol with it, and no longer: a code that is found in a chat, in a
//! history, on a scrap of paper, opens nothing once it has served.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use vigie_exchange::api::{Base64, INVITE_BYTES, InviteBox, PutInvite};
use vigie_model::{InviteId, MissionId, Timestamp};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, forget_spent, now, read},
    signed::{Address, ByOffice},
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route("/v1/invites/{invite}", get(look).put(make).delete(close))
}

/// 201 when new, 200 when the very same invite is here; the office of a later version names its mission that way.
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
    let status = match here {
        None => {
            sqlx::query(
                "INSERT INTO invites (id, box, expires, uses, mission, partner) VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(invite.to_string())
            .bind(&asked.sealed.0)
            .bind(asked.expires.0)
            .bind(asked.uses)
            .bind(asked.mission.map(|mission| mission.to_string()))
            .bind(asked.partner)
            .execute(&mut *write)
            .await?;
            StatusCode::CREATED
        }
        // A box that was forgotten is not compared, nor kept again: a desk that made another box for the code may still
        // say whose the devices are that came by the first.
        Some((sealed, expires, uses))
            if (sealed.is_empty() || sealed == asked.sealed.0)
                && (expires, uses) == (asked.expires.0, asked.uses) =>
        {
            if let Some(mission) = asked.mission {
                name(&mut write, &invite, &mission, asked.partner).await?;
            }
            StatusCode::OK
        }
        Some(_) => return Err(ApiError::InviteUsed),
    };
    write.commit().await?;
    Ok(status)
}

/// Notes the mission of an invite that had none but a guess; the office never names another one afterwards.
async fn name(
    write: &mut sqlx::SqliteConnection,
    invite: &InviteId,
    mission: &MissionId,
    partner: bool,
) -> Result<(), ApiError> {
    let mission = mission.to_string();
    sqlx::query(
        "UPDATE invites SET mission = ?, partner = ?, guessed = 0 WHERE id = ? AND (mission IS NULL OR guessed)",
    )
    .bind(&mission)
    .bind(partner)
    .bind(invite.to_string())
    .execute(&mut *write)
    .await?;
    let stands: (Option<String>, bool) =
        sqlx::query_as("SELECT mission, partner FROM invites WHERE id = ?")
            .bind(invite.to_string())
            .fetch_one(&mut *write)
            .await?;
    if stands == (Some(mission), partner) {
        Ok(())
    } else {
        Err(ApiError::InviteUsed)
    }
}

async fn look(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    address: Address,
) -> Result<Json<InviteBox>, ApiError> {
    mailbox.gate.stranger_asks(address.0)?;
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
    mailbox.gate.invite_asked(&invite)?;
    if closed || expires < now().0 {
        if !sealed.is_empty() {
            // Another time, when the disk is full just now: nobody is given it meanwhile.
            drop(forget_spent(&mailbox.db).await);
        }
        return Err(ApiError::InviteExpired);
    }
    Ok(Json(InviteBox {
        sealed: Base64(if used { Vec::new() } else { sealed }),
        expires: Timestamp(expires),
        used,
        now: Some(now()),
    }))
}

/// Closes an invite for good and forgets its box, and the drafts of answers that nobody may send any more. Devices that
/// enrolled with it stay enrolled. The same again is fine.
async fn close(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    _office: ByOffice<0>,
) -> Result<StatusCode, ApiError> {
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    let mut write = mailbox.write().await?;
    let closed = sqlx::query("UPDATE invites SET closed = 1, box = x'' WHERE id = ?")
        .bind(invite.to_string())
        .execute(&mut *write)
        .await?
        .rows_affected();
    if closed == 0 {
        return Err(ApiError::InviteUnknown);
    }
    sqlx::query("DELETE FROM drafts WHERE invite = ?")
        .bind(invite.to_string())
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok(StatusCode::OK)
}

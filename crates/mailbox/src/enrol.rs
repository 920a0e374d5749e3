//! `POST /v1/enrol`: one invite, as many devices as it is for; one, unless it is a partner link.
//!
//! The server can't judge the proof, which only the office's copy of the code can; it keeps it and puts it in the feed.
//! The device keeps what the invite's box holds before it enrols, for the box is gone once the last device is in.
//! The device that enrolled may ask again at any time, even once the invite has expired: its answer was lost on the way.

use std::time::Duration;

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use vigie_exchange::api::{Enrol, Enrolled, Hex, path};

use crate::{
    device::is_removed,
    error::ApiError,
    mailbox::{Mailbox, forget_spent, now, read_back},
    signed::{BySomebody, once},
};

/// A proof and a sealed name.
const BODY_BYTES: usize = 16 * 1024;
const HOUR_MS: i64 = 60 * 60 * 1000;

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::ENROL, post(enrol))
}

async fn enrol(
    State(mailbox): State<Mailbox>,
    sender: BySomebody<BODY_BYTES>,
) -> Result<(StatusCode, Json<Enrolled>), ApiError> {
    let asked: Enrol = serde_json::from_slice(&sender.body)
        .map_err(|_| ApiError::Malformed("not an invite, a device, a proof and a name"))?;
    let device = asked.device.to_string();
    if device != Hex(sender.signed.key.to_bytes()).to_string() {
        return Err(ApiError::Malformed(
            "signed by another key than the device's",
        ));
    }
    mailbox.gate.stranger_asks(sender.address)?;
    once(&mailbox, &sender.signed).await?;

    let mut write = mailbox.write().await?;
    if is_removed(&mut *write, &device).await? {
        return Err(ApiError::Revoked);
    }
    let invite: Option<(i64, bool, bool, bool, Option<String>)> = sqlx::query_as(
        "SELECT expires, closed,
                EXISTS (SELECT 1 FROM enrolments WHERE invite = invites.id AND device = ?),
                uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id),
                mission
         FROM invites WHERE id = ?",
    )
    .bind(&device)
    .bind(asked.invite.to_string())
    .fetch_optional(&mut *write)
    .await?;
    let (expires, closed, enrolled, used, mission) = invite.ok_or(ApiError::InviteUnknown)?;
    let mission = mission.map(|mission| read_back(&mission, "a mission's id"));
    let answer = Json(Enrolled {
        mission: mission.transpose()?,
    });
    match (enrolled, used) {
        (true, _) => return Ok((StatusCode::OK, answer)),
        (false, true) => return Err(ApiError::InviteUsed),
        _ if closed || expires < now().0 => return Err(ApiError::InviteExpired),
        _ => {}
    }
    let (this_hour, first): (u32, Option<i64>) =
        sqlx::query_as("SELECT COUNT(*), MIN(at) FROM enrolments WHERE invite = ? AND at > ?")
            .bind(asked.invite.to_string())
            .bind(now().0 - HOUR_MS)
            .fetch_one(&mut *write)
            .await?;
    if this_hour >= mailbox.gate.limits.enrolments_an_hour {
        let until = first.unwrap_or_default() + HOUR_MS - now().0;
        let until = until.clamp(1000, HOUR_MS).unsigned_abs();
        return Err(ApiError::TooMany(Duration::from_millis(until)));
    }
    let n = sqlx::query("INSERT INTO feed (what) VALUES ('enrolled')")
        .execute(&mut *write)
        .await?
        .last_insert_rowid();
    sqlx::query(
        "INSERT INTO enrolments (invite, device, proof, name_box, at, n) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(asked.invite.to_string())
    .bind(device)
    .bind(asked.proof.to_string())
    .bind(&asked.name_box.0)
    .bind(now().0)
    .bind(n)
    .execute(&mut *write)
    .await?;
    // The last device has the secret already: in the same commit nobody can fetch it any more.
    forget_spent(&mut *write).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, answer))
}

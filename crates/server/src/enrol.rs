//! `POST /v1/enrol`: one invite, as many devices as it is for; one, unless it is a partner link.
//!
//! The server can't judge the proof, which only the office's copy of the code can; it keeps it and puts it in the feed.
//! The device that enrolled may ask again at any time, even once the invite has expired: its answer was lost on the way.

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use vigie_exchange::api::{Enrol, Enrolled, Hex, path};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, now},
    signed::{BySomebody, once},
};

/// A proof and a sealed name.
const BODY_BYTES: usize = 16 * 1024;

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
    once(&mailbox, &sender.signed).await?;

    let mut write = mailbox.write().await?;
    let invite: Option<(i64, bool, bool, bool)> = sqlx::query_as(
        "SELECT expires, closed,
                EXISTS (SELECT 1 FROM enrolments WHERE invite = invites.id AND device = ?),
                uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id)
         FROM invites WHERE id = ?",
    )
    .bind(&device)
    .bind(asked.invite.to_string())
    .fetch_optional(&mut *write)
    .await?;
    let (expires, closed, enrolled, used) = invite.ok_or(ApiError::InviteUnknown)?;
    let answer = Json(Enrolled { mission: None });
    match (enrolled, used) {
        (true, _) => return Ok((StatusCode::OK, answer)),
        (false, true) => return Err(ApiError::InviteUsed),
        _ if closed || expires < now().0 => return Err(ApiError::InviteExpired),
        _ => {}
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
    write.commit().await?;
    Ok((StatusCode::CREATED, answer))
}

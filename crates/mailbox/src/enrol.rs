//! `POST /v1/enrol`: one invite, as many devices as it is for; one, unless it is a partner link.
//!
//! The server can't judge the proof, which only the office's copy of the code can; it keeps it and puts it in the feed.
//! The device keeps what the invite's box holds before it enrols, for the box is gone once the last device is in.
//! The device that enrolled may ask again at any time, even once the invite has expired: its answer was lost on the way.

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use vigie_exchange::api::{Enrol, Enrolled, Hex, path};

use crate::{error::ApiError, mailbox::Mailbox, signed::BySomebody};

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
    if asked.device.to_string() != Hex(sender.signed.key.to_bytes()).to_string() {
        return Err(ApiError::Malformed(
            "signed by another key than the device's",
        ));
    }
    mailbox.gate.stranger_asks(sender.address)?;
    mailbox.store.once(&sender.signed).await?;
    let an_hour = mailbox.gate.limits.enrolments_an_hour;
    let (put, mission) = mailbox.store.enrol(&asked, an_hour).await?;
    Ok((put.into(), Json(Enrolled { mission })))
}

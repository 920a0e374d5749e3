//! `PUT`, `GET` and `DELETE /v1/invites/{id}`: a sealed box that only the code opens.
//!
//! The id is a hash of the code, so whoever knows the id was given the code; the server never learns the code. It is told
//! the mission, so that a device fetches the card of its own mission alone. A partner link is an invite for several
//! devices, which fetch no card: the server counts them, and what its box holds is none of its business.
//!
//! A box is there for as long as somebody may still enrol with it, and no longer: a code that is found in a chat, in a
//! history, on a scrap of paper, opens nothing once it has served.

use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    http::{Extensions, HeaderMap, StatusCode, Version},
    routing::get,
};
use tower_http::compression::CompressionLayer;
use vigie_exchange::api::{Base64, INVITE_BYTES, InviteBox, PutInvite};
use vigie_model::{InviteId, Timestamp};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, now},
    reading::read,
    signed::{Address, ByOffice},
};

pub fn routes() -> Router<Mailbox> {
    // Base64 is a third longer than what it says, on the line that a partner pays for.
    let is_small =
        |_: StatusCode, _: Version, _: &HeaderMap, told: &Extensions| told.get::<Large>().is_none();
    let look = get(look).layer(CompressionLayer::new().compress_when(is_small));
    Router::new().route("/v1/invites/{invite}", look.put(make).delete(close))
}

/// 201 when new, 200 when the very same invite is here; the office of a later version names its mission that way.
async fn make(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    by: ByOffice<INVITE_BYTES>,
) -> Result<StatusCode, ApiError> {
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    let asked: PutInvite = serde_json::from_slice(&by.body)
        .map_err(|_| ApiError::Malformed("not a box and its expiry"))?;
    Ok(mailbox
        .store
        .put_invite(by.office, &invite, &asked)
        .await?
        .into())
}

/// A box that takes a processor too long to be compressed for each who asks.
#[derive(Clone)]
struct Large;

const LARGE: usize = 512 * 1024;

async fn look(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    address: Address,
) -> Result<(Option<Extension<Large>>, Json<InviteBox>), ApiError> {
    mailbox.gate.stranger_asks(address.0)?;
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    let found = mailbox.store.invite(&invite).await?;
    mailbox.gate.invite_asked(&invite)?;
    if found.closed || found.expires < now().0 {
        if !found.sealed.is_empty() {
            // Another time, when the disk is full just now: nobody is given it meanwhile.
            drop(mailbox.store.forget_spent_invites().await);
        }
        return Err(ApiError::InviteExpired);
    }
    let large = (found.sealed.len() > LARGE).then_some(Extension(Large));
    let told = Json(InviteBox {
        sealed: Base64(if found.used { Vec::new() } else { found.sealed }),
        expires: Timestamp(found.expires),
        used: found.used,
        now: Some(now()),
        office: Some(found.office),
    });
    Ok((large, told))
}

/// Closes an invite for good and forgets its box, and the drafts of answers that nobody may send any more. Devices that
/// enrolled with it stay enrolled. The same again is fine.
async fn close(
    State(mailbox): State<Mailbox>,
    Path(invite): Path<String>,
    by: ByOffice<0>,
) -> Result<StatusCode, ApiError> {
    let invite: InviteId = read(&invite, "not the id of an invite")?;
    mailbox.store.close_invite(by.office, &invite).await?;
    Ok(StatusCode::OK)
}

//! `POST /v1/office`: an office is set up, with the one-time token that the server printed or its host gave out;
//! `GET /v1/office`: how it stands with its host.
//!
//! The database keeps the token's hash only. A set-up whose answer was lost on the way may be sent again: the same token
//! with the same key is told 200 instead of 201; any other token or key is refused.

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vigie_exchange::api::{Hex, OfficeReady, OfficeState, SetUpOffice, path};
use vigie_sign::VerifyingKey;

use crate::{
    error::ApiError,
    mailbox::{Mailbox, sha256},
    signed::{ByOffice, whole},
};

/// A set-up is a token, a key and a name.
const BODY_BYTES: usize = 4 * 1024;
const NAME_CHARACTERS: usize = 200;

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::OFFICE, get(state).post(set_up))
}

async fn set_up(
    State(mailbox): State<Mailbox>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<OfficeReady>), ApiError> {
    let (parts, body) = request.into_parts();
    mailbox.gate.stranger_asks(mailbox.gate.address(&parts))?;
    let body = whole(&parts, body, BODY_BYTES).await?;
    let asked: SetUpOffice = serde_json::from_slice(&body)
        .map_err(|_| ApiError::Malformed("not a token, a key and a name"))?;
    if asked.name.chars().count() > NAME_CHARACTERS {
        return Err(ApiError::Malformed("the name is too long"));
    }
    VerifyingKey::from_bytes(&asked.key.0)
        .map_err(|_| ApiError::Malformed("not an Ed25519 public key"))?;

    let token_hash = sha256(asked.token.as_bytes());
    let (put, name) = mailbox.store.set_up(&asked, &token_hash).await?;
    let key = asked.key;
    Ok((put.into(), Json(OfficeReady { key, name })))
}

async fn state(
    State(mailbox): State<Mailbox>,
    by: ByOffice<0>,
) -> Result<Json<OfficeState>, ApiError> {
    Ok(Json(mailbox.store.office_state(by.office).await?))
}

/// The token of a set-up link, and the hash that the database keeps of it.
pub fn token(random: [u8; 24]) -> (String, Hex<32>) {
    let token = URL_SAFE_NO_PAD.encode(random);
    let hash = sha256(token.as_bytes());
    (token, hash)
}

/// The set-up link of a token, at the address that people use.
pub fn set_up_link(url: &str, token: &str) -> String {
    format!("{}/#/bureau/ouvrir/{token}", url.trim_end_matches('/'))
}

/// Makes the token of a new set-up link, and forgets the one before; `None` once an office is set up.
pub async fn new_token(mailbox: &Mailbox, random: [u8; 24]) -> Result<Option<String>, ApiError> {
    let (token, hash) = token(random);
    Ok(mailbox.store.print_set_up(&hash).await?.then_some(token))
}

//! `POST /v1/office`: the first set-up, with the one-time token that the server printed.
//!
//! The database keeps the token's hash only. A set-up whose answer was lost on the way may be sent again: the same token
//! with the same key is told 200 instead of 201; any other token or key is refused.

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    routing::post,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vigie_exchange::api::{OfficeReady, SetUpOffice, path};
use vigie_sign::VerifyingKey;

use crate::{
    error::ApiError,
    mailbox::{Mailbox, now, sha256},
    signed::whole,
};

/// A set-up is a token, a key and a name.
const BODY_BYTES: usize = 4 * 1024;
const NAME_CHARACTERS: usize = 200;

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::OFFICE, post(set_up))
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

    let token_hash = sha256(asked.token.as_bytes()).to_string();
    let key = asked.key.to_string();
    let mut write = mailbox.write().await?;
    let office: Option<(String, String, String)> =
        sqlx::query_as("SELECT key, token_hash, name FROM office")
            .fetch_optional(&mut *write)
            .await?;
    match office {
        Some((old_key, old_token, name)) if old_key == key && old_token == token_hash => {
            return Ok((
                StatusCode::OK,
                Json(OfficeReady {
                    key: asked.key,
                    name,
                }),
            ));
        }
        Some(_) => return Err(ApiError::SetupUsed),
        None => {}
    }
    let printed: Option<String> = sqlx::query_scalar("SELECT token_hash FROM setup")
        .fetch_optional(&mut *write)
        .await?;
    if printed.as_ref() != Some(&token_hash) {
        return Err(ApiError::SetupUsed);
    }
    sqlx::query(
        "INSERT INTO office (only_one, key, name, token_hash, since) VALUES (1, ?, ?, ?, ?)",
    )
    .bind(key)
    .bind(&asked.name)
    .bind(token_hash)
    .bind(now().0)
    .execute(&mut *write)
    .await?;
    sqlx::query("DELETE FROM setup")
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok((
        StatusCode::CREATED,
        Json(OfficeReady {
            key: asked.key,
            name: asked.name,
        }),
    ))
}

/// Makes the token of a new set-up link, and forgets the one before; `None` once an office is set up.
pub async fn new_token(mailbox: &Mailbox, random: [u8; 24]) -> Result<Option<String>, ApiError> {
    if mailbox.office().await?.is_some() {
        return Ok(None);
    }
    let token = URL_SAFE_NO_PAD.encode(random);
    sqlx::query("INSERT OR REPLACE INTO setup (only_one, token_hash, made) VALUES (1, ?, ?)")
        .bind(sha256(token.as_bytes()).to_string())
        .bind(now().0)
        .execute(&mailbox.db)
        .await?;
    Ok(Some(token))
}

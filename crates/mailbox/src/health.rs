//! `GET /v1/health`: is the server there, and can it read its database?

use axum::{Json, Router, extract::State, routing::get};
use vigie_exchange::api::{Health, path};

use crate::{error::ApiError, mailbox::Mailbox};

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::HEALTH, get(health))
}

async fn health(State(mailbox): State<Mailbox>) -> Result<Json<Health>, ApiError> {
    mailbox.store.answers().await?;
    Ok(Json(Health {
        ok: true,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }))
}

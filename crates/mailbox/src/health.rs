//! `GET /v1/health`: is the server there, and can it read its database? For whoever runs servers, `GET /healthz`: does
//! the process answer; and `GET /readyz`: may it be sent requests, for its database and its sealed files answer, and nobody
//! told it to stop?

use axum::{Json, Router, extract::State, routing::get};
use vigie_exchange::api::{Health, path};

use crate::{error::ApiError, mailbox::Mailbox, signed::Address};

pub fn routes() -> Router<Mailbox> {
    Router::new()
        .route(path::HEALTH, get(health))
        .route("/healthz", get(async || "up\n"))
        .route("/readyz", get(ready))
}

/// What is still asked of a server that ends.
pub fn while_ending() -> Router {
    Router::new().route("/healthz", get(async || "up\n"))
}

async fn health(State(mailbox): State<Mailbox>) -> Result<Json<Health>, ApiError> {
    mailbox.store.answers().await?;
    Ok(Json(Health {
        ok: true,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }))
}

async fn ready(
    State(mailbox): State<Mailbox>,
    Address(address): Address,
) -> Result<&'static str, ApiError> {
    mailbox.gate.stranger_asks(address)?;
    if mailbox.gate.is_ending() {
        return Err(ApiError::Busy);
    }
    mailbox.store.answers().await?;
    mailbox.objects.answers().await?;
    Ok("ready\n")
}

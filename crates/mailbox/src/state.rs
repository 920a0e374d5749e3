//! `GET /v1/state`: what the server holds from the device that asks, so that a device which lost an answer, or restored
//! a backup, knows what it need not send again.

use axum::{Json, Router, extract::State, routing::get};
use vigie_exchange::api::{self, path};

use crate::{
    epoch,
    error::ApiError,
    mailbox::{Mailbox, now, read_back},
    signed::ByDevice,
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::STATE, get(state))
}

async fn state(
    State(mailbox): State<Mailbox>,
    ByDevice(device): ByDevice,
) -> Result<Json<api::State>, ApiError> {
    let bundles: Vec<String> =
        sqlx::query_scalar("SELECT id FROM bundles WHERE device = ? ORDER BY n")
            .bind(device.key.to_string())
            .fetch_all(&mailbox.db)
            .await?;
    Ok(Json(api::State {
        device: read_back(&device.key.to_string(), "a device's key")?,
        mission: device.mission(),
        bundles: bundles
            .iter()
            .map(|id| read_back(id, "a bundle's id"))
            .collect::<Result<_, _>>()?,
        now: now(),
        epoch: Some(epoch::current(&mailbox).await?),
    }))
}

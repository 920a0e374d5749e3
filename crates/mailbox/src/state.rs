//! `GET /v1/state`: what the server holds from the device that asks, so that a device which lost an answer, or restored
//! a backup, knows what it need not send again.

use axum::{Json, Router, extract::State, routing::get};
use vigie_exchange::api::{self, path};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, now},
    reading::read_back,
    signed::ByDevice,
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::STATE, get(state))
}

async fn state(
    State(mailbox): State<Mailbox>,
    ByDevice(device, _): ByDevice,
) -> Result<Json<api::State>, ApiError> {
    Ok(Json(api::State {
        device: read_back(&device.key.to_string(), "a device's key")?,
        mission: device.mission(),
        bundles: mailbox.store.bundles_of(&device.key).await?,
        now: now(),
        epoch: Some(mailbox.store.epoch().await?),
    }))
}

//! `DELETE /v1/devices/{device}`, by which the office removes a device.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::delete,
};
use vigie_model::DeviceId;

use crate::{error::ApiError, mailbox::Mailbox, reading::read, signed::ByOffice};

pub fn routes() -> Router<Mailbox> {
    Router::new().route("/v1/devices/{device}", delete(remove))
}

/// 200, also for a device that is removed already, or that never came: whoever holds a code may be waiting to enrol.
async fn remove(
    State(mailbox): State<Mailbox>,
    Path(device): Path<String>,
    by: ByOffice<0>,
) -> Result<StatusCode, ApiError> {
    let device: DeviceId = read(&device, "not a device's key")?;
    mailbox.store.remove_device(by.office, &device).await?;
    Ok(StatusCode::OK)
}

//! `POST` and `GET /v1/receipts`: the office's word that it has a bundle, on its way back to the device.
//!
//! A receipt may speak of a bundle that came as a file and never passed here: the device hears of it all the same.

use axum::{
    Json, Router,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;
use vigie_exchange::api::{JSON_BYTES, PostReceipts, Receipts, ReceiptsStored, path};

use crate::{
    error::ApiError,
    mailbox::Mailbox,
    signed::{ByDevice, ByOffice},
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::RECEIPTS, get(own).post(give))
}

/// Takes all or none: one receipt that the office did not sign refuses the request.
async fn give(
    State(mailbox): State<Mailbox>,
    by: ByOffice<JSON_BYTES>,
) -> Result<(StatusCode, Json<ReceiptsStored>), ApiError> {
    let asked: PostReceipts = serde_json::from_slice(&by.body)
        .map_err(|_| ApiError::Malformed("not a list of receipts"))?;
    for receipt in &asked.receipts {
        receipt
            .clone()
            .verify(&by.signed.key)
            .map_err(|_| ApiError::Malformed("a receipt is not signed by the office"))?;
    }
    mailbox.store.once(&by.signed).await?;
    let new = mailbox
        .store
        .put_receipts(by.office, &asked.receipts)
        .await?;
    Ok((StatusCode::CREATED, Json(ReceiptsStored { new })))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: u64,
}

async fn own(
    State(mailbox): State<Mailbox>,
    page: Result<Query<Page>, QueryRejection>,
    ByDevice(device, _): ByDevice,
) -> Result<Json<Receipts>, ApiError> {
    let Query(page) = page?;
    let own = mailbox.store.receipts_of(&device.key, page.after).await?;
    let mut card = None;
    if let Some(mission) = device.mission()
        && let Ok(office) = device.may_fetch(&mission)
    {
        card = mailbox.store.card(office, &mission).await?;
    }
    Ok(Json(Receipts {
        card: card.map(|(rev, _)| rev),
        ..own
    }))
}

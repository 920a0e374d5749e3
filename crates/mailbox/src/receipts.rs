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
use vigie_exchange::api::{
    JSON_BYTES, NumberedReceipt, PAGE_ITEMS, PostReceipts, Receipt, Receipts, ReceiptsStored, path,
};
use vigie_model::Timestamp;

use crate::{
    epoch,
    error::ApiError,
    mailbox::{Mailbox, read_back},
    signed::{ByDevice, ByOffice, once},
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::RECEIPTS, get(own).post(give))
}

/// Takes all or none: one receipt that the office did not sign refuses the request.
async fn give(
    State(mailbox): State<Mailbox>,
    office: ByOffice<JSON_BYTES>,
) -> Result<(StatusCode, Json<ReceiptsStored>), ApiError> {
    let asked: PostReceipts = serde_json::from_slice(&office.body)
        .map_err(|_| ApiError::Malformed("not a list of receipts"))?;
    for receipt in &asked.receipts {
        receipt
            .clone()
            .verify(&office.signed.key)
            .map_err(|_| ApiError::Malformed("a receipt is not signed by the office"))?;
    }
    once(&mailbox, &office.signed).await?;
    let mut new = 0;
    let mut write = mailbox.write().await?;
    for Receipt {
        bundle,
        device,
        mission,
        kind,
        at,
        sig,
        ..
    } in &asked.receipts
    {
        let done = sqlx::query(
            "INSERT INTO receipts (bundle, device, mission, kind, at, sig) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(bundle.to_string())
        .bind(device.to_string())
        .bind(mission.to_string())
        .bind(kind)
        .bind(at.0)
        .bind(sig.to_string())
        .execute(&mut *write)
        .await?;
        new += done.rows_affected();
    }
    write.commit().await?;
    Ok((StatusCode::CREATED, Json(ReceiptsStored { new })))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: u64,
}

type Row = (i64, String, String, String, String, i64, String);

async fn own(
    State(mailbox): State<Mailbox>,
    page: Result<Query<Page>, QueryRejection>,
    ByDevice(device): ByDevice,
) -> Result<Json<Receipts>, ApiError> {
    let Query(page) = page?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT n, bundle, device, mission, kind, at, sig FROM receipts WHERE device = ? AND n > ? ORDER BY n LIMIT ?",
    )
    .bind(device.key.to_string())
    .bind(i64::try_from(page.after).unwrap_or(i64::MAX))
    .bind(PAGE_ITEMS + 1)
    .fetch_all(&mailbox.db)
    .await?;
    let more = rows.len() > PAGE_ITEMS as usize;
    let receipts: Vec<NumberedReceipt> = rows
        .into_iter()
        .take(PAGE_ITEMS as usize)
        .map(numbered)
        .collect::<Result<_, _>>()?;
    let next = receipts.last().map_or(page.after, |last| last.n);
    // The greatest of its own numbers: how many others get is not its business.
    let last: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(n), 0) FROM receipts WHERE device = ?")
        .bind(device.key.to_string())
        .fetch_one(&mailbox.db)
        .await?;
    Ok(Json(Receipts {
        receipts,
        next,
        more,
        epoch: Some(epoch::current(&mailbox).await?),
        last: Some(u64::try_from(last).map_err(|_| ApiError::Damaged("a receipt's number"))?),
    }))
}

fn numbered((n, bundle, device, mission, kind, at, sig): Row) -> Result<NumberedReceipt, ApiError> {
    Ok(NumberedReceipt {
        n: u64::try_from(n).map_err(|_| ApiError::Damaged("a receipt's number"))?,
        receipt: Receipt {
            v: 1,
            bundle: read_back(&bundle, "a bundle's id")?,
            device: read_back(&device, "a device's key")?,
            mission: read_back(&mission, "a mission's id")?,
            kind,
            at: Timestamp(at),
            sig: read_back(&sig, "a receipt's signature")?,
        },
    })
}

//! The office's word that it has a bundle.

use vigie_exchange::api::{KeyHex, NumberedReceipt, PAGE_ITEMS, Receipt, Receipts};
use vigie_model::Timestamp;

use super::{Store, database::Work, epoch};
use crate::{
    error::ApiError,
    reading::{count, read_back},
};

type Row = (i64, String, String, String, String, i64, String);

impl Store {
    /// Keeps receipts, all or none; says how many were new.
    pub async fn put_receipts(&self, receipts: &[Receipt]) -> Result<u64, ApiError> {
        let mut new = 0;
        let mut work = self.database.write().await?;
        for receipt in receipts {
            new += work
                .run(
                    "INSERT INTO receipts (bundle, device, mission, kind, at, sig)
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                    &[
                        receipt.bundle.to_string().into(),
                        receipt.device.to_string().into(),
                        receipt.mission.to_string().into(),
                        receipt.kind.clone().into(),
                        receipt.at.0.into(),
                        receipt.sig.to_string().into(),
                    ],
                )
                .await?;
        }
        work.commit().await?;
        Ok(new)
    }

    /// A page of a device's own that follow number `after`.
    pub async fn receipts_of(&self, device: &KeyHex, after: u64) -> Result<Receipts, ApiError> {
        let mut work = self.database.read().await?;
        let rows: Vec<Row> = work
            .all(
                "SELECT n, bundle, device, mission, kind, at, sig FROM receipts
                 WHERE device = $1 AND n > $2 ORDER BY n LIMIT $3",
                &[
                    device.to_string().into(),
                    after.into(),
                    (PAGE_ITEMS + 1).into(),
                ],
            )
            .await?;
        let more = rows.len() > PAGE_ITEMS as usize;
        let receipts: Vec<NumberedReceipt> = rows
            .into_iter()
            .take(PAGE_ITEMS as usize)
            .map(numbered)
            .collect::<Result<_, _>>()?;
        // The greatest of its own numbers: how many others get is not its business.
        let last: Option<(i64,)> = work
            .first(
                "SELECT COALESCE(MAX(n), 0) FROM receipts WHERE device = $1",
                &[device.to_string().into()],
            )
            .await?;
        Ok(Receipts {
            next: receipts.last().map_or(after, |last| last.n),
            receipts,
            more,
            epoch: Some(epoch::current(&mut work).await?),
            last: Some(count(last.unwrap_or_default().0, "a receipt's number")?),
        })
    }
}

/// Every receipt, with its number; `None` for one that can't be read back.
pub async fn all(work: &mut Work) -> Result<Vec<(i64, Option<Receipt>)>, ApiError> {
    let rows: Vec<Row> = work
        .all(
            "SELECT n, bundle, device, mission, kind, at, sig FROM receipts ORDER BY n",
            &[],
        )
        .await?;
    let receipt = |row: Row| (row.0, numbered(row).ok().map(|one| one.receipt));
    Ok(rows.into_iter().map(receipt).collect())
}

fn numbered((n, bundle, device, mission, kind, at, sig): Row) -> Result<NumberedReceipt, ApiError> {
    Ok(NumberedReceipt {
        n: count(n, "a receipt's number")?,
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

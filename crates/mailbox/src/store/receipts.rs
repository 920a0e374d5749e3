//! The office's word that it has a bundle.

use sqlx::AssertSqlSafe;
use vigie_exchange::api::{KeyHex, NumberedReceipt, PAGE_ITEMS, Receipt, Receipts};
use vigie_model::Timestamp;

use super::{OfficeId, Store, database::Work, epoch};
use crate::{
    clock::now,
    error::ApiError,
    reading::{count, read_back},
};

type Row = (i64, String, String, String, String, i64, String);

const ROW: &str = "SELECT n, bundle, device, mission, kind, at, sig FROM receipts";

/// The offices that read what a device sends. What any other says of it is kept from it: it could be anybody's.
const OF_ITS_OFFICES: &str =
    "office IN (SELECT enrolments.office FROM enrolments WHERE enrolments.device = $1
                UNION SELECT shares.office FROM shares
                    JOIN enrolments ON enrolments.office = shares.lead
                    JOIN invites ON invites.id = enrolments.invite AND invites.mission = shares.mission
                WHERE enrolments.device = $1 AND shares.accepted)";

impl Store {
    /// Keeps receipts of an office, all or none; says how many were new.
    pub async fn put_receipts(
        &self,
        office: OfficeId,
        receipts: &[Receipt],
    ) -> Result<u64, ApiError> {
        let mut new = 0;
        let mut work = self.database.write().await?;
        for receipt in receipts {
            new += work
                .run(
                    "INSERT INTO receipts (device, n, office, bundle, mission, kind, at, sig, stored)
                     SELECT $3, 1 + COALESCE(MAX(n), 0), $1, $2, $4, $5, $6, $7, $8
                     FROM receipts WHERE device = $3 ON CONFLICT DO NOTHING",
                    &[
                        office.into(),
                        receipt.bundle.to_string().into(),
                        receipt.device.to_string().into(),
                        receipt.mission.to_string().into(),
                        receipt.kind.clone().into(),
                        receipt.at.0.into(),
                        receipt.sig.to_string().into(),
                        now().0.into(),
                    ],
                )
                .await?;
        }
        work.commit().await?;
        Ok(new)
    }

    /// A page of a device's own that follow number `after`, from the offices that know it.
    pub async fn receipts_of(&self, device: &KeyHex, after: u64) -> Result<Receipts, ApiError> {
        let mut work = self.database.read().await?;
        let rows: Vec<Row> = work
            .all(
                AssertSqlSafe(format!(
                    "{ROW} WHERE device = $1 AND n > $2 AND {OF_ITS_OFFICES} ORDER BY n LIMIT $3"
                )),
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
                AssertSqlSafe(format!(
                    "SELECT COALESCE(MAX(n), 0) FROM receipts WHERE device = $1 AND {OF_ITS_OFFICES}"
                )),
                &[device.to_string().into()],
            )
            .await?;
        Ok(Receipts {
            next: receipts.last().map_or(after, |last| last.n),
            receipts,
            more,
            epoch: Some(epoch::current(&mut work).await?),
            last: Some(count(last.unwrap_or_default().0, "a receipt's number")?),
            // Said by who knows which mission the device is of.
            card: None,
        })
    }
}

/// Every receipt, with its office and its number; `None` for one that can't be read back.
pub async fn all(work: &mut Work) -> Result<Vec<(OfficeId, i64, Option<Receipt>)>, ApiError> {
    let offices: Vec<(i64,)> = work.all("SELECT id FROM offices ORDER BY id", &[]).await?;
    let mut all = Vec::new();
    for (id,) in offices {
        let office = OfficeId(id);
        let of_office = AssertSqlSafe(format!("{ROW} WHERE office = $1 ORDER BY device, n"));
        let rows: Vec<Row> = work.all(of_office, &[office.into()]).await?;
        let receipt = |row: Row| (office, row.0, numbered(row).ok().map(|one| one.receipt));
        all.extend(rows.into_iter().map(receipt));
    }
    Ok(all)
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

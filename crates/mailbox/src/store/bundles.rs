//! Letters.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use vigie_exchange::api::{KeyHex, Stored};
use vigie_model::{BundleId, Timestamp};

use super::{OfficeId, Store, database::Value, letter::Letter, letters::Answer};
use crate::{
    error::ApiError,
    reading::{count, read_back},
};

/// A bundle that came.
pub struct Kept {
    pub stored: Stored,
    /// The office had it for long enough: nobody is given it any more.
    pub is_gone: bool,
}

impl Store {
    /// Puts a letter whose file is durable, in one commit with those that come at the same time; the same again, from
    /// whomever, is the one that is here.
    pub async fn put_letter(&self, letter: Letter) -> Answer {
        self.letters.put(letter).await
    }

    /// The bundle as an office has it.
    pub async fn bundle(
        &self,
        office: OfficeId,
        bundle: &BundleId,
    ) -> Result<Option<Kept>, ApiError> {
        let row: Option<(i64, i64, bool)> = self
            .database
            .first(
                "SELECT stored, size, gone IS NOT NULL FROM bundles WHERE office = $1 AND id = $2",
                &[office.into(), bundle.to_string().into()],
            )
            .await?;
        row.map(|(stored, size, is_gone)| {
            let stored = Stored {
                bundle: *bundle,
                stored: Timestamp(stored),
                size: count(size, "a size")?,
            };
            Ok(Kept { stored, is_gone })
        })
        .transpose()
    }

    /// How long each of these bundles is that the office has, and that is not gone.
    pub async fn bundle_sizes(
        &self,
        office: OfficeId,
        bundles: &[BundleId],
    ) -> Result<HashMap<BundleId, usize>, ApiError> {
        let places: Vec<String> = (2..bundles.len() + 2).map(|n| format!("${n}")).collect();
        let sizes = AssertSqlSafe(format!(
            "SELECT id, size FROM bundles WHERE office = $1 AND gone IS NULL AND id IN ({})",
            places.join(", ")
        ));
        let ids = bundles.iter().map(|bundle| bundle.to_string().into());
        let values: Vec<Value<'_>> = [office.into()].into_iter().chain(ids).collect();
        let rows: Vec<(String, i64)> = self.database.all(sizes, &values).await?;
        let sizes = rows.iter().map(|(id, size)| {
            let id = read_back(id, "a bundle's id")?;
            Ok((id, count(*size, "a size")?))
        });
        sizes.collect()
    }

    /// All that a device sent, in order.
    pub async fn bundles_of(&self, device: &KeyHex) -> Result<Vec<BundleId>, ApiError> {
        let rows: Vec<(String, i64)> = self
            .database
            .all(
                "SELECT DISTINCT id, stored FROM bundles WHERE device = $1 ORDER BY stored, id",
                &[device.to_string().into()],
            )
            .await?;
        rows.iter()
            .map(|(id, _)| read_back(id, "a bundle's id"))
            .collect()
    }
}

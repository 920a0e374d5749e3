//! Letters that are here. How they come: [`letters`](super::letters).

use vigie_exchange::api::{KeyHex, Stored};
use vigie_model::{BundleId, Timestamp};

use super::Store;
use crate::{
    error::ApiError,
    reading::{count, read_back},
};

impl Store {
    pub async fn bundle(&self, bundle: &BundleId) -> Result<Option<Stored>, ApiError> {
        let row: Option<(i64, i64)> = self
            .database
            .first(
                "SELECT stored, size FROM bundles WHERE id = $1",
                &[bundle.to_string().into()],
            )
            .await?;
        row.map(|(stored, size)| {
            Ok(Stored {
                bundle: *bundle,
                stored: Timestamp(stored),
                size: count(size, "a size")?,
            })
        })
        .transpose()
    }

    /// All that a device sent, in order.
    pub async fn bundles_of(&self, device: &KeyHex) -> Result<Vec<BundleId>, ApiError> {
        let rows: Vec<(String,)> = self
            .database
            .all(
                "SELECT id FROM bundles WHERE device = $1 ORDER BY n",
                &[device.to_string().into()],
            )
            .await?;
        rows.iter()
            .map(|(id,)| read_back(id, "a bundle's id"))
            .collect()
    }
}

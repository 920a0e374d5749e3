//! Letters.

use vigie_exchange::api::{KeyHex, Stored};
use vigie_model::{BundleId, Timestamp};

use super::{
    Store,
    letters::{Answer, Letter},
};
use crate::{
    error::ApiError,
    reading::{count, read_back},
};

impl Store {
    /// Puts a letter whose file is durable, in one commit with those that come at the same time; the same again, from
    /// whomever, is the one that is here.
    pub async fn put_letter(&self, letter: Letter) -> Answer {
        self.letters.put(letter).await
    }

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

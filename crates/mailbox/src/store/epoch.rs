//! Which life of the database this is.

use vigie_exchange::api::Epoch;

use super::{Store, database::Work};
use crate::{error::ApiError, reading::read_back};

impl Store {
    /// This life of the database.
    pub async fn epoch(&self) -> Result<Epoch, ApiError> {
        current(&mut self.database.read().await?).await
    }

    /// Begins another life.
    pub async fn renew_epoch(&self, epoch: Epoch) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        renew(&mut work, epoch).await?;
        work.commit().await
    }
}

/// Begins another life with what else is written in this transaction.
pub async fn renew(work: &mut Work, epoch: Epoch) -> Result<(), ApiError> {
    work.run("UPDATE epoch SET epoch = $1", &[epoch.to_string().into()])
        .await
        .map(drop)
}

/// The epoch that goes with what else is read in this transaction.
pub async fn current(work: &mut Work) -> Result<Epoch, ApiError> {
    let row: Option<(String,)> = work.first("SELECT epoch FROM epoch", &[]).await?;
    let (epoch,) = row.ok_or(ApiError::Damaged("the epoch"))?;
    read_back(&epoch, "the epoch")
}

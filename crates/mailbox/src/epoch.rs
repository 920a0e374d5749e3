//! The epoch: which life of the database the numbers of the feed, of receipts and of documents belong to.
//!
//! A backup that is put back gives numbers out a second time, for other things than before. A reader that sees another
//! epoch than the one it knows reads again from 0, which harms nothing: everything it may read twice is idempotent.

use sqlx::SqliteExecutor;
use vigie_exchange::api::{Epoch, Hex};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, read_back},
};

/// This life of the database.
pub async fn current(mailbox: &Mailbox) -> Result<Epoch, ApiError> {
    let epoch: String = sqlx::query_scalar("SELECT epoch FROM epoch")
        .fetch_one(&mailbox.db)
        .await?;
    read_back(&epoch, "the epoch")
}

/// Begins another life, with a number drawn by the caller.
pub async fn renew(db: impl SqliteExecutor<'_>, random: [u8; 16]) -> Result<Epoch, ApiError> {
    let epoch = Hex(random);
    sqlx::query("INSERT OR REPLACE INTO epoch (only_one, epoch) VALUES (1, ?)")
        .bind(epoch.to_string())
        .execute(db)
        .await?;
    Ok(epoch)
}

//! The epoch: which life of the database the numbers of the feed, of receipts and of documents belong to.
//!
//! A backup that is put back gives numbers out a second time, for other things than before. A reader that sees another
//! epoch than the one it knows reads again from 0, which harms nothing: everything it may read twice is idempotent.

use std::path::Path;

use vigie_exchange::api::{Epoch, Hex};

use crate::{
    error::ApiError,
    gate::Gate,
    limits::Limits,
    mailbox::{Mailbox, OpenError, Under, read_back},
};

/// This life of the database.
pub async fn current(mailbox: &Mailbox) -> Result<Epoch, ApiError> {
    let epoch: String = sqlx::query_scalar("SELECT epoch FROM epoch")
        .fetch_one(&mailbox.db)
        .await?;
    read_back(&epoch, "the epoch")
}

/// Begins another life of a folder that nobody serves, after a backup was put back there, with a number drawn by the caller.
pub async fn renew(folder: &Path, random: [u8; 16]) -> Result<Epoch, OpenError> {
    let gate = Gate::new(Limits::default(), 0, false);
    let mailbox = Mailbox::open(folder, Under::default(), gate).await?;
    let epoch = Hex(random);
    sqlx::query("INSERT OR REPLACE INTO epoch (only_one, epoch) VALUES (1, ?)")
        .bind(epoch.to_string())
        .execute(&mailbox.db)
        .await?;
    mailbox.db.close().await;
    Ok(epoch)
}

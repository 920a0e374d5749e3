//! Why a mailbox can't be served.

use std::{io, path::PathBuf, time::Duration};

use crate::error::ApiError;

/// How long a request waits for another's write before it is told to come back.
pub const WRITE_WAIT: Duration = Duration::from_secs(10);

/// Why a mailbox can't be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("another vigie is serving this folder: {0}")]
    InUse(PathBuf),
    #[error("the data folder {folder} can't be used: {source}")]
    Folder { folder: PathBuf, source: io::Error },
    /// What it held is in a database and a bucket.
    #[error("this mailbox was moved to a database and a bucket, and is served from there: {0}")]
    Moved(PathBuf),
    #[error(
        "a mailbox is being brought to this database: run `vigie move` again, or `vigie restore`, whichever was begun, to its end"
    )]
    Moving,
    /// What is there is not all that the backup has, and its epoch may be the one of before.
    #[error(
        "a backup is being restored to this folder: run `vigie restore` again, to its end: {0}"
    )]
    Restoring(PathBuf),
    /// Served from there, phones would take it for the mailbox that they know.
    #[error(
        "this folder is a backup: `vigie restore --from` it into another folder, and serve that one: {0}"
    )]
    Backup(PathBuf),
    #[error("there is no mailbox in this folder: {0}")]
    Empty(PathBuf),
    #[error("there is no mailbox in this database")]
    EmptyDatabase,
    #[error("the database is of an earlier version: start a server of this one there first")]
    Older,
    #[error("no folder for what is in hand (TMPDIR names one): {0}")]
    Scratch(io::Error),
    #[error("the database's address can't be read; it begins as postgres://")]
    Address,
    /// It was written by a newer Vigie, or is damaged.
    #[error("the database can't be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database can't be opened: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database can't be tidied: {0}")]
    Tidy(#[from] ApiError),
}

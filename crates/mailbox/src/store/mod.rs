//! What a mailbox keeps in its database: the contract by which every endpoint reads and writes.
//!
//! A method is one operation of the domain, and one transaction: done whole and durable when it answers, or not done.
//! What it decides (an invite that is used up, a revision that is stale) it decides within that transaction, so that any
//! number of servers may ask at once. No endpoint holds a statement.
//!
//! There are two stores, SQLite and PostgreSQL, and one text of each operation: the statements are the same for both.
//! [`database`] says what is common, [`sqlite`] and [`postgres`] how each is opened, kept durable, and written by one
//! transaction at a time. The tests of this crate run on both.

mod bundles;
mod cards;
pub mod database;
mod devices;
mod docs;
mod drafts;
mod enrolments;
mod epoch;
mod feed;
mod invites;
mod letters;
mod migrations;
mod office;
mod postgres;
mod receipts;
mod requests;
mod sqlite;

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub use devices::Place;
pub use drafts::PutDraft;
pub use letters::Letter;

use self::{
    database::{BeforeCommit, Database},
    letters::Letters,
};
use crate::error::ApiError;

/// How long a request waits for another's write before it is told to come back.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// Why a mailbox can't be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("another vigie is serving this folder: {0}")]
    InUse(PathBuf),
    #[error("the data folder {folder} can't be used: {source}")]
    Folder { folder: PathBuf, source: io::Error },
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

/// What came of putting something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    New,
    /// The very same was here.
    Again,
}

/// An open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    letters: Letters,
}

impl Store {
    /// Opens a data folder's file, made when missing. The caller holds the folder's lock.
    pub async fn sqlite(
        file: &Path,
        pages: Option<u32>,
        before_commit: Option<BeforeCommit>,
    ) -> Result<Store, OpenError> {
        let pool = sqlite::open(file, pages, before_commit).await?;
        Store::over(Database::Sqlite(pool)).await
    }

    /// Opens the database at this address, which other servers may write at the same time.
    pub async fn postgres(
        address: &str,
        before_commit: Option<BeforeCommit>,
    ) -> Result<Store, OpenError> {
        let pool = postgres::open(address).await?;
        Store::over(Database::Postgres(pool, before_commit)).await
    }

    async fn over(database: Database) -> Result<Store, OpenError> {
        let store = Store {
            letters: Letters::to(database.clone()),
            database,
        };
        match store.tidy().await {
            // Full: what is here can still be read.
            Ok(()) | Err(ApiError::Full) => Ok(store),
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets what has served: boxes of invites, drafts, and signatures of requests whose time is over.
    pub async fn tidy(&self) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        invites::forget_spent(&mut work).await?;
        drafts::forget_over(&mut work).await?;
        requests::forget_over(&mut work).await?;
        work.commit().await?;
        if let Database::Sqlite(pool) = &self.database {
            // Until then the write-ahead log still holds what was written over in the database.
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(pool)
                .await?;
        }
        Ok(())
    }

    /// Whether the database answers.
    pub async fn answers(&self) -> Result<(), ApiError> {
        self.database
            .all::<(bool,)>("SELECT TRUE", &[])
            .await
            .map(drop)
    }

    /// Ends what is under way; nothing may be asked afterwards.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

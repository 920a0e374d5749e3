//! The database, the folder of sealed files, and the little that every endpoint shares.

use std::{
    borrow::Cow,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};
use sqlx::{
    SqlSafeStr, Sqlite, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Semaphore;
use vigie_exchange::api::Hex;
use vigie_model::Timestamp;

use crate::{error::ApiError, objects::Objects};

/// How long a request waits for another's write before it is told to come back.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// Why a data folder can't be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("another vigie is serving this folder: {0}")]
    InUse(PathBuf),
    #[error("the data folder {folder} can't be used: {source}")]
    Folder { folder: PathBuf, source: io::Error },
    /// The folder was written by a newer Vigie, or its database is damaged.
    #[error("the database can't be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database can't be opened: {0}")]
    Database(#[from] sqlx::Error),
}

/// A data folder being served. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    pub db: SqlitePool,
    pub objects: Objects,
    /// One permit per upload under way.
    pub uploads: Arc<Semaphore>,
    /// Locked for as long as the mailbox is open.
    _lock: Arc<File>,
}

impl Mailbox {
    /// Opens the folder, made when missing, and brings its database up to date.
    pub async fn open(folder: &Path, uploads_at_once: usize) -> Result<Mailbox, OpenError> {
        let bad_folder = |source| OpenError::Folder {
            folder: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(bad_folder)?;
        let lock = File::create(folder.join("lock")).map_err(bad_folder)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(bad_folder(source)),
        }
        let objects = Objects::open(&folder.join("sealed")).map_err(bad_folder)?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("vigie.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An answer "stored" outlives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WRITE_WAIT);
        let db = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(options)
            .await?;
        migrations().run(&db).await?;
        Ok(Mailbox {
            db,
            objects,
            uploads: Arc::new(Semaphore::new(uploads_at_once)),
            _lock: Arc::new(lock),
        })
    }

    /// A transaction that holds the write lock from its start, so that what it reads still holds when it writes.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>, ApiError> {
        Ok(self.db.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// The migrations, oldest first; one that was ever released never changes.
fn migrations() -> Migrator {
    let first = include_str!("../migrations/0001_mailbox.sql");
    let second = include_str!("../migrations/0002_partner_links.sql");
    let all = [(1, "mailbox", first), (2, "partner links", second)];
    let migrations = all.map(|(version, name, sql)| {
        Migration::new(
            version,
            Cow::Borrowed(name),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    Migrator {
        migrations: migrations.to_vec().into(),
        ..Migrator::DEFAULT
    }
}

/// The server's clock.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub fn sha256(bytes: &[u8]) -> Hex<32> {
    Hex(Sha256::digest(bytes).into())
}

/// Reads what a sender wrote, or says in our words that it can't be read.
pub fn read<T: FromStr>(text: &str, otherwise: &'static str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::Malformed(otherwise))
}

/// Reads back what this server wrote.
pub fn read_back<T: FromStr>(text: &str, what: &'static str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::Damaged(what))
}

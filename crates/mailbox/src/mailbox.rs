//! The database, the folder of sealed files, and the little that every endpoint shares.

use std::{
    borrow::Cow,
    fmt,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use object_store::ObjectStore;
use sha2::{Digest, Sha256};
use sqlx::{
    Connection, SqlSafeStr, Sqlite, SqliteExecutor, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use vigie_exchange::api::{Hex, KeyHex};

pub use crate::clock::now;
use crate::{error::ApiError, gate::Gate, objects::Objects};

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
    #[error("the database can't be tidied: {0}")]
    Tidy(#[from] ApiError),
}

/// What a mailbox stands on, where that is not a data folder alone.
#[derive(Clone, Debug, Default)]
pub struct Under {
    pub store: Option<Arc<dyn ObjectStore>>,
    pub database_pages: Option<u32>,
    pub before_commit: Option<BeforeCommit>,
}

/// Asked before each commit: false undoes it, as a disk does that fails.
#[derive(Clone)]
pub struct BeforeCommit(Arc<dyn Fn() -> bool + Send + Sync>);

impl BeforeCommit {
    pub fn new(ask: impl Fn() -> bool + Send + Sync + 'static) -> BeforeCommit {
        BeforeCommit(Arc::new(ask))
    }
}

impl fmt::Debug for BeforeCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeforeCommit")
    }
}

/// A data folder being served. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    pub db: SqlitePool,
    pub objects: Objects,
    pub gate: Arc<Gate>,
    /// Locked for as long as the mailbox is open.
    _lock: Arc<File>,
}

impl Mailbox {
    /// Opens the folder, made when missing, and brings its database up to date.
    ///
    /// Sealed files live in the store `under` it, or else in the folder `sealed` below.
    pub async fn open(folder: &Path, under: Under, gate: Gate) -> Result<Mailbox, OpenError> {
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
        let objects = match under.store {
            Some(store) => Objects::within(store),
            None => Objects::open(&folder.join("sealed")).map_err(bad_folder)?,
        };
        let mut options = SqliteConnectOptions::new()
            .filename(folder.join("vigie.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An answer "stored" outlives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is forgotten is written over.
            .pragma("secure_delete", "ON")
            .busy_timeout(WRITE_WAIT);
        if let Some(pages) = under.database_pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        let before_commit = under.before_commit;
        let db = SqlitePoolOptions::new()
            .max_connections(8)
            // A commit that fails (a full disk) ends the transaction for SQLite and not for sqlx, which would refuse every
            // later write of that connection: it is closed instead.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .after_connect(move |connection, _| {
                let before_commit = before_commit.clone();
                Box::pin(async move {
                    if let Some(BeforeCommit(ask)) = before_commit {
                        connection
                            .lock_handle()
                            .await?
                            .set_commit_hook(move || ask());
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        migrations().run(&db).await?;
        let mailbox = Mailbox {
            db,
            objects,
            gate: Arc::new(gate),
            _lock: Arc::new(lock),
        };
        match mailbox.tidy().await {
            // Full: what is here can still be read.
            Ok(()) | Err(ApiError::Full) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(mailbox)
    }

    /// Forgets what has served: boxes of invites, drafts, and signatures of requests whose time is over.
    pub async fn tidy(&self) -> Result<(), ApiError> {
        self.gate.tidy();
        forget_spent(&self.db).await?;
        forget_drafts(&self.db).await?;
        sqlx::query("DELETE FROM seen_requests WHERE until < ?")
            .bind(now().0)
            .execute(&self.db)
            .await?;
        // Until then the write-ahead log still holds what was written over in the database.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.db)
            .await?;
        Ok(())
    }

    /// The office's public key, once set up.
    pub async fn office(&self) -> Result<Option<KeyHex>, ApiError> {
        let key: Option<String> = sqlx::query_scalar("SELECT key FROM office")
            .fetch_optional(&self.db)
            .await?;
        key.map(|key| read_back(&key, "a key")).transpose()
    }

    /// A transaction that holds the write lock from its start, so that what it reads still holds when it writes.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>, ApiError> {
        Ok(self.db.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Forgets the boxes of invites with which nobody may enrol any more: used up, expired, or closed.
pub async fn forget_spent(db: impl SqliteExecutor<'_>) -> Result<(), ApiError> {
    sqlx::query(
        "UPDATE invites SET box = x'' WHERE length(box) > 0 AND (closed OR expires < ?
            OR uses > 0 AND uses <= (SELECT COUNT(*) FROM enrolments WHERE invite = invites.id))",
    )
    .bind(now().0)
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets the drafts whose time is over.
pub async fn forget_drafts(db: impl SqliteExecutor<'_>) -> Result<(), ApiError> {
    sqlx::query("DELETE FROM drafts WHERE expires < ?")
        .bind(now().0)
        .execute(db)
        .await?;
    Ok(())
}

/// The migrations, oldest first; one that was ever released never changes.
fn migrations() -> Migrator {
    let first = include_str!("../migrations/0001_mailbox.sql");
    let second = include_str!("../migrations/0002_partner_links.sql");
    let third = include_str!("../migrations/0003_missions_epoch_removed.sql");
    let fourth = include_str!("../migrations/0004_drafts.sql");
    let all = [
        (1, "mailbox", first),
        (2, "partner links", second),
        (3, "missions, epoch, removed devices", third),
        (4, "drafts", fourth),
    ];
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

//! The rows of a mailbox, copied to a file beside their place, and from a file to a database.

use std::{fs::File, io, path::Path};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tempfile::TempDir;
use vigie_exchange::api::Epoch;

use super::{
    carrying,
    database::{BeforeCommit, Database, Work},
    epoch,
    failure::OpenError,
    migrations::SQLITE_NOW,
    postgres, sqlite,
    tables::TABLES,
};
use crate::error::ApiError;

/// Copies a folder's rows, as one moment has them, to a file that is not there yet; the folder may be served meanwhile.
pub async fn copy_file(from: &Path, to: &Path) -> Result<(), OpenError> {
    let name = to.to_str().ok_or_else(|| OpenError::Folder {
        folder: to.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidInput, "its name is not UTF-8"),
    })?;
    let pool = sqlite::read(from).await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(name)
        .execute(&pool)
        .await;
    pool.close().await;
    copied?;
    // Rows of an earlier version are brought up to date in the copy.
    sqlite::open(to, None, None).await?.close().await;
    settle(to).await
}

/// Copies the rows of the database at this address, as one moment has them, to a file that is not there yet; it may be
/// served meanwhile.
pub async fn copy_database(
    address: &str,
    to: &Path,
    before_commit: Option<BeforeCommit>,
) -> Result<(), OpenError> {
    let from = Database::Postgres(postgres::read(address, postgres::BACKUP).await?, None);
    let file = Database::Sqlite(sqlite::open(to, None, before_commit).await?);
    let carried = carry(&from, &file).await;
    from.close().await;
    file.close().await;
    carried?;
    settle(to).await
}

async fn carry(from: &Database, to: &Database) -> Result<(), ApiError> {
    let (mut from, mut to) = (from.read().await?, to.write().await?);
    carrying::carry(&mut from, &mut to).await?;
    to.commit().await
}

/// Begins another life of the mailbox in a file that is not in its place yet, and brings it up to date.
pub async fn renew_file(
    file: &Path,
    epoch: Epoch,
    before_commit: Option<BeforeCommit>,
) -> Result<(), OpenError> {
    let database = Database::Sqlite(sqlite::open(file, None, before_commit).await?);
    let renewed = async {
        let mut work = database.write().await?;
        epoch::renew(&mut work, epoch).await?;
        work.commit().await
    };
    let renewed = renewed.await;
    database.close().await;
    renewed?;
    settle(file).await
}

/// A file's rows, to be read as this version has them.
pub struct UpToDate {
    pub database: Database,
    /// Where a copy of them is, when they are of an earlier version: the file itself stays as it is.
    _scratch: Option<TempDir>,
}

impl UpToDate {
    pub async fn read(file: &Path) -> Result<UpToDate, OpenError> {
        let here = sqlite::read(file).await?;
        let version = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations");
        let version: i64 = version.fetch_one(&here).await?;
        if version >= SQLITE_NOW {
            return Ok(UpToDate {
                database: Database::Sqlite(here),
                _scratch: None,
            });
        }
        here.close().await;
        let scratch = tempfile::tempdir().map_err(OpenError::Scratch)?;
        let copy = scratch.path().join("rows");
        copy_file(file, &copy).await?;
        Ok(UpToDate {
            database: Database::Sqlite(sqlite::read(&copy).await?),
            _scratch: Some(scratch),
        })
    }
}

/// Makes one durable file of the database, which can be read where nothing may be written.
async fn settle(file: &Path) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Delete);
    options.connect().await?.close().await?;
    let durable = File::open(file).and_then(|file| file.sync_all());
    durable.map_err(|source| OpenError::Folder {
        folder: file.to_owned(),
        source,
    })
}

/// Whose the rows of a file are: the keys of its offices.
pub async fn offices_of(file: &Path) -> Result<Vec<String>, OpenError> {
    let rows = UpToDate::read(file).await?;
    let offices: Result<Vec<(String,)>, _> =
        rows.database.all("SELECT key FROM offices", &[]).await;
    rows.database.close().await;
    Ok(offices?.into_iter().map(|(key,)| key).collect())
}

/// An empty database that a backup is restored to, and that nobody serves before all is there.
pub struct Restoring(Database);

/// Why a backup is not restored to a database.
#[derive(Debug, thiserror::Error)]
pub enum NotEmpty {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database is being served: stop its servers first")]
    Served,
    #[error("the database holds a mailbox already: restore into an empty one")]
    Holds,
}

/// What is there in a database where a server was started once, and nobody came.
const BEFORE_ANYBODY: [&str; 3] = ["epoch", "setups", "seen_requests"];

impl Restoring {
    /// Leaves word in the database, unless it is served or holds a mailbox.
    pub async fn begin(
        address: &str,
        before_commit: Option<BeforeCommit>,
    ) -> Result<Restoring, NotEmpty> {
        if postgres::is_served(address).await? {
            return Err(NotEmpty::Served);
        }
        let pool = postgres::open(address, postgres::RESTORE).await?;
        let restoring = Restoring(Database::Postgres(pool, before_commit));
        let mut work = restoring.0.write().await.map_err(OpenError::from)?;
        if holds_rows(&mut work).await.map_err(OpenError::from)? {
            return Err(NotEmpty::Holds);
        }
        let begun = work.run(postgres::BEGIN_MOVE, &[]).await;
        begun.map_err(OpenError::from)?;
        work.commit().await.map_err(OpenError::from)?;
        Ok(restoring)
    }

    /// Carries all rows of a file, begins another life of them, and lets the database be served: all or nothing of it.
    pub async fn end(self, file: &Path, epoch: Epoch) -> Result<(), OpenError> {
        let from = Database::Sqlite(sqlite::open(file, None, None).await?);
        let mut read = from.read().await?;
        let mut work = self.0.write().await?;
        carrying::carry(&mut read, &mut work).await?;
        epoch::renew(&mut work, epoch).await?;
        work.run(postgres::END_MOVE, &[]).await?;
        work.commit().await?;
        drop(read);
        from.close().await;
        self.0.close().await;
        Ok(())
    }
}

async fn holds_rows(work: &mut Work) -> Result<bool, ApiError> {
    for table in TABLES {
        if BEFORE_ANYBODY.contains(&table.name) {
            continue;
        }
        let any = AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {})", table.name));
        if work.first(any, &[]).await? == Some((true,)) {
            return Ok(true);
        }
    }
    Ok(false)
}

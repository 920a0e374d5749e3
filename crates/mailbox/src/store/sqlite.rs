//! SQLite: a file of the data folder, which one process at a time serves.

use std::path::Path;

use sqlx::{
    Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    database::BeforeCommit,
    failure::{OpenError, WRITE_WAIT},
    migrations,
};

/// Opens the file, made when missing, and brings it up to date. The caller holds the folder's lock.
///
/// `pages`: the largest it may become, in pages of 4 KiB.
pub async fn open(
    file: &Path,
    pages: Option<u32>,
    before_commit: Option<BeforeCommit>,
) -> Result<SqlitePool, OpenError> {
    let mut options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An answer "stored" outlives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // What is forgotten is written over.
        .pragma("secure_delete", "ON")
        .busy_timeout(WRITE_WAIT);
    if let Some(pages) = pages {
        options = options.pragma("max_page_count", pages.to_string());
    }
    let pool = SqlitePoolOptions::new()
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
                if let Some(before_commit) = before_commit {
                    connection
                        .lock_handle()
                        .await?
                        .set_commit_hook(move || before_commit.ask());
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    migrations::sqlite().run(&pool).await?;
    Ok(pool)
}

/// Opens a file that another process serves, to read it alone.
pub async fn read(file: &Path) -> Result<SqlitePool, OpenError> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    Ok(SqlitePool::connect_with(options).await?)
}

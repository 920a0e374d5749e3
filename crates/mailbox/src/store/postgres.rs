//! PostgreSQL: one database, written by any number of servers.
//!
//! The office reads the feed by a cursor: once it has seen number n, no smaller one may appear. A sequence alone breaks
//! that: it gives 7 to one transaction and 8 to another, the second commits first, and whoever reads in between never
//! asks for 7 again. So one transaction at a time writes, in all servers together: it takes an advisory lock before its
//! first statement, and the database lets go of that once the commit can be seen, or the transaction is undone. Numbers
//! are taken within it, and so appear in order; one whose transaction was undone is left out, which no reader notices.
//!
//! The lock is of the database and not of a row, because it holds for more than numbers: what a transaction read (the
//! uses of an invite, the revision of a card) still stands when it writes, as under SQLite, whose one writer it is like.
//! So each decision is written once for both. What one writer costs is shared by letters that come together
//! ([`letters`](super::letters)).

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::sleep;

use super::{
    failure::{OpenError, WRITE_WAIT},
    migrations,
};

/// Begins a transaction that waits for its turn to write. The number is ours alone in a database that is ours alone.
pub const WRITE: &str = "BEGIN; SELECT pg_advisory_xact_lock(8484)";
/// Begins a transaction that sees one moment.
pub const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What each connection asks for, whatever the database is set to.
const SETTINGS: [(&str, &str); 4] = [
    // An answer "stored" outlives a power cut.
    ("synchronous_commit", "on"),
    // As of the transactions that write: a turn begins with what the one before left.
    ("default_transaction_isolation", "read committed"),
    // A server that fell silent in its turn lets the others go on.
    ("idle_in_transaction_session_timeout", "30s"),
    ("lock_timeout", "10s"),
];

/// What servers call themselves to the database.
pub const SERVER: &str = "vigie";
/// What a move calls itself.
pub const MOVE: &str = "vigie move";

/// What a backup calls itself.
pub const BACKUP: &str = "vigie backup";
/// What restoring calls itself.
pub const RESTORE: &str = "vigie restore";
/// What a check calls itself.
pub const CHECK: &str = "vigie check";

/// Leaves word that a mailbox is being brought here: nobody serves it before that is taken back.
pub const BEGIN_MOVE: &str = "INSERT INTO moving (only_one) VALUES (1) ON CONFLICT DO NOTHING";
/// Takes that word back.
pub const END_MOVE: &str = "DELETE FROM moving";

/// How long the lines of a server that has ended may still be seen.
const PARTING: Duration = Duration::from_secs(5);

/// Whether servers have lines to the database: for longer than those that have ended may be seen.
pub async fn is_served(address: &str) -> Result<bool, OpenError> {
    let mut connection = options(address, MOVE)?.connect().await?;
    let begun = Instant::now();
    loop {
        let served = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid())",
        );
        let served: bool = served.bind(SERVER).fetch_one(&mut connection).await?;
        if !served || begun.elapsed() > PARTING {
            connection.close().await?;
            return Ok(served);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn options(address: &str, name: &str) -> Result<PgConnectOptions, OpenError> {
    // Any other would be read as if it were one.
    if !address.starts_with("postgres://") && !address.starts_with("postgresql://") {
        return Err(OpenError::Address);
    }
    let options = PgConnectOptions::from_str(address).map_err(|_| OpenError::Address)?;
    Ok(options.application_name(name))
}

/// Opens the database, under this name, and brings it up to date.
pub async fn open(address: &str, name: &str) -> Result<PgPool, OpenError> {
    let options = options(address, name)?;
    // Without the settings: a server that starts waits for one that brings a large database up to date.
    let mut connection = options.connect().await?;
    migrations::postgres().run(&mut connection).await?;
    connection.close().await?;
    pool(options).await
}

/// Opens a database that holds a mailbox, under this name, to read it as it is.
pub async fn read(address: &str, name: &str) -> Result<PgPool, OpenError> {
    let pool = pool(options(address, name)?).await?;
    let holds_one = sqlx::query_scalar("SELECT to_regclass('moving') IS NOT NULL");
    if !holds_one.fetch_one(&pool).await? {
        return Err(OpenError::EmptyDatabase);
    }
    let is_current = sqlx::query_scalar("SELECT to_regclass('offices') IS NOT NULL");
    if !is_current.fetch_one(&pool).await? {
        return Err(OpenError::Older);
    }
    if is_moving(&pool).await? {
        return Err(OpenError::Moving);
    }
    Ok(pool)
}

async fn pool(options: PgConnectOptions) -> Result<PgPool, OpenError> {
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(WRITE_WAIT)
        .connect_with(options.options(SETTINGS))
        .await?;
    Ok(pool)
}

/// Whether a mailbox is being moved or restored here.
pub async fn is_moving(pool: &PgPool) -> Result<bool, OpenError> {
    let moving = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM moving)");
    Ok(moving.fetch_one(pool).await?)
}

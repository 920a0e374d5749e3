//! The two databases, and what is the same of them: a statement, its values, its rows, a transaction.
//!
//! Every statement of the store is one text for both: its places are `$1`, `$2`…, truth is `TRUE`, numbers are 64 bits
//! wide. Where the two differ is said here and in the module of each, and nowhere else.

use std::{borrow::Cow, fmt, sync::Arc};

use futures::{StreamExt, stream::BoxStream};
use sqlx::{
    FromRow, PgPool, Postgres, Row as _, SqlSafeStr, Sqlite, SqlitePool, Transaction,
    postgres::PgRow, sqlite::SqliteRow,
};

use tokio::task::spawn_blocking;

use super::{postgres, tables::Kind};
use crate::error::ApiError;

/// Asked before each commit: false undoes it, as a disk does that fails.
#[derive(Clone)]
pub struct BeforeCommit(Arc<dyn Fn() -> bool + Send + Sync>);

impl BeforeCommit {
    pub fn new(ask: impl Fn() -> bool + Send + Sync + 'static) -> BeforeCommit {
        BeforeCommit(Arc::new(ask))
    }

    pub fn ask(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for BeforeCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeforeCommit")
    }
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub enum Database {
    /// SQLite itself asks before each of its commits.
    Sqlite(SqlitePool),
    Postgres(PgPool, Option<BeforeCommit>),
}

/// A transaction: undone when it is dropped.
pub enum Work {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>, Option<BeforeCommit>),
}

/// What stands at a place of a statement.
pub enum Value<'a> {
    Number(Option<i64>),
    Flag(bool),
    Text(Option<String>),
    Bytes(Cow<'a, [u8]>),
}

/// What stands in place of a box that was forgotten.
pub const NO_BOX: &[u8] = &[];

/// A row, read from either database.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

/// A query with its values in their places.
macro_rules! bound {
    ($query:expr, $values:expr) => {
        $values.iter().fold($query, |query, value| match value {
            Value::Number(number) => query.bind(*number),
            Value::Flag(flag) => query.bind(*flag),
            Value::Text(text) => query.bind(text.clone()),
            Value::Bytes(bytes) => query.bind(bytes.to_vec()),
        })
    };
}

/// The values of a row, whose columns are of these kinds.
macro_rules! values {
    ($row:expr, $kinds:expr) => {{
        let row = $row?;
        let values = $kinds.iter().enumerate().map(|(n, kind)| {
            Ok(match kind {
                Kind::Number => Value::Number(row.try_get(n)?),
                Kind::Flag => Value::Flag(row.try_get(n)?),
                Kind::Text => Value::Text(row.try_get(n)?),
                Kind::Bytes => Value::Bytes(Cow::Owned(row.try_get(n)?)),
            })
        });
        values.collect::<Result<Values, ApiError>>()
    }};
}

/// The values of a row.
pub type Values = Vec<Value<'static>>;

impl Database {
    /// The rows of one statement, which changes nothing.
    pub async fn all<T: Row>(
        &self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, ApiError> {
        Ok(match self {
            Database::Sqlite(pool) => bound!(sqlx::query_as(sql), values).fetch_all(pool).await?,
            Database::Postgres(pool, _) => {
                bound!(sqlx::query_as(sql), values).fetch_all(pool).await?
            }
        })
    }

    /// The first row of one statement, which changes nothing.
    pub async fn first<T: Row>(
        &self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Option<T>, ApiError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// A transaction that sees one moment, and writes nothing.
    pub async fn read(&self) -> Result<Work, ApiError> {
        Ok(match self {
            Database::Sqlite(pool) => Work::Sqlite(pool.begin_with("BEGIN").await?),
            Database::Postgres(pool, _) => {
                Work::Postgres(pool.begin_with(postgres::READ).await?, None)
            }
        })
    }

    /// The one transaction that writes: it waits for the one before, so that what it reads still holds when it writes,
    /// and numbers appear in order.
    pub async fn write(&self) -> Result<Work, ApiError> {
        Ok(match self {
            Database::Sqlite(pool) => Work::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Database::Postgres(pool, before_commit) => {
                let work = pool.begin_with(postgres::WRITE).await?;
                Work::Postgres(work, before_commit.clone())
            }
        })
    }

    /// Ends what is under way; nothing may be asked afterwards.
    pub async fn close(&self) {
        match self {
            // Checkpoints the write-ahead log into the database file.
            Database::Sqlite(pool) => pool.close().await,
            Database::Postgres(pool, _) => pool.close().await,
        }
    }
}

impl Work {
    /// Runs a statement, and says how many rows it changed.
    pub async fn run(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<u64, ApiError> {
        Ok(match self {
            Work::Sqlite(work) => {
                let done = bound!(sqlx::query(sql), values).execute(&mut **work);
                done.await?.rows_affected()
            }
            Work::Postgres(work, _) => {
                let done = bound!(sqlx::query(sql), values).execute(&mut **work);
                done.await?.rows_affected()
            }
        })
    }

    pub async fn all<T: Row>(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Vec<T>, ApiError> {
        Ok(match self {
            Work::Sqlite(work) => {
                let rows = bound!(sqlx::query_as(sql), values).fetch_all(&mut **work);
                rows.await?
            }
            Work::Postgres(work, _) => {
                let rows = bound!(sqlx::query_as(sql), values).fetch_all(&mut **work);
                rows.await?
            }
        })
    }

    pub async fn first<T: Row>(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Option<T>, ApiError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// The rows of a statement, one after another, whose columns are of these kinds.
    pub fn rows<'w>(
        &'w mut self,
        sql: impl SqlSafeStr,
        kinds: &'w [Kind],
    ) -> BoxStream<'w, Result<Values, ApiError>> {
        match self {
            Work::Sqlite(work) => {
                let rows = sqlx::query(sql).fetch(&mut **work);
                rows.map(|row| values!(row, kinds)).boxed()
            }
            Work::Postgres(work, _) => {
                let rows = sqlx::query(sql).fetch(&mut **work);
                rows.map(|row| values!(row, kinds)).boxed()
            }
        }
    }

    /// What the database finds wrong with itself. PostgreSQL says so when it reads.
    pub async fn broken(&mut self) -> Result<Vec<String>, ApiError> {
        let Work::Sqlite(work) = self else {
            return Ok(Vec::new());
        };
        let told = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut **work);
        Ok(told
            .await?
            .into_iter()
            .filter(|line| line != "ok")
            .collect())
    }

    /// Makes it durable; what fails here was not done.
    pub async fn commit(self) -> Result<(), ApiError> {
        match self {
            Work::Sqlite(work) => work.commit().await?,
            Work::Postgres(work, before_commit) => {
                // Whoever is asked may take her time, as a disk does.
                let asked = before_commit.map(|before| spawn_blocking(move || before.ask()));
                if let Some(asked) = asked
                    && !asked.await.unwrap_or(false)
                {
                    work.rollback().await?;
                    let undone = "the commit was undone".to_owned();
                    return Err(sqlx::Error::Protocol(undone).into());
                }
                work.commit().await?;
            }
        }
        Ok(())
    }
}

/// `($1, $2), ($3, $4)`: places for so many rows of so many values.
pub fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Number(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Value::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Value::Number(Some(number.into()))
    }
}

/// No number of ours comes near the largest.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Value::Number(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

impl From<Option<u64>> for Value<'_> {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Value::Number(None), Value::from)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Some(text))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(text: Option<String>) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Value::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Bytes(Cow::Owned(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn places_are_numbered_through_all_rows() {
        assert_eq!(places(1, 1), "($1)");
        assert_eq!(places(2, 2), "($1, $2), ($3, $4)");
    }
}

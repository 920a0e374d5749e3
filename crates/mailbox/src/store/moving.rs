//! The rows of a folder's database, carried to PostgreSQL under the numbers they have.
//!
//! All of them go in one transaction, which first takes away what a carrying of before left, and leaves word that the
//! database is being moved to: nobody serves it until that word is taken back. So carrying may end anywhere, and begin
//! again.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row, SqlitePool, sqlite::SqliteRow};

use super::{
    database::{BeforeCommit, Database, Value, Work, places},
    failure::OpenError,
    postgres, sqlite,
};
use crate::{error::ApiError, reading::count};

/// Why a mailbox is not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database holds another mailbox already")]
    Another,
    #[error("the database is being served: stop its servers first")]
    Served,
    #[error("not carried: {0}")]
    Carry(#[from] ApiError),
}

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Flag,
    Text,
    Bytes,
}

/// A table, its columns, and whether the database gives its rows numbers.
struct Table {
    name: &'static str,
    columns: &'static [(&'static str, Kind)],
    numbered: bool,
}

use Kind::{Bytes, Flag, Number, Text};

/// Every table, those first that others speak of.
const TABLES: [Table; 13] = [
    table("epoch", &[("only_one", Number), ("epoch", Text)]),
    table(
        "office",
        &[
            ("only_one", Number),
            ("key", Text),
            ("name", Text),
            ("token_hash", Text),
            ("since", Number),
        ],
    ),
    table(
        "setup",
        &[("only_one", Number), ("token_hash", Text), ("made", Number)],
    ),
    table(
        "invites",
        &[
            ("id", Text),
            ("box", Bytes),
            ("expires", Number),
            ("uses", Number),
            ("closed", Flag),
            ("mission", Text),
            ("partner", Flag),
            ("guessed", Flag),
        ],
    ),
    numbered("feed", &[("n", Number), ("what", Text)]),
    table(
        "enrolments",
        &[
            ("invite", Text),
            ("device", Text),
            ("proof", Text),
            ("name_box", Bytes),
            ("at", Number),
            ("n", Number),
        ],
    ),
    table(
        "bundles",
        &[
            ("id", Text),
            ("device", Text),
            ("mission", Text),
            ("size", Number),
            ("stored", Number),
            ("n", Number),
        ],
    ),
    table(
        "cards",
        &[("mission", Text), ("rev", Number), ("sha256", Text)],
    ),
    numbered(
        "receipts",
        &[
            ("n", Number),
            ("bundle", Text),
            ("device", Text),
            ("mission", Text),
            ("kind", Text),
            ("at", Number),
            ("sig", Text),
        ],
    ),
    numbered("docs", &[("n", Number), ("id", Text)]),
    table("seen_requests", &[("signature", Text), ("until", Number)]),
    table("removed", &[("device", Text), ("at", Number)]),
    table(
        "drafts",
        &[
            ("id", Text),
            ("invite", Text),
            ("rev", Number),
            ("expires", Number),
            ("box", Bytes),
        ],
    ),
];

const fn table(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table {
        name,
        columns,
        numbered: false,
    }
}

const fn numbered(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table {
        name,
        columns,
        numbered: true,
    }
}

/// Rows of one step: a draft may have 2 MiB.
const AT_ONCE: i64 = 50;

/// A folder's rows, on their way to PostgreSQL.
pub struct Rows {
    from: SqlitePool,
    to: Database,
    /// Servers had lines to the database when this began.
    to_is_served: bool,
}

impl Rows {
    /// Opens both, and refuses a database that holds another mailbox. A file that a server has open is read as it is.
    pub async fn between(
        file: &Path,
        is_open: bool,
        address: &str,
        before_commit: Option<BeforeCommit>,
    ) -> Result<Rows, MoveError> {
        let to_is_served = postgres::is_served(address).await?;
        let from = match is_open {
            true => sqlite::read(file).await?,
            false => sqlite::open(file, None, None).await?,
        };
        let rows = Rows {
            from,
            to: Database::Postgres(
                postgres::open(address, postgres::MOVE).await?,
                before_commit,
            ),
            to_is_served,
        };
        let epoch = "SELECT epoch FROM epoch";
        let ours: Option<(String,)> = Database::Sqlite(rows.from.clone())
            .first(epoch, &[])
            .await?;
        let theirs: Option<(String,)> = rows.to.first(epoch, &[]).await?;
        let office: Option<(String,)> = rows.to.first("SELECT key FROM office", &[]).await?;
        if office.is_some() && ours != theirs {
            return Err(MoveError::Another);
        }
        Ok(rows)
    }

    /// Carries all rows, in place of those that are there; says how many letters are among them.
    pub async fn carry(&self) -> Result<u64, MoveError> {
        if self.to_is_served {
            return Err(MoveError::Served);
        }
        let mut read = self.from.begin().await.map_err(ApiError::from)?;
        let mut work = self.to.write().await?;
        work.run(
            "INSERT INTO moving (only_one) VALUES (1) ON CONFLICT DO NOTHING",
            &[],
        )
        .await?;
        for Table { name, .. } in TABLES.iter().rev() {
            let erase = AssertSqlSafe(format!("DELETE FROM {name}"));
            work.run(erase, &[]).await?;
        }
        for table in &TABLES {
            let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
            let (name, names) = (table.name, names.join(", "));
            let mut after = 0;
            loop {
                let page = format!(
                    "SELECT rowid, {names} FROM {name} WHERE rowid > $1 ORDER BY rowid LIMIT $2"
                );
                let rows = sqlx::query(AssertSqlSafe(page))
                    .bind(after)
                    .bind(AT_ONCE)
                    .fetch_all(&mut *read)
                    .await
                    .map_err(ApiError::from)?;
                let Some(last) = rows.last() else { break };
                after = last.try_get(0).map_err(ApiError::from)?;
                put(&mut work, table, &names, &rows).await?;
            }
            if table.numbered {
                let go_on = format!(
                    "SELECT setval(pg_get_serial_sequence('{name}', 'n'), (SELECT COALESCE(MAX(n), 0) FROM {name}) + 1, FALSE)"
                );
                work.all::<(i64,)>(AssertSqlSafe(go_on), &[]).await?;
            }
        }
        let letters = letters(&mut work).await?;
        work.commit().await?;
        Ok(letters)
    }

    /// Lets the database be served; false when it may be already.
    pub async fn end(&self) -> Result<bool, MoveError> {
        let mut work = self.to.write().await?;
        let ended = work.run("DELETE FROM moving", &[]).await?;
        work.commit().await?;
        Ok(ended > 0)
    }

    /// How many letters were carried.
    pub async fn letters(&self) -> Result<u64, MoveError> {
        Ok(letters(&mut self.to.read().await?).await?)
    }

    pub async fn close(&self) {
        self.to.close().await;
        self.from.close().await;
    }
}

async fn letters(work: &mut Work) -> Result<u64, ApiError> {
    let letters: Option<(i64,)> = work.first("SELECT COUNT(*) FROM bundles", &[]).await?;
    count(letters.unwrap_or_default().0, "how many letters")
}

async fn put(
    work: &mut Work,
    table: &Table,
    names: &str,
    rows: &[SqliteRow],
) -> Result<(), MoveError> {
    let mut values = Vec::new();
    for row in rows {
        for (n, (_, kind)) in table.columns.iter().enumerate() {
            values.push(value(row, n + 1, *kind).map_err(ApiError::from)?);
        }
    }
    let places = places(rows.len(), table.columns.len());
    let sql = format!("INSERT INTO {} ({names}) VALUES {places}", table.name);
    work.run(AssertSqlSafe(sql), &values).await?;
    Ok(())
}

fn value(row: &SqliteRow, n: usize, kind: Kind) -> Result<Value<'static>, sqlx::Error> {
    Ok(match kind {
        Number => row.try_get::<i64, _>(n)?.into(),
        Flag => row.try_get::<bool, _>(n)?.into(),
        Text => row.try_get::<Option<String>, _>(n)?.into(),
        Bytes => row.try_get::<Vec<u8>, _>(n)?.into(),
    })
}

//! All rows of one moment, carried to another database under the numbers they have.

use futures::StreamExt;
use sqlx::AssertSqlSafe;

use super::{
    database::{Value, Work, places},
    tables::{TABLES, Table},
};
use crate::{error::ApiError, reading::count};

/// Rows of one step: a draft may have 2 MiB.
const AT_ONCE: usize = 50;

/// Carries all rows, in place of those that are there; says how many letters are among them.
pub async fn carry(from: &mut Work, to: &mut Work) -> Result<u64, ApiError> {
    for Table { name, .. } in TABLES.iter().rev() {
        let erase = AssertSqlSafe(format!("DELETE FROM {name}"));
        to.run(erase, &[]).await?;
    }
    for table in &TABLES {
        carry_table(table, from, to).await?;
    }
    letters(to).await
}

async fn carry_table(table: &Table, from: &mut Work, to: &mut Work) -> Result<(), ApiError> {
    let kinds: Vec<_> = table.columns.iter().map(|(_, kind)| *kind).collect();
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let (name, names) = (table.name, names.join(", "));
    let all = AssertSqlSafe(format!("SELECT {names} FROM {name} ORDER BY 1"));
    let mut pages = from.rows(all, &kinds).chunks(AT_ONCE);
    while let Some(page) = pages.next().await {
        let rows = page.into_iter().collect::<Result<Vec<_>, _>>()?;
        let places = places(rows.len(), kinds.len());
        let values: Vec<Value<'_>> = rows.into_iter().flatten().collect();
        let put = AssertSqlSafe(format!("INSERT INTO {name} ({names}) VALUES {places}"));
        to.run(put, &values).await?;
    }
    Ok(())
}

pub async fn letters(work: &mut Work) -> Result<u64, ApiError> {
    let letters: Option<(i64,)> = work.first("SELECT COUNT(*) FROM bundles", &[]).await?;
    count(letters.unwrap_or_default().0, "how many letters")
}

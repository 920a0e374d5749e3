//! Which of the office's papers are here, in order.

use vigie_exchange::api::{Epoch, Hex, PAGE_ITEMS};

use super::{Put, Store, epoch};
use crate::{
    error::ApiError,
    reading::{count, read_back},
};

/// Papers that follow a number.
pub struct Papers {
    /// At most [`PAGE_ITEMS`], each with its number.
    pub docs: Vec<(u64, Hex<32>)>,
    /// There are others behind them.
    pub more: bool,
    pub last: u64,
    pub epoch: Epoch,
}

impl Store {
    /// Puts a paper whose file is kept; says its number.
    pub async fn put_doc(&self, id: &Hex<32>) -> Result<(Put, u64), ApiError> {
        let mut work = self.database.write().await?;
        let values = [id.to_string().into()];
        let here: Option<(i64,)> = work
            .first("SELECT n FROM docs WHERE id = $1", &values)
            .await?;
        if let Some((n,)) = here {
            return Ok((Put::Again, number(n)?));
        }
        let n: Option<(i64,)> = work
            .first("INSERT INTO docs (id) VALUES ($1) RETURNING n", &values)
            .await?;
        let (n,) = n.ok_or(ApiError::Damaged("a document's number"))?;
        work.commit().await?;
        Ok((Put::New, number(n)?))
    }

    pub async fn docs_after(&self, after: u64) -> Result<Papers, ApiError> {
        let mut work = self.database.read().await?;
        let rows: Vec<(i64, String)> = work
            .all(
                "SELECT n, id FROM docs WHERE n > $1 ORDER BY n LIMIT $2",
                &[after.into(), (PAGE_ITEMS + 1).into()],
            )
            .await?;
        let last: Option<(i64,)> = work
            .first("SELECT COALESCE(MAX(n), 0) FROM docs", &[])
            .await?;
        let docs = rows.iter().take(PAGE_ITEMS as usize);
        Ok(Papers {
            docs: docs
                .map(|(n, id)| Ok((number(*n)?, read_back(id, "a document's id")?)))
                .collect::<Result<_, ApiError>>()?,
            more: rows.len() > PAGE_ITEMS as usize,
            last: number(last.unwrap_or_default().0)?,
            epoch: epoch::current(&mut work).await?,
        })
    }
}

fn number(n: i64) -> Result<u64, ApiError> {
    count(n, "a document's number")
}

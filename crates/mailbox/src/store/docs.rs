//! Which of the office's papers are here, in order.

use vigie_exchange::api::{Epoch, Hex, PAGE_ITEMS};

use super::{
    OfficeId, Put, Store, epoch,
    room::{KeptFile, keep_one},
};
use crate::{
    error::ApiError,
    objects::doc_path,
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
    /// Other offices open missions to this one.
    pub shares: bool,
}

impl Store {
    /// Puts a paper whose file is durable; says its number.
    pub async fn put_doc(
        &self,
        office: OfficeId,
        id: &Hex<32>,
        bytes: usize,
    ) -> Result<(Put, u64), ApiError> {
        let mut work = self.database.write().await?;
        let here: Option<(i64,)> = work
            .first(
                "SELECT n FROM docs WHERE office = $1 AND id = $2",
                &[office.into(), id.to_string().into()],
            )
            .await?;
        if let Some((n,)) = here {
            return Ok((Put::Again, number(n)?));
        }
        let file = KeptFile {
            office,
            path: doc_path(id),
            bytes: bytes as u64,
        };
        keep_one(&mut work, file).await?;
        let n: Option<(i64,)> = work
            .first(
                "UPDATE offices SET papers = papers + 1 WHERE id = $1 RETURNING papers",
                &[office.into()],
            )
            .await?;
        let (n,) = n.ok_or(ApiError::NotOffice)?;
        work.run(
            "INSERT INTO docs (office, n, id) VALUES ($1, $2, $3)",
            &[office.into(), n.into(), id.to_string().into()],
        )
        .await?;
        work.commit().await?;
        Ok((Put::New, number(n)?))
    }

    pub async fn docs_after(&self, office: OfficeId, after: u64) -> Result<Papers, ApiError> {
        let mut work = self.database.read().await?;
        let rows: Vec<(i64, String)> = work
            .all(
                "SELECT n, id FROM docs WHERE office = $1 AND n > $2 ORDER BY n LIMIT $3",
                &[office.into(), after.into(), (PAGE_ITEMS + 1).into()],
            )
            .await?;
        let last: Option<(i64,)> = work
            .first("SELECT papers FROM offices WHERE id = $1", &[office.into()])
            .await?;
        let shares: Option<(bool,)> = work
            .first(
                "SELECT EXISTS (SELECT 1 FROM shares WHERE office = $1)",
                &[office.into()],
            )
            .await?;
        let docs = rows.iter().take(PAGE_ITEMS as usize);
        Ok(Papers {
            shares: shares == Some((true,)),
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

//! The rows of a folder's database, carried to PostgreSQL under the numbers they have.
//!
//! All of them go in one transaction, which first takes away what a carrying of before left, and leaves word that the
//! database is being moved to: nobody serves it until that word is taken back. So carrying may end anywhere, and begin
//! again.

use std::path::Path;

use super::{
    carrying::{self, letters},
    database::{BeforeCommit, Database},
    failure::OpenError,
    postgres, sqlite,
};
use crate::error::ApiError;

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

/// A folder's rows, on their way to PostgreSQL.
pub struct Rows {
    from: Database,
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
            from: Database::Sqlite(from),
            to: Database::Postgres(
                postgres::open(address, postgres::MOVE).await?,
                before_commit,
            ),
            to_is_served,
        };
        let epoch = "SELECT epoch FROM epoch";
        let ours: Option<(String,)> = rows.from.first(epoch, &[]).await?;
        let theirs: Option<(String,)> = rows.to.first(epoch, &[]).await?;
        let office: Option<(String,)> = rows.to.first("SELECT key FROM offices", &[]).await?;
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
        let mut from = self.from.read().await?;
        let mut to = self.to.write().await?;
        to.run(postgres::BEGIN_MOVE, &[]).await?;
        let letters = carrying::carry(&mut from, &mut to).await?;
        to.commit().await?;
        Ok(letters)
    }

    /// Lets the database be served; false when it may be already.
    pub async fn end(&self) -> Result<bool, MoveError> {
        let mut work = self.to.write().await?;
        let ended = work.run(postgres::END_MOVE, &[]).await?;
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

//! How a store is opened, tidied and closed.

use std::path::Path;

use super::{
    OpenError, Store,
    database::{BeforeCommit, Database},
    drafts, invites,
    letters::Letters,
    offices, postgres, requests, sqlite,
};
use crate::error::ApiError;

impl Store {
    /// Opens a data folder's file, made when missing. The caller holds the folder's lock.
    pub async fn sqlite(
        file: &Path,
        pages: Option<u32>,
        before_commit: Option<BeforeCommit>,
    ) -> Result<Store, OpenError> {
        let pool = sqlite::open(file, pages, before_commit).await?;
        Store::over(Database::Sqlite(pool)).await
    }

    /// Opens the database at this address, which other servers may write at the same time.
    pub async fn postgres(
        address: &str,
        before_commit: Option<BeforeCommit>,
    ) -> Result<Store, OpenError> {
        let pool = postgres::open(address, postgres::SERVER).await?;
        if postgres::is_moving(&pool).await? {
            pool.close().await;
            return Err(OpenError::Moving);
        }
        Store::over(Database::Postgres(pool, before_commit)).await
    }

    async fn over(database: Database) -> Result<Store, OpenError> {
        let store = Store {
            letters: Letters::to(database.clone()),
            database,
        };
        match store.tidy().await {
            // Full: what is here can still be read.
            Ok(()) | Err(ApiError::Full) => Ok(store),
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets what has served: boxes of invites, drafts, set-up links, and signatures of requests whose time is over.
    pub async fn tidy(&self) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        invites::forget_spent(&mut work).await?;
        drafts::forget_over(&mut work).await?;
        requests::forget_over(&mut work).await?;
        offices::forget_setups(&mut work).await?;
        work.commit().await?;
        if let Database::Sqlite(pool) = &self.database {
            // Until then the write-ahead log still holds what was written over in the database.
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(pool)
                .await?;
        }
        Ok(())
    }

    /// Whether the database answers.
    pub async fn answers(&self) -> Result<(), ApiError> {
        self.database
            .all::<(bool,)>("SELECT TRUE", &[])
            .await
            .map(drop)
    }

    /// Ends what is under way; nothing may be asked afterwards.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

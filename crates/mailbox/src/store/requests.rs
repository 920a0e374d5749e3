//! Signed requests that may not happen twice.

use vigie_exchange::request::{Signed, WINDOW_MS};

use super::{Store, database::Work};
use crate::{clock::now, error::ApiError};

impl Store {
    /// Refuses a request that came before, and remembers it for as long as its time would be taken.
    pub async fn once(&self, signed: &Signed) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        forget_over(&mut work).await?;
        let new = work
            .run(
                "INSERT INTO seen_requests (signature, until) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[
                    signed.signature.to_string().into(),
                    signed.time.0.saturating_add(WINDOW_MS).into(),
                ],
            )
            .await?;
        work.commit().await?;
        if new == 1 {
            Ok(())
        } else {
            Err(ApiError::Replayed)
        }
    }
}

/// Forgets the signatures of requests whose time would not be taken any more.
pub async fn forget_over(work: &mut Work) -> Result<(), ApiError> {
    work.run(
        "DELETE FROM seen_requests WHERE until < $1",
        &[now().0.into()],
    )
    .await
    .map(drop)
}

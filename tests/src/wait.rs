//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Machines are small and busy: long enough that only something broken takes longer.
pub const PATIENCE: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_millis(60);

/// Asks `attempt` again and again until it gives something; `what` names it when it never does.
pub async fn until<T>(what: &str, attempt: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    within(PATIENCE, what, attempt).await
}

/// As [`until`], for as long as `patience`.
///
/// An error of `attempt` is as good as "not yet": pages are replaced under a test's hands. The last one is told.
pub async fn within<T>(
    patience: Duration,
    what: &str,
    mut attempt: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        let last = match attempt().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if start.elapsed() > patience {
            match last {
                Some(error) => bail!("waited {patience:?} for {what}: {error:#}"),
                None => bail!("waited {patience:?} for {what}"),
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

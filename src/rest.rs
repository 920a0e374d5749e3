//! What comes behind a partner's page ([`crate::behind`]): a module of its own, which the build splits from the page's.

use vigie_device::delay;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::{app, behind};

/// How long after a failure it is asked for again, at most.
const LONGEST_MS: u32 = 30_000;

#[wasm_split(rest, fallible)]
fn put() -> Result<(), SplitLoaderError> {
    app::put_rest();
    Ok(())
}

/// Has it come, however often that takes.
pub async fn fetch() {
    let mut wait = 2_000;
    while put().await.is_err() {
        behind::set_late(true);
        delay(wait).await;
        wait = LONGEST_MS.min(wait * 2);
    }
    behind::set_late(false);
}

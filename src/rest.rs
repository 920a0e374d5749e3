//! What no first question needs ([`crate::behind`]), put on the page. On a partner's it is a module of its own, which the build splits
//! from the page's, and which comes behind it.

use crate::{components, pages};

/// Puts it on the page.
pub fn put() {
    components::question::put();
    pages::fill::put();
    #[cfg(feature = "partner")]
    pages::partner::put();
}

#[cfg(feature = "partner")]
pub use behind::fetch;

#[cfg(feature = "partner")]
mod behind {
    use leptos::task::spawn_local;
    use vigie_device::delay;
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use crate::behind::set_late;

    /// How long after a failure it is asked for again, at most.
    const LONGEST_MS: u32 = 30_000;

    #[wasm_split(rest, fallible)]
    fn put_behind() -> Result<(), SplitLoaderError> {
        super::put();
        Ok(())
    }

    /// Has it come, however often that takes.
    pub fn fetch() {
        spawn_local(async {
            let mut wait = 2_000;
            while put_behind().await.is_err() {
                set_late(true);
                delay(wait).await;
                wait = LONGEST_MS.min(wait * 2);
            }
            set_late(false);
        });
    }
}

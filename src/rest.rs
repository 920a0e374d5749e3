//! What no first note and no first question needs ([`crate::behind`]), put on the page. On a phone it is a module of its own, which
//! the build splits from the page's, and which comes behind it; an office's page is one.

use crate::{components, pages};

/// Puts it on the page.
pub fn put() {
    components::question::put();
    pages::fill::put();
    #[cfg(not(feature = "partner"))]
    pages::put();
    #[cfg(feature = "partner")]
    pages::partner::put();
}

#[cfg(feature = "desk")]
pub use put as fetch;

#[cfg(not(feature = "desk"))]
pub use behind::fetch;

#[cfg(not(feature = "desk"))]
mod behind {
    use std::time::Duration;

    use leptos::{prelude::set_timeout, task::spawn_local};
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use crate::behind::set_late;

    /// How long after a failure it is asked for again, at first and at most.
    const FIRST: Duration = Duration::from_secs(2);
    const LONGEST: Duration = Duration::from_secs(30);

    #[wasm_split(rest, fallible)]
    fn put_behind() -> Result<(), SplitLoaderError> {
        super::put();
        Ok(())
    }

    /// Has it come, however often that takes.
    pub fn fetch() {
        ask(FIRST);
    }

    fn ask(wait: Duration) {
        spawn_local(async move {
            let is_late = put_behind().await.is_err();
            set_late(is_late);
            if is_late {
                set_timeout(move || ask(LONGEST.min(wait * 2)), wait);
            }
        });
    }
}

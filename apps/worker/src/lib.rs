//! The notebook's worker: keys, journal, storage and exchange live here, away from the page.
//!
//! The page starts it as a classic worker from `/vigie-worker_loader.js`; an office's page
//! starts `/vigie-desk-worker_loader.js`, the same with the feature `desk`. Messages are objects:
//! - from the worker, first: `{ready: true}`; what was posted before is lost;
//! - to the worker: `{id, bytes}`, the bytes being a `Request` of `vigie_protocol`;
//! - from the worker: `{id, bytes}`: the answer to the request with the same id, or, with id 0, an `Event`.
//!
//! One tab writes: the one whose worker holds the Web Lock. The others answer every request with `Failure::Elsewhere`
//! and say `Phase::Elsewhere`; when the first tab goes, one of them becomes the writer and says so by a `Status` event.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(all(target_arch = "wasm32", not(feature = "desk")))]
mod filling;
#[cfg(all(target_arch = "wasm32", not(feature = "desk")))]
mod opening;
#[cfg(target_arch = "wasm32")]
mod passphrase;
#[cfg(target_arch = "wasm32")]
mod serve;

/// Listens to the page, for the life of the worker.
pub fn start() {
    #[cfg(target_arch = "wasm32")]
    serve::start();
}

//! The browser, behind the traits that [`vigie_vault`] and `vigie_notebook` ask for.
//!
//! The only crate that names `web-sys` and `js-sys` for storage, locks, network, time and chance. It decides nothing
//! and knows no domain word: rows come sealed, requests come signed. Start at [`IndexedDb`].
#![cfg(target_arch = "wasm32")]

mod aside;
mod bytes;
mod chance;
mod fetch;
mod indexeddb;
mod lock;
mod messages;
mod room;
mod time;

pub use aside::{aside, is_aside};
pub use chance::fill;
pub use fetch::Fetch;
pub use indexeddb::IndexedDb;
pub use lock::{Writer, writer};
pub use messages::{Inbox, Message, is_service_worker};
pub use room::{persist, room};
pub use time::{delay, now_ms, utc_offset_minutes};

//! Sealed rows over a [`Store`], and the only way to write them.
//!
//! A [`Vault`] guards what is in memory while it is open (the type `M`, of which this crate knows nothing) and the keys that
//! open its rows. Whoever wants to change something begins a [`Transaction`]: it holds the writer's turn, seals each row as
//! it is put, and changes memory only once the store has taken all of it. When the store does not, memory is as it was.
//!
//! The cryptography is `vigie-seal`'s; what the rows mean is their owners'. Start at [`Transaction`].

pub mod store;

mod error;
mod keys;
mod row;
mod transaction;
mod vault;

pub use error::VaultError;
pub use keys::Keys;
pub use row::{Kept, Keyed, Row};
pub use store::{Change, MemoryStore, Room, Store, StoreError, Stored, Table};
pub use transaction::Transaction;
pub use vault::{Ground, Held, Memory, Vault};

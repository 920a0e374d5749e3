//! What a row knows of itself.

use serde::{Serialize, de::DeserializeOwned};

use crate::store::Table;

/// A kind of row: the table that it is in, and how it is named there.
pub trait Row: Serialize + DeserializeOwned {
    const TABLE: Table;
    type Key: ?Sized;

    fn row(key: &Self::Key) -> String;
}

/// A row whose value says its key.
pub trait Keyed: Row<Key: Sized> {
    fn key(&self) -> Self::Key;
}

/// A row of which there is one, and which the memory `M` has whole.
///
/// A transaction edits a copy of its own: the store takes that, then memory does.
pub trait Kept<M>: Row<Key = ()> + Clone + 'static {
    /// None where this memory has no such part.
    fn of(memory: &M) -> Option<&Self>;
    fn keep(self, memory: &mut M);
}

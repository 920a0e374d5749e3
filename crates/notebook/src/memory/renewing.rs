//! How far the sealing under a new key is.

use serde::{Deserialize, Serialize};
use vigie_seal::SecretSeed;
use vigie_vault::{Row, Table};

/// Where the key before is kept, sealed under the one that takes its place.
pub const RENEWING: &str = "renewing";

/// How far it is. Sealed at `meta/renewing`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Renewing {
    /// The key before; more than one where it was replaced before all was sealed under it.
    pub before: Vec<SecretSeed>,
    /// The number of the table in hand, and the last of its rows that was done.
    pub table: usize,
    pub row: String,
    /// How many rows there were when it began, and how many were done.
    pub rows: usize,
    pub done: usize,
}

impl Renewing {
    /// About how many rows are left.
    pub fn left(&self) -> usize {
        self.rows.saturating_sub(self.done).max(1)
    }
}

impl Row for Renewing {
    const TABLE: Table = Table::Meta;
    type Key = ();

    fn row((): &()) -> String {
        RENEWING.into()
    }
}

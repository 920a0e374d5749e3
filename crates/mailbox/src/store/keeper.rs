//! An open store, as its operations know it; no endpoint sees what is in it.

use super::{database::Database, letters::Letters};

/// An open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(in crate::store) database: Database,
    pub(in crate::store) letters: Letters,
}

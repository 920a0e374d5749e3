//! An open store, and what an operation answers.

use super::{database::Database, letters::Letters};

/// An open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub database: Database,
    pub letters: Letters,
}

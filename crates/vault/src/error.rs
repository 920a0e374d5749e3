//! What a caller is told.

use crate::store::StoreError;

/// Why a vault did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It is closed, or another was opened since: ask for the passphrase.
    #[error("the vault is closed")]
    Locked,
    /// This row does not open: it stays as it is, and is named.
    #[error("the row {0} does not open")]
    Damaged(String),
    /// Nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

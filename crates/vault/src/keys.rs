//! The keys of an open vault.

use serde::{Serialize, de::DeserializeOwned};
use vigie_model::{Random, from_json};
use vigie_seal::vault::VaultKey;
use zeroize::Zeroizing;

use crate::{
    error::VaultError,
    store::{Change, Table},
};

/// The vault's key, and those that it replaced as long as something may be sealed under them.
pub struct Keys {
    now: VaultKey,
    former: Vec<VaultKey>,
}

impl Keys {
    pub fn new(now: VaultKey, former: Vec<VaultKey>) -> Keys {
        Keys { now, former }
    }

    pub fn now(&self) -> &VaultKey {
        &self.now
    }

    pub fn former(&self) -> &[VaultKey] {
        &self.former
    }

    /// Whether a row is sealed under the vault's key of now.
    pub fn is_now(&self, table: Table, row: &str, sealed: &[u8]) -> bool {
        self.now.open_row(table.name(), row, sealed).is_ok()
    }

    /// Opens one row. It is under whichever key was the vault's when it was written.
    pub fn read_bytes(
        &self,
        table: Table,
        row: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        std::iter::once(&self.now)
            .chain(&self.former)
            .find_map(|key| key.open_row(table.name(), row, sealed).ok())
            .ok_or_else(|| VaultError::Damaged(table.row_name(row)))
    }

    pub fn read<T: DeserializeOwned>(
        &self,
        table: Table,
        row: &str,
        sealed: &[u8],
    ) -> Result<T, VaultError> {
        let plain = Zeroizing::new(self.read_bytes(table, row, sealed)?);
        from_json(&plain).map_err(|_| VaultError::Damaged(table.row_name(row)))
    }

    pub(crate) fn seal(
        &self,
        table: Table,
        key: String,
        plain: &[u8],
        random: &mut impl Random,
    ) -> Change {
        let bytes = self.now.seal_row(table.name(), &key, plain, random);
        Change::Put { table, key, bytes }
    }
}

/// A row before it is sealed.
pub(crate) fn written(value: &(impl Serialize + ?Sized)) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(
        serde_json::to_vec(value).expect("rows have string keys and no failing serialiser"),
    )
}

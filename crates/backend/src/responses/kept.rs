//! Files of a response that a notebook keeps: the next commit puts them into the store, sealed, and takes others out.

use std::collections::BTreeMap;

use vigie_model::Random;
use vigie_respondent::{FileChosen, Keep};

use crate::{
    open::{Keys, delete, put_bytes},
    store::{Change, Table},
};

/// What the store does not know yet, by the row of `blobs`: bytes to keep, or none for a row to forget.
#[derive(Default)]
pub(crate) struct InVault(BTreeMap<String, Option<Vec<u8>>>);

impl Keep for InVault {
    fn keep(&mut self, file: &FileChosen, bytes: Vec<u8>) {
        self.0.insert(file.blob.clone(), Some(bytes));
    }

    fn forget(&mut self, file: &FileChosen) {
        self.0.insert(file.blob.clone(), None);
    }
}

impl InVault {
    pub fn changes(&self, key: &Keys, random: &mut impl Random) -> Vec<Change> {
        let change = |(row, bytes): (&String, &Option<Vec<u8>>)| match bytes {
            Some(bytes) => put_bytes(key, Table::Blobs, row.as_str(), bytes, random),
            None => delete(Table::Blobs, row.as_str()),
        };
        self.0.iter().map(change).collect()
    }

    /// The bytes of a file that the store did not take yet.
    pub fn bytes(&self, file: &FileChosen) -> Option<&[u8]> {
        self.0.get(&file.blob)?.as_deref()
    }

    /// The store took the changes.
    pub fn is_stored(&mut self) {
        self.0.clear();
    }
}

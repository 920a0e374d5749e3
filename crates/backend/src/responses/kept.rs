//! Files of a response that a notebook keeps: the next commit puts them into the store, sealed, and takes others out.

use std::collections::BTreeMap;

use vigie_model::RecordId;
use vigie_respondent::{FileChosen, Keep};
use vigie_vault::Table;

use crate::{Host, backend::Tx};

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
    /// Puts into this change of the response `rec` what the store does not know yet.
    pub fn put<H: Host>(&self, rec: RecordId, tx: &mut Tx<'_, H>) {
        if self.0.is_empty() {
            return;
        }
        for (row, bytes) in &self.0 {
            match bytes {
                Some(bytes) => tx.put_bytes(Table::Blobs, row.as_str(), bytes),
                None => tx.delete_at(Table::Blobs, row.as_str()),
            }
        }
        tx.then(move |open| {
            if let Some(live) = open.responses.get_mut(&rec) {
                live.keep.0.clear();
            }
        });
    }

    /// The bytes of a file that the store did not take yet.
    pub fn bytes(&self, file: &FileChosen) -> Option<&[u8]> {
        self.0.get(&file.blob)?.as_deref()
    }
}

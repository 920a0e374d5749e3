//! Files of a response, until the next commit puts them into the store.

use std::collections::BTreeMap;

use vigie_respondent::{FileChosen, Keep};

/// What the store does not know yet, by the row of `blobs`: bytes to keep, or none for a row to forget.
#[derive(Default)]
pub struct InVault(pub BTreeMap<String, Option<Vec<u8>>>);

impl Keep for InVault {
    fn keep(&mut self, file: &FileChosen, bytes: Vec<u8>) {
        self.0.insert(file.blob.clone(), Some(bytes));
    }

    fn forget(&mut self, file: &FileChosen) {
        self.0.insert(file.blob.clone(), None);
    }
}

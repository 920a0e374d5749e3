//! Files of a response that a notebook keeps: the next commit puts them into the store, sealed, and takes others out.

use vigie_model::RecordId;
use vigie_respondent::FileChosen;
use vigie_vault::Table;

use crate::{Host, memory::InVault, notebook::Tx};

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

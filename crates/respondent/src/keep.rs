//! Where the files of a response stay while it is being given.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Where the files of a response stay while it is being given.
pub trait Keep {
    fn keep(&mut self, file: &FileChosen, bytes: Vec<u8>);
    /// No question is answered by this file any more.
    fn forget(&mut self, file: &FileChosen);
}

/// A file that was chosen and is not in an op yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileChosen {
    pub name: String,
    pub mime: String,
    pub size: u64,
    /// What its bytes are kept under.
    pub blob: String,
}

/// In memory, and gone with the response.
#[derive(Default)]
pub struct InMemory(HashMap<String, Vec<u8>>);

impl Keep for InMemory {
    fn keep(&mut self, file: &FileChosen, bytes: Vec<u8>) {
        self.0.insert(file.blob.clone(), bytes);
    }

    fn forget(&mut self, file: &FileChosen) {
        self.0.remove(&file.blob);
    }
}

impl InMemory {
    pub fn bytes(&self, file: &FileChosen) -> Option<&[u8]> {
        self.0.get(&file.blob).map(Vec::as_slice)
    }
}

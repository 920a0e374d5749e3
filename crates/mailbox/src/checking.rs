//! Is everything there, and is it what it says? Every row against its file, every file against its name, every receipt
//! against the office's key, the feed against its rows.
//!
//! Rows are read first, at one moment, and files after them. A file is durable before its row is, and none is taken away:
//! so a mailbox may be served meanwhile, and what is put after that moment is a file more, which is no fault.

use std::{collections::HashMap, sync::Arc};

use object_store::{ObjectStore, path::Path};
use vigie_exchange::api::Receipt;
use vigie_sign::VerifyingKey;

use crate::{
    error::ApiError,
    files::{self, Contents},
    folder::{self, unusable},
    mailbox::Place,
    objects::{bundle_path, card_path, doc_path},
    store::{Moment, OpenError},
};

/// What a mailbox holds, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub letters: usize,
    pub cards: usize,
    pub docs: usize,
    pub receipts: usize,
    /// Sealed files, every one of which was read.
    pub files: usize,
    pub bytes: u64,
    pub faults: Vec<Fault>,
}

impl Checked {
    /// Files that are not what their names say.
    pub fn altered(&self) -> impl Iterator<Item = &Path> {
        self.faults.iter().filter_map(|fault| match fault {
            Fault::Altered(path) => Some(path),
            _ => None,
        })
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("{0} is missing")]
    Missing(Path),
    #[error("{0} is not what its name says")]
    Altered(Path),
    #[error("{path} has {is} bytes, and its row says {said}")]
    Length { path: Path, is: u64, said: u64 },
    #[error("receipt {0} does not bear the office's signature")]
    Forged(i64),
    #[error("number {0} of the feed is not that of one letter or one enrolment")]
    IdleNumber(i64),
    #[error("the number of {0} is not in the feed")]
    Unnumbered(String),
    #[error("the database is damaged: {0}")]
    Database(String),
}

/// Why a mailbox can't be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("not all could be read: {0}")]
    Read(#[from] ApiError),
}

/// Checks a mailbox, served or not, or a backup; changes nothing.
pub async fn check(place: &Place) -> Result<Checked, CheckError> {
    let (moment, files) = match place {
        Place::Folder(folder) => {
            let moment = Moment::in_file(&folder::whole_database(folder)?).await?;
            let files = files::in_folder(folder).map_err(unusable(folder))?;
            (moment, files)
        }
        Place::Servers { database, bucket } => (Moment::at(&database.0).await?, Arc::clone(bucket)),
    };
    Ok(compare(&moment, &*files).await?)
}

/// Compares rows with the files that are there by now.
pub async fn compare(moment: &Moment, files: &dyn ObjectStore) -> Result<Checked, ApiError> {
    let there = files::all(files).await?;
    let mut faults: Vec<Fault> = moment.broken.iter().cloned().map(Fault::Database).collect();
    faults.extend(altered(&there));
    for (id, said) in &moment.letters {
        let path = bundle_path(id);
        match there.get(&path).map(|contents| contents.bytes) {
            Some(is) if is == *said => {}
            Some(is) => faults.push(Fault::Length {
                path,
                is,
                said: *said,
            }),
            None => faults.push(Fault::Missing(path)),
        }
    }
    let cards = moment.cards.iter();
    let cards = cards.map(|(mission, hash)| card_path(mission, hash));
    let parts = cards.chain(moment.docs.iter().map(doc_path));
    let missing = parts.filter(|path| !there.contains_key(path));
    faults.extend(missing.map(Fault::Missing));
    faults.extend(forged(moment));
    faults.extend(moment.idle_numbers.iter().copied().map(Fault::IdleNumber));
    faults.extend(moment.unnumbered.iter().cloned().map(Fault::Unnumbered));
    Ok(Checked {
        letters: moment.letters.len(),
        cards: moment.cards.len(),
        docs: moment.docs.len(),
        receipts: moment.receipts.len(),
        files: there.len(),
        bytes: there.values().map(|contents| contents.bytes).sum(),
        faults,
    })
}

fn altered(there: &HashMap<Path, Contents>) -> Vec<Fault> {
    let altered = there
        .iter()
        .filter(|(path, contents)| contents.hash.to_string() != files::named(path));
    let mut paths: Vec<&Path> = altered.map(|(path, _)| path).collect();
    paths.sort();
    paths.into_iter().cloned().map(Fault::Altered).collect()
}

fn forged(moment: &Moment) -> impl Iterator<Item = Fault> {
    let office = moment.office.as_ref();
    let office = office.and_then(|key| VerifyingKey::from_bytes(&key.0).ok());
    let is_signed = move |receipt: &Option<Receipt>| match (receipt, &office) {
        (Some(receipt), Some(office)) => receipt.clone().verify(office).is_ok(),
        _ => false,
    };
    let receipts = moment.receipts.iter();
    receipts
        .filter(move |(_, receipt)| !is_signed(receipt))
        .map(|(n, _)| Fault::Forged(*n))
}

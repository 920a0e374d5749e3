//! Is everything there, and is it what it says? Every row against its file, every file against its name, every receipt
//! against the office's key, the feed against its rows.
//!
//! Rows are read first, at one moment, and files after them. A file is durable before its row is, and goes a day after its
//! row says so: a mailbox may be served meanwhile. What is put after that moment is a file more, which is no fault.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use object_store::{ObjectStore, path::Path};
use vigie_exchange::api::Receipt;
use vigie_sign::VerifyingKey;

use crate::{
    copy_error::CopyError,
    error::ApiError,
    files::{self, Contents},
    folder::{self, unusable},
    mailbox::Place,
    objects::{bundle_path, card_path, doc_path},
    shelf::Shelf,
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
    #[error("receipt {0} of a device does not bear its office's signature")]
    Forged(i64),
    #[error("number {0} of the feed is not that of one letter or one enrolment")]
    IdleNumber(i64),
    #[error("the number of {0} is not in the feed")]
    Unnumbered(String),
    #[error("the database is damaged: {0}")]
    Database(String),
}

impl Fault {
    /// The file that it is about.
    fn path(&self) -> Option<&Path> {
        match self {
            Fault::Missing(path) | Fault::Altered(path) | Fault::Length { path, .. } => Some(path),
            _ => None,
        }
    }
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

/// Checks a backup; changes nothing.
pub async fn check_backup(shelf: &Shelf) -> Result<Checked, CopyError> {
    let scratch = tempfile::tempdir().map_err(OpenError::Scratch)?;
    let rows = shelf.rows(scratch.path()).await?;
    let rows = rows.ok_or_else(|| CopyError::NoBackup(shelf.to_string()))?;
    let moment = Moment::in_file(&rows).await?;
    Ok(compare(&moment, &*shelf.sealed()?).await?)
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
    faults.extend(miscounted(moment, &there, &faults));
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

/// Files that their office is counted by, and that are not there, or of another length; but those that are told already.
fn miscounted(moment: &Moment, there: &HashMap<Path, Contents>, told: &[Fault]) -> Vec<Fault> {
    let told: HashSet<&Path> = told.iter().filter_map(Fault::path).collect();
    let counted = moment.files.iter();
    let counted = counted.map(|(path, said)| (Path::from(path.as_str()), *said));
    counted
        .filter(|(path, _)| !told.contains(path))
        .filter_map(|(path, said)| match there.get(&path) {
            None => Some(Fault::Missing(path)),
            Some(Contents { bytes: is, .. }) if *is != said => Some(Fault::Length {
                path,
                is: *is,
                said,
            }),
            Some(_) => None,
        })
        .collect()
}

fn forged(moment: &Moment) -> impl Iterator<Item = Fault> {
    let keys = moment.offices.iter().map(|(office, key)| {
        let key = key.as_ref();
        let key = key.and_then(|key| VerifyingKey::from_bytes(&key.0).ok());
        (*office, key)
    });
    let keys: HashMap<_, _> = keys.collect();
    let is_signed = move |office, receipt: &Option<Receipt>| match (receipt, keys.get(office)) {
        (Some(receipt), Some(Some(key))) => receipt.clone().verify(key).is_ok(),
        _ => false,
    };
    let receipts = moment.receipts.iter();
    receipts
        .filter(move |(office, _, receipt)| !is_signed(office, receipt))
        .map(|(_, n, _)| Fault::Forged(*n))
}

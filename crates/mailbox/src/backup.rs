//! A backup of a mailbox, taken while it is served: a data folder, whatever it was taken from.
//!
//! A second backup into the same folder copies the files that are not there yet, and puts the rows of its moment in place
//! of those of the first. What is wrong with the mailbox does not hold its backup up: it is told, and what an earlier backup
//! had whole stays whole, but for letters that the mailbox let go of.

use std::{fs, io, path::Path, sync::Arc};

use crate::{
    checking::Checked,
    copying::{Copied, Target, copy_files},
    files,
    folder::{self, BACKUP, unusable},
    mailbox::{Place, Under},
    objects::{Objects, bundle_path},
    store::{Moment, copy_database, copy_file, offices_of},
};

pub use crate::copying::CopyError;

/// What came of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Sealed files that were not there before.
    pub files: usize,
    /// All that the folder holds now.
    pub checked: Checked,
}

/// Backs a mailbox up, served or not, into a folder that is new or an earlier backup of it.
pub async fn back_up(place: &Place, folder: &Path, under: Under) -> Result<BackedUp, CopyError> {
    if !is_for_backups(folder).map_err(unusable(folder))? {
        return Err(CopyError::NotABackup(folder.to_owned()));
    }
    let _lock = folder::lock(folder)?;
    BACKUP.leave(folder).map_err(unusable(folder))?;
    let before_commit = under.before_commit.clone();
    let target = Target::open(folder, under)?;
    let rows = target.waiting_rows()?;
    let files = match place {
        Place::Folder(from) => {
            copy_file(&folder::whole_database(from)?, &rows).await?;
            files::in_folder(from).map_err(unusable(from))?
        }
        Place::Servers { database, bucket } => {
            copy_database(&database.0, &rows, before_commit).await?;
            Arc::clone(bucket)
        }
    };
    let before = folder.join(folder::DATABASE);
    if before.exists() {
        let (theirs, ours) = (offices_of(&before).await?, offices_of(&rows).await?);
        if !theirs.is_empty() && !theirs.iter().any(|office| ours.contains(office)) {
            return Err(CopyError::Another(folder.to_owned()));
        }
    }
    let moment = Moment::in_file(&rows).await?;
    let Copied { files, checked } = copy_files(&moment, &*files, &*target.files).await?;
    target.put_in_place(&rows)?;
    // A letter that the mailbox let go of is not kept for ever in its backup.
    let there = Objects::in_folder(target.files);
    for id in &moment.gone {
        there.take_away(&bundle_path(id)).await?;
    }
    Ok(BackedUp { files, checked })
}

/// Whether a folder is a backup already, or has nothing in it but what a backup cut at once left, or is not there.
fn is_for_backups(folder: &Path) -> io::Result<bool> {
    if BACKUP.stands(folder) {
        return Ok(true);
    }
    match fs::read_dir(folder) {
        Ok(entries) => {
            let names = entries.map(|entry| Ok(entry?.file_name()));
            let names = names.collect::<io::Result<Vec<_>>>()?;
            Ok(names.iter().all(|name| name == "lock"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

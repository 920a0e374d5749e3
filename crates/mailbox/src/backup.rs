//! A backup of a mailbox, taken while it is served, into a folder or a bucket, whatever it is taken from.
//!
//! A second backup into the same place copies the files that are not there yet, and puts the rows of its moment in place
//! of those of the first. What is wrong with the mailbox does not hold its backup up: it is told, and what an earlier backup
//! had whole stays whole, but for letters that the mailbox let go of.

use std::sync::Arc;

use crate::{
    checking::Checked,
    copying::{Copied, Target, copy_files},
    files,
    folder::{self, unusable},
    mailbox::{Place, Under},
    objects::{Objects, bundle_path},
    store::{Moment, copy_database, copy_file, offices_of},
};

pub use crate::{copy_error::CopyError, shelf::Shelf};

/// What came of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Sealed files that were not there before.
    pub files: usize,
    /// All that the backup holds now.
    pub checked: Checked,
}

/// Backs a mailbox up, served or not, into a place that is new or an earlier backup of it.
pub async fn back_up(place: &Place, shelf: &Shelf, under: Under) -> Result<BackedUp, CopyError> {
    if !shelf.is_for_backups().await? {
        return Err(CopyError::NotABackup(shelf.to_string()));
    }
    let _lock = match shelf {
        Shelf::Folder(folder) => Some(folder::lock(folder)?),
        Shelf::Bucket { .. } => None,
    };
    shelf.leave_word().await?;
    let before_commit = under.before_commit.clone();
    let target = Target::open(shelf, under).await?;
    let rows = target.waiting_rows();
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
    if let Some(before) = shelf.rows(target.waiting()).await? {
        let (theirs, ours) = (offices_of(&before).await?, offices_of(&rows).await?);
        if !theirs.is_empty() && !theirs.iter().any(|office| ours.contains(office)) {
            return Err(CopyError::Another(shelf.to_string()));
        }
    }
    let moment = Moment::in_file(&rows).await?;
    let Copied { files, checked } = copy_files(&moment, &*files, &*target.files).await?;
    target.put_in_place().await?;
    // A letter that the mailbox let go of is not kept for ever in its backup.
    let there = Objects::in_folder(target.files);
    for id in &moment.gone {
        there.take_away(&bundle_path(id)).await?;
    }
    Ok(BackedUp { files, checked })
}

//! A backup put back, into an empty place, as another life of the mailbox.
//!
//! The new epoch comes with the rows, in one step, so that nobody forgets it: phones and desks then read everything
//! again, and send again what the backup lacks. Until all is there the place says so, and nobody serves it; cut anywhere,
//! it is run again.

use vigie_exchange::api::{Epoch, Hex};

use crate::{
    checking::Checked,
    copy_error::CopyError,
    copying::{Copied, Target, copy_files},
    folder::{self, BACKUP, DATABASE, MOVED, RESTORING, unusable},
    mailbox::{Place, Under},
    shelf::Shelf,
    store::{Moment, OpenError, Restoring, copy_file, renew_file},
};

/// What came of restoring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Sealed files that were not there before.
    pub files: usize,
    pub epoch: Epoch,
    /// All that the place holds now.
    pub checked: Checked,
}

/// Restores a backup, or a server's data folder, with an epoch drawn by the caller.
///
/// Of `under`, the store is that of a folder's sealed files.
pub async fn restore(
    from: &Shelf,
    place: &Place,
    random: [u8; 16],
    under: Under,
) -> Result<Restored, CopyError> {
    let scratch = tempfile::tempdir().map_err(OpenError::Scratch)?;
    let backup = from.rows(scratch.path()).await?;
    let backup = backup.ok_or_else(|| CopyError::NoBackup(from.to_string()))?;
    let sealed = from.sealed()?;
    let epoch = Hex(random);
    let Copied { files, checked } = match place {
        Place::Folder(folder) => {
            let _lock = folder::lock(folder)?;
            if MOVED.stands(folder) || BACKUP.stands(folder) {
                return Err(CopyError::Holds(folder.clone()));
            }
            // What a restoring that was cut put there is not served, and is nobody's.
            if !RESTORING.stands(folder) {
                if folder.join(DATABASE).exists() {
                    return Err(CopyError::Holds(folder.clone()));
                }
                RESTORING.leave(folder).map_err(unusable(folder))?;
            }
            let before_commit = under.before_commit.clone();
            let here = Shelf::Folder(folder.clone());
            let target = Target::open(&here, under).await?;
            let rows = target.waiting_rows();
            copy_file(&backup, &rows).await?;
            renew_file(&rows, epoch, before_commit).await?;
            let moment = Moment::in_file(&rows).await?;
            let copied = copy_files(&moment, &*sealed, &*target.files).await?;
            target.put_in_place().await?;
            target.step(folder, || RESTORING.take_back(folder))?;
            copied
        }
        Place::Servers { database, bucket } => {
            let restoring = Restoring::begin(&database.0, under.before_commit).await?;
            let rows = scratch.path().join(DATABASE);
            copy_file(&backup, &rows).await?;
            let moment = Moment::in_file(&rows).await?;
            let copied = copy_files(&moment, &*sealed, &**bucket).await?;
            restoring.end(&rows, epoch).await?;
            copied
        }
    };
    Ok(Restored {
        files,
        epoch,
        checked,
    })
}

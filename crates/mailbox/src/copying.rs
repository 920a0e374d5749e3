//! A mailbox copied to another place: the steps that a backup and its restoring share.
//!
//! Rows first, files after them. A file is durable before its row is, and goes a day after it, so each row of that moment
//! finds its file however many letters come meanwhile; the other way round, a letter that comes between the two would
//! leave a row without its file. The copied rows wait beside their place until every file was read and compared with
//! them, and are put into it last, by one rename or one put: a cut leaves what was there before.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use object_store::ObjectStore;
use tempfile::TempDir;

use crate::{
    checking::{Checked, compare},
    copy_error::CopyError,
    error::ApiError,
    files,
    folder::{self, unusable},
    mailbox::{BeforeCommit, Under},
    shelf::{Shelf, Stamp, put_rows},
    store::{Moment, OpenError},
};

/// Sealed files that were copied, and what came of comparing all that are there with the rows.
pub struct Copied {
    pub files: usize,
    pub checked: Checked,
}

/// Copies the files that are not there yet, and compares all with the rows; what was altered there is copied once more.
pub async fn copy_files(
    moment: &Moment,
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
) -> Result<Copied, ApiError> {
    let mut copied = Copied {
        files: files::carry(from, to, &HashSet::new()).await?.carried,
        checked: compare(moment, to).await?,
    };
    let altered: HashSet<_> = copied.checked.altered().cloned().collect();
    if !altered.is_empty() {
        copied.files += files::carry(from, to, &altered).await?.carried;
        copied.checked = compare(moment, to).await?;
    }
    Ok(copied)
}

/// A place that a mailbox is copied to.
pub struct Target<'a> {
    shelf: &'a Shelf,
    pub files: Arc<dyn ObjectStore>,
    /// What stood in a bucket when this began.
    before: Stamp,
    /// Where rows wait: in a folder beside their place, so that they are renamed into it.
    waiting: TempDir,
    before_commit: Option<BeforeCommit>,
}

impl<'a> Target<'a> {
    /// The caller holds a folder's lock, so what waits there was left by a cut. Of `under`, the store is that of a
    /// folder's sealed files.
    pub async fn open(shelf: &'a Shelf, under: Under) -> Result<Target<'a>, CopyError> {
        let waiting = match shelf {
            Shelf::Folder(folder) => {
                fs::create_dir_all(folder.join("sealed")).map_err(unusable(folder))?;
                waiting_in(folder).map_err(unusable(folder))?
            }
            Shelf::Bucket { .. } => tempfile::tempdir().map_err(OpenError::Scratch)?,
        };
        Ok(Target {
            shelf,
            files: match under.store {
                Some(store) => store,
                None => shelf.sealed()?,
            },
            before: shelf.stamp().await?,
            waiting,
            before_commit: under.before_commit,
        })
    }

    /// Where rows wait, and what is fetched to be compared with them.
    pub fn waiting(&self) -> &Path {
        self.waiting.path()
    }

    /// Where rows wait.
    pub fn waiting_rows(&self) -> PathBuf {
        self.waiting.path().join(folder::DATABASE)
    }

    /// Puts the rows that wait into their place, in place of those that are there.
    pub async fn put_in_place(&self) -> Result<(), CopyError> {
        match self.shelf {
            Shelf::Folder(folder) => {
                let put = self.step(folder, || {
                    fs::rename(self.waiting_rows(), folder.join(folder::DATABASE))?;
                    folder::sync(folder)
                });
                Ok(put?)
            }
            Shelf::Bucket { store, address } => {
                self.may_commit().map_err(OpenError::Scratch)?;
                // Two backups at once add the same files; but the rows of the later moment stay.
                if self.shelf.stamp().await? != self.before {
                    return Err(CopyError::Meanwhile(address.clone()));
                }
                put_rows(store, &self.waiting_rows()).await
            }
        }
    }

    /// Does what is as a commit of the folder: whole and durable, or not done.
    pub fn step(
        &self,
        folder: &Path,
        done: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), OpenError> {
        let done = self.may_commit().and_then(|()| done());
        done.map_err(unusable(folder))
    }

    fn may_commit(&self) -> io::Result<()> {
        match self.before_commit.as_ref().is_none_or(BeforeCommit::ask) {
            true => Ok(()),
            false => Err(io::Error::other("the commit was undone")),
        }
    }
}

/// A folder within, always the same, without what a cut left there.
fn waiting_in(folder: &Path) -> io::Result<TempDir> {
    const NAME: &str = "waiting";
    match fs::remove_dir_all(folder.join(NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => tempfile::Builder::new()
            .prefix(NAME)
            .rand_bytes(0)
            .tempdir_in(folder),
    }
}

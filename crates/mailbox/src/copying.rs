//! A mailbox copied to another place: the steps that a backup and its restoring share.
//!
//! Rows first, files after them. A file is durable before its row is, and goes a day after it, so each row of that moment
//! finds its file however many letters come meanwhile; the other way round, a letter that comes between the two would
//! leave a row without its file. The copied rows wait beside their place until every file was read and compared with
//! them, and are renamed into it last: a cut leaves what was there before.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use object_store::ObjectStore;

use crate::{
    checking::{Checked, compare},
    error::ApiError,
    files,
    folder::{self, unusable},
    mailbox::{BeforeCommit, Under},
    store::{Moment, NotEmpty, OpenError},
};

/// Why a mailbox is not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0} holds something that is no backup: name a new folder, or one of `vigie backup`")]
    NotABackup(PathBuf),
    #[error("{0} is a backup of another office's mailbox: name another folder")]
    Another(PathBuf),
    #[error("{0} holds a mailbox already: restore into a new or an empty folder")]
    Holds(PathBuf),
    #[error(transparent)]
    NotEmpty(#[from] NotEmpty),
    #[error("not copied: {0}")]
    Copy(#[from] ApiError),
}

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

/// A folder that a mailbox is copied to.
pub struct Target<'a> {
    folder: &'a Path,
    pub files: Arc<dyn ObjectStore>,
    before_commit: Option<BeforeCommit>,
}

impl<'a> Target<'a> {
    /// The caller holds the folder's lock.
    pub fn open(folder: &'a Path, under: Under) -> Result<Target<'a>, OpenError> {
        fs::create_dir_all(folder.join("sealed")).map_err(unusable(folder))?;
        let files = match under.store {
            Some(store) => store,
            None => files::in_folder(folder).map_err(unusable(folder))?,
        };
        Ok(Target {
            folder,
            files,
            before_commit: under.before_commit,
        })
    }

    /// Where rows wait, once what a cut left there is gone.
    pub fn waiting_rows(&self) -> Result<PathBuf, OpenError> {
        for name in ["new", "new-wal", "new-shm", "new-journal"] {
            let file = self.folder.join(format!("{}.{name}", folder::DATABASE));
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(unusable(self.folder)(error));
                }
                _ => {}
            }
        }
        Ok(self.folder.join(format!("{}.new", folder::DATABASE)))
    }

    /// Puts the rows that wait into their place, in place of those that are there.
    pub fn put_in_place(&self, rows: &Path) -> Result<(), OpenError> {
        self.step(|| {
            fs::rename(rows, self.folder.join(folder::DATABASE))?;
            folder::sync(self.folder)
        })
    }

    /// Does what is as a commit of the folder: whole and durable, or not done.
    pub fn step(&self, done: impl FnOnce() -> io::Result<()>) -> Result<(), OpenError> {
        let may = self.before_commit.as_ref().is_none_or(BeforeCommit::ask);
        let done = match may {
            true => done(),
            false => Err(io::Error::other("the commit was undone")),
        };
        done.map_err(unusable(self.folder))
    }
}

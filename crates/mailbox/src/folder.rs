//! A data folder: what stands in it, who holds it, and the words left there about what it may be used for.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::store::OpenError;

/// The database.
pub const DATABASE: &str = "vigie.sqlite";

/// A word left in a folder, as a file.
pub struct Word {
    pub name: &'static str,
    pub text: &'static str,
}

pub const MOVED: Word = Word {
    name: "moved",
    text: "This mailbox was moved to a database and a bucket by `vigie move`.\n",
};
pub const RESTORING: Word = Word {
    name: "restoring",
    text: "`vigie restore` has begun here, and has not ended: run it again.\n",
};
pub const BACKUP: Word = Word {
    name: "backup",
    text: "This is a backup by `vigie backup`: `vigie restore --from` it into another place.\n",
};

impl Word {
    /// Leaves it, durably.
    pub fn leave(&self, folder: &Path) -> io::Result<()> {
        let mut word = File::create(folder.join(self.name))?;
        word.write_all(self.text.as_bytes())?;
        word.sync_all()?;
        sync(folder)
    }

    /// Takes it back, durably.
    pub fn take_back(&self, folder: &Path) -> io::Result<()> {
        fs::remove_file(folder.join(self.name))?;
        sync(folder)
    }

    pub fn stands(&self, folder: &Path) -> bool {
        folder.join(self.name).exists()
    }
}

/// Makes durable which files stand in the folder.
pub fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Why a folder can't be used.
pub fn unusable(folder: &Path) -> impl Fn(io::Error) -> OpenError + use<'_> {
    move |source| OpenError::Folder {
        folder: folder.to_owned(),
        source,
    }
}

/// Makes the folder when it is missing, and locks it.
pub fn lock(folder: &Path) -> Result<File, OpenError> {
    fs::create_dir_all(folder).map_err(unusable(folder))?;
    let lock = File::create(folder.join("lock")).map_err(unusable(folder))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(folder)(source)),
    }
}

/// Refuses a folder that nobody may serve: its mailbox is elsewhere by now, or not all there yet, or a backup.
pub fn may_be_served(folder: &Path) -> Result<(), OpenError> {
    is_whole(folder)?;
    if BACKUP.stands(folder) {
        return Err(OpenError::Backup(folder.to_owned()));
    }
    Ok(())
}

fn is_whole(folder: &Path) -> Result<(), OpenError> {
    if MOVED.stands(folder) {
        return Err(OpenError::Moved(folder.to_owned()));
    }
    if RESTORING.stands(folder) {
        return Err(OpenError::Restoring(folder.to_owned()));
    }
    Ok(())
}

/// The database of a folder that holds all of a mailbox, served or not, or of a backup.
pub fn whole_database(folder: &Path) -> Result<PathBuf, OpenError> {
    is_whole(folder)?;
    database(folder)
}

/// The database of a folder, which must be there.
pub fn database(folder: &Path) -> Result<PathBuf, OpenError> {
    let file = folder.join(DATABASE);
    match fs::metadata(&file) {
        Ok(_) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(OpenError::Empty(folder.to_owned()))
        }
        Err(source) => Err(unusable(folder)(source)),
    }
}

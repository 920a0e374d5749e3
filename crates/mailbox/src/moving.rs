//! A folder's mailbox moves to a database and a bucket, under the numbers and the epoch it has: no reader notices.
//!
//! Sealed files go first, each seen to be what its name says; then the rows, in one transaction. While a server still
//! serves the folder, that is all: it is as a rehearsal, and the next time has less to carry. Otherwise the folder is
//! marked, so that nobody serves it again, and only then may the database be served. Cut anywhere, it is run again.

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::Path,
};

use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem};

use crate::{
    error::ApiError,
    hash::sha256,
    mailbox::{Address, BeforeCommit, MOVED, OpenError},
    store::Rows,
};

pub use crate::store::MoveError;

/// What was carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub letters: u64,
    pub files: usize,
    /// Files that are not what their names say: they were left behind, as nobody could be given them.
    pub damaged: usize,
    /// A server serves the folder: stop it, and move once more.
    pub served: bool,
}

/// Carries all of the folder, and ends the move unless the folder is served.
pub async fn carry(
    folder: &Path,
    database: &Address,
    bucket: &dyn ObjectStore,
    before_commit: Option<BeforeCommit>,
) -> Result<Carried, MoveError> {
    let bad_folder = |source| OpenError::Folder {
        folder: folder.to_owned(),
        source,
    };
    let file = folder.join("vigie.sqlite");
    fs::metadata(&file).map_err(bad_folder)?;
    let lock = File::create(folder.join("lock")).map_err(bad_folder)?;
    let served = match lock.try_lock() {
        Ok(()) => false,
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(source)) => return Err(bad_folder(source).into()),
    };
    let rows = Rows::between(&file, served, &database.0, before_commit).await?;
    let carried = if folder.join(MOVED).exists() {
        end(folder, &rows).await
    } else {
        all(folder, served, &rows, bucket).await
    };
    rows.close().await;
    carried
}

/// All was carried before the folder was marked; what is left is to let the database be served.
async fn end(folder: &Path, rows: &Rows) -> Result<Carried, MoveError> {
    if !rows.end().await? {
        return Err(OpenError::Moved(folder.to_owned()).into());
    }
    Ok(Carried {
        letters: rows.letters().await?,
        files: 0,
        damaged: 0,
        served: false,
    })
}

async fn all(
    folder: &Path,
    served: bool,
    rows: &Rows,
    bucket: &dyn ObjectStore,
) -> Result<Carried, MoveError> {
    let (files, damaged) = carry_files(&folder.join("sealed"), bucket).await?;
    let letters = rows.carry().await?;
    if !served {
        mark(folder).map_err(|source| OpenError::Folder {
            folder: folder.to_owned(),
            source,
        })?;
        rows.end().await?;
    }
    Ok(Carried {
        letters,
        files,
        damaged,
        served,
    })
}

/// Carries the files that are not there yet; says how many, and how many were left behind.
async fn carry_files(folder: &Path, bucket: &dyn ObjectStore) -> Result<(usize, usize), ApiError> {
    let there = bucket.list(None).map_ok(|file| (file.location, file.size));
    let there: HashMap<_, _> = there.try_collect().await?;
    let here = LocalFileSystem::new_with_prefix(folder)?;
    let mut files = here.list(None);
    let (mut carried, mut damaged) = (0, 0);
    while let Some(file) = files.try_next().await? {
        if there.get(&file.location) == Some(&file.size) {
            continue;
        }
        let bytes = here.get(&file.location).await?.bytes().await?;
        let name = file.location.filename().unwrap_or_default();
        let hash = name.strip_suffix(".age").unwrap_or(name);
        if sha256(&bytes).to_string() == hash {
            bucket.put(&file.location, bytes.into()).await?;
            carried += 1;
        } else {
            damaged += 1;
        }
    }
    Ok((carried, damaged))
}

/// Leaves word, durably, that nobody may serve the folder again.
fn mark(folder: &Path) -> Result<(), io::Error> {
    let mut word = File::create(folder.join(MOVED))?;
    word.write_all(b"This mailbox was moved to a database and a bucket by `vigie move`.\n")?;
    word.sync_all()?;
    File::open(folder)?.sync_all()
}

//! A folder's mailbox moves to a database and a bucket, under the numbers and the epoch it has: no reader notices.
//!
//! Sealed files go first, each seen to be what its name says; then the rows, in one transaction. While a server still
//! serves the folder, that is all: it is as a rehearsal, and the next time has less to carry. Otherwise the folder is
//! marked, so that nobody serves it again, and only then may the database be served. Cut anywhere, it is run again.

use std::{collections::HashSet, path::Path};

use object_store::ObjectStore;

use crate::{
    files::{self, CarriedFiles},
    folder::{self, MOVED, unusable},
    mailbox::{Address, BeforeCommit, OpenError},
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
    let file = folder::database(folder)?;
    let (_lock, served) = match folder::lock(folder) {
        Ok(lock) => (Some(lock), false),
        Err(OpenError::InUse(_)) => (None, true),
        Err(error) => return Err(error.into()),
    };
    let rows = Rows::between(&file, served, &database.0, before_commit).await?;
    let carried = if MOVED.stands(folder) {
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
    folder::may_be_served(folder)?;
    let here = files::in_folder(folder).map_err(unusable(folder))?;
    let CarriedFiles { carried, damaged } = files::carry(&*here, bucket, &HashSet::new()).await?;
    let letters = rows.carry().await?;
    if !served {
        MOVED.leave(folder).map_err(unusable(folder))?;
        rows.end().await?;
    }
    Ok(Carried {
        letters,
        files: carried,
        damaged,
        served,
    })
}

//! Sealed files as they stand together: which are there, what is in them, and how they are carried to another place.
//!
//! A file is put under the hash of its bytes before any row speaks of it, and taken away a day after its rows say so
//! (`store/files.rs`). So whoever reads rows and looks for their files within a day finds them all, whatever is put
//! meanwhile.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::Path as FilePath,
    pin::pin,
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path};
use sha2::{Digest, Sha256};
use vigie_exchange::api::Hex;

use crate::{error::ApiError, hash::sha256};

/// Files read at once: one that is carried may have 32 MiB.
const AT_ONCE: usize = 4;

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    pub bytes: u64,
    pub hash: Hex<32>,
}

/// What was carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CarriedFiles {
    pub carried: usize,
    /// Files that are not what their names say: they were left behind, as nobody could be given them.
    pub damaged: usize,
}

/// The sealed files of a data folder, which are durable once they are put.
pub fn in_folder(folder: &FilePath) -> io::Result<Arc<dyn ObjectStore>> {
    let files = LocalFileSystem::new_with_prefix(folder.join("sealed"));
    let files = files.map_err(io::Error::other)?;
    Ok(Arc::new(files.with_fsync(true)))
}

/// The hash that a file's name says.
pub fn named(path: &Path) -> &str {
    let name = path.filename().unwrap_or_default();
    name.strip_suffix(".age").unwrap_or(name)
}

/// Reads every file that is there.
pub async fn all(files: &dyn ObjectStore) -> Result<HashMap<Path, Contents>, ApiError> {
    let reading = files.list(None).map(|file| async move {
        let path = file?.location;
        let contents = contents(files, &path).await?;
        Ok::<_, ApiError>(contents.map(|contents| (path, contents)))
    });
    let read = reading.buffer_unordered(AT_ONCE);
    read.try_filter_map(async |file| Ok(file))
        .try_collect()
        .await
}

/// What is in a file, when it is there.
async fn contents(files: &dyn ObjectStore, path: &Path) -> Result<Option<Contents>, ApiError> {
    let mut parts = match files.get(path).await {
        Ok(found) => found.into_stream(),
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (mut bytes, mut hash) = (0, Sha256::new());
    while let Some(part) = parts.try_next().await? {
        bytes += part.len() as u64;
        hash.update(&part);
    }
    Ok(Some(Contents {
        bytes,
        hash: Hex(hash.finalize().into()),
    }))
}

/// Carries the files that are not there yet, and those that are `altered` there; each is seen to be what its name says.
pub async fn carry(
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
    altered: &HashSet<Path>,
) -> Result<CarriedFiles, ApiError> {
    let there = to.list(None).map_ok(|file| (file.location, file.size));
    let there: HashMap<_, _> = there.try_collect().await?;
    let here = from.list(None).map_err(ApiError::from);
    let missing = here.try_filter_map(async |file| {
        let is_there = there.get(&file.location) == Some(&file.size);
        let is_there = is_there && !altered.contains(&file.location);
        Ok((!is_there).then_some(file.location))
    });
    let carrying = missing.map_ok(|path| async move {
        let bytes = from.get(&path).await?.bytes().await?;
        let is_whole = sha256(&bytes).to_string() == named(&path);
        if is_whole {
            to.put(&path, bytes.into()).await?;
        }
        Ok::<_, ApiError>(is_whole)
    });
    let mut done = pin!(carrying.try_buffer_unordered(AT_ONCE));
    let mut all = CarriedFiles::default();
    while let Some(is_whole) = done.try_next().await? {
        if is_whole {
            all.carried += 1;
        } else {
            all.damaged += 1;
        }
    }
    Ok(all)
}

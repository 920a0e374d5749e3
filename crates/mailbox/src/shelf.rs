//! Where a backup stands: a folder, or a bucket.
//!
//! Both hold the same files under the same names: the word that it is a backup, the rows, and the sealed files below
//! `sealed`. So what any tool fetches from the bucket is a backup in a folder.

use std::{
    fmt, fs, io,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, path::Path, prefix::PrefixStore};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt},
};

use crate::{
    copy_error::CopyError,
    error::ApiError,
    files,
    folder::{self, BACKUP, DATABASE, unusable},
    objects::Objects,
    store::OpenError,
};

/// Rows on their way to a bucket or from it, so many bytes at a time.
const AT_A_TIME: usize = 1024 * 1024;

/// Where a backup stands.
#[derive(Clone, Debug)]
pub enum Shelf {
    Folder(PathBuf),
    Bucket {
        /// As it is told to a person.
        address: String,
        store: Arc<dyn ObjectStore>,
    },
}

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shelf::Folder(folder) => folder.display().fmt(f),
            Shelf::Bucket { address, .. } => f.write_str(address),
        }
    }
}

/// Which rows stand in a bucket, so that nobody takes the place of others than it knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Stamp(Option<ObjectMeta>);

impl Shelf {
    /// Whether a backup stands here already, or nothing but what a backup cut at once left, or nothing at all.
    pub async fn is_for_backups(&self) -> Result<bool, CopyError> {
        match self {
            Shelf::Folder(folder) => Ok(is_for_backups(folder).map_err(unusable(folder))?),
            Shelf::Bucket { store, .. } => {
                if find(store, &Path::from(BACKUP.name)).await?.is_some() {
                    return Ok(true);
                }
                let any = store.list(None).try_next().await;
                Ok(any.map_err(ApiError::from)?.is_none())
            }
        }
    }

    /// Leaves word, durably, that a backup stands here.
    pub async fn leave_word(&self) -> Result<(), CopyError> {
        match self {
            Shelf::Folder(folder) => BACKUP.leave(folder).map_err(unusable(folder))?,
            Shelf::Bucket { store, .. } => {
                let name = Path::from(BACKUP.name);
                let put = store.put(&name, BACKUP.text.into());
                put.await.map_err(ApiError::from)?;
            }
        }
        Ok(())
    }

    /// The rows of what stands here, to be read as a file: a bucket's are fetched to `scratch`. `None` where there are none.
    pub async fn rows(&self, scratch: &FilePath) -> Result<Option<PathBuf>, CopyError> {
        match self {
            Shelf::Folder(folder) => match folder::whole_database(folder) {
                Ok(rows) => Ok(Some(rows)),
                Err(OpenError::Empty(_)) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Shelf::Bucket { store, .. } => {
                let rows = scratch.join("fetched");
                let found = store.get(&Path::from(DATABASE)).await;
                let mut parts = match found {
                    Ok(found) => found.into_stream(),
                    Err(object_store::Error::NotFound { .. }) => return Ok(None),
                    Err(error) => return Err(ApiError::from(error).into()),
                };
                let mut file = File::create(&rows).await.map_err(OpenError::Scratch)?;
                while let Some(part) = parts.try_next().await.map_err(ApiError::from)? {
                    file.write_all(&part).await.map_err(OpenError::Scratch)?;
                }
                file.sync_all().await.map_err(OpenError::Scratch)?;
                Ok(Some(rows))
            }
        }
    }

    /// The sealed files of what stands here.
    pub fn sealed(&self) -> Result<Arc<dyn ObjectStore>, OpenError> {
        match self {
            Shelf::Folder(folder) => files::in_folder(folder).map_err(unusable(folder)),
            Shelf::Bucket { store, .. } => Ok(Arc::new(PrefixStore::new(store.clone(), "sealed"))),
        }
    }

    /// Which rows stand in the bucket by now; those of a folder are under its lock.
    pub async fn stamp(&self) -> Result<Stamp, CopyError> {
        match self {
            Shelf::Folder(_) => Ok(Stamp(None)),
            Shelf::Bucket { store, .. } => Ok(Stamp(find(store, &Path::from(DATABASE)).await?)),
        }
    }
}

async fn find(store: &Arc<dyn ObjectStore>, path: &Path) -> Result<Option<ObjectMeta>, ApiError> {
    match store.head(path).await {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Puts rows into a bucket, whole or not at all.
pub async fn put_rows(store: &Arc<dyn ObjectStore>, rows: &FilePath) -> Result<(), CopyError> {
    let mut upload = Objects::in_bucket(store.clone()).upload(Path::from(DATABASE));
    let mut file = File::open(rows).await.map_err(OpenError::Scratch)?;
    let mut part = vec![0; AT_A_TIME];
    loop {
        let read = file.read(&mut part).await.map_err(OpenError::Scratch)?;
        if read == 0 {
            break;
        }
        upload.write(part.get(..read).unwrap_or_default()).await?;
    }
    Ok(upload.complete().await?)
}

fn is_for_backups(folder: &FilePath) -> io::Result<bool> {
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

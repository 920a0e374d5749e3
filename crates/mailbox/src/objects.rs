//! Sealed bytes: what is here once, is here whole.
//!
//! In a folder, a file is written beside its place, forced to the disk (`fsync` of the file and of its folder), then
//! renamed: a power cut leaves either all of it or none. In a bucket, a file is there once the store has said so, and not
//! before. Only then may a row of the database speak of it. Every file is named by the hash of its bytes, and none is
//! given out without that being seen.

use std::{fmt::Display, fs, io, path::Path as FilePath, sync::Arc};

use axum::body::Bytes;
use futures::TryStreamExt;
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path,
};
use tokio::runtime::Handle;
use vigie_exchange::api::Hex;
use vigie_model::{BundleId, MissionId};

use crate::{error::ApiError, hash::sha256};

/// What is gathered of a file before it is written to a disk.
const PART_OF_A_FILE: usize = 1024 * 1024;
/// The smallest part that a bucket takes, unless it is the last.
const PART_IN_A_BUCKET: usize = 5 * 1024 * 1024;

/// Where sealed files are. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    part: usize,
}

/// Which sealed file.
#[derive(Clone, Copy)]
pub enum Object<'a> {
    Bundle(&'a BundleId),
    /// Cards keep every revision, each under the hash of its bytes.
    Card(&'a MissionId, &'a Hex<32>),
    /// What a card's questionnaires show, each file under the hash of its bytes.
    CardFile(&'a MissionId, &'a Hex<32>),
    Doc(&'a Hex<32>),
}

pub fn bundle_path(id: impl Display) -> Path {
    Path::from(format!("bundles/{id}.age"))
}

pub fn card_path(mission: impl Display, hash: impl Display) -> Path {
    Path::from(format!("cards/{mission}/{hash}"))
}

pub fn doc_path(id: impl Display) -> Path {
    Path::from(format!("docs/{id}.age"))
}

impl Object<'_> {
    pub fn path(self) -> Path {
        match self {
            Object::Bundle(id) => bundle_path(id),
            Object::Card(mission, hash) => card_path(mission, hash),
            Object::CardFile(mission, hash) => Path::from(format!("cards/{mission}/files/{hash}")),
            Object::Doc(id) => doc_path(id),
        }
    }

    fn hash(self) -> Hex<32> {
        match self {
            Object::Bundle(id) => Hex(id.0),
            Object::Card(_, hash) | Object::CardFile(_, hash) | Object::Doc(hash) => *hash,
        }
    }
}

impl Objects {
    /// Opens the folder, made when missing, and clears what uploads cut by a crash left beside their places.
    ///
    /// The caller holds the data folder's lock, so no upload is under way.
    pub fn open(folder: &FilePath) -> Result<Objects, io::Error> {
        fs::create_dir_all(folder)?;
        clear_staged(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        Ok(Objects::in_folder(Arc::new(store.with_fsync(true))))
    }

    /// A store like that of a folder, which answers a `put` only once it is durable.
    pub fn in_folder(store: Arc<dyn ObjectStore>) -> Objects {
        let part = PART_OF_A_FILE;
        Objects { store, part }
    }

    pub fn in_bucket(store: Arc<dyn ObjectStore>) -> Objects {
        let part = PART_IN_A_BUCKET;
        Objects { store, part }
    }

    /// Keeps `bytes`, durably.
    pub async fn put(&self, object: Object<'_>, bytes: Bytes) -> Result<(), ApiError> {
        self.store.put(&object.path(), bytes.into()).await?;
        Ok(())
    }

    /// A file that a row of the database speaks of.
    pub async fn get(&self, object: Object<'_>) -> Result<Bytes, ApiError> {
        let found = self.find(object).await?;
        found.ok_or(ApiError::Damaged("a sealed file is missing"))
    }

    /// A file, when it is here.
    pub async fn find(&self, object: Object<'_>) -> Result<Option<Bytes>, ApiError> {
        let found = match self.store.get(&object.path()).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if sha256(&found) != object.hash() {
            return Err(ApiError::Damaged("a sealed file is other than its name"));
        }
        Ok(Some(found))
    }

    /// Takes a file away; one that is not there is fine.
    pub async fn take_away(&self, path: &Path) -> Result<(), ApiError> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every file that is there, and its size.
    pub async fn sizes(&self) -> Result<Vec<(Path, u64)>, ApiError> {
        let files = self.store.list(None);
        let sizes = files.map_ok(|file| (file.location, file.size));
        Ok(sizes.try_collect().await?)
    }

    /// Whether the store answers.
    pub async fn answers(&self) -> Result<(), ApiError> {
        match self.store.head(&Path::from("docs/none")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins a file that grows; dropped without [`Upload::complete`], nothing stays.
    pub fn upload(&self, path: Path) -> Upload {
        Upload {
            objects: self.clone(),
            path,
            gathered: Vec::new(),
            parts: None,
        }
    }
}

/// A file that grows.
pub struct Upload {
    objects: Objects,
    path: Path,
    gathered: Vec<u8>,
    /// Begun once the file is larger than one part.
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    /// Takes more of it, and writes what makes a part.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= self.objects.part {
            if self.parts.is_none() {
                let parts = self.objects.store.put_multipart(&self.path).await?;
                self.parts = Some(parts);
            }
            self.put_part().await?;
        }
        Ok(())
    }

    async fn put_part(&mut self) -> Result<(), ApiError> {
        if let Some(parts) = &mut self.parts {
            let part = std::mem::take(&mut self.gathered);
            parts.put_part(part.into()).await?;
        }
        Ok(())
    }

    /// Makes it durable.
    pub async fn complete(mut self) -> Result<(), ApiError> {
        if !self.gathered.is_empty() {
            self.put_part().await?;
        }
        match &mut self.parts {
            Some(parts) => drop(parts.complete().await?),
            None => {
                let whole = std::mem::take(&mut self.gathered);
                self.objects.store.put(&self.path, whole.into()).await?;
            }
        }
        self.parts = None;
        Ok(())
    }
}

impl Drop for Upload {
    /// A bucket keeps parts, and asks for their price, until it is told to forget them.
    fn drop(&mut self) {
        if let (Some(mut parts), Ok(runtime)) = (self.parts.take(), Handle::try_current()) {
            runtime.spawn(async move { drop(parts.abort().await) });
        }
    }
}

/// Removes the files that `object_store` stages as `name#number`.
fn clear_staged(folder: &FilePath) -> Result<(), io::Error> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            clear_staged(&entry.path())?;
        } else if entry.file_name().to_string_lossy().contains('#') {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

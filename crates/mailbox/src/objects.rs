//! Sealed bytes on disk: what is here once, is here whole.
//!
//! A file is written beside its place, forced to the disk (`fsync` of the file and of its folder), then renamed: a power
//! cut leaves either all of it or none. Only then may a row of the database speak of it.

use std::{fs, io, path::Path as FilePath, sync::Arc};

use axum::body::Bytes;
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path,
};
use vigie_exchange::api::Hex;
use vigie_model::{BundleId, MissionId};

use crate::error::ApiError;

/// The folder of sealed files.
#[derive(Clone)]
pub struct Objects(Arc<dyn ObjectStore>);

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

impl Object<'_> {
    fn path(self) -> Path {
        Path::from(match self {
            Object::Bundle(id) => format!("bundles/{id}.age"),
            Object::Card(mission, hash) => format!("cards/{mission}/{hash}"),
            Object::CardFile(mission, hash) => format!("cards/{mission}/files/{hash}"),
            Object::Doc(id) => format!("docs/{id}.age"),
        })
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
        Ok(Objects(Arc::new(store.with_fsync(true))))
    }

    /// Files in a store of another kind, which answers a `put` only once it is durable.
    pub fn within(store: Arc<dyn ObjectStore>) -> Objects {
        Objects(store)
    }

    /// Keeps `bytes`, durably.
    pub async fn put(&self, object: Object<'_>, bytes: Bytes) -> Result<(), ApiError> {
        self.0.put(&object.path(), bytes.into()).await?;
        Ok(())
    }

    /// A file that a row of the database speaks of.
    pub async fn get(&self, object: Object<'_>) -> Result<Bytes, ApiError> {
        let found = self.find(object).await?;
        found.ok_or(ApiError::Damaged("a sealed file is missing"))
    }

    /// A file, when it is here.
    pub async fn find(&self, object: Object<'_>) -> Result<Option<Bytes>, ApiError> {
        match self.0.get(&object.path()).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins a file that grows part by part; dropped without [`MultipartUpload::complete`], nothing stays.
    pub async fn upload(&self, object: Object<'_>) -> Result<Box<dyn MultipartUpload>, ApiError> {
        Ok(self.0.put_multipart(&object.path()).await?)
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

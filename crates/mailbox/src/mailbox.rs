//! What every endpoint shares: the store, the sealed files, and who may ask.

use std::{fmt, fs::File, path::PathBuf, sync::Arc};

use axum::http::StatusCode;
use object_store::ObjectStore;

pub use crate::{
    clock::now,
    hash::sha256,
    store::{OpenError, database::BeforeCommit},
};
use crate::{
    error::ApiError,
    folder::{self, unusable},
    gate::Gate,
    objects::Objects,
    store::{Put, Store},
};

/// Where everything is kept.
#[derive(Clone, Debug)]
pub enum Place {
    /// A data folder, made when missing, which one process serves.
    Folder(PathBuf),
    /// A PostgreSQL database and a bucket, which any number of processes serve.
    Servers {
        database: Address,
        bucket: Arc<dyn ObjectStore>,
    },
}

/// A database's address, which may hold a password.
#[derive(Clone)]
pub struct Address(pub String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

/// What a mailbox stands on, where that is not its place alone.
#[derive(Clone, Debug, Default)]
pub struct Under {
    pub store: Option<Arc<dyn ObjectStore>>,
    pub database_pages: Option<u32>,
    pub before_commit: Option<BeforeCommit>,
}

/// A mailbox being served. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    pub store: Store,
    pub objects: Objects,
    pub gate: Arc<Gate>,
    /// A data folder is locked for as long as the mailbox is open.
    _lock: Option<Arc<File>>,
}

impl Mailbox {
    /// Opens the place, and brings its database up to date.
    ///
    /// A folder's sealed files live in the store `under` it, or else in the folder `sealed` below.
    pub async fn open(place: &Place, under: Under, gate: Gate) -> Result<Mailbox, OpenError> {
        let gate = Arc::new(gate);
        match place {
            Place::Folder(folder) => {
                let lock = folder::lock(folder)?;
                folder::may_be_served(folder)?;
                let objects = match under.store {
                    Some(store) => Objects::in_folder(store),
                    None => Objects::open(&folder.join("sealed")).map_err(unusable(folder))?,
                };
                let file = folder.join(folder::DATABASE);
                let store = Store::sqlite(&file, under.database_pages, under.before_commit);
                let mailbox = Mailbox {
                    store: store.await?,
                    objects,
                    gate,
                    _lock: Some(Arc::new(lock)),
                };
                mailbox.counted().await
            }
            Place::Servers { database, bucket } => {
                let mailbox = Mailbox {
                    store: Store::postgres(&database.0, under.before_commit).await?,
                    objects: Objects::in_bucket(bucket.clone()),
                    gate,
                    _lock: None,
                };
                mailbox.counted().await
            }
        }
    }

    /// Counts what an office keeps that was here before files were counted.
    async fn counted(self) -> Result<Mailbox, OpenError> {
        if self.store.is_uncounted().await? {
            let there = self.objects.sizes().await?;
            match self.store.count_files(there).await {
                // Full: what is here can still be read.
                Ok(()) | Err(ApiError::Full) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self)
    }

    /// Forgets what has served, and takes away what nobody is given any more.
    pub async fn tidy(&self) -> Result<(), ApiError> {
        self.gate.tidy();
        self.store.tidy().await?;
        let goes_on = || !self.gate.is_ending();
        while goes_on() && self.store.give_shared().await? {}
        while goes_on() && self.store.let_go_of_letters().await? {}
        while goes_on() && self.store.take_away(&self.objects).await? {}
        Ok(())
    }
}

/// 201 when new, 200 when the very same is here.
impl From<Put> for StatusCode {
    fn from(put: Put) -> StatusCode {
        match put {
            Put::New => StatusCode::CREATED,
            Put::Again => StatusCode::OK,
        }
    }
}

//! A store of sealed files and a database whose n-th write fails, or is the last.

use std::{
    fmt, io,
    sync::{Arc, Mutex},
};

use futures::stream::BoxStream;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
    local::LocalFileSystem, path::Path,
};
use vigie_mailbox::{
    mailbox::{BeforeCommit, Place},
    serve::Config,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The write is not done, and says so.
    Fails,
    /// It is not done, for the disk is full.
    Full,
    /// It is not done, nor is any other after it.
    DiesBefore,
    /// It is done, and says that it is not; no other is done after it.
    DiesAfter,
}

#[derive(Debug, Default)]
struct Plan {
    at: Option<(usize, How)>,
    writes: usize,
    happened: bool,
}

/// Counts the writes of a server, and breaks the one that is planned.
#[derive(Clone, Debug, Default)]
pub struct Breaking(Arc<Mutex<Plan>>);

impl Breaking {
    /// Lays itself under a server that is not open yet.
    pub fn under(&self, config: &mut Config) {
        match &mut config.place {
            Place::Folder(folder) => {
                let folder = folder.join("sealed");
                std::fs::create_dir_all(&folder).expect("a folder");
                let files = LocalFileSystem::new_with_prefix(folder).expect("a store");
                config.store = Some(self.over(Arc::new(files.with_fsync(true))));
            }
            Place::Servers { bucket, .. } => *bucket = self.over(bucket.clone()),
        }
        let breaking = self.clone();
        config.before_commit = Some(BeforeCommit::new(move || breaking.commits()));
    }

    /// The store, which breaks.
    pub fn over(&self, files: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        let breaking = self.clone();
        Arc::new(Store { files, breaking })
    }

    /// The n-th write from now on, the first being 1.
    pub fn at(&self, n: usize, how: How) {
        *self.0.lock().expect("a plan") = Plan {
            at: Some((n, how)),
            ..Plan::default()
        };
    }

    /// Whether there were that many writes.
    pub fn happened(&self) -> bool {
        self.0.lock().expect("a plan").happened
    }

    pub fn mend(&self) {
        self.0.lock().expect("a plan").at = None;
    }

    /// Why this write is not done, if so.
    fn next(&self) -> Option<How> {
        let mut plan = self.0.lock().expect("a plan");
        let (at, how) = plan.at?;
        plan.writes += 1;
        let is_dead = plan.writes > at && matches!(how, How::DiesBefore | How::DiesAfter);
        if plan.writes == at {
            plan.happened = true;
        }
        let breaks = is_dead || plan.writes == at && how != How::DiesAfter;
        breaks.then_some(how)
    }

    /// A full disk breaks sealed files here; a full database has a test of its own.
    fn commits(&self) -> bool {
        let is_full = matches!(self.0.lock().expect("a plan").at, Some((_, How::Full)));
        is_full || self.next().is_none()
    }
}

fn failure(how: How) -> object_store::Error {
    let kind = match how {
        How::Full => io::ErrorKind::StorageFull,
        _ => io::ErrorKind::Other,
    };
    object_store::Error::Generic {
        store: "breaking",
        source: Box::new(io::Error::from(kind)),
    }
}

#[derive(Debug)]
struct Store {
    files: Arc<dyn ObjectStore>,
    breaking: Breaking,
}

impl Store {
    fn write(&self) -> Result<()> {
        self.breaking.next().map_or(Ok(()), |how| Err(failure(how)))
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store that breaks")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Store {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.write()?;
        self.files.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.write()?;
        Ok(Box::new(Upload {
            parts: self.files.put_multipart_opts(location, opts).await?,
            breaking: self.breaking.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.files.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.write()?;
        self.files.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct Upload {
    parts: Box<dyn MultipartUpload>,
    breaking: Breaking,
}

#[async_trait::async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        match self.breaking.next() {
            Some(how) => Box::pin(async move { Err(failure(how)) }),
            None => self.parts.put_part(data),
        }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        match self.breaking.next() {
            Some(how) => Err(failure(how)),
            None => self.parts.complete().await,
        }
    }

    async fn abort(&mut self) -> Result<()> {
        self.parts.abort().await
    }
}

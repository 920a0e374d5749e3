//! A bucket of its own for each world, served by this programme to whoever speaks S3.
#![allow(dead_code, reason = "each programme uses what it needs")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use object_store::ObjectStore;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    runtime::{self, Runtime},
    task::{AbortHandle, JoinSet},
};
use vigie_mailbox::bucket;

/// Its address, beside its settings.
pub const BUCKET: &str = "s3://letters/vigie";

/// What serves all buckets.
static BUCKETS: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.expect("a runtime")
});

pub struct Bucket {
    root: TempDir,
    pub settings: Vec<(String, String)>,
    pub store: Arc<dyn ObjectStore>,
    serving: AbortHandle,
}

impl Bucket {
    pub fn fresh() -> Bucket {
        let root = TempDir::new().expect("a folder");
        fs::create_dir(root.path().join("letters")).expect("a bucket");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = BUCKETS.spawn(serve(listener, root.path().to_owned()));
        let settings = [
            ("AWS_ENDPOINT", format!("http://{address}")),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "office".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "a secret of the bucket".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        Bucket {
            root,
            store: bucket::open(BUCKET, settings.clone()).expect("a bucket"),
            settings: settings.into(),
            serving: serving.abort_handle(),
        }
    }

    /// The folder behind it.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where its files are.
    pub fn files(&self) -> PathBuf {
        self.root.path().join("letters/vigie")
    }

    /// From now on, nobody serves it.
    pub fn cut(&self) {
        self.serving.abort();
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: std::net::TcpListener, root: PathBuf) {
    listener.set_nonblocking(true).expect("a listener");
    let listener = TcpListener::from_std(listener).expect("a listener");
    let service = {
        let files = FileSystem::new(Path::new(&root)).expect("the bucket's files");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single("office", "a secret of the bucket"));
        service.build()
    };
    // Its lines end with it.
    let mut lines = JoinSet::new();
    loop {
        let (line, _) = listener.accept().await.expect("a line");
        let service = service.clone();
        lines.spawn(async move {
            let http = http1::Builder::new();
            // How a line ended is the client's business.
            drop(http.serve_connection(TokioIo::new(line), service).await);
        });
    }
}

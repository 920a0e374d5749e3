//! A folder is served by one process, and left alone once that has ended.

use std::{
    fs,
    future::ready,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{runtime::Runtime, time::timeout};
use vigie_mailbox::{
    mailbox::BeforeCommit,
    serve::{Config, Server},
};

use crate::common::World;

#[test]
fn one_folder_is_served_by_one_server() {
    let world = World::new();
    let config = Config::on(world.ground.folder());
    let second = Runtime::new()
        .expect("a runtime")
        .block_on(Server::open(config));
    let refusal = second.err().expect("refused").to_string();
    assert!(refusal.contains("another vigie"), "{refusal}");
}

/// The last connection takes the write-ahead log with it: where that lies, somebody writes still.
#[test]
fn a_server_that_ended_has_let_go_of_its_folder_also_when_it_was_tidying() {
    let folder = TempDir::new().expect("a folder");
    for turn in 0..20 {
        Runtime::new().expect("a runtime").block_on(async {
            let config = Config::on(folder.path());
            let server = Server::open(config).await.expect("the server opens");
            server.run(ready(())).await.expect("the server ends");
            let logs = logs(folder.path());
            assert_eq!(logs, Vec::<String>::new(), "after {turn} turns");
        });
    }
}

/// Whoever told it to stop would kill it.
#[test]
fn a_server_whose_disk_is_silent_ends_all_the_same() {
    let folder = TempDir::new().expect("a folder");
    let is_silent = Arc::new(AtomicBool::new(false));
    let (speaks, silence) = channel::<()>();
    let (silent, silence) = (is_silent.clone(), Mutex::new(silence));
    let before_commit = BeforeCommit::new(move || {
        if silent.load(Ordering::Relaxed) {
            drop(silence.lock().map(|silence| silence.recv()));
        }
        true
    });
    Runtime::new().expect("a runtime").block_on(async {
        let config = Config {
            before_commit: Some(before_commit),
            ..Config::on(folder.path())
        };
        let server = Server::open(config).await.expect("the server opens");
        is_silent.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        let ended = timeout(Duration::from_secs(60), server.run(ready(()))).await;
        ended.expect("it ends").expect("it ends well");
        assert!(
            begun.elapsed() > Duration::from_secs(5),
            "it was not held up"
        );
    });
    drop(speaks);
}

fn logs(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("the folder");
    files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.ends_with("-wal"))
        .collect()
}

//! A folder is served by one process, and left alone once that has ended.

use std::{fs, future::ready, path::Path};

use tempfile::TempDir;
use tokio::runtime::Runtime;
use vigie_mailbox::serve::{Config, Server};

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

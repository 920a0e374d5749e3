//! A folder is served by one process.

use vigie_mailbox::serve::{Config, Server};

use crate::common::World;

#[test]
fn one_folder_is_served_by_one_server() {
    let world = World::new();
    let config = Config::on(world.ground.folder());
    let second = tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(Server::open(config));
    let refusal = second.err().expect("refused").to_string();
    assert!(refusal.contains("another vigie"), "{refusal}");
}

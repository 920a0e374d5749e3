//! A backup of the data folder is put back: a client that goes on by the contract ends with the same set.

mod common;

use common::World;
use futures::executor::block_on;
use vigie_exchange::api::Epoch;
use vigie_server::mailbox::now;

fn epochs(world: &World) -> [Option<Epoch>; 4] {
    [
        block_on(world.office().feed(0, 10, now()))
            .expect("the feed")
            .epoch,
        block_on(world.office().docs(0, now()))
            .expect("documents")
            .epoch,
        block_on(world.device().receipts(0, now()))
            .expect("receipts")
            .epoch,
        block_on(world.device().state(now())).expect("state").epoch,
    ]
}

#[test]
fn lists_say_their_epoch_and_their_last_number_and_another_life_has_another_epoch() {
    let world = World::new();
    block_on(world.office().put_doc(b"one".to_vec(), now())).expect("a document");
    let before = epochs(&world);
    assert!(before[0].is_some() && before.iter().all(|epoch| *epoch == before[0]));
    let feed = block_on(world.office().feed(9, 10, now())).expect("the feed");
    assert_eq!((feed.last, feed.next, feed.items.len()), (Some(1), 9, 0));
    let docs = block_on(world.office().docs(9, now())).expect("documents");
    assert_eq!((docs.last, docs.next), (Some(1), 9));
    let receipts = block_on(world.device().receipts(9, now())).expect("receipts");
    assert_eq!((receipts.last, receipts.next), (Some(0), 9));
    let world = world.restart();
    assert_eq!(epochs(&world), before, "a restart is the same life");
    assert_ne!(epochs(&World::new()), before, "each database has its own");
    let World {
        data,
        server,
        office,
        device,
        mission,
    } = world;
    drop(server);
    let renewed = std::process::Command::new(env!("CARGO_BIN_EXE_vigie"))
        .args(["renew-epoch", "--data"])
        .arg(data.path())
        .output()
        .expect("the command runs");
    assert!(renewed.status.success(), "{renewed:?}");
    let server = common::Running::on(data.path());
    let world = World {
        data,
        server,
        office,
        device,
        mission,
    };
    let after = epochs(&world);
    assert!(after[0].is_some() && after.iter().all(|epoch| *epoch == after[0]));
    assert_ne!(after, before);
    let said = String::from_utf8_lossy(&renewed.stdout).into_owned();
    assert!(
        said.contains(&after[0].expect("an epoch").to_string()),
        "{said}"
    );
    // While it is served, and where there is nothing, the command changes nothing.
    for folder in [
        world.data.path().to_owned(),
        world.data.path().join("elsewhere"),
    ] {
        let refused = std::process::Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(["renew-epoch", "--data"])
            .arg(&folder)
            .output()
            .expect("the command runs");
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    }
    assert!(!world.data.path().join("elsewhere").exists());
    assert_eq!(epochs(&world), after);
}

//! A folder's mailbox is moved to a database and a bucket.

use std::{path::Path, sync::Arc};

use futures::executor::block_on;
use tempfile::TempDir;
use vigie_mailbox::{
    mailbox::{BeforeCommit, Place, now},
    moving::{Carried, MoveError, carry},
    serve::{Config, Server},
};

use crate::{
    breaking::{Breaking, How},
    common::{Ground, Running, World, put},
    suite::faults::seen,
};

/// A world in a folder, with something of everything, on its way to its ground.
fn in_a_folder(folder: &Path) -> World {
    let world = World::with(|config| config.place = Place::Folder(folder.to_owned()));
    world.put_everything();
    world
}

fn moved(folder: &Path, to: &Ground, breaking: &Breaking) -> Result<Carried, MoveError> {
    let mut config = Config::of(to.place());
    breaking.under(&mut config);
    let Place::Servers { database, bucket } = config.place else {
        panic!("servers");
    };
    let before: Option<BeforeCommit> = config.before_commit;
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(carry(folder, &database, &*Arc::clone(&bucket), before))
}

/// Why nobody can serve it.
fn refused(config: Config) -> String {
    let opened = tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(Server::open(config));
    opened.err().expect("refused").to_string()
}

#[test]
fn a_mailbox_that_is_moved_is_the_same_and_its_folder_is_served_no_more() {
    let folder = TempDir::new().expect("a folder");
    let world = in_a_folder(folder.path());
    let before = seen(&world);
    let feed = |world: &World| block_on(world.office().feed(0, 500, now())).expect("the feed");
    let feed_before = feed(&world);
    let world = world.after(|ground| {
        let carried = moved(folder.path(), ground, &Breaking::default()).expect("moved");
        assert_eq!((carried.letters, carried.damaged), (1, 0));
        assert!(!carried.served);
    });
    assert_eq!(seen(&world), before);
    assert_eq!(feed(&world), feed_before, "numbers, times and epoch");
    // It goes on from there.
    let letter = put(b"another", &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(letter).status, 201);
    let after = feed(&world);
    assert_eq!(after.last, feed_before.last.map(|last| last + 1));
    block_on(world.office().put_doc(b"another".to_vec(), now())).expect("a paper");
    let again = refused(Config::on(folder.path()));
    assert!(again.contains("was moved"), "{again}");
    let again = moved(folder.path(), &world.ground, &Breaking::default());
    let again = again.expect_err("moved already").to_string();
    assert!(again.contains("was moved"), "{again}");
    assert_eq!(feed(&world), after, "nothing was taken back");
}

#[test]
fn a_move_that_is_cut_at_any_write_is_run_again_and_loses_nothing() {
    let (mut points, mut halfway) = (0, 0);
    for how in [How::Fails, How::DiesAfter] {
        for n in 1.. {
            let folder = TempDir::new().expect("a folder");
            let world = in_a_folder(folder.path());
            let before = seen(&world);
            let mut ended = false;
            let world = world.after(|ground| {
                let breaking = Breaking::default();
                breaking.at(n, how);
                let told = moved(folder.path(), ground, &breaking);
                if !breaking.happened() {
                    told.expect("not cut");
                    ended = true;
                    return;
                }
                points += 1;
                if told.is_err() {
                    // Once the folder is marked, the database waits for the end.
                    if folder.path().join("moved").exists() {
                        let moving = refused(Config::of(ground.place()));
                        assert!(moving.contains("run `vigie move` again"), "{moving}");
                        halfway += 1;
                    }
                    let again = moved(folder.path(), ground, &Breaking::default());
                    let again = again.map(|carried| carried.letters);
                    assert_eq!(again.expect("moved"), 1, "{how:?} at {n}");
                }
            });
            assert_eq!(seen(&world), before, "{how:?} at {n}");
            let folder = refused(Config::on(folder.path()));
            assert!(folder.contains("was moved"), "{folder}");
            if ended {
                break;
            }
        }
    }
    println!("{points} points: none lost, none doubled");
    assert!(points > 8 && halfway > 0);
}

#[test]
fn a_mailbox_that_is_served_is_carried_and_moves_once_its_server_has_stopped() {
    let folder = TempDir::new().expect("a folder");
    let world = in_a_folder(folder.path());
    let to = || moved(folder.path(), &world.ground, &Breaking::default());
    let carried = to().expect("carried");
    assert!(carried.served && carried.letters == 1);
    let early = refused(Config::of(world.ground.place()));
    assert!(early.contains("run `vigie move` again"), "{early}");
    // Its server goes on taking letters, and loses none to the move.
    let letter = put(b"meanwhile", &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(letter).status, 201);
    let before = seen(&world);
    let world = world.after(|ground| {
        let carried = moved(folder.path(), ground, &Breaking::default()).expect("moved");
        assert_eq!((carried.letters, carried.files), (2, 1), "the rest");
        assert!(!carried.served);
    });
    assert_eq!(seen(&world), before);
}

#[test]
fn a_database_with_another_mailbox_or_with_servers_is_moved_to_by_none() {
    let folder = TempDir::new().expect("a folder");
    drop(in_a_folder(folder.path()));
    let other = World::new();
    let held = seen(&other);
    let told = |to: &Ground| {
        let told = moved(folder.path(), to, &Breaking::default());
        told.expect_err("refused").to_string()
    };
    assert!(told(&other.ground).contains("another mailbox"));
    assert_eq!(seen(&other), held);
    let empty = Ground::fresh();
    let server = Running::on(&empty);
    assert!(told(&empty).contains("stop its servers"));
    drop(server);
    // The folder is served as before.
    drop(Running::with(Config::on(folder.path())));
}

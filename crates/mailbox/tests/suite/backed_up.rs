//! A mailbox is backed up while it is served, and put back into another place.

use std::{
    fs,
    path::Path,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use futures::executor::block_on;
use tempfile::TempDir;
use vigie_exchange::api::{Code, Epoch};
use vigie_mailbox::{
    backup::{BackedUp, CopyError, back_up},
    checking::{Checked, check},
    mailbox::{Place, Under, now},
    restoring::{Restored, restore},
    serve::{Config, Server},
};
use vigie_model::BundleId;

use super::faults::seen;
use crate::{
    breaking::{Breaking, How},
    common::{self, Ground, Running, World, bundle_id, key, put, wait},
};

/// A world with something of everything.
fn world() -> World {
    let world = World::new();
    world.put_everything();
    world
}

fn send(world: &World, letter: &[u8]) {
    let letter = put(letter, &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(letter).status, 201);
}

/// The same people before another server.
fn at(world: World, ground: Ground) -> World {
    let server = Running::on(&ground);
    World {
        ground,
        server,
        ..world
    }
}

pub fn backed_up(ground: &Ground, folder: &Path) -> BackedUp {
    wait(back_up(&ground.place(), folder, Under::default())).expect("backed up")
}

pub fn restored(backup: &Path, ground: &Ground) -> Restored {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("random numbers");
    wait(restore(backup, &ground.place(), random, Under::default())).expect("restored")
}

fn checked(folder: &Path) -> Checked {
    wait(check(&Place::Folder(folder.to_owned()))).expect("checked")
}

/// Why nobody can serve it.
fn refused(place: Place) -> String {
    let opened = wait(Server::open(Config::of(place)));
    opened.err().expect("refused").to_string()
}

fn epoch(world: &World) -> Epoch {
    let feed = block_on(world.office().feed(0, 10, now())).expect("the feed");
    feed.epoch.expect("an epoch")
}

#[test]
fn a_backup_is_a_folder_that_is_whole_and_is_put_back_as_another_life_of_the_same_mailbox() {
    let world = world();
    let folder = TempDir::new().expect("a folder");
    let backup = backed_up(&world.ground, folder.path());
    let Checked { letters, files, .. } = backup.checked;
    assert_eq!((letters, files, backup.files), (1, 4, 4));
    assert_eq!(backup.checked.faults, []);
    assert_eq!(checked(folder.path()), backup.checked);
    let (before, life) = (seen(&world), epoch(&world));
    let numbers = |world: &World| {
        let feed = block_on(world.office().feed(0, 500, now())).expect("the feed");
        feed.items
    };
    let items = numbers(&world);
    let empty = Ground::fresh();
    let put_back = restored(folder.path(), &empty);
    assert_eq!((put_back.files, &put_back.checked), (4, &backup.checked));
    let world = at(world, empty);
    assert_eq!(seen(&world), before);
    assert_eq!(numbers(&world), items, "numbers and times");
    assert_ne!(epoch(&world), life);
    assert_eq!(epoch(&world), put_back.epoch);
    // It goes on from there.
    send(&world, b"another");
    block_on(world.office().put_doc(b"another".to_vec(), now())).expect("a paper");
    assert_eq!(numbers(&world).len(), items.len() + 1);
}

#[test]
fn a_backup_taken_while_letters_come_has_each_that_was_acknowledged_before_it_began() {
    const WRITERS: u8 = 4;
    let world = World::with(|config| {
        config.limits = vigie_mailbox::limits::Limits::without_rates();
    });
    for writer in 0..WRITERS {
        world.enrol(&key(100 + writer), 100 + writer);
    }
    let folder = TempDir::new().expect("a folder");
    let (mut before, mut counts) = (Vec::<BundleId>::new(), Vec::new());
    let busy = AtomicUsize::new(0);
    for round in 0..3_u8 {
        std::thread::scope(|scope| {
            let (stored, said) = mpsc::channel();
            for writer in 0..WRITERS {
                let (world, busy, stored) = (&world, &busy, stored.clone());
                scope.spawn(move || {
                    for n in 0..20 {
                        let letter = [&[round, writer, n][..], &[7; 3000]].concat();
                        send_until_stored(world, &letter, writer, busy);
                        stored.send(bundle_id(&letter)).expect("somebody counts");
                    }
                });
            }
            drop(stored);
            before.extend(said.iter().take(20));
            let backup = backed_up(&world.ground, folder.path());
            assert_eq!(backup.checked.faults, []);
            counts.push((before.len(), backup.checked.letters));
            let ground = Ground::fresh();
            assert_eq!(restored(folder.path(), &ground).checked.faults, []);
            let server = Running::on(&ground);
            let held: Vec<BundleId> = (0..WRITERS)
                .flat_map(|writer| {
                    let client = server.client(&key(100 + writer));
                    block_on(client.state(now())).expect("state").bundles
                })
                .collect();
            let lost = before.iter().filter(|letter| !held.contains(letter));
            assert_eq!(lost.count(), 0, "of {}", before.len());
            before.extend(said);
        });
    }
    println!("letters acknowledged before each backup, and in it: {counts:?}; busy: {busy:?}");
}

/// A server under all this may say that it is busy, as to any phone.
fn send_until_stored(world: &World, letter: &[u8], writer: u8, busy: &AtomicUsize) {
    loop {
        let letter = put(letter, &world.mission).sign(&key(100 + writer), now());
        let answer = world.server.send(letter);
        if answer.status < 300 {
            return;
        }
        common::refused(&answer, Code::Busy);
        busy.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_second_backup_copies_what_is_new_and_mends_what_was_altered_in_the_first() {
    let world = world();
    let folder = TempDir::new().expect("a folder");
    backed_up(&world.ground, folder.path());
    send(&world, b"another");
    let second = backed_up(&world.ground, folder.path());
    assert_eq!((second.files, second.checked.letters), (1, 2));
    let letter = format!("sealed/bundles/{}.age", bundle_id(b"a letter"));
    fs::write(folder.path().join(&letter), b"a lettre").expect("altered");
    assert_eq!(checked(folder.path()).faults.len(), 1);
    let third = backed_up(&world.ground, folder.path());
    assert_eq!((third.files, third.checked.faults), (1, Vec::new()));
    // What the mailbox lost since, the backup still has.
    let lost = format!("bundles/{}.age", bundle_id(b"a letter"));
    fs::remove_file(world.ground.sealed().join(lost)).expect("lost");
    assert_eq!(backed_up(&world.ground, folder.path()).checked.faults, []);
}

#[test]
fn a_backup_of_a_mailbox_that_is_damaged_is_taken_and_says_so() {
    let world = world();
    let lost = format!("bundles/{}.age", bundle_id(b"a letter"));
    fs::remove_file(world.ground.sealed().join(&lost)).expect("lost");
    let folder = TempDir::new().expect("a folder");
    let faults = backed_up(&world.ground, folder.path()).checked.faults;
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(told, [format!("{lost} is missing")]);
    assert_eq!(checked(folder.path()).faults, faults);
}

#[test]
fn a_backup_that_is_cut_at_any_write_leaves_the_one_before_and_is_run_again() {
    let mut points = 0;
    for how in [How::Fails, How::Full, How::DiesAfter] {
        let world = world();
        let folder = TempDir::new().expect("a folder");
        let mut before = backed_up(&world.ground, folder.path()).checked;
        for n in 1.. {
            send(&world, &[how as u8, n]);
            let breaking = Breaking::default();
            let mut config = Config::of(Place::Folder(folder.path().to_owned()));
            breaking.under(&mut config);
            breaking.at(n.into(), how);
            let told = cut(&world.ground, folder.path(), config);
            if !breaking.happened() {
                told.expect("not cut");
                break;
            }
            points += 1;
            if told.is_err() {
                let there = checked(folder.path());
                assert_eq!(there.faults, [], "{how:?} at {n}");
                let is_the_new = there.letters == before.letters + 1;
                assert!(
                    there.letters == before.letters || (is_the_new && how == How::DiesAfter),
                    "{how:?} at {n}"
                );
            }
            let again = backed_up(&world.ground, folder.path()).checked;
            assert_eq!(again.letters, before.letters + 1, "{how:?} at {n}");
            assert_eq!(again.faults, [], "{how:?} at {n}");
            assert_eq!(checked(folder.path()), again);
            before = again;
        }
    }
    println!("{points} points: the backup before was whole, or the new one was");
    assert!(points >= 5);
}

fn cut(ground: &Ground, folder: &Path, config: Config) -> Result<BackedUp, CopyError> {
    let under = Under {
        store: config.store,
        before_commit: config.before_commit,
        database_pages: None,
    };
    wait(back_up(&ground.place(), folder, under))
}

#[test]
fn a_restoring_that_is_cut_at_any_write_is_served_by_none_until_it_was_run_again() {
    let world = world();
    let folder = TempDir::new().expect("a folder");
    backed_up(&world.ground, folder.path());
    let (before, life) = (seen(&world), epoch(&world));
    let (mut points, mut halfway, mut world) = (0, 0, world);
    for how in [How::Fails, How::DiesBefore, How::DiesAfter] {
        for n in 1.. {
            let ground = Ground::fresh();
            let breaking = Breaking::default();
            let mut config = common::on(&ground);
            breaking.under(&mut config);
            breaking.at(n, how);
            let under = Under {
                store: config.store,
                before_commit: config.before_commit,
                database_pages: None,
            };
            let told = wait(restore(folder.path(), &config.place, [7; 16], under));
            let ended = !breaking.happened();
            if ended {
                told.expect("not cut");
            } else {
                points += 1;
                if let Err(error) = told {
                    // The first write of all is the word that restoring has begun.
                    if n > 1 || how == How::DiesAfter {
                        let refusal = refused(ground.place());
                        assert!(refusal.contains("vigie restore"), "{refusal}: {error}");
                        halfway += 1;
                    }
                    assert_eq!(restored(folder.path(), &ground).checked.faults, []);
                }
            }
            world = at(world, ground);
            assert_eq!(seen(&world), before, "{how:?} at {n}");
            assert_ne!(epoch(&world), life, "{how:?} at {n}");
            if ended {
                break;
            }
        }
    }
    println!("{points} points, {halfway} of them halfway: all ended well");
    assert!(points >= 9 && halfway >= 3);
}

#[test]
fn a_place_that_holds_a_mailbox_is_restored_to_by_none() {
    let world = world();
    let folder = TempDir::new().expect("a folder");
    backed_up(&world.ground, folder.path());
    send(&world, b"since then");
    let before = seen(&world);
    let told = |ground: &Ground| {
        let place = ground.place();
        let told = restore(folder.path(), &place, [7; 16], Under::default());
        wait(told).expect_err("refused").to_string()
    };
    let served = told(&world.ground);
    assert!(served.contains("serv"), "{served}");
    assert_eq!(seen(&world), before);
    let world = world.after(|ground| {
        let stopped = told(ground);
        assert!(stopped.contains("holds a mailbox already"), "{stopped}");
    });
    assert_eq!(seen(&world), before);
}

#[test]
fn a_backup_is_served_by_none_and_no_other_folder_is_taken_for_one() {
    let world = world();
    let folder = TempDir::new().expect("a folder");
    backed_up(&world.ground, folder.path());
    let refusal = refused(Place::Folder(folder.path().to_owned()));
    assert!(refusal.contains("vigie restore --from"), "{refusal}");
    let theirs = TempDir::new().expect("a folder");
    fs::write(theirs.path().join("a thesis"), b"words").expect("a file");
    let place = world.ground.place();
    let told = back_up(&place, theirs.path(), Under::default());
    let refusal = wait(told).expect_err("refused").to_string();
    assert!(refusal.contains("no backup"), "{refusal}");
    assert_eq!(fs::read_dir(theirs.path()).expect("a folder").count(), 1);
    // A mailbox without the office, as one that was lost and begun anew, does not take the place of the one before.
    let fresh = Ground::fresh();
    let server = Running::on(&fresh);
    let over = wait(back_up(&fresh.place(), folder.path(), Under::default()));
    let over = over.expect_err("refused").to_string();
    assert!(over.contains("another office"), "{over}");
    drop(server);
    assert_eq!(checked(folder.path()).letters, 1);
    let nothing = TempDir::new().expect("a folder");
    let place = fresh.place();
    let told = restore(nothing.path(), &place, [7; 16], Under::default());
    let told = wait(told).expect_err("refused").to_string();
    assert!(told.contains("there is no mailbox"), "{told}");
}

//! A mailbox is backed up while it is served, and put back into another place.

use std::{
    fs,
    path::PathBuf,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use futures::executor::block_on;
use tempfile::TempDir;
use vigie_exchange::api::{Code, Epoch};
use vigie_mailbox::{
    backup::{BackedUp, CopyError, Shelf, back_up},
    checking::{Checked, check_backup},
    mailbox::{BeforeCommit, Place, Under, now},
    restoring::{Restored, restore},
    serve::{Config, Server},
};
use vigie_model::BundleId;

use super::faults::seen;
use crate::{
    breaking::{Breaking, How},
    bucket::{BUCKET, Bucket},
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

/// Where backups go, gone with it.
pub enum Kept {
    Folder(TempDir),
    Bucket(Bucket),
}

impl Kept {
    pub fn in_a_folder() -> Kept {
        Kept::Folder(TempDir::new().expect("a folder"))
    }

    fn either() -> [Kept; 2] {
        [Kept::in_a_folder(), Kept::Bucket(Bucket::fresh())]
    }

    /// Another like it, with nothing in it.
    fn another(&self) -> Kept {
        match self {
            Kept::Folder(_) => Kept::in_a_folder(),
            Kept::Bucket(_) => Kept::Bucket(Bucket::fresh()),
        }
    }

    pub fn shelf(&self) -> Shelf {
        match self {
            Kept::Folder(folder) => Shelf::Folder(folder.path().to_owned()),
            Kept::Bucket(bucket) => Shelf::Bucket {
                address: BUCKET.to_owned(),
                store: bucket.store.clone(),
            },
        }
    }

    /// The same, whose writes break.
    fn that_breaks(&self, breaking: &Breaking) -> (Shelf, Under) {
        let mut config = Config::of(Place::Folder(self.files()));
        breaking.under(&mut config);
        let under = Under {
            store: config.store,
            before_commit: config.before_commit,
            database_pages: None,
        };
        match self.shelf() {
            Shelf::Bucket { address, store } => {
                let store = breaking.over(store);
                let under = Under {
                    store: None,
                    ..under
                };
                (Shelf::Bucket { address, store }, under)
            }
            folder => (folder, under),
        }
    }

    /// Where its files are, on this machine.
    pub fn files(&self) -> PathBuf {
        match self {
            Kept::Folder(folder) => folder.path().to_owned(),
            Kept::Bucket(bucket) => bucket.files(),
        }
    }

    fn checked(&self) -> Checked {
        wait(check_backup(&self.shelf())).expect("checked")
    }
}

pub fn backed_up(ground: &Ground, kept: &Kept) -> BackedUp {
    let (place, shelf) = (ground.place(), kept.shelf());
    wait(back_up(&place, &shelf, Under::default())).expect("backed up")
}

pub fn restored(kept: &Kept, ground: &Ground) -> Restored {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("random numbers");
    let (place, shelf) = (ground.place(), kept.shelf());
    wait(restore(&shelf, &place, random, Under::default())).expect("restored")
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
fn a_backup_is_whole_and_is_put_back_as_another_life_of_the_same_mailbox() {
    for kept in Kept::either() {
        let world = world();
        let backup = backed_up(&world.ground, &kept);
        let Checked { letters, files, .. } = backup.checked;
        assert_eq!((letters, files, backup.files), (1, 4, 4));
        assert_eq!(backup.checked.faults, []);
        assert_eq!(kept.checked(), backup.checked);
        let (before, life) = (seen(&world), epoch(&world));
        let numbers = |world: &World| {
            let feed = block_on(world.office().feed(0, 500, now())).expect("the feed");
            feed.items
        };
        let items = numbers(&world);
        let empty = Ground::fresh();
        let put_back = restored(&kept, &empty);
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
}

#[test]
fn what_is_fetched_from_a_bucket_into_a_folder_is_a_backup_in_a_folder() {
    let world = world();
    let kept = Kept::Bucket(Bucket::fresh());
    let backup = backed_up(&world.ground, &kept);
    let fetched = Shelf::Folder(kept.files());
    let checked = wait(check_backup(&fetched)).expect("checked");
    assert_eq!(checked, backup.checked);
    let refusal = refused(Place::Folder(kept.files()));
    assert!(refusal.contains("is a backup"), "{refusal}");
    let empty = Ground::fresh();
    let place = empty.place();
    let restoring = restore(&fetched, &place, [7; 16], Under::default());
    assert_eq!(wait(restoring).expect("restored").checked, backup.checked);
}

#[test]
fn rows_larger_than_a_part_of_a_bucket_go_there_and_come_back() {
    const DRAFTS: u8 = 4;
    let world = world();
    let link = world.link(90, 0, common::FAR_AWAY);
    let bytes = |n: u8| vec![n; 2 * 1024 * 1024 - 1];
    for n in 0..DRAFTS {
        let draft = world.draft(110 + n);
        let put = draft.put_draft(&link, 1, 7, bytes(n), now());
        block_on(put).expect("a draft");
    }
    let kept = Kept::Bucket(Bucket::fresh());
    backed_up(&world.ground, &kept);
    let rows = fs::metadata(kept.files().join("vigie.sqlite")).expect("rows");
    assert!(rows.len() > 8_000_000, "{}", rows.len());
    let ground = Ground::fresh();
    restored(&kept, &ground);
    let world = at(world, ground);
    for n in 0..DRAFTS {
        let draft = block_on(world.draft(110 + n).draft(now())).expect("a draft");
        assert_eq!(draft.sealed.0, bytes(n));
    }
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
    let kept = Kept::in_a_folder();
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
            let backup = backed_up(&world.ground, &kept);
            assert_eq!(backup.checked.faults, []);
            counts.push((before.len(), backup.checked.letters));
            let ground = Ground::fresh();
            assert_eq!(restored(&kept, &ground).checked.faults, []);
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
    for kept in Kept::either() {
        let world = world();
        backed_up(&world.ground, &kept);
        send(&world, b"another");
        let second = backed_up(&world.ground, &kept);
        assert_eq!((second.files, second.checked.letters), (1, 2));
        let letter = format!("sealed/bundles/{}.age", bundle_id(b"a letter"));
        fs::write(kept.files().join(&letter), b"a lettre").expect("altered");
        assert_eq!(kept.checked().faults.len(), 1);
        let third = backed_up(&world.ground, &kept);
        assert_eq!((third.files, third.checked.faults), (1, Vec::new()));
        // What the mailbox lost since, the backup still has.
        let lost = format!("bundles/{}.age", bundle_id(b"a letter"));
        fs::remove_file(world.ground.sealed().join(lost)).expect("lost");
        assert_eq!(backed_up(&world.ground, &kept).checked.faults, []);
    }
}

#[test]
fn a_backup_of_a_mailbox_that_is_damaged_is_taken_and_says_so() {
    for kept in Kept::either() {
        let world = world();
        let lost = format!("bundles/{}.age", bundle_id(b"a letter"));
        fs::remove_file(world.ground.sealed().join(&lost)).expect("lost");
        let faults = backed_up(&world.ground, &kept).checked.faults;
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, [format!("{lost} is missing")]);
        assert_eq!(kept.checked().faults, faults);
    }
}

#[test]
fn a_backup_that_is_cut_at_any_write_leaves_the_one_before_and_is_run_again() {
    for kept in Kept::either() {
        let mut points = 0;
        for how in [How::Fails, How::Full, How::DiesAfter] {
            let world = world();
            let kept = kept.another();
            let mut before = backed_up(&world.ground, &kept).checked;
            for n in 1.. {
                send(&world, &[how as u8, n]);
                let breaking = Breaking::default();
                let (shelf, under) = kept.that_breaks(&breaking);
                breaking.at(n.into(), how);
                let told = wait(back_up(&world.ground.place(), &shelf, under));
                if !breaking.happened() {
                    told.expect("not cut");
                    break;
                }
                points += 1;
                if told.is_err() {
                    let there = kept.checked();
                    assert_eq!(there.faults, [], "{how:?} at {n}");
                    let is_the_new = there.letters == before.letters + 1;
                    assert!(
                        there.letters == before.letters || (is_the_new && how == How::DiesAfter),
                        "{how:?} at {n}"
                    );
                }
                let again = backed_up(&world.ground, &kept).checked;
                assert_eq!(again.letters, before.letters + 1, "{how:?} at {n}");
                assert_eq!(again.faults, [], "{how:?} at {n}");
                assert_eq!(kept.checked(), again);
                before = again;
            }
        }
        println!("{points} points: the backup before was whole, or the new one was");
        assert!(points >= 5);
    }
}

#[test]
fn rows_that_another_backup_put_into_a_bucket_meanwhile_stay() {
    let world = world();
    let kept = Kept::Bucket(Bucket::fresh());
    backed_up(&world.ground, &kept);
    send(&world, b"another");
    // As the other one does, in the middle of this one.
    let rows = kept.files().join("vigie.sqlite");
    let theirs = [&fs::read(&rows).expect("rows")[..], &[0; 4096]].concat();
    let under = Under {
        before_commit: Some(BeforeCommit::new(move || fs::write(&rows, &theirs).is_ok())),
        ..Under::default()
    };
    let told = wait(back_up(&world.ground.place(), &kept.shelf(), under));
    let told = told.expect_err("refused").to_string();
    assert!(told.contains("meanwhile"), "{told}");
    assert_eq!(kept.checked().letters, 1);
    // Run again alone, it is whole.
    let again = backed_up(&world.ground, &kept);
    assert_eq!((again.files, again.checked.letters), (0, 2));
}

#[test]
fn a_restoring_that_is_cut_at_any_write_is_served_by_none_until_it_was_run_again() {
    let world = world();
    let kept = Kept::in_a_folder();
    backed_up(&world.ground, &kept);
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
            let told = wait(restore(&kept.shelf(), &config.place, [7; 16], under));
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
                    assert_eq!(restored(&kept, &ground).checked.faults, []);
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
    let kept = Kept::in_a_folder();
    backed_up(&world.ground, &kept);
    send(&world, b"since then");
    let before = seen(&world);
    let told = |ground: &Ground| {
        let (place, shelf) = (ground.place(), kept.shelf());
        let told = restore(&shelf, &place, [7; 16], Under::default());
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
fn a_backup_is_served_by_none_and_no_other_place_is_taken_for_one() {
    for kept in Kept::either() {
        let world = world();
        backed_up(&world.ground, &kept);
        let refusal = refused(Place::Folder(kept.files()));
        assert!(refusal.contains("vigie restore --from"), "{refusal}");
        let theirs = kept.another();
        fs::create_dir_all(theirs.files()).expect("a folder");
        fs::write(theirs.files().join("a thesis"), b"words").expect("a file");
        let (place, shelf) = (world.ground.place(), theirs.shelf());
        let told = back_up(&place, &shelf, Under::default());
        let refusal = wait(told).expect_err("refused").to_string();
        assert!(refusal.contains("no backup"), "{refusal}");
        assert_eq!(fs::read_dir(theirs.files()).expect("a folder").count(), 1);
        // A mailbox without the office, as one that was lost and begun anew, does not take the place of the one before.
        let fresh = Ground::fresh();
        let server = Running::on(&fresh);
        let (place, shelf) = (fresh.place(), kept.shelf());
        let over = wait(back_up(&place, &shelf, Under::default()));
        let over = over.expect_err("refused").to_string();
        assert!(over.contains("another office"), "{over}");
        drop(server);
        assert_eq!(kept.checked().letters, 1);
    }
    for nothing in Kept::either() {
        let empty = Ground::fresh();
        let (place, shelf) = (empty.place(), nothing.shelf());
        let told = restore(&shelf, &place, [7; 16], Under::default());
        let told = wait(told).expect_err("refused").to_string();
        assert!(told.contains("there is no backup"), "{told}");
    }
}

#[test]
fn a_bucket_that_nobody_serves_leaves_the_mailbox_and_its_place_as_they_are() {
    let world = world();
    let bucket = Bucket::fresh();
    bucket.cut();
    let kept = Kept::Bucket(bucket);
    let (place, shelf) = (world.ground.place(), kept.shelf());
    let told = wait(back_up(&place, &shelf, Under::default()));
    assert!(matches!(told, Err(CopyError::Copy(_))), "{told:?}");
    let empty = Ground::fresh();
    let told = wait(restore(&shelf, &empty.place(), [7; 16], Under::default()));
    assert!(matches!(told, Err(CopyError::Copy(_))), "{told:?}");
    drop(Running::on(&empty));
}

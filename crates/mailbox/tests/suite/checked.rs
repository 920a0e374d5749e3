//! What a check finds, and what it lets pass.

use std::fs;

use futures::executor::block_on;
use vigie_mailbox::{
    checking::{Checked, check},
    mailbox::{now, sha256},
};

use crate::common::{Ground, World, bundle_id, put, wait};

/// A world with a letter, two cards, a file, a paper and a receipt; the device's enrolment stands in its feed too.
fn world() -> World {
    let world = World::new();
    let office = world.office();
    let card = office.put_card(&world.mission, 2, b"a second card".to_vec(), now());
    block_on(card).expect("a card");
    world.put_files();
    world
}

pub fn checked(ground: &Ground) -> Checked {
    wait(check(&ground.place())).expect("checked")
}

fn faults(ground: &Ground) -> Vec<String> {
    let faults = checked(ground).faults;
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_mailbox_in_order_is_checked_while_it_is_served_and_once_it_is_not() {
    let world = world();
    let served = checked(&world.ground);
    let expected = Checked {
        letters: 1,
        cards: 1,
        docs: 1,
        receipts: 1,
        files: 5,
        bytes: served.bytes,
        faults: Vec::new(),
    };
    assert_eq!(served, expected);
    // It goes on as before.
    let letter = put(b"another", &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(letter).status, 201);
    let World { ground, server, .. } = world;
    drop(server);
    let stopped = checked(&ground);
    assert_eq!((stopped.letters, stopped.files), (2, 6));
    assert_eq!(stopped.faults, []);
}

#[test]
fn a_file_that_has_no_row_yet_is_no_fault() {
    let world = world();
    let early = format!("bundles/{}.age", sha256(b"early"));
    fs::write(world.ground.sealed().join(early), b"early").expect("a file");
    let checked = checked(&world.ground);
    assert_eq!((checked.letters, checked.files), (1, 6));
    assert_eq!(checked.faults, []);
}

#[test]
fn a_flipped_byte_is_found_in_every_kind_of_file() {
    let world = world();
    let files = [
        format!("bundles/{}.age", bundle_id(b"a letter")),
        format!("cards/{}/{}", world.mission, sha256(b"a second card")),
        format!("cards/{}/files/{}", world.mission, sha256(b"a file")),
        format!("docs/{}.age", sha256(b"a paper")),
    ];
    for file in files {
        let there = world.ground.sealed().join(&file);
        let whole = fs::read(&there).expect("a file");
        let mut flipped = whole.clone();
        flipped[3] ^= 1;
        fs::write(&there, flipped).expect("flipped");
        assert_eq!(
            faults(&world.ground),
            [format!("{file} is not what its name says")]
        );
        fs::write(&there, whole).expect("mended");
    }
    assert_eq!(faults(&world.ground), [""; 0]);
}

#[test]
fn a_row_without_its_file_is_found() {
    let world = world();
    let files = [
        format!("bundles/{}.age", bundle_id(b"a letter")),
        format!("cards/{}/{}", world.mission, sha256(b"a second card")),
        format!("docs/{}.age", sha256(b"a paper")),
    ];
    for file in &files {
        fs::remove_file(world.ground.sealed().join(file)).expect("erased");
    }
    assert_eq!(
        faults(&world.ground),
        files.map(|file| format!("{file} is missing"))
    );
}

#[test]
fn a_length_that_is_not_the_rows_is_found() {
    let world = world();
    world.ground.change_rows("UPDATE bundles SET size = 7");
    assert_eq!(
        faults(&world.ground),
        [format!(
            "bundles/{}.age has 8 bytes, and its row says 7",
            bundle_id(b"a letter")
        )]
    );
}

#[test]
fn a_receipt_that_the_office_did_not_sign_is_found() {
    let world = world();
    world
        .ground
        .change_rows("UPDATE receipts SET mission = device");
    let unread = faults(&world.ground);
    assert_eq!(
        unread,
        ["receipt 1 of a device does not bear its office's signature"]
    );
    let world = self::world();
    world.ground.change_rows("UPDATE receipts SET at = at + 1");
    assert_eq!(faults(&world.ground), unread);
    // Nor does another's key make it good.
    let world = self::world();
    world.ground.change_rows(
        "UPDATE offices SET key = '79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664'",
    );
    assert_eq!(faults(&world.ground), unread);
}

#[test]
fn a_number_of_the_feed_without_its_row_is_found() {
    let world = world();
    world
        .ground
        .change_rows("INSERT INTO feed (office, n, what) VALUES (1, 3, 'bundle')");
    let told = faults(&world.ground);
    assert_eq!(
        told,
        ["number 3 of the feed is not that of one letter or one enrolment"]
    );
}

#[test]
fn a_place_without_a_mailbox_is_not_said_to_be_in_order() {
    let told = wait(check(&Ground::fresh().place()));
    let told = told.expect_err("refused").to_string();
    assert!(told.contains("there is no mailbox in this"), "{told}");
}

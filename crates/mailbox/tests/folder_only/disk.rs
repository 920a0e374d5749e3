//! The disk of a data folder fills; the power goes.

use futures::executor::block_on;
use vigie_exchange::{
    Method, Request,
    api::{Code, Hex, path},
    request::body_hash,
};
use vigie_mailbox::mailbox::now;

use crate::common::{Running, World, bundle_id, put, refused};

fn is_long() -> bool {
    std::env::var_os("VIGIE_FAULTS_LONG").is_some_and(|long| long == "1")
}

#[test]
fn a_full_database_says_so_goes_on_reading_and_takes_again_what_it_refused() {
    let world = World::with(|config| config.database_pages = Some(64));
    let bundle = |n: u32| put(&n.to_le_bytes(), &world.mission).sign(&world.device, now());
    let doc = |n: u32| {
        let bytes = n.to_le_bytes();
        let doc = path::doc(&Hex(body_hash(&bytes)));
        let put = Request::new(Method::Put, doc).body("x/y", bytes.to_vec());
        put.sign(&world.office, now())
    };
    let mut kept = 0;
    let full = loop {
        let answer = world.server.send(bundle(kept));
        if answer.status != 201 {
            break answer;
        }
        kept += 1;
        drop(world.server.send(doc(kept)));
        assert!(kept < 20_000, "the database never filled");
    };
    refused(&full, Code::Full);
    assert!(full.header("retry-after").is_some());
    let held = |world: &World| {
        block_on(world.device().state(now()))
            .expect("state")
            .bundles
            .len()
    };
    assert_eq!(held(&world), kept as usize);
    block_on(world.office().feed(0, 10, now())).expect("the feed");
    block_on(world.office().docs(0, now())).expect("documents");
    block_on(world.device().card(&world.mission, None, now())).expect("the card");
    block_on(
        world
            .office()
            .bundle(&bundle_id(&0_u32.to_le_bytes()), now()),
    )
    .expect("a bundle");
    // There is room again: what was refused is taken.
    let world = world.restart();
    assert_eq!(held(&world), kept as usize);
    let again = put(&kept.to_le_bytes(), &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(again).status, 201);
    println!("full after {kept} bundles, none lost, none doubled");
}

#[test]
fn a_power_cut_within_any_write_of_the_database_keeps_what_was_acknowledged() {
    // The log's header, and its frames: a head and a page each.
    const HEADER: u64 = 32;
    const FRAME: u64 = 24 + 4096;
    let world = World::new();
    let log = world.ground.folder().join("vigie.sqlite-wal");
    let length = || std::fs::metadata(&log).expect("the log").len();
    let (mut cuts, mut before) = (0, length());
    let steps = if is_long() { 24 } else { 6_u8 };
    for n in 0..steps {
        let bytes = [n; 200];
        assert_eq!(
            world
                .server
                .send(put(&bytes, &world.mission).sign(&world.device, now()))
                .status,
            201
        );
        let after = length();
        assert!(after > before, "the log grows");
        // Nothing of the last write, each of its pages more, and half of a page.
        let frames = (after - before) / FRAME;
        let ends =
            (0..=frames).flat_map(|frame| [0, FRAME / 2].map(|half| before + frame * FRAME + half));
        for end in ends.filter(|end| *end <= after && *end >= HEADER) {
            let image = world.ground.copy();
            let cut = std::fs::OpenOptions::new()
                .write(true)
                .open(image.folder().join("vigie.sqlite-wal"));
            cut.expect("the log").set_len(end).expect("cut");
            let server = Running::on(&image);
            let state = block_on(server.client(&world.device).state(now())).expect("state");
            let held = state.bundles.len();
            let acknowledged = usize::from(n);
            assert!(
                held == acknowledged || (held == acknowledged + 1 && end == after),
                "{held} after {n}, cut at {end} of {after}"
            );
            let again = server.send(put(&bytes, &world.mission).sign(&world.device, now()));
            assert!(again.status < 300);
            let state = block_on(server.client(&world.device).state(now())).expect("state");
            assert_eq!(state.bundles.len(), acknowledged + 1);
            cuts += 1;
        }
        before = after;
    }
    println!("{steps} operations × {cuts} cuts: none lost, none doubled");
}

//! Bundles as they come in: at once, large, cut, while the server ends, and after it.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use crate::common::{World, YEAR_MS, bundle_id, invite_id, key, refused};
use futures::executor::block_on;
use vigie_exchange::{
    Method, Request, Transport,
    api::{self, BUNDLE_BYTES, Code, InviteBox, Receipt, path},
};
use vigie_mailbox::mailbox::now;
use vigie_wire::Wire;

#[test]
fn a_bundle_put_by_twenty_at_once_is_one_row_and_one_file() {
    let world = World::new();
    let bytes: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(7919) >> 5) as u8)
        .collect();
    let request = world.put(&bytes).sign(&world.device, now());
    // Two at once have a place; the others are told to come back, and do.
    let until_done = || loop {
        match world.server.send(request.clone()).status {
            503 => std::thread::yield_now(),
            status => return status,
        }
    };
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sending: Vec<_> = (0..20).map(|_| scope.spawn(until_done)).collect();
        sending
            .into_iter()
            .map(|thread| thread.join().expect("sent"))
            .collect()
    });
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        19,
        "{statuses:?}"
    );
    let feed = block_on(world.office().feed(0, 100, now())).expect("the feed");
    let bundles = feed
        .items
        .iter()
        .filter(|item| matches!(item, api::FeedItem::Bundle(_)))
        .count();
    assert_eq!(bundles, 1);
    assert_eq!(world.ground.bundles(), 1);
    assert_eq!(
        block_on(world.office().bundle(&bundle_id(&bytes), now())).expect("fetched"),
        bytes
    );
}

#[test]
fn the_largest_bundle_is_taken_whole() {
    let world = World::new();
    let bytes = vec![5; BUNDLE_BYTES];
    let stored = block_on(world.device().put_bundle(
        &bundle_id(&bytes),
        &world.mission,
        bytes,
        now(),
    ))
    .expect("stored");
    assert_eq!(stored.size, BUNDLE_BYTES as u64);
}

#[test]
fn an_upload_cut_in_the_middle_leaves_nothing_and_may_begin_again() {
    let world = World::new();
    let bytes = vec![3; 7_000_000];
    let request = world.put(&bytes).sign(&world.device, now());
    let mut line = world.server.begin(&request, 6_000_000);
    line.shutdown(Shutdown::Write).expect("the line is cut");
    // The server notices: it answers, or ends the connection. Either way it has let go.
    let mut answer = Vec::new();
    let _ = line.read_to_end(&mut answer);
    assert!(
        !answer.starts_with(b"HTTP/1.1 2"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    let files = || world.ground.bundles();
    let begun = Instant::now();
    while files() > 0 {
        assert!(begun.elapsed().as_secs() < 60, "the part is still there");
        std::thread::yield_now();
    }
    assert!(
        block_on(world.device().state(now()))
            .expect("state")
            .bundles
            .is_empty()
    );
    assert_eq!(world.server.send(request).status, 201);
    assert_eq!(files(), 1);
}

#[test]
fn an_upload_under_way_ends_before_the_server_does() {
    let mut world = World::new();
    let bytes = vec![6; 7_000_000];
    let request = world.put(&bytes).sign(&world.device, now());
    let mut line = world.server.begin(&request, 6_000_000);
    let begun = Instant::now();
    while world.ground.bundles() == 0 {
        assert!(begun.elapsed().as_secs() < 60, "the upload has not begun");
        std::thread::yield_now();
    }
    world.server.tell_to_stop();
    // Whoever comes is told to come back, so that a balancer sends nobody here, and the one under way goes on.
    // A line that was taken just before the server heard of it is ended before it is asked: whoever comes asks again.
    let begun = Instant::now();
    let ask = |path: &str| loop {
        let request = Request::new(Method::Get, path.to_owned());
        match block_on(Wire::new().send(&world.server.url, request)) {
            Ok(answer) => break answer,
            Err(error) => assert!(begun.elapsed().as_secs() < 60, "{error:?}"),
        }
    };
    while ask(path::HEALTH).status == 200 {
        assert!(begun.elapsed().as_secs() < 60, "the server still serves");
        std::thread::yield_now();
    }
    refused(&ask("/readyz"), Code::Busy);
    let health = ask(path::HEALTH);
    refused(&health, Code::Busy);
    assert!(health.header("retry-after").is_some());
    assert_eq!(ask("/healthz").status, 200);
    line.write_all(&bytes[6_000_000..]).expect("the rest");
    let mut answer = String::new();
    line.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let world = world.restart();
    assert_eq!(
        block_on(world.device().state(now()))
            .expect("state")
            .bundles,
        [bundle_id(&bytes)]
    );
}

#[test]
fn a_server_told_to_stop_says_that_it_is_not_ready_and_serves_until_that_was_noticed() {
    let mut world = World::with(|config| config.notice = Duration::from_secs(3));
    // A balancer asks on a line that it keeps.
    let mut line = TcpStream::connect(world.server.host()).expect("a line");
    let mut ready = || {
        let asked = b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n";
        line.write_all(asked).expect("asked");
        let mut answer = [0; 2000];
        let read = line.read(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer[..read]).into_owned()
    };
    assert!(ready().starts_with("HTTP/1.1 200"));
    world.server.tell_to_stop();
    let begun = Instant::now();
    while !ready().starts_with("HTTP/1.1 503") {
        assert!(begun.elapsed().as_secs() < 60, "the server is still ready");
    }
    let letter = world.put(b"a late letter").sign(&world.device, now());
    assert_eq!(world.server.send(letter).status, 201);
    world.server.stop();
    let held = block_on(world.restart().device().state(now())).expect("state");
    assert_eq!(held.bundles, [bundle_id(b"a late letter")]);
}

#[test]
fn whoever_runs_a_server_asks_whether_it_is_up_and_ready() {
    let world = World::new();
    for (path, said) in [("/healthz", "up\n"), ("/readyz", "ready\n")] {
        let answer = world.server.send(Request::new(Method::Get, path));
        assert_eq!((answer.status, &answer.body[..]), (200, said.as_bytes()));
    }
}

#[test]
fn too_many_uploads_at_once_are_told_to_come_back() {
    let world = World::with(|config| config.uploads_at_once = 0);
    let response = world
        .server
        .send(world.put(b"later").sign(&world.device, now()));
    refused(&response, Code::Busy);
    assert!(response.header("retry-after").is_some());
}

#[test]
fn a_restart_keeps_everything() {
    let world = World::new();
    let other = key(3);
    world.enrol(&other, 3);
    world.invite(4, now().0 + YEAR_MS);
    for n in 0..5_u8 {
        let bytes = vec![n; 1000 + usize::from(n)];
        block_on(
            world
                .device()
                .put_bundle(&bundle_id(&bytes), &world.mission, bytes, now()),
        )
        .expect("stored");
        block_on(world.office().put_doc(vec![n; 300], now())).expect("a document");
    }
    let receipt = Receipt::received(
        bundle_id(b"b"),
        world.device.device(),
        world.mission,
        now(),
        &world.office,
    );
    block_on(world.office().post_receipts(vec![receipt], now())).expect("given");
    let all = |world: &World| {
        let state = block_on(world.device().state(now())).expect("state");
        let feed = block_on(world.office().feed(0, 100, now())).expect("feed");
        let fetched: Vec<Vec<u8>> = state
            .bundles
            .iter()
            .map(|id| block_on(world.office().bundle(id, now())).expect("a bundle"))
            .collect();
        (
            state.bundles,
            feed,
            fetched,
            block_on(world.office().docs(0, now())).expect("documents"),
            block_on(world.device().receipts(0, now())).expect("receipts"),
            block_on(world.device().card(&world.mission, None, now())).expect("the card"),
            // The server's hour goes on.
            InviteBox {
                now: None,
                ..block_on(world.device().invite(&invite_id(4), now())).expect("the invite")
            },
        )
    };
    let before = all(&world);
    assert_eq!(
        (before.0.len(), before.1.items.len(), before.3.docs.len()),
        (5, 7, 5)
    );
    let world = world.restart();
    assert_eq!(all(&world), before);
}

//! Two servers over one database and one bucket.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::executor::block_on;
use vigie_exchange::{
    Method, Request,
    api::{Code, FeedItem},
};
use vigie_mailbox::mailbox::now;
use vigie_model::BundleId;

use crate::common::{Ground, Running, World, bundle_id, key, put, refused};

#[test]
fn a_reader_that_follows_the_feed_misses_nothing_that_many_write_to_two_servers() {
    const WRITERS: u8 = 12;
    const EACH: u32 = 60;
    let world = World::with(|config| config.limits = unbounded());
    let second = {
        let mut config = crate::common::on(&world.ground);
        config.limits = unbounded();
        Running::with(config)
    };
    for writer in 0..WRITERS {
        world.enrol(&key(100 + writer), 100 + writer);
    }
    let letter = |writer: u8, n: u32| [&[writer][..], &n.to_le_bytes()].concat();
    let writing = AtomicUsize::new(usize::from(WRITERS));
    let (seen, last) = std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (world, second, writing) = (&world, &second, &writing);
            scope.spawn(move || {
                for n in 0..EACH {
                    // Any letter may come to either server.
                    let server = if (u32::from(writer) + n).is_multiple_of(2) {
                        &world.server
                    } else {
                        second
                    };
                    let letter = put(&letter(writer, n), &world.mission);
                    let answer = server.send(letter.sign(&key(100 + writer), now()));
                    assert_eq!(answer.status, 201, "{answer:?}");
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            });
        }
        let reader = scope.spawn(|| {
            let (mut cursor, mut seen) = (0, BTreeSet::new());
            loop {
                let ended = writing.load(Ordering::SeqCst) == 0;
                let page = block_on(second.client(&world.office).feed(cursor, 7, now()));
                let page = page.expect("the feed");
                for item in &page.items {
                    if let FeedItem::Bundle(item) = item {
                        assert!(item.n > cursor, "{} comes after {cursor}", item.n);
                        assert!(seen.insert(item.bundle), "{} comes twice", item.bundle);
                    }
                }
                cursor = page.next;
                if ended && !page.more {
                    return (seen, cursor);
                }
            }
        });
        reader.join().expect("read")
    });
    let all: BTreeSet<BundleId> = (0..WRITERS)
        .flat_map(|writer| (0..EACH).map(move |n| (writer, n)))
        .map(|(writer, n)| bundle_id(&letter(writer, n)))
        .collect();
    let missed = all.difference(&seen).count();
    assert_eq!(missed, 0, "missed, of {} up to number {last}", all.len());
}

fn unbounded() -> vigie_mailbox::limits::Limits {
    vigie_mailbox::limits::Limits::without_rates()
}

#[test]
fn a_database_that_let_go_of_every_line_is_asked_again_and_nothing_is_lost() {
    let world = World::new();
    for n in 0..5_u8 {
        world.ground.cut_the_database();
        let letter = put(&[n], &world.mission);
        loop {
            let answer = world.server.send(letter.clone().sign(&world.device, now()));
            // The commit may have been done, and its answer lost.
            if answer.status < 300 {
                break;
            }
            refused(&answer, Code::Busy);
            assert!(answer.header("retry-after").is_some());
        }
    }
    let held = block_on(world.device().state(now()))
        .expect("state")
        .bundles;
    assert_eq!(held, [0, 1, 2, 3, 4].map(|n: u8| bundle_id(&[n])));
}

#[test]
fn a_server_whose_bucket_is_away_says_when_to_come_back_and_that_it_is_not_ready() {
    let world = World::new();
    let get = |path: &str| world.server.send(Request::new(Method::Get, path));
    assert_eq!(get("/healthz").status, 200);
    assert_eq!(get("/readyz").status, 200);
    world.ground.cut_the_bucket();
    let not_ready = get("/readyz");
    refused(&not_ready, Code::Busy);
    assert!(not_ready.header("retry-after").is_some());
    let letter = put(b"a letter", &world.mission).sign(&world.device, now());
    let told = world.server.send(letter);
    refused(&told, Code::Busy);
    assert!(told.header("retry-after").is_some());
    assert_eq!(get("/healthz").status, 200, "the process is up");
    let held = block_on(world.device().state(now()))
        .expect("state")
        .bundles;
    assert!(held.is_empty(), "no row speaks of a file that is not there");
}

#[test]
fn servers_that_start_at_once_over_an_empty_database_all_serve_it() {
    let ground = Ground::fresh();
    let servers: Vec<Running> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| Running::on(&ground)))
            .collect();
        starting
            .into_iter()
            .map(|server| server.join().expect("started"))
            .collect()
    });
    // The link that was made last is the one that opens it, at any of them.
    let tokens: Vec<&String> = servers.iter().filter_map(|s| s.token.as_ref()).collect();
    assert_eq!(tokens.len(), servers.len());
    let set_up = |server: &Running, token: &str| {
        block_on(server.client(&key(1)).set_up_office(token, "Bureau", now()))
    };
    let opened = tokens
        .iter()
        .filter(|token| set_up(&servers[0], token).is_ok());
    assert_eq!(opened.count(), 1);
    for server in &servers {
        block_on(server.client(&key(1)).feed(0, 1, now())).expect("the feed");
    }
}

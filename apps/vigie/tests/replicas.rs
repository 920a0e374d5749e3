//! Two processes over one database and one bucket: one is killed while many send, the other goes on for all, and the first
//! comes back.
//!
//! Once each in short form here; with `VIGIE_FAULTS_LONG=1` they are killed many more times. Without PostgreSQL nothing is run, and
//! that is said.

#[path = "../../../crates/mailbox/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/mailbox/tests/ground/servers.rs"]
mod ground;
mod program;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use common::{Ground, World, bundle_id, key, put};
use futures::executor::block_on;
use program::{Program, VIGIE};
use vigie_exchange::{
    Client, Transport,
    api::{Feed, FeedItem},
};
use vigie_mailbox::mailbox::now;
use vigie_model::BundleId;
use vigie_sign::SigningKey;
use vigie_wire::Wire;

const DEVICES: u8 = 16;
/// Letters between one thing that befalls a server and the next.
const LETTERS: usize = 80;
/// How long the whole is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

/// One of the two.
fn replica(ground: &Ground) -> Program {
    let (bucket, settings) = ground.bucket();
    Program::serve(VIGIE, |command| {
        command
            .args(["--bucket", bucket])
            .env("VIGIE_DATABASE", ground.database())
            .envs(settings.iter().cloned());
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The two, by the addresses that people have: one that is away keeps its old one.
struct Servers {
    urls: [Mutex<String>; 2],
    begun: Instant,
}

impl Servers {
    /// Asks this one, and the other, until one has done it. How often it was refused or cut.
    fn ask<T>(&self, first: usize, ask: impl Fn(&str) -> Option<T>) -> (T, usize) {
        for times in 0.. {
            assert!(self.begun.elapsed() < PATIENCE, "nobody answers");
            let url = lock(&self.urls[(first + times) % 2]).clone();
            if let Some(answer) = ask(&url) {
                return (answer, times);
            }
        }
        unreachable!("it is asked until it is done")
    }
}

fn letter(device: u8, n: u32) -> Vec<u8> {
    let mut bytes = vec![device; 1 + (n as usize * 7919) % 20_000];
    bytes.extend(n.to_le_bytes());
    bytes
}

fn feed(url: &str, office: &SigningKey, cursor: u64) -> Option<Feed> {
    let client = Client::new(Wire::new(), url, office.clone());
    block_on(client.feed(cursor, 100, now())).ok()
}

/// Notes what a page says, each number once and after the last.
fn note(page: &Feed, numbers: &mut BTreeMap<u64, Option<BundleId>>) {
    for item in &page.items {
        let (n, bundle) = match item {
            FeedItem::Bundle(item) => (item.n, Some(item.bundle)),
            FeedItem::Enrolled(item) => (item.n, None),
            FeedItem::Member(item) => (item.n, None),
            FeedItem::Unknown => panic!("a known item"),
        };
        let last = numbers.last_key_value().map_or(0, |(last, _)| *last);
        assert_eq!(n, last + 1, "a gap, or a number that comes twice");
        numbers.insert(n, bundle);
    }
}

#[test]
fn a_server_killed_while_many_send_is_stood_in_for_and_the_feed_has_each_letter_once() {
    if !Ground::is_possible() {
        println!("PostgreSQL is missing (apt-get install postgresql): passed over");
        return;
    }
    let is_long = std::env::var_os("VIGIE_FAULTS_LONG").is_some_and(|long| long == "1");
    let kills = if is_long { 40 } else { 2 };
    let world = World::new();
    for device in 0..DEVICES {
        world.enrol(&key(100 + device), 100 + device);
    }
    let World {
        ground,
        server,
        office,
        mission,
        ..
    } = world;
    drop(server);
    let mut programs = [0, 1].map(|_| Some(replica(&ground)));
    let url_of = |program: &Option<Program>| program.as_ref().expect("it runs").url.clone();
    let servers = Servers {
        urls: [0, 1].map(|n: usize| Mutex::new(url_of(&programs[n]))),
        begun: Instant::now(),
    };
    let (told, hears) = mpsc::channel();
    let (ends, sending) = (AtomicBool::new(false), AtomicUsize::new(DEVICES.into()));
    let turned_away = AtomicUsize::new(0);

    let (acknowledged, seen) = std::thread::scope(|scope| {
        let devices: Vec<_> = (0..DEVICES)
            .map(|device| {
                let (told, servers, mission) = (told.clone(), &servers, &mission);
                let (ends, sending, turned_away) = (&ends, &sending, &turned_away);
                scope.spawn(move || {
                    let key = key(100 + device);
                    let mut n = 0;
                    while !ends.load(Ordering::SeqCst) {
                        let bytes = letter(device, n);
                        let ((), times) = servers.ask(usize::from(device) + n as usize, |url| {
                            let request = put(&bytes, mission).sign(&key, now());
                            let answer = block_on(Wire::new().send(url, request)).ok()?;
                            (answer.status < 300).then_some(())
                        });
                        turned_away.fetch_add(times, Ordering::SeqCst);
                        // Nobody listens once the last kill is done.
                        let _ = told.send(());
                        n += 1;
                    }
                    sending.fetch_sub(1, Ordering::SeqCst);
                    (0..n)
                        .map(|n| bundle_id(&letter(device, n)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        // Whoever follows the feed meanwhile, at either.
        let reader = scope.spawn(|| {
            let (mut cursor, mut numbers) = (0, BTreeMap::new());
            loop {
                let is_over = sending.load(Ordering::SeqCst) == 0;
                let (page, _) = servers.ask(cursor as usize, |url| feed(url, &office, cursor));
                note(&page, &mut numbers);
                cursor = page.next;
                if is_over && !page.more {
                    return numbers;
                }
            }
        });
        let wait_for_letters = || {
            for _ in 0..LETTERS {
                hears.recv_timeout(PATIENCE).expect("letters go on");
            }
        };
        wait_for_letters();
        for kill in 0..kills {
            let which = kill % 2;
            drop(programs[which].take());
            // Whatever was under way there, the other has it done.
            wait_for_letters();
            programs[which] = Some(replica(&ground));
            *lock(&servers.urls[which]) = url_of(&programs[which]);
            wait_for_letters();
        }
        ends.store(true, Ordering::SeqCst);
        let devices = devices.into_iter();
        let acknowledged = devices.flat_map(|device| device.join().expect("sent"));
        let acknowledged: BTreeSet<BundleId> = acknowledged.collect();
        (acknowledged, reader.join().expect("read"))
    });
    let there: Vec<BundleId> = seen.into_values().flatten().collect();
    let once: BTreeSet<BundleId> = there.iter().copied().collect();
    assert_eq!(there.len(), once.len(), "a letter has two numbers");
    assert_eq!(once, acknowledged);
    // Whole, at the one that was killed and at the other.
    for (n, bundle) in once.iter().enumerate() {
        let url = lock(&servers.urls[n % 2]).clone();
        let client = Client::new(Wire::new(), url, office.clone());
        let bytes = block_on(client.bundle(bundle, now())).expect("its bytes");
        assert_eq!(bundle_id(&bytes), *bundle);
    }
    let cut = turned_away.load(Ordering::SeqCst);
    assert!(cut > 0, "a server was killed, and nobody noticed");
    println!(
        "{kills} kills, {cut} requests cut or refused × {} letters: none lost, none doubled",
        once.len()
    );
}

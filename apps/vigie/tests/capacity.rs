//! How many letters one server takes: the figures of `docs/heberger.md`.
//!
//! Ignored, because it takes minutes and means something on a quiet machine alone. `VIGIE_PROGRAMME` names the programme that
//! is measured, one built for release:
//! `VIGIE_PROGRAMME=… cargo test -p vigie-command --test capacity -- --ignored --nocapture`

#[path = "../../../crates/mailbox/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/mailbox/tests/ground/folder.rs"]
mod ground;
mod program;

use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use common::{Running, World, put};
use futures::executor::block_on;
use program::Program;
use vigie_exchange::{Transport, api::FeedItem};
use vigie_mailbox::{limits::Limits, mailbox::now};
use vigie_sign::SigningKey;
use vigie_wire::Wire;

/// How long each kind of sending is measured.
const FOR: Duration = Duration::from_secs(15);
/// Each may ask twenty times a second.
const DEVICES: u32 = 240;

fn device(n: u32) -> SigningKey {
    let mut seed = [77; 32];
    seed[..4].copy_from_slice(&n.to_le_bytes());
    SigningKey::from_bytes(seed)
}

/// Seconds of processor time so far.
fn processor(program: &Program) -> f64 {
    let text = program.told("stat");
    let after = text.rsplit(')').next().expect("fields");
    let ticks = after.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

#[test]
#[ignore = "takes minutes, and a quiet machine"]
fn how_many_letters_one_server_takes() {
    let world = World::with(|config| config.limits = Limits::without_rates());
    for n in 0..DEVICES {
        // Invites are numbered by one byte: each device is enrolled by one of 240.
        world.enrol(&device(n), u8::try_from(n + 10).expect("one byte"));
    }
    let World {
        ground,
        server,
        office,
        mission,
        ..
    } = world;
    drop(server);
    let programme = std::env::var_os("VIGIE_PROGRAMME").expect("VIGIE_PROGRAMME says which");
    let program = Program::serve(programme, |command| {
        command.arg("--data").arg(ground.folder());
    });
    let url = &program.url;
    println!(
        "| taille | envois à la fois | lettres par seconde | Mo par seconde | médiane | 99 % en moins de | processeur du serveur | mémoire |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let letters = AtomicU64::new(0);
    for (size, senders) in [
        (4_000, 1),
        (4_000, 8),
        (4_000, 40),
        (300_000, 8),
        (5_000_000, 1),
        (5_000_000, 8),
    ] {
        let (begun, worked) = (Instant::now(), processor(&program));
        let mut took: Vec<Duration> = std::thread::scope(|scope| {
            let sending: Vec<_> = (0..senders)
                .map(|sender| {
                    let letters = &letters;
                    scope.spawn(move || {
                        let (wire, mut took) = (Wire::new(), Vec::new());
                        let mut n = sender;
                        while begun.elapsed() < FOR {
                            let number = letters.fetch_add(1, Ordering::Relaxed);
                            let mut bytes = vec![1; size];
                            bytes[..8].copy_from_slice(&number.to_le_bytes());
                            let letter = put(&bytes, &mission).sign(&device(n % DEVICES), now());
                            let asked = Instant::now();
                            let answer = block_on(wire.send(url, letter)).expect("an answer");
                            match answer.status {
                                201 => took.push(asked.elapsed()),
                                429 => std::thread::sleep(Duration::from_millis(50)),
                                other => panic!("{other}: {answer:?}"),
                            }
                            n += senders;
                        }
                        took
                    })
                })
                .collect();
            let all = sending
                .into_iter()
                .map(|sender| sender.join().expect("sent"));
            all.flatten().collect()
        });
        let seconds = begun.elapsed().as_secs_f64();
        took.sort_unstable();
        let ms = |part: usize| took[(took.len() - 1) * part / 100].as_secs_f64() * 1000.0;
        let a_second = took.len() as f64 / seconds;
        println!(
            "| {size} | {senders} | {a_second:.0} | {:.1} | {:.0} ms | {:.0} ms | {:.0} % | {} Mo |",
            a_second * size as f64 / 1e6,
            ms(50),
            ms(99),
            (processor(&program) - worked) / seconds * 100.0,
            program.status("VmHWM:") / 1000,
        );
    }
    // What the office reads of it, and what it weighs.
    let client = vigie_exchange::Client::new(Wire::new(), url.clone(), office.clone());
    let (begun, mut cursor, mut more, mut seen) = (Instant::now(), 0, true, 0);
    while more {
        let page = block_on(client.feed(cursor, 500, now())).expect("the feed");
        seen += page
            .items
            .iter()
            .filter(|item| matches!(item, FeedItem::Bundle(_)))
            .count();
        (cursor, more) = (page.next, page.more);
    }
    let database: u64 = ["vigie.sqlite", "vigie.sqlite-wal"]
        .iter()
        .filter_map(|name| Some(fs::metadata(ground.folder().join(name)).ok()?.len()))
        .sum();
    println!(
        "{seen} lettres : liste lue par le bureau en {:.1} s; base de données {:.1} Mo, {} octets par lettre",
        begun.elapsed().as_secs_f64(),
        database as f64 / 1e6,
        database / seen as u64
    );
    drop(program);
    let begun = Instant::now();
    let server = Running::on(&ground);
    println!(
        "ouverte de nouveau en {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    drop(server);
}

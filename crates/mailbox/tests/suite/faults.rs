//! Every write of every operation fails, or is the last before a crash, or is done and never answered; the disk fills.
//! Afterwards the same requests end in the same state: nothing lost, nothing doubled.
//!
//! Counts are printed. That the process may be killed is tested where it is made: `apps/vigie/tests/process.rs`.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::executor::block_on;
use vigie_exchange::{
    CardAnswer, Method, Request,
    api::{self, Base64, Code, FeedItem, Hex, Receipt, path},
    request::body_hash,
};
use vigie_mailbox::{hosting::Terms, mailbox::now};
use vigie_model::Timestamp;

use super::offices::{OURS, THEIRS, invited, opened, set_up};
use crate::{
    breaking::{Breaking, How},
    common::{self, World, bundle_id, draft_id, enrolment, invite_id, key, put, refused},
};

const EXPIRES: Timestamp = Timestamp(4_102_444_800_000);

/// Everything that writes, as a client would ask it again after a lost answer.
const OPERATIONS: [&str; 15] = [
    "put invite",
    "enrol",
    "put card",
    "put file",
    "put bundle",
    "put large bundle",
    "give receipts",
    "put doc",
    "put draft",
    "replace draft",
    "erase draft",
    "close invite",
    "open mission",
    "take mission",
    "remove device",
];

fn operation(world: &World, name: &str) -> Request {
    let json = |method, path: String, body: Vec<u8>| {
        Request::new(method, path).body("application/json", body)
    };
    let bytes = |path: String, bytes: &[u8]| {
        Request::new(Method::Put, path).body("application/octet-stream", bytes.to_vec())
    };
    let invite = |uses| api::PutInvite {
        mission: Some(world.mission),
        partner: false,
        uses,
        expires: EXPIRES,
        replaces: false,
        sealed: Base64(vec![9; 40]),
    };
    let receipt = || {
        let at = Timestamp(5);
        Receipt::received(
            bundle_id(b"b"),
            world.device.device(),
            world.mission,
            at,
            &world.office,
        )
    };
    let text = |value: serde_json::Result<Vec<u8>>| value.expect("JSON");
    let (request, who) = match name {
        "put invite" => (
            json(
                Method::Put,
                path::invite(&invite_id(100)),
                text(serde_json::to_vec(&invite(1))),
            ),
            &world.office,
        ),
        "enrol" => {
            let new = key(101);
            let body = text(serde_json::to_vec(&enrolment(&new, 101)));
            return json(Method::Post, path::ENROL.into(), body).sign(&new, now());
        }
        "put card" => (
            bytes(path::put_card(&world.mission, 2), b"card two"),
            &world.office,
        ),
        "put file" => {
            let file = path::card_file(&world.mission, &Hex(body_hash(b"a file")));
            (bytes(file, b"a file"), &world.office)
        }
        "put bundle" => (put(&[7; 100_000], &world.mission), &world.device),
        // Of two parts, wherever it goes.
        "put large bundle" => (put(&[8; 6_000_000], &world.mission), &world.device),
        "give receipts" => {
            let receipts = vec![receipt()];
            let body = text(serde_json::to_vec(&api::PostReceipts { receipts }));
            (
                json(Method::Post, path::RECEIPTS.into(), body),
                &world.office,
            )
        }
        "put doc" => (
            bytes(path::doc(&Hex(body_hash(b"doc"))), b"doc"),
            &world.office,
        ),
        "put draft" => {
            let new = key(105);
            let path = path::put_draft(&draft_id(&new), &invite_id(104), 1, 7);
            return bytes(path, b"a new draft").sign(&new, now());
        }
        "replace draft" => {
            let path = path::put_draft(&draft_id(&key(106)), &invite_id(104), 2, 7);
            return bytes(path, b"a longer draft").sign(&key(106), now());
        }
        "erase draft" => {
            let erase = Request::new(Method::Delete, path::draft(&draft_id(&key(106))));
            return erase.sign(&key(106), now());
        }
        "open mission" => {
            let with = Hex(key(THEIRS).verifying_key().to_bytes());
            (
                bytes(path::share_to(&world.mission, &with), b"another word"),
                &world.office,
            )
        }
        "take mission" => {
            let lead = Hex(world.office.verifying_key().to_bytes());
            let body = text(serde_json::to_vec(&api::AnswerShare { accept: true }));
            let answer = json(Method::Post, path::share_of(&lead, &world.mission), body);
            return answer.sign(&key(THEIRS), now());
        }
        "close invite" => (
            Request::new(Method::Delete, path::invite(&invite_id(102))),
            &world.office,
        ),
        _ => (
            Request::new(Method::Delete, path::device(&key(103).device())),
            &world.office,
        ),
    };
    request.sign(who, now())
}

/// A world that waits for the operations, over a store and a database that can break.
fn world(breaking: &Breaking) -> World {
    let world = World::with(|config| breaking.under(config));
    for n in [101, 102] {
        let body = api::PutInvite {
            mission: Some(world.mission),
            partner: false,
            uses: 1,
            expires: EXPIRES,
            replaces: false,
            sealed: Base64(vec![n; 40]),
        };
        block_on(world.office().put_invite(&invite_id(n), &body, now())).expect("an invite");
    }
    world.link(104, 0, EXPIRES);
    let draft = b"a draft".to_vec();
    let put = block_on(
        world
            .draft(106)
            .put_draft(&invite_id(104), 1, 7, draft, now()),
    );
    put.expect("a draft");
    set_up(&world, THEIRS, &invited(&world, EXPIRES, Terms::default())).expect("set up");
    assert_eq!(opened(&world, OURS, &world.mission, THEIRS, b"a word"), 201);
    world
}

/// All that can be seen of a server, without times.
pub fn seen(world: &World) -> BTreeMap<&'static str, String> {
    let feed = block_on(world.office().feed(0, 500, now())).expect("the feed");
    let items: Vec<String> = feed
        .items
        .iter()
        .map(|item| match item {
            FeedItem::Bundle(item) => format!("{} {}", item.bundle, item.size),
            FeedItem::Enrolled(item) => format!("{} {:?}", item.device, item.mission),
            FeedItem::Member(item) => format!("{} {}", item.device, item.says.recipient),
            FeedItem::Unknown => panic!("a known item"),
        })
        .collect();
    let docs = block_on(world.office().docs(0, now())).expect("documents");
    let docs: Vec<_> = docs
        .docs
        .iter()
        .map(|doc| (doc.id, doc.sealed.clone()))
        .collect();
    let receipts = block_on(world.device().receipts(0, now())).expect("receipts");
    let receipts: Vec<_> = receipts
        .receipts
        .iter()
        .map(|one| one.receipt.clone())
        .collect();
    let card = block_on(world.device().card(&world.mission, None, now())).expect("the card");
    assert!(matches!(card, CardAnswer::Card { .. }));
    let file = Hex(body_hash(b"a file"));
    let file = block_on(world.device().card_file(&world.mission, &file, now())).ok();
    let looks: Vec<_> = [100, 101, 102]
        .map(|n| {
            let look = block_on(world.device().invite(&invite_id(n), now()));
            look.map(|look| (look.used, look.sealed))
                .map_err(|error| error.code().cloned())
        })
        .into();
    let bundles: Vec<Vec<u8>> = feed
        .items
        .iter()
        .filter_map(|item| match item {
            FeedItem::Bundle(item) => Some(
                block_on(world.office().bundle(&item.bundle, now())).expect("a bundle's bytes"),
            ),
            _ => None,
        })
        .collect();
    let drafts: Vec<_> = [105, 106]
        .map(|n| {
            let draft = block_on(world.draft(n).draft(now()));
            draft
                .map(|draft| (draft.rev, draft.sealed))
                .map_err(|error| error.code().cloned())
        })
        .into();
    // Where there is another office, what it is told.
    let theirs = world.server.client(&key(THEIRS));
    let lead = Hex(world.office.verifying_key().to_bytes());
    let shares = block_on(theirs.shares(now())).map(|told| told.shares).ok();
    let word = block_on(theirs.share(&lead, &world.mission, now())).ok();
    let removed = block_on(world.server.client(&key(103)).state(now()));
    BTreeMap::from([
        ("feed", format!("{items:?}")),
        (
            "bundles",
            format!("{:?}", bundles.iter().map(Vec::len).collect::<Vec<_>>()),
        ),
        ("docs", format!("{docs:?}")),
        ("receipts", format!("{receipts:?}")),
        ("card", format!("{card:?}")),
        ("file", format!("{file:?}")),
        ("invites", format!("{looks:?}")),
        ("drafts", format!("{drafts:?}")),
        ("shares", format!("{shares:?} {word:?}")),
        (
            "removed",
            format!("{:?}", removed.expect_err("refused").code()),
        ),
    ])
}

#[test]
fn a_write_that_fails_or_is_the_last_before_a_crash_loses_and_doubles_nothing() {
    let (mut points, mut said) = (0, BTreeMap::<String, usize>::new());
    // A server waits for its disk more than it works: four at once.
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let breaking: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let next = || OPERATIONS.get(next.fetch_add(1, Ordering::Relaxed));
                    std::iter::from_fn(next)
                        .map(|name| broken_at_every_write(name))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for thread in breaking {
            for (some, told) in thread.join().expect("no fault does harm") {
                points += some;
                for (what, count) in told {
                    *said.entry(what).or_default() += count;
                }
            }
        }
    });
    println!(
        "{} operations × {points} points: {said:?}; none lost, none doubled",
        OPERATIONS.len()
    );
    assert!(points >= OPERATIONS.len() * 4);
}

/// How many points there were, and what was told at how many of them.
fn broken_at_every_write(name: &str) -> (usize, BTreeMap<String, usize>) {
    let (mut points, mut said) = (0, BTreeMap::new());
    let expected = {
        let world = world(&Breaking::default());
        let answer = world.server.send(operation(&world, name));
        assert!((200..300).contains(&answer.status), "{name}: {answer:?}");
        seen(&world)
    };
    for how in [How::Fails, How::Full, How::DiesBefore, How::DiesAfter] {
        for n in 1.. {
            let breaking = Breaking::default();
            let mut world = world(&breaking);
            breaking.at(n, how);
            let answer = world.server.send(operation(&world, name));
            if !breaking.happened() {
                assert!(n > 1 || how == How::Full, "{name} writes nothing");
                assert!((200..300).contains(&answer.status), "{name}: {answer:?}");
                break;
            }
            points += 1;
            let told = if answer.status < 300 {
                "done".to_owned()
            } else {
                common::problem(&answer).code.to_string()
            };
            if how == How::Full {
                refused(&answer, Code::Full);
                assert!(answer.header("retry-after").is_some());
                // It goes on reading.
                block_on(world.office().feed(0, 10, now())).expect("the feed");
                block_on(world.device().card(&world.mission, None, now())).expect("a card");
            }
            *said.entry(format!("{how:?}: {told}")).or_default() += 1;
            breaking.mend();
            if matches!(how, How::DiesBefore | How::DiesAfter) {
                world = world.restart();
            }
            // Another moment, and so another signature.
            let asked = now();
            while now() == asked {
                std::thread::yield_now();
            }
            let again = world.server.send(operation(&world, name));
            assert!(
                (200..300).contains(&again.status),
                "{name}, {how:?} at {n}: {again:?}"
            );
            assert_eq!(seen(&world), expected, "{name}, {how:?} at {n}");
            // An answer that said "done" was true already.
            assert!(
                told != "done"
                    || again.status == 200
                    || name.starts_with("put file")
                    || name == "give receipts"
            );
        }
    }
    (points, said)
}

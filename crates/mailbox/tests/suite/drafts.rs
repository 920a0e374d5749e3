//! Answers that partners go on with later: who may keep one, who may read it, and how it ends.

use std::io::{Read, Write};

use crate::common::{World, YEAR_MS, draft_id, enrolment, invite_id, key, refused};
use futures::executor::block_on;
use vigie_exchange::{
    ExchangeError, Method, Request, Response,
    api::{Code, DRAFT_BYTES, DRAFT_LAST_REV, DraftBox, DraftKept, path},
};
use vigie_mailbox::{mailbox::now, serve::Config};
use vigie_model::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The link of most tests.
const LINK: u8 = 60;

fn in_a_year() -> Timestamp {
    Timestamp(now().0 + YEAR_MS)
}

/// A world with a link for any number of people.
fn world(change: impl FnOnce(&mut Config)) -> World {
    let world = World::with(change);
    world.link(LINK, 0, in_a_year());
    world
}

fn code<T: std::fmt::Debug>(answer: Result<T, ExchangeError>) -> Option<Code> {
    answer.expect_err("refused").code().cloned()
}

impl World {
    fn keeps_by(
        &self,
        link: u8,
        holder: u8,
        rev: u32,
        sealed: &[u8],
    ) -> Result<DraftKept, ExchangeError> {
        let (client, link) = (self.draft(holder), invite_id(link));
        block_on(client.put_draft(&link, rev, 7, sealed.to_vec(), now()))
    }

    fn keeps(&self, holder: u8, rev: u32, sealed: &[u8]) -> Result<DraftKept, ExchangeError> {
        self.keeps_by(LINK, holder, rev, sealed)
    }

    fn reads(&self, holder: u8) -> Result<DraftBox, ExchangeError> {
        block_on(self.draft(holder).draft(now()))
    }

    fn erases(&self, holder: u8) -> Result<(), ExchangeError> {
        block_on(self.draft(holder).delete_draft(now()))
    }

    /// Which of these words stand anywhere in what the server keeps, which is stopped for that.
    fn on_disk<const N: usize>(self, words: [&[u8]; N]) -> [bool; N] {
        let World { ground, server, .. } = self;
        drop(server);
        words.map(|words| ground.holds(words))
    }
}

#[test]
fn a_draft_is_replaced_by_a_greater_revision_alone_and_read_as_it_was_last_kept() {
    let world = world(|_| {});
    assert_eq!(code(world.reads(30)), Some(Code::NotFound));
    let first = world.keeps(30, 1, b"one answer").expect("kept");
    assert!((first.expires.0 - now().0 - 7 * DAY_MS).abs() < 60_000);
    // The answer was lost on the way: the same again is the same.
    let again = world.keeps(30, 1, b"one answer").expect("kept");
    assert_eq!((again.rev, again.expires), (1, first.expires));
    // Another phone kept something else meanwhile, or it comes too late.
    assert_eq!(
        code(world.keeps(30, 1, b"something else")),
        Some(Code::Stale)
    );
    world.keeps(30, 5, b"five answers").expect("replaced");
    assert_eq!(code(world.keeps(30, 4, b"four answers")), Some(Code::Stale));
    let read = world.reads(30).expect("the draft");
    assert_eq!((read.rev, read.sealed.0), (5, b"five answers".to_vec()));
    assert_eq!(code(world.reads(31)), Some(Code::NotFound), "another's");
    // It outlives the server's restart.
    let world = world.restart();
    assert_eq!(world.reads(30).expect("the draft").rev, 5);
}

#[test]
fn an_erased_draft_is_gone_from_the_disk_and_no_late_request_brings_it_back() {
    let world = world(|_| {});
    let words = b"the words of a box that nobody has";
    world.keeps(30, 1, words).expect("kept");
    world.keeps(32, 1, b"the words of another").expect("kept");
    world.erases(30).expect("erased");
    world.erases(30).expect("the same again");
    assert_eq!(code(world.reads(30)), Some(Code::NotFound));
    for rev in [1, 2, DRAFT_LAST_REV - 1] {
        assert_eq!(code(world.keeps(30, rev, words)), Some(Code::Stale));
    }
    assert_eq!(code(world.erases(31)), Some(Code::NotFound), "never kept");
    let world = world.restart();
    assert_eq!(code(world.keeps(30, 3, words)), Some(Code::Stale));
    assert_eq!(
        world.on_disk([words, b"the words of another"]),
        [false, true]
    );
}

#[test]
fn whoever_knows_what_a_draft_is_called_neither_reads_replaces_nor_erases_it() {
    let world = world(|_| {});
    world.keeps(30, 1, b"hers").expect("kept");
    let (draft, link) = (draft_id(&key(30)), invite_id(LINK));
    let put = Request::new(Method::Put, path::put_draft(&draft, &link, 2, 7));
    let put = put.body("x/y", b"another's".to_vec());
    for request in [
        put,
        Request::new(Method::Get, path::draft(&draft)),
        Request::new(Method::Delete, path::draft(&draft)),
    ] {
        refused(&world.server.send(request.clone()), Code::Signature);
        for other in [key(31), world.office.clone(), world.device.clone()] {
            let signed = request.clone().sign(&other, now());
            refused(&world.server.send(signed), Code::Malformed);
        }
        // Heard on the line, and sent again for another address.
        let mut moved = request.sign(&key(30), now());
        let query = moved.path.contains('?');
        moved.path.push_str(if query { "&x=1" } else { "?x=1" });
        refused(&world.server.send(moved), Code::Signature);
    }
    assert_eq!(world.reads(30).expect("the draft").sealed.0, b"hers");
}

#[test]
fn a_draft_is_kept_under_an_open_partner_link_alone_and_uses_nothing_of_it_up() {
    let world = world(|_| {});
    world.invite(61, in_a_year().0);
    world.link(62, 1, in_a_year());
    world.link(63, 0, in_a_year());
    assert_eq!(
        code(world.keeps_by(99, 30, 1, b"x")),
        Some(Code::InviteUnknown)
    );
    assert_eq!(
        code(world.keeps_by(61, 30, 1, b"x")),
        Some(Code::InviteUnknown),
        "a delegate's invite"
    );
    // A link for one: kept, then answered, by which it is used up. What was kept can still be read, and erased.
    world.keeps_by(62, 30, 1, b"x").expect("kept");
    let enrol = |device: u8, n| {
        let client = world.server.client(&key(device));
        block_on(client.enrol(&enrolment(&key(device), n), now()))
    };
    enrol(40, 62).expect("the draft took no place");
    assert_eq!(
        code(world.keeps_by(62, 30, 2, b"y")),
        Some(Code::InviteUsed)
    );
    assert_eq!(world.reads(30).expect("the draft").sealed.0, b"x");
    world.erases(30).expect("erased");
    // A draft stays with its link.
    world.keeps(31, 1, b"x").expect("kept");
    assert_eq!(code(world.keeps_by(63, 31, 2, b"y")), Some(Code::Malformed));
}

#[test]
fn a_closed_links_drafts_are_erased_and_no_others() {
    let world = world(|_| {});
    world.link(64, 0, in_a_year());
    let words = b"what was kept of a link that is closed";
    world.keeps_by(64, 30, 1, words).expect("kept");
    world.keeps(31, 1, b"another link's").expect("kept");
    block_on(world.office().close_invite(&invite_id(64), now())).expect("closed");
    assert_eq!(code(world.reads(30)), Some(Code::NotFound));
    assert_eq!(
        code(world.keeps_by(64, 30, 2, words)),
        Some(Code::InviteExpired)
    );
    let read = world.reads(31).expect("the draft");
    assert_eq!(read.sealed.0, b"another link's");
    assert_eq!(
        world.restart().on_disk([words, b"another link's"]),
        [false, true]
    );
}

#[test]
fn a_draft_lasts_as_long_as_is_asked_but_not_longer_than_its_link_or_thirty_days() {
    let world = world(|_| {});
    let put = |holder: u8, days: u32| {
        let client = world.draft(holder);
        let link = invite_id(LINK);
        let put = client.put_draft(&link, 1, days, b"x".to_vec(), now());
        let kept = block_on(put).expect("kept");
        (kept.expires.0 - kept.now.0 + DAY_MS / 2) / DAY_MS
    };
    for (holder, asked, given) in [(30, 0, 1), (31, 1, 1), (32, 30, 30), (33, u32::MAX, 30)] {
        assert_eq!(put(holder, asked), given, "{asked}");
    }
    let soon = Timestamp(now().0 + 400);
    world.link(65, 0, soon);
    let words = b"what was kept of a link that has expired";
    let kept = world.keeps_by(65, 34, 1, words).expect("kept");
    assert_eq!(kept.expires, soon);
    while now() <= soon {
        std::thread::yield_now();
    }
    assert_eq!(code(world.reads(34)), Some(Code::NotFound));
    assert_eq!(code(world.erases(34)), Some(Code::NotFound));
    assert_eq!(
        code(world.keeps_by(65, 34, 2, words)),
        Some(Code::InviteExpired)
    );
    // The round that forgets is made at each start too.
    let world = world.restart();
    assert_eq!(world.reads(32).expect("the draft").rev, 1);
    assert_eq!(world.on_disk([words]), [false]);
}

#[test]
fn a_link_has_so_many_drafts_of_so_many_bytes_and_another_link_has_its_own() {
    let world = world(|config| {
        config.limits.drafts_of_a_link = 5;
        config.limits.drafts_of_a_use = 2;
        config.limits.draft_bytes_of_a_link = 1000;
    });
    world.link(66, 1, in_a_year());
    world.link(67, 9, in_a_year());
    for holder in [30, 31] {
        world.keeps_by(66, holder, 1, b"x").expect("two for one");
    }
    assert_eq!(code(world.keeps_by(66, 32, 1, b"x")), Some(Code::TooMany));
    for holder in 40..45 {
        world.keeps_by(67, holder, 1, b"x").expect("five at most");
    }
    let full = world.keeps_by(67, 45, 1, b"x");
    let Err(ExchangeError::Problem { retry_after_ms, .. }) = &full else {
        panic!("{full:?}");
    };
    assert_eq!(*retry_after_ms, Some(60 * 60 * 1000));
    assert_eq!(code(full), Some(Code::TooMany));
    // Those that are there go on.
    world.keeps_by(66, 30, 2, b"more").expect("replaced");
    world.keeps_by(67, 40, 2, &[1; 996]).expect("replaced");
    assert_eq!(
        code(world.keeps_by(67, 41, 2, &[1; 2])),
        Some(Code::TooMany),
        "one byte more than all may have"
    );
    world.keeps_by(67, 40, 3, b"x").expect("replaced by less");
    world.keeps_by(67, 41, 2, &[1; 2]).expect("room again");
}

#[test]
fn a_draft_asked_for_without_end_waits_and_the_others_are_served() {
    let world = world(|config| {
        config.limits.draft_a_minute = std::num::NonZeroU32::new(5).expect("five");
    });
    for rev in 1..=5 {
        world.keeps(30, rev, b"x").expect("kept");
    }
    assert_eq!(code(world.keeps(30, 6, b"x")), Some(Code::TooMany));
    assert_eq!(code(world.reads(30)), Some(Code::TooMany));
    world.keeps(31, 1, b"x").expect("another's");
}

#[test]
fn whoever_guesses_codes_is_told_to_wait() {
    let world = world(|config| {
        config.url = Some("https://vigie.example".to_owned());
        config.limits.address_a_minute = std::num::NonZeroU32::new(5).expect("five");
    });
    let guess = |n: u8| {
        let get = Request::new(Method::Get, path::draft(&draft_id(&key(n))));
        let get = get.header("x-forwarded-for", "203.0.113.7");
        world.server.send(get.sign(&key(n), now()))
    };
    for n in 30..35 {
        refused(&guess(n), Code::NotFound);
    }
    refused(&guess(35), Code::TooMany);
}

#[test]
fn a_body_that_is_too_large_or_never_ends_is_refused_and_the_largest_is_taken() {
    let world = world(|_| {});
    let put = |rev: u32, body: Vec<u8>| {
        let path = path::put_draft(&draft_id(&key(30)), &invite_id(LINK), rev, 7);
        let put = Request::new(Method::Put, path).body("x/y", body);
        put.sign(&key(30), now())
    };
    let largest = vec![7; DRAFT_BYTES];
    assert_eq!(world.server.send(put(1, largest.clone())).status, 201);
    let over = world.server.send(put(2, vec![7; DRAFT_BYTES + 1]));
    refused(&over, Code::TooLarge);
    refused(&world.server.send(put(2, Vec::new())), Code::Malformed);
    // Without a length, part after part: refused once it is too much, whatever still comes.
    let signed = put(2, Vec::new());
    let mut head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n",
        signed.path
    );
    for (name, value) in &signed.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut line = std::net::TcpStream::connect(world.server.host()).expect("a line");
    line.write_all(format!("{head}\r\n").as_bytes())
        .expect("the head");
    let part = [b"10000\r\n".as_slice(), &[7; 0x10000], b"\r\n"].concat();
    for _ in 0..=DRAFT_BYTES / 0x10000 {
        if line.write_all(&part).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    drop(line.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(world.reads(30).expect("the draft").sealed.0, largest);
}

#[test]
fn whoever_has_no_link_is_refused_before_a_byte_of_the_body_is_read() {
    let world = world(|_| {});
    let path = path::put_draft(&draft_id(&key(30)), &invite_id(99), 1, 7);
    let put = Request::new(Method::Put, path).body("x/y", vec![7; DRAFT_BYTES]);
    let mut line = world.server.begin(&put.sign(&key(30), now()), 0);
    let mut answer = Vec::new();
    drop(line.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("invite-unknown"), "{answer}");
}

#[test]
fn twenty_who_keep_at_once_leave_the_greatest_revision() {
    let world = world(|_| {});
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let puts: Vec<_> = (1..=20_u32)
            .map(|rev| {
                let world = &world;
                scope.spawn(move || {
                    let path = path::put_draft(&draft_id(&key(30)), &invite_id(LINK), rev, 7);
                    let put = Request::new(Method::Put, path).body("x/y", rev.to_le_bytes().into());
                    world.server.send(put.sign(&key(30), now()))
                })
            })
            .collect();
        let answers = puts.into_iter().map(|put| put.join().expect("an answer"));
        answers.collect()
    });
    for answer in answers.iter().filter(|answer| answer.status >= 300) {
        refused(answer, Code::Stale);
    }
    let read = world.reads(30).expect("the draft");
    assert_eq!((read.rev, read.sealed.0), (20, 20_u32.to_le_bytes().into()));
}

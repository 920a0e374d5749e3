//! What a mission's people send each other: who is given it, and who is not.

use futures::executor::block_on;
use vigie_exchange::{
    ExchangeError, Method, Request,
    api::{self, Code, FeedItem, Hex, PutMember, Team, path},
};
use vigie_mailbox::{checking::check, mailbox::now};
use vigie_model::{BundleId, DeviceId, MissionId};
use vigie_sign::SigningKey;

use super::offices::wait_until;
use crate::common::{World, bundle_id, key, put, wait};

/// A second and a third device of the mission.
const LUC: u8 = 60;
const ROSA: u8 = 61;

fn says(world: &World, device: &SigningKey) -> Result<(), ExchangeError> {
    let says = PutMember::new("age1mine".into(), &world.mission, device);
    let client = world.server.client(device);
    block_on(client.put_member(&world.mission, &says, now()))
}

fn sends(world: &World, device: &SigningKey, letter: &[u8]) -> u16 {
    let path = path::put_team_bundle(&bundle_id(letter), &world.mission, 3);
    let put = Request::new(Method::Put, path).body("application/octet-stream", letter.to_vec());
    world.server.send(put.sign(device, now())).status
}

fn team(world: &World, device: &SigningKey, after: u64) -> Result<Team, ExchangeError> {
    let client = world.server.client(device);
    block_on(client.team(&world.mission, after, 100, now()))
}

fn numbers(world: &World, device: &SigningKey) -> Vec<(u64, BundleId)> {
    let team = team(world, device, 0).expect("of the team");
    let letters = team.letters.iter();
    letters.map(|letter| (letter.n, letter.letter)).collect()
}

fn fetches(world: &World, device: &SigningKey, letter: &[u8]) -> Result<Vec<u8>, ExchangeError> {
    let client = world.server.client(device);
    block_on(client.team_letter(&world.mission, &bundle_id(letter), now()))
}

/// What the office gives, in the place that `of` names.
fn gives(world: &World, letter: &[u8], of: u8, reader: Option<DeviceId>) -> u16 {
    let path = path::put_team_letter(
        &world.mission,
        &bundle_id(letter),
        &Hex([of; 32]),
        reader.as_ref(),
    );
    let put = Request::new(Method::Put, path).body("application/octet-stream", letter.to_vec());
    world.server.send(put.sign(&world.office, now())).status
}

fn code<T: std::fmt::Debug>(answer: Result<T, ExchangeError>) -> Option<Code> {
    answer.expect_err("refused").code().cloned()
}

/// A world whose first device and Luc's take part and said what is sealed for them.
fn world() -> (World, SigningKey) {
    let world = World::new();
    let luc = key(LUC);
    world.enrol(&luc, LUC);
    for device in [&world.device, &luc] {
        says(&world, device).expect("said");
    }
    (world, luc)
}

#[test]
fn people_of_a_mission_are_given_each_other_s_bundles_and_the_office_hears_who_they_are() {
    let (world, luc) = world();
    let mine = put(b"for the office", &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(mine).status, 201);
    assert_eq!(sends(&world, &world.device, b"one"), 201);
    assert_eq!(sends(&world, &luc, b"two"), 201);
    assert_eq!(sends(&world, &luc, b"two"), 200);
    let expected = [(1, bundle_id(b"one")), (2, bundle_id(b"two"))];
    for device in [&world.device, &luc] {
        assert_eq!(numbers(&world, device), expected);
    }
    let page = team(&world, &luc, 1).expect("the rest");
    assert_eq!((page.letters.len(), page.next, page.last), (1, 2, 2));
    assert!(!page.more);
    assert_eq!(page.letters[0].device, Some(luc.device()));
    assert_eq!(fetches(&world, &luc, b"one").expect("given"), b"one");
    assert_eq!(
        code(fetches(&world, &luc, b"for the office")),
        Some(Code::NotFound)
    );
    let client = world.server.client(&luc);
    let first = block_on(client.team(&world.mission, 0, 1, now())).expect("a page");
    assert_eq!((first.letters.len(), first.next, first.more), (1, 1, true));
    // The office is told who said what, and by which card a bundle is sealed.
    let feed = block_on(world.office().feed(0, 500, now())).expect("the feed");
    let mut said = Vec::new();
    let mut cards = Vec::new();
    for item in feed.items {
        match item {
            FeedItem::Member(item) => {
                assert!(item.says.is_of(&item.device, &item.mission));
                said.push(item.device);
            }
            FeedItem::Bundle(item) => cards.push(item.team),
            _ => {}
        }
    }
    assert_eq!(said, [world.device.device(), luc.device()]);
    assert_eq!(cards, [None, Some(3), Some(3)]);
    let world = world.restart();
    assert_eq!(numbers(&world, &luc), expected);
    assert_eq!(
        wait(check(&world.ground.place())).expect("checked").faults,
        []
    );
}

#[test]
fn nobody_else_is_given_any_of_it() {
    let (world, luc) = world();
    assert_eq!(sends(&world, &world.device, b"one"), 201);
    // Takes part, and did not say what is sealed for her; then she did, and what was there is not for her.
    let rosa = key(ROSA);
    world.enrol(&rosa, ROSA);
    assert_eq!(code(team(&world, &rosa, 0)), Some(Code::NotFound));
    assert_eq!(code(fetches(&world, &rosa, b"one")), Some(Code::NotFound));
    says(&world, &rosa).expect("said");
    assert_eq!(numbers(&world, &rosa), []);
    assert_eq!(code(fetches(&world, &rosa, b"one")), Some(Code::NotFound));
    // A partner's device is of the mission, and not of its people.
    let partner = key(62);
    let link = world.link(70, 0, vigie_model::Timestamp(now().0 + 1_000_000));
    let enrols = api::Enrol {
        invite: link,
        ..crate::common::enrolment(&partner, 70)
    };
    block_on(world.server.client(&partner).enrol(&enrols, now())).expect("enrolled");
    assert_eq!(code(says(&world, &partner)), Some(Code::NotFound));
    assert_eq!(code(team(&world, &partner, 0)), Some(Code::NotFound));
    assert_eq!(sends(&world, &partner, b"an answer"), 201);
    assert_eq!(numbers(&world, &luc).len(), 1, "it is the office's alone");
    // Another mission, and a stranger.
    let elsewhere = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(77));
    let asked = block_on(world.server.client(&luc).team(&elsewhere, 0, 9, now()));
    assert_eq!(code(asked), Some(Code::NotFound));
    assert_eq!(code(team(&world, &key(99), 0)), Some(Code::UnknownDevice));
    // A removed device hears and sends nothing any more.
    block_on(world.office().remove_device(&luc.device(), now())).expect("removed");
    assert_eq!(code(team(&world, &luc, 0)), Some(Code::Revoked));
    assert_eq!(code(fetches(&world, &luc, b"one")), Some(Code::Revoked));
    assert_eq!(sends(&world, &luc, b"late"), 403);
}

#[test]
fn a_device_speaks_for_itself_and_says_one_thing_for_ever() {
    let (world, luc) = world();
    says(&world, &luc).expect("the same again");
    let put = |says: &PutMember| {
        let client = world.server.client(&luc);
        code(block_on(client.put_member(&world.mission, says, now())))
    };
    let another = PutMember::new("age1another".into(), &world.mission, &luc);
    assert_eq!(put(&another), Some(Code::Malformed));
    let theirs = PutMember::new("age1mine".into(), &world.mission, &world.device);
    assert_eq!(put(&theirs), Some(Code::Malformed));
    let long = PutMember::new("a".repeat(200), &world.mission, &luc);
    assert_eq!(put(&long), Some(Code::Malformed));
}

#[test]
fn a_bundle_that_somebody_put_for_the_office_alone_is_the_team_s_once_its_device_says_so() {
    let (world, luc) = world();
    // Luc read it, and puts it first where the server was set back.
    let first = put(b"one", &world.mission).sign(&luc, now());
    assert_eq!(world.server.send(first).status, 201);
    assert_eq!(numbers(&world, &luc), []);
    assert_eq!(sends(&world, &world.device, b"one"), 200);
    assert_eq!(numbers(&world, &luc), [(1, bundle_id(b"one"))]);
}

#[test]
fn the_office_gives_one_letter_in_a_place_to_everyone_or_to_one() {
    let (world, luc) = world();
    assert_eq!(gives(&world, b"to all", 1, None), 201);
    assert_eq!(gives(&world, b"to all, sealed anew", 1, None), 200);
    assert_eq!(gives(&world, b"to Luc", 1, Some(luc.device())), 201);
    assert_eq!(gives(&world, b"to Luc again", 1, Some(luc.device())), 200);
    assert_eq!(
        numbers(&world, &luc),
        [(1, bundle_id(b"to all")), (2, bundle_id(b"to Luc"))]
    );
    assert_eq!(numbers(&world, &world.device), [(1, bundle_id(b"to all"))]);
    let others = fetches(&world, &world.device, b"to Luc");
    assert_eq!(code(others), Some(Code::NotFound));
    let letters = team(&world, &luc, 0).expect("of the team").letters;
    assert!(letters.iter().all(|letter| letter.device.is_none()));
    assert_eq!(fetches(&world, &luc, b"to Luc").expect("given"), b"to Luc");
    // A letter is the office's, named by its bytes, and no item of its feed.
    let path = path::put_team_letter(&world.mission, &bundle_id(b"x"), &Hex([1; 32]), None);
    let forged = Request::new(Method::Put, path).body("application/octet-stream", b"x".to_vec());
    assert_eq!(
        world.server.send(forged.clone().sign(&luc, now())).status,
        403
    );
    let other = Request {
        body: b"y".to_vec(),
        ..forged
    };
    assert_eq!(
        world.server.send(other.sign(&world.office, now())).status,
        422
    );
    let feed = block_on(world.office().feed(0, 500, now())).expect("the feed");
    let bundles = feed.items.iter();
    let bundles = bundles.filter(|item| matches!(item, FeedItem::Bundle(_)));
    assert_eq!(bundles.count(), 0);
    let counted = block_on(world.office().office_state(now())).expect("its state");
    let kept = (b"a sealed card".len() + b"to all".len() + b"to Luc".len()) as u64;
    assert_eq!(counted.bytes, kept);
    assert_eq!(
        wait(check(&world.ground.place())).expect("checked").faults,
        []
    );
}

#[test]
fn a_letter_goes_when_its_time_is_over_and_its_number_is_nobody_else_s() {
    let (world, luc) = world();
    assert_eq!(sends(&world, &world.device, b"one"), 201);
    assert_eq!(gives(&world, b"two", 1, None), 201);
    let receipt = api::Receipt::received(
        bundle_id(b"one"),
        world.device.device(),
        world.mission,
        now(),
        &world.office,
    );
    block_on(world.office().post_receipts(vec![receipt], now())).expect("a receipt");
    world
        .ground
        .change_rows("UPDATE offices SET keep_days = 30");
    world
        .ground
        .change_rows("UPDATE receipts SET stored = stored - 2678400000");
    world
        .ground
        .change_rows("UPDATE team SET stored = stored - 2678400000");
    let world = world.restart();
    let gone = |world: &World| -> Vec<bool> {
        let letters = team(world, &luc, 0).expect("of the team").letters;
        letters.iter().map(|letter| letter.gone).collect()
    };
    wait_until("let go", || gone(&world) == [true, true]);
    for letter in [&b"one"[..], b"two"] {
        assert_eq!(code(fetches(&world, &luc, letter)), Some(Code::NotFound));
    }
    assert_eq!(gives(&world, b"two, again", 1, None), 200);
    assert_eq!(sends(&world, &world.device, b"three"), 201);
    assert_eq!(
        numbers(&world, &luc).last(),
        Some(&(3, bundle_id(b"three")))
    );
    assert_eq!(
        wait(check(&world.ground.place())).expect("checked").faults,
        []
    );
}

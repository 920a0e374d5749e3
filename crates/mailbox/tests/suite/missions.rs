//! Who gets what: a code that has served opens nothing, and a device fetches its own mission's card alone.

use crate::common::{World, YEAR_MS, bundle_id, enrolment, invite_id, key, put, refused};
use futures::executor::block_on;
use vigie_exchange::{
    CardAnswer, ExchangeError, Method, Request,
    api::{self, Base64, Code, FeedItem, Hex, path},
    request::body_hash,
};
use vigie_mailbox::mailbox::now;
use vigie_model::{MissionId, Timestamp};
use vigie_sign::SigningKey;

/// What the box of invite `n` holds: words that can be looked for on the server's disk.
fn secret(n: u8) -> Vec<u8> {
    format!("the mission's key, boxed, of invite {n}").into_bytes()
}

fn invite(n: u8, mission: Option<MissionId>, uses: u32, partner: bool) -> api::PutInvite {
    api::PutInvite {
        mission,
        partner,
        uses,
        expires: Timestamp(now().0 + YEAR_MS),
        replaces: false,
        sealed: Base64(secret(n)),
    }
}

fn another_mission() -> MissionId {
    MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(77))
}

fn code<T: std::fmt::Debug>(answer: Result<T, ExchangeError>) -> Option<Code> {
    answer.expect_err("refused").code().cloned()
}

impl World {
    fn put_invite(&self, n: u8, body: &api::PutInvite) -> Result<(), ExchangeError> {
        block_on(self.office().put_invite(&invite_id(n), body, now()))
    }

    fn look(&self, n: u8) -> Result<api::InviteBox, ExchangeError> {
        block_on(self.server.client(&key(250)).invite(&invite_id(n), now()))
    }

    fn enrols(&self, device: &SigningKey, n: u8) -> Result<api::Enrolled, ExchangeError> {
        let client = self.server.client(device);
        block_on(client.enrol(&enrolment(device, n), now()))
    }

    fn card_of(
        &self,
        device: &SigningKey,
        mission: &MissionId,
    ) -> Result<CardAnswer, ExchangeError> {
        block_on(self.server.client(device).card(mission, None, now()))
    }

    fn sends(&self, device: &SigningKey, mission: &MissionId, bytes: &[u8]) -> u16 {
        self.server
            .send(put(bytes, mission).sign(device, now()))
            .status
    }

    /// Stops the server and says whether `words` stand anywhere in what it keeps, then starts it again.
    fn disk_holds(self, words: &[u8]) -> (World, bool) {
        let mut held = false;
        let world = self.after(|ground| held = ground.holds(words));
        (world, held)
    }
}

#[test]
fn a_used_code_opens_nothing_and_the_server_no_longer_has_what_it_opened() {
    let world = World::new();
    world
        .put_invite(20, &invite(20, Some(world.mission), 2, false))
        .expect("an invite for two");
    assert_eq!(world.look(20).expect("the box").sealed.0, secret(20));
    let (world, held) = world.disk_holds(&secret(20));
    assert!(held, "the words can be found while they are there");
    let first = world.enrols(&key(30), 20).expect("enrolled");
    assert_eq!(first.mission, Some(world.mission));
    assert_eq!(
        world.look(20).expect("one may still come").sealed.0,
        secret(20)
    );
    world.enrols(&key(31), 20).expect("enrolled");
    let look = world.look(20).expect("an answer");
    assert!(look.used && look.sealed.0.is_empty(), "{look:?}");
    let (world, held) = world.disk_holds(&secret(20));
    assert!(!held, "the box is still on the disk");
    // The answer was lost on the way: the same device asks again, for ever.
    let again = world.enrols(&key(30), 20).expect("enrolled before");
    assert_eq!(again.mission, Some(world.mission));
    assert_eq!(code(world.enrols(&key(32), 20)), Some(Code::InviteUsed));
    // The office, whose answer was lost, puts the same invite again: nothing comes back to life.
    let body = invite(20, Some(world.mission), 2, false);
    let expires = look.expires;
    world
        .put_invite(20, &api::PutInvite { expires, ..body })
        .expect("the same");
    assert!(world.look(20).expect("an answer").sealed.0.is_empty());
}

#[test]
fn an_expired_or_cancelled_code_opens_nothing_and_its_box_is_gone() {
    let world = World::new();
    let soon = Timestamp(now().0 + 300);
    let short = |n| api::PutInvite {
        expires: soon,
        ..invite(n, Some(world.mission), 1, false)
    };
    world.put_invite(21, &short(21)).expect("looked at later");
    world.put_invite(22, &short(22)).expect("never looked at");
    world
        .put_invite(23, &invite(23, Some(world.mission), 1, false))
        .expect("cancelled");
    world
        .put_invite(24, &invite(24, Some(world.mission), 0, true))
        .expect("a partner link, cancelled");
    while now() <= soon {
        std::thread::yield_now();
    }
    assert_eq!(code(world.look(21)), Some(Code::InviteExpired));
    for n in [23, 24] {
        block_on(world.office().close_invite(&invite_id(n), now())).expect("cancelled");
        assert_eq!(code(world.look(n)), Some(Code::InviteExpired));
        assert_eq!(code(world.enrols(&key(n), n)), Some(Code::InviteExpired));
    }
    let mut world = world.restart();
    for n in [21, 22, 23, 24] {
        let held;
        (world, held) = world.disk_holds(&secret(n));
        assert!(!held, "the box of {n} is still on the disk");
    }
}

#[test]
fn a_card_and_its_files_go_to_devices_of_the_mission_and_never_to_a_partners() {
    let world = World::new();
    let other = another_mission();
    let office = world.office();
    block_on(office.put_card(&other, 1, b"the other card".to_vec(), now())).expect("a card");
    let picture = Hex(body_hash(b"a picture"));
    block_on(office.put_card_file(&world.mission, &picture, b"a picture".to_vec(), now()))
        .expect("a file");
    world
        .put_invite(40, &invite(40, Some(other), 1, false))
        .expect("an invite of the other mission");
    world
        .put_invite(41, &invite(41, Some(world.mission), 0, true))
        .expect("a partner link of this one");
    world
        .put_invite(42, &invite(42, None, 1, false))
        .expect("an invite by an office of before");
    for n in [40, 41, 42] {
        world.enrols(&key(n), n).expect("enrolled");
    }
    let file = |device: &SigningKey| {
        let client = world.server.client(device);
        block_on(client.card_file(&world.mission, &picture, now()))
    };
    world
        .card_of(&world.device, &world.mission)
        .expect("its own card");
    file(&world.device).expect("its own file");
    world.card_of(&key(40), &other).expect("its own card");
    for n in [40, 41, 42] {
        let card = world.card_of(&key(n), &world.mission);
        assert_eq!(code(card), Some(Code::NotFound), "{n}");
        assert_eq!(code(file(&key(n))), Some(Code::NotFound), "{n}");
    }
    assert_eq!(
        code(world.card_of(&world.device, &other)),
        Some(Code::NotFound)
    );
    // With its receipts each is told which card there is that it may fetch.
    let told = |device: &SigningKey| {
        let receipts = block_on(world.server.client(device).receipts(0, now()));
        receipts.expect("receipts").card
    };
    block_on(office.put_card(&other, 5, b"another card".to_vec(), now())).expect("a card");
    assert_eq!((told(&world.device), told(&key(40))), (Some(1), Some(5)));
    assert_eq!((told(&key(41)), told(&key(42))), (None, None));
    // Each sends for its own mission, and for no other; a device of a mission that nobody named sends.
    assert_eq!(world.sends(&key(40), &other, b"forty"), 201);
    assert_eq!(world.sends(&key(41), &world.mission, b"forty-one"), 201);
    assert_eq!(world.sends(&key(42), &world.mission, b"forty-two"), 201);
    for (n, mission) in [(40, &world.mission), (41, &other)] {
        let elsewhere = put(b"elsewhere", mission).sign(&key(n), now());
        refused(&world.server.send(elsewhere), Code::UnknownDevice);
    }
    // What a desk writes travels under the office's own key.
    assert_eq!(world.sends(&world.office, &world.mission, b"a desk's"), 201);
    assert_eq!(
        block_on(office.bundle(&bundle_id(b"a desk's"), now())).expect("a bundle"),
        b"a desk's"
    );
}

#[test]
fn the_office_names_the_mission_of_an_invite_that_had_none_and_its_devices_fetch_the_card() {
    let world = World::new();
    let before = invite(50, None, 1, false);
    world.put_invite(50, &before).expect("an invite of before");
    assert_eq!(world.enrols(&key(50), 50).expect("enrolled").mission, None);
    let joined = |world: &World| {
        let feed = block_on(world.office().feed(0, 100, now())).expect("the feed");
        let mut missions = feed.items.into_iter().filter_map(|item| match item {
            FeedItem::Enrolled(item) if item.invite == invite_id(50) => Some(item.mission),
            _ => None,
        });
        missions.next().expect("enrolled")
    };
    assert_eq!(joined(&world), None);
    let named = api::PutInvite {
        mission: Some(world.mission),
        ..before.clone()
    };
    for _ in 0..2 {
        world
            .put_invite(50, &named)
            .expect("the same, with its mission");
    }
    assert_eq!(joined(&world), Some(world.mission));
    assert_eq!(
        world.enrols(&key(50), 50).expect("again").mission,
        Some(world.mission)
    );
    world.card_of(&key(50), &world.mission).expect("the card");
    let state = block_on(world.server.client(&key(50)).state(now())).expect("state");
    assert_eq!(state.mission, Some(world.mission));
    // Once named, an invite is not for another mission, nor a partner's; and an older desk changes nothing.
    for other in [
        api::PutInvite {
            mission: Some(another_mission()),
            ..before.clone()
        },
        api::PutInvite {
            partner: true,
            ..named.clone()
        },
        api::PutInvite { uses: 2, ..named },
    ] {
        assert_eq!(code(world.put_invite(50, &other)), Some(Code::InviteUsed));
    }
    world.put_invite(50, &before).expect("an older desk");
    // An invite that waits keeps its box: somebody may hold it.
    let waits = invite(51, Some(world.mission), 1, false);
    world.put_invite(51, &waits).expect("an invite");
    let boxed_anew = api::PutInvite {
        sealed: Base64(secret(52)),
        ..waits
    };
    assert_eq!(
        code(world.put_invite(51, &boxed_anew)),
        Some(Code::InviteUsed)
    );
    assert_eq!(joined(&world), Some(world.mission));
}

#[test]
fn a_removed_device_is_told_so_whatever_it_asks_and_its_invite_enrols_it_no_more() {
    let world = World::new();
    world.enrol(&key(60), 60);
    world.invite(61, now().0 + YEAR_MS);
    assert_eq!(world.sends(&key(60), &world.mission, b"before"), 201);
    let stranger = world.server.client(&key(61));
    let by_stranger = block_on(stranger.remove_device(&key(60).device(), now()));
    assert_eq!(code(by_stranger), Some(Code::NotOffice));
    let by_itself = world.server.client(&key(60));
    let by_itself = block_on(by_itself.remove_device(&key(60).device(), now()));
    assert_eq!(code(by_itself), Some(Code::NotOffice));
    // Twice, and once before it ever came.
    for device in [key(60), key(60), key(62)] {
        block_on(world.office().remove_device(&device.device(), now())).expect("removed");
    }
    let world = world.restart();
    let get = |path: String| Request::new(Method::Get, path);
    let enrol = |n: u8, device: &SigningKey| {
        let body = serde_json::to_vec(&enrolment(device, n)).expect("JSON");
        Request::new(Method::Post, path::ENROL).body("application/json", body)
    };
    for request in [
        get(path::STATE.into()),
        get(path::card(&world.mission)),
        get(path::card_file(&world.mission, &Hex(body_hash(b"x")))),
        get(path::receipts_after(0)),
        put(b"before", &world.mission),
        put(b"after", &world.mission),
        enrol(60, &key(60)),
        enrol(61, &key(60)),
    ] {
        println!("{}", request.path);
        refused(
            &world.server.send(request.sign(&key(60), now())),
            Code::Revoked,
        );
    }
    let late = enrol(61, &key(62)).sign(&key(62), now());
    refused(&world.server.send(late), Code::Revoked);
    world
        .enrols(&key(63), 61)
        .expect("the invite is another's to use");
    assert_eq!(
        world.sends(&world.device, &world.mission, b"others go on"),
        201
    );
    let malformed = Request::new(Method::Delete, "/v1/devices/zz").sign(&world.office, now());
    refused(&world.server.send(malformed), Code::Malformed);
}

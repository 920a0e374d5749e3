//! Several offices in one mailbox: none sees anything of another, each has its terms, and one may go.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use futures::executor::block_on;
use vigie_exchange::{
    Client, ExchangeError, Method, Request,
    api::{self, Base64, Code, FeedItem, Hex, OfficeState, PutInvite, Receipt, path},
    request::body_hash,
};
use vigie_mailbox::{
    checking::check,
    hosting::{Host, Terms, set_up_link},
    mailbox::now,
};
use vigie_model::{MissionId, Timestamp};
use vigie_sign::SigningKey;
use vigie_wire::Wire;

use super::backed_up::{Kept, backed_up};
use crate::common::{
    FAR_AWAY, World, YEAR_MS, bundle_id, enrolment, invite_id, key, problem, put, refused, wait,
};

pub const OURS: u8 = 1;
pub const THEIRS: u8 = 50;

/// The token of a set-up link, until then.
pub fn invited(world: &World, expires: Timestamp, terms: Terms) -> String {
    let mut random = [0; 24];
    getrandom::fill(&mut random).expect("random numbers");
    wait(async {
        let host = Host::open(&world.ground.place()).await.expect("opened");
        let token = host.invite(random, expires, terms).await.expect("a link");
        host.close().await;
        token
    })
}

fn bound(world: &World, office: u8, terms: Terms) {
    let beginning = &key(office).device().to_string()[..12];
    wait(async {
        let host = Host::open(&world.ground.place()).await.expect("opened");
        let office = host.office(beginning).await.expect("an office");
        host.bound(&office.key, terms).await.expect("bounded");
        host.close().await;
    });
}

fn remove(world: &World, office: u8) {
    wait(async {
        let host = Host::open(&world.ground.place()).await.expect("opened");
        let key = Hex(key(office).verifying_key().to_bytes());
        host.remove(&key).await.expect("removed");
        host.close().await;
    });
}

pub fn set_up(world: &World, office: u8, token: &str) -> Result<api::OfficeReady, ExchangeError> {
    let client = world.server.client(&key(office));
    block_on(client.set_up_office(token, "Fédération", now()))
}

/// Another office at the same server, with a mission of its own and a device that an invite enrolled.
struct Beside {
    mission: MissionId,
    device: SigningKey,
}

impl Beside {
    fn at(world: &World, terms: Terms) -> Beside {
        let token = invited(world, FAR_AWAY, terms);
        set_up(world, THEIRS, &token).expect("set up");
        let beside = Beside {
            mission: MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(51)),
            device: key(52),
        };
        let office = world.server.client(&key(THEIRS));
        let invite = PutInvite {
            mission: Some(beside.mission),
            partner: false,
            uses: 1,
            expires: Timestamp(now().0 + YEAR_MS),
            replaces: false,
            sealed: Base64(vec![53; 40]),
        };
        block_on(office.put_invite(&invite_id(53), &invite, now())).expect("an invite");
        let device = world.server.client(&beside.device);
        block_on(device.enrol(&enrolment(&beside.device, 53), now())).expect("enrolled");
        beside
    }

    fn sends(&self, world: &World, letter: &[u8]) -> vigie_exchange::Response {
        let letter = put(letter, &self.mission).sign(&self.device, now());
        world.server.send(letter)
    }
}

fn theirs(world: &World) -> Client<Wire> {
    world.server.client(&key(THEIRS))
}

fn state(office: &Client<Wire>) -> OfficeState {
    block_on(office.office_state(now())).expect("its state")
}

/// The bundles of a feed, their numbers, and whether they are gone.
fn bundles(office: &Client<Wire>) -> Vec<(u64, vigie_model::BundleId, bool)> {
    let feed = block_on(office.feed(0, 100, now())).expect("the feed");
    let bundles = feed.items.into_iter().filter_map(|item| match item {
        FeedItem::Bundle(item) => Some((item.n, item.bundle, item.gone)),
        _ => None,
    });
    bundles.collect()
}

fn received(world: &World, letter: &[u8], device: &SigningKey, mission: MissionId, office: u8) {
    let office_key = key(office);
    let receipt = Receipt::received(
        bundle_id(letter),
        device.device(),
        mission,
        now(),
        &office_key,
    );
    let client = world.server.client(&office_key);
    block_on(client.post_receipts(vec![receipt], now())).expect("a receipt");
}

pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_set_up_link_of_the_host_is_good_once_and_in_its_time() {
    let world = World::new();
    let over = invited(&world, Timestamp(now().0 - 1), Terms::default());
    let refused = set_up(&world, THEIRS, &over).expect_err("over");
    assert_eq!(refused.code(), Some(&Code::SetupUsed));
    let token = invited(&world, FAR_AWAY, Terms::default());
    set_up(&world, THEIRS, &token).expect("set up");
    // Its answer was lost on the way.
    set_up(&world, THEIRS, &token).expect("set up before");
    let other = set_up(&world, 60, &token).expect_err("it has served");
    assert_eq!(other.code(), Some(&Code::SetupUsed));
    // Nor is an office set up twice.
    let again = invited(&world, FAR_AWAY, Terms::default());
    let twice = set_up(&world, OURS, &again).expect_err("set up before");
    assert_eq!(twice.code(), Some(&Code::SetupUsed));
    set_up(&world, 60, &again).expect("a third office");
    assert_eq!(
        set_up_link("https://vigie.example/", "T"),
        "https://vigie.example/#/bureau/ouvrir/T"
    );
}

#[test]
fn an_office_sees_nothing_of_another() {
    let world = World::new();
    let sent = put(b"ours", &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(sent).status, 201);
    world.put_everything();
    let beside = Beside::at(&world, Terms::default());
    let (ours, theirs) = (world.office(), theirs(&world));
    // Numbers begin at 1 for each: how much another gets shows nowhere.
    let feed = block_on(theirs.feed(0, 100, now())).expect("the feed");
    assert_eq!((feed.items.len(), feed.next, feed.last), (1, 1, Some(1)));
    let before = bundles(&ours);
    assert_eq!(beside.sends(&world, b"theirs").status, 201);
    assert_eq!(bundles(&theirs), [(2, bundle_id(b"theirs"), false)]);
    assert_eq!(bundles(&ours), before);

    let asks = |request: Request, office: u8| world.server.send(request.sign(&key(office), now()));
    let get = |path: String| Request::new(Method::Get, path);
    let delete = |path: String| Request::new(Method::Delete, path);
    // Bundles
    for (letter, office, status) in [
        (&b"ours"[..], OURS, 200),
        (b"ours", THEIRS, 404),
        (b"theirs", THEIRS, 200),
        (b"theirs", OURS, 404),
    ] {
        let answer = asks(get(path::bundle(&bundle_id(letter))), office);
        assert_eq!(answer.status, status, "{letter:?} {office}");
    }
    // Documents
    let docs = block_on(theirs.docs(0, now())).expect("documents");
    assert_eq!((docs.docs.len(), docs.last), (0, Some(0)));
    // Invites: closing another's, or naming its mission, finds none.
    refused(
        &asks(delete(path::invite(&invite_id(1))), THEIRS),
        Code::InviteUnknown,
    );
    let named = PutInvite {
        mission: Some(beside.mission),
        partner: false,
        uses: 1,
        expires: Timestamp(now().0 + YEAR_MS),
        replaces: false,
        sealed: Base64(vec![1; 40]),
    };
    let taken = block_on(theirs.put_invite(&invite_id(1), &named, now())).expect_err("ours");
    assert_eq!(taken.code(), Some(&Code::InviteUsed));
    // Who looks at an invite reads whose it is.
    let look = |n| block_on(world.device().invite(&invite_id(n), now())).expect("an invite");
    assert_eq!(look(53).office.as_deref(), Some("Fédération"));
    assert_eq!(look(1).office.as_deref(), Some("Bureau"));
    // Cards: the same mission at both is two cards, and each device is given its own office's.
    block_on(theirs.put_card(&world.mission, 9, b"another card".to_vec(), now())).expect("a card");
    let card = |device: &SigningKey| {
        block_on(
            world
                .server
                .client(device)
                .card(&world.mission, None, now()),
        )
    };
    match card(&world.device).expect("a card") {
        vigie_exchange::CardAnswer::Card { sealed, .. } => assert_eq!(sealed, b"a sealed card"),
        other => panic!("{other:?}"),
    }
    let foreign = card(&beside.device).expect_err("not its mission");
    assert_eq!(foreign.code(), Some(&Code::NotFound));
    // A device sends for its own office's missions alone.
    let astray = put(b"astray", &world.mission).sign(&beside.device, now());
    refused(&world.server.send(astray), Code::UnknownDevice);
    // Receipts: what another office says of a device is kept from it.
    let before = block_on(world.device().receipts(0, now())).expect("receipts");
    received(&world, b"ours", &world.device, world.mission, THEIRS);
    let after = block_on(world.device().receipts(0, now())).expect("receipts");
    assert_eq!(after, before);
    // Devices: another office removes none of ours, and the host's list shows what each has.
    asks(delete(path::device(&world.device.device())), THEIRS);
    assert!(block_on(world.device().state(now())).is_ok());
    let offices = wait(async {
        let host = Host::open(&world.ground.place()).await.expect("opened");
        let offices = host.offices().await.expect("the offices");
        let nobody = host.office("zz").await.expect_err("no such key");
        assert!(nobody.to_string().contains("begins so"), "{nobody}");
        let both = host.office("").await.expect_err("both begin so");
        assert!(both.to_string().contains("several"), "{both}");
        host.close().await;
        offices
    });
    let counted: Vec<_> = offices
        .iter()
        .map(|office| (office.name.as_str(), office.letters, office.devices))
        .collect();
    assert_eq!(counted, [("Bureau", 2, 1), ("Fédération", 1, 1)]);
    let checked = wait(check(&world.ground.place())).expect("checked");
    assert!(checked.faults.is_empty(), "{:?}", checked.faults);
}

#[test]
fn the_same_sealed_letter_for_two_offices_is_one_file_and_a_letter_of_each() {
    let world = World::new();
    let beside = Beside::at(&world, Terms::default());
    let sent = put(b"both", &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(sent).status, 201);
    let files = world.ground.bundles();
    assert_eq!(beside.sends(&world, b"both").status, 201, "new to them");
    assert_eq!(beside.sends(&world, b"both").status, 200);
    assert_eq!(world.ground.bundles(), files);
    // One office goes; the other still has it, file and all, once what goes is taken away.
    remove(&world, OURS);
    world
        .ground
        .change_rows("UPDATE files SET going = 1 WHERE going IS NOT NULL");
    let world = world.restart();
    wait_until("taken away", || {
        wait(check(&world.ground.place())).is_ok_and(|checked| checked.files == 1)
    });
    let theirs = theirs(&world);
    let letter = block_on(theirs.bundle(&bundle_id(b"both"), now())).expect("the letter");
    assert_eq!(letter, b"both");
    let ours = block_on(world.office().feed(0, 1, now())).expect_err("gone");
    assert_eq!(ours.code(), Some(&Code::NotOffice));
    let device = block_on(world.device().state(now())).expect_err("gone with it");
    assert_eq!(device.code(), Some(&Code::UnknownDevice));
    let checked = wait(check(&world.ground.place())).expect("checked");
    assert!(checked.faults.is_empty(), "{:?}", checked.faults);
    // Its key may come back, as another office.
    let token = invited(&world, FAR_AWAY, Terms::default());
    set_up(&world, OURS, &token).expect("set up");
    assert_eq!(bundles(&world.office()), []);
}

#[test]
fn an_office_keeps_as_much_as_its_host_lets_it() {
    let world = World::new();
    let quota = |bytes| Terms {
        quota: Some(bytes),
        keep_days: None,
    };
    let beside = Beside::at(&world, quota(1000));
    let theirs = theirs(&world);
    // Boxes count, for as long as they are there.
    let invite = PutInvite {
        mission: Some(beside.mission),
        partner: false,
        uses: 1,
        expires: FAR_AWAY,
        replaces: false,
        sealed: Base64(vec![54; 40]),
    };
    block_on(theirs.put_invite(&invite_id(54), &invite, now())).expect("an invite");
    assert_eq!(state(&theirs).bytes, 40);
    assert_eq!(beside.sends(&world, &[1; 600]).status, 201);
    assert_eq!(state(&theirs).bytes, 640);
    let full = beside.sends(&world, &[2; 600]);
    refused(&full, Code::Full);
    assert!(
        problem(&full)
            .detail
            .is_some_and(|detail| detail.contains("no room"))
    );
    assert!(full.header("retry-after").is_some());
    assert_eq!(world.ground.bundles(), 1, "not even its file");
    // What is here can be sent again, and read; what has room is taken; nobody else notices.
    assert_eq!(beside.sends(&world, &[1; 600]).status, 200);
    assert_eq!(beside.sends(&world, &[3; 360]).status, 201);
    let sent = put(&[2; 600], &world.mission).sign(&world.device, now());
    assert_eq!(world.server.send(sent).status, 201);
    for refused in [
        block_on(theirs.put_doc(b"a paper".to_vec(), now())).map(drop),
        block_on(theirs.put_card(&beside.mission, 1, b"a card".to_vec(), now())).map(drop),
        block_on(theirs.put_card_file(
            &beside.mission,
            &Hex(body_hash(b"a file")),
            b"a file".to_vec(),
            now(),
        ))
        .map(drop),
    ] {
        assert_eq!(refused.expect_err("no room").code(), Some(&Code::Full));
    }
    received(&world, &[1; 600], &beside.device, beside.mission, THEIRS);
    bound(&world, THEIRS, quota(2000));
    assert_eq!(beside.sends(&world, &[2; 600]).status, 201);
    let standing = OfficeState {
        name: "Fédération".to_owned(),
        bytes: 1600,
        quota: Some(2000),
        keep_days: None,
    };
    assert_eq!(state(&theirs), standing);
}

#[test]
fn letters_that_come_together_are_taken_as_far_as_there_is_room() {
    let world = World::new();
    let terms = Terms {
        quota: Some(5 * 100 + 99),
        keep_days: None,
    };
    let beside = Beside::at(&world, terms);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sending: Vec<_> = (0..10_u8)
            .map(|n| {
                let (world, beside) = (&world, &beside);
                scope.spawn(move || {
                    // More at once than one device may send are told to come back.
                    loop {
                        let answer = beside.sends(world, &[n; 100]);
                        if answer.status != 503 {
                            return answer.status;
                        }
                        sleep(Duration::from_millis(10));
                    }
                })
            })
            .collect();
        let ended = sending.into_iter().map(|sent| sent.join().expect("sent"));
        ended.collect()
    });
    let taken = statuses.iter().filter(|status| **status == 201).count();
    let refused = statuses.iter().filter(|status| **status == 507).count();
    assert_eq!((taken, refused), (5, 5), "{statuses:?}");
    assert_eq!(bundles(&theirs(&world)).len(), 5);
    assert_eq!(state(&theirs(&world)).bytes, 500);
}

#[test]
fn a_letter_goes_once_its_office_has_had_it_for_long_enough() {
    let world = World::new();
    let days = |days| Terms {
        quota: None,
        keep_days: Some(days),
    };
    let sends = |world: &World, letter: &[u8]| {
        let letter = put(letter, &world.mission).sign(&world.device, now());
        world.server.send(letter).status
    };
    for letter in [&b"received"[..], b"received late", b"waits"] {
        assert_eq!(sends(&world, letter), 201);
    }
    let backup = Kept::in_a_folder();
    assert_eq!(backed_up(&world.ground, &backup).files, 4);
    for letter in [&b"received"[..], b"received late"] {
        received(&world, letter, &world.device, world.mission, OURS);
    }
    bound(&world, OURS, days(30));
    // A month passes for one of them.
    let late = "UPDATE receipts SET stored = stored - 2678400000 WHERE n = 1";
    world.ground.change_rows(late);
    let world = world.restart();
    let office = world.office();
    wait_until("let go", || bundles(&office).iter().any(|(.., gone)| *gone));
    let told: Vec<bool> = bundles(&office).iter().map(|(.., gone)| *gone).collect();
    assert_eq!(
        told,
        [true, false, false],
        "never one that was not received"
    );
    let gone = block_on(office.bundle(&bundle_id(b"received"), now())).expect_err("gone");
    assert_eq!(gone.code(), Some(&Code::NotFound));
    // Whoever sends it again hears that it is here, and it does not come back.
    assert_eq!(sends(&world, b"received"), 200);
    let here = block_on(world.device().state(now())).expect("its state");
    assert_eq!(here.bundles.len(), 3, "the phone need not send any again");
    // The file stays for a day: whoever copies the mailbox meanwhile finds it.
    assert_eq!(world.ground.bundles(), 3);
    world
        .ground
        .change_rows("UPDATE files SET going = going - 86400001 WHERE going IS NOT NULL");
    let world = world.restart();
    wait_until("taken away", || world.ground.bundles() == 2);
    wait_until("counted", || state(&world.office()).bytes == 13 + 5 + 13);
    let checked = wait(check(&world.ground.place())).expect("checked");
    assert_eq!((checked.letters, checked.faults), (2, vec![]));
    // Nor is it kept for ever in a backup.
    let again = backed_up(&world.ground, &backup);
    assert_eq!((again.files, again.checked.letters), (0, 2));
    let kept = std::fs::read_dir(backup.files().join("sealed/bundles")).expect("the backup");
    assert_eq!(kept.count(), 2);
}

/// What the office of this key says to another one of a mission of its.
pub fn opened(world: &World, lead: u8, mission: &MissionId, with: u8, word: &[u8]) -> u16 {
    let with = Hex(key(with).verifying_key().to_bytes());
    let open = Request::new(Method::Put, path::share_to(mission, &with));
    let open = open.body("application/octet-stream", word.to_vec());
    world.server.send(open.sign(&key(lead), now())).status
}

fn answered(world: &World, by: u8, lead: u8, mission: &MissionId, accept: bool) {
    let lead = Hex(key(lead).verifying_key().to_bytes());
    let client = world.server.client(&key(by));
    block_on(client.answer_share(&lead, mission, accept, now())).expect("answered");
}

#[test]
fn a_mission_is_read_by_another_office_once_both_say_so() {
    let world = World::new();
    Beside::at(&world, Terms::default());
    let (ours, theirs) = (world.office(), theirs(&world));
    let mission = world.mission;
    let sends = |letter: &[u8]| {
        let letter = put(letter, &mission).sign(&world.device, now());
        assert_eq!(world.server.send(letter).status, 201);
    };
    sends(b"before");
    assert_eq!(
        opened(&world, OURS, &mission, THEIRS, b"a sealed word"),
        201
    );
    assert_eq!(
        opened(&world, OURS, &mission, THEIRS, b"a sealed word"),
        200
    );
    sends(b"not answered yet");
    assert_eq!(bundles(&theirs), [], "nothing comes to whoever did not ask");
    let offered = block_on(theirs.shares(now())).expect("what is open").shares;
    let lead = Hex(key(OURS).verifying_key().to_bytes());
    assert_eq!(
        offered
            .iter()
            .map(|share| (share.lead, share.mission, share.accepted))
            .collect::<Vec<_>>(),
        [(lead, mission, false)]
    );
    let word = block_on(theirs.share(&lead, &mission, now())).expect("the word");
    assert_eq!(word, b"a sealed word");
    assert_eq!(block_on(ours.shares(now())).expect("none").shares, []);

    answered(&world, THEIRS, OURS, &mission, true);
    sends(b"read by both");
    let (second, third) = (bundle_id(b"not answered yet"), bundle_id(b"read by both"));
    assert_eq!(
        bundles(&theirs),
        [(2, third, false)],
        "at once, of theirs the second"
    );
    let letter = block_on(theirs.bundle(&third, now())).expect("the letter");
    assert_eq!(letter, b"read by both");
    // What came since it was opened comes too, and nothing of before.
    let world = world.restart();
    let theirs = self::theirs(&world);
    wait_until("given later", || bundles(&theirs).len() == 2);
    assert_eq!(bundles(&theirs), [(2, third, false), (3, second, false)]);
    let before = block_on(theirs.bundle(&bundle_id(b"before"), now())).expect_err("not theirs");
    assert_eq!(before.code(), Some(&Code::NotFound));
    // Both offices' receipts reach the device.
    received(&world, b"read by both", &world.device, mission, OURS);
    received(&world, b"read by both", &world.device, mission, THEIRS);
    let receipts = block_on(world.device().receipts(0, now())).expect("receipts");
    assert_eq!(receipts.receipts.len(), 2);
    assert_eq!(state(&theirs).bytes, 12 + 16);

    // Given up, it is over; what came stays.
    answered(&world, THEIRS, OURS, &mission, false);
    let sent = put(b"later", &mission).sign(&world.device, now());
    assert_eq!(world.server.send(sent).status, 201);
    assert_eq!(bundles(&theirs).len(), 2);
    let gone = block_on(theirs.answer_share(&lead, &mission, true, now())).expect_err("closed");
    assert_eq!(gone.code(), Some(&Code::NotFound));
    let checked = wait(check(&world.ground.place())).expect("checked");
    assert!(checked.faults.is_empty(), "{:?}", checked.faults);
}

#[test]
fn nobody_opens_what_is_not_hers_or_to_whom_is_not_there_and_room_is_each_offices_own() {
    let world = World::new();
    let beside = Beside::at(&world, Terms::default());
    let ten_bytes = Terms {
        quota: Some(10),
        keep_days: None,
    };
    bound(&world, THEIRS, ten_bytes);
    let (mission, theirs) = (world.mission, theirs(&world));
    assert_eq!(
        opened(&world, OURS, &mission, 99, b"a word"),
        404,
        "no such office"
    );
    assert_eq!(opened(&world, OURS, &mission, OURS, b"a word"), 422);
    assert_eq!(
        opened(&world, THEIRS, &beside.mission, OURS, &[0; 11]),
        507,
        "no room"
    );
    let by_a_device = Hex(key(THEIRS).verifying_key().to_bytes());
    let stranger = Request::new(Method::Put, path::share_to(&mission, &by_a_device));
    refused(
        &world.server.send(stranger.sign(&world.device, now())),
        Code::NotOffice,
    );
    // Who opens a mission that another has is given nothing of it, and gives away nothing.
    assert_eq!(opened(&world, THEIRS, &mission, OURS, b"mine"), 201);
    answered(&world, OURS, THEIRS, &mission, true);
    let sent = put(b"a letter", &mission).sign(&world.device, now());
    assert_eq!(world.server.send(sent).status, 201);
    assert_eq!(bundles(&theirs), []);
    // An office without room keeps nobody's letter from the other.
    assert_eq!(opened(&world, OURS, &mission, THEIRS, b"a word"), 201);
    answered(&world, THEIRS, OURS, &mission, true);
    let sent = put(b"too large for them", &mission).sign(&world.device, now());
    assert_eq!(world.server.send(sent).status, 201);
    assert_eq!(bundles(&world.office()).len(), 2);
    assert_eq!(bundles(&theirs), []);
    bound(&world, THEIRS, Terms::default());
    let world = world.restart();
    let theirs = self::theirs(&world);
    wait_until("given once there is room", || !bundles(&theirs).is_empty());
    // A lead that is removed takes its word with it.
    remove(&world, OURS);
    assert_eq!(block_on(theirs.shares(now())).expect("none").shares, []);
}

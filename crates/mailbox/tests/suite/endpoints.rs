//! Every endpoint against every bad input, over real HTTP.

use crate::common::{
    Ground, Running, World, YEAR_MS, bundle_id, enrolment, invite_id, key, problem, put, refused,
};
use futures::executor::block_on;
use vigie_exchange::{
    Method, Request,
    api::{self, BUNDLE_BYTES, Base64, CARD_BYTES, Code, Hex, JSON_BYTES, Receipt, path},
    request::{KEY_HEADER, SIGNATURE_HEADER, TIME_HEADER, body_hash},
};
use vigie_mailbox::mailbox::now;
use vigie_model::{BundleId, DraftId, Timestamp};
use vigie_sign::SigningKey;

/// Who may ask.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Office,
    Device,
    /// The device that the body names, enrolled or not; the draft that the address names.
    Newcomer,
}

struct Endpoint {
    name: &'static str,
    who: Who,
    request: Request,
    /// The largest body taken.
    limit: usize,
    /// The body is JSON, and what is not is refused as malformed.
    json: bool,
}

impl Endpoint {
    fn key<'a>(&self, world: &'a World, newcomer: &'a SigningKey) -> &'a SigningKey {
        match self.who {
            Who::Office => &world.office,
            Who::Device => &world.device,
            Who::Newcomer => newcomer,
        }
    }
}

/// Every signed endpoint, with a request that would be done.
fn endpoints(world: &World, newcomer: &SigningKey) -> Vec<Endpoint> {
    let json = |method, path: String, value: &dyn erased::Json| {
        Request::new(method, path).body("application/json", value.bytes())
    };
    let get = |path: String| Request::new(Method::Get, path);
    let bytes = |path: String, bytes: &[u8]| {
        Request::new(Method::Put, path).body("application/octet-stream", bytes.to_vec())
    };
    world.invite(200, now().0 + YEAR_MS);
    let invite = api::PutInvite {
        mission: None,
        partner: false,
        uses: 1,
        expires: Timestamp(now().0 + YEAR_MS),
        replaces: false,
        sealed: Base64(vec![1; 40]),
    };
    let receipt = Receipt::received(
        bundle_id(b"some"),
        world.device.device(),
        world.mission,
        now(),
        &world.office,
    );
    let stored = b"a stored bundle";
    block_on(
        world
            .device()
            .put_bundle(&bundle_id(stored), &world.mission, stored.to_vec(), now()),
    )
    .expect("stored");
    let doc = b"a sealed document";
    let given = b"a letter to a team";
    let file = b"a sealed picture";
    let shown = path::card_file(&world.mission, &Hex(body_hash(file)));
    let link = api::PutInvite {
        mission: Some(world.mission),
        partner: true,
        uses: 0,
        ..invite.clone()
    };
    block_on(world.office().put_invite(&invite_id(202), &link, now())).expect("a link");
    let draft = DraftId(newcomer.verifying_key().to_bytes());
    let put_draft = path::put_draft(&draft, &invite_id(202), 1, 7);
    let none = |name, who, request| Endpoint {
        name,
        who,
        request,
        limit: 0,
        json: false,
    };
    vec![
        Endpoint {
            name: "put invite",
            who: Who::Office,
            request: json(Method::Put, path::invite(&invite_id(201)), &invite),
            limit: api::INVITE_BYTES,
            json: true,
        },
        Endpoint {
            name: "enrol",
            who: Who::Newcomer,
            request: json(Method::Post, path::ENROL.into(), &enrolment(newcomer, 200)),
            limit: 16 * 1024,
            json: true,
        },
        Endpoint {
            name: "put draft",
            who: Who::Newcomer,
            request: bytes(put_draft, b"a sealed draft"),
            limit: api::DRAFT_BYTES,
            json: false,
        },
        none("get draft", Who::Newcomer, get(path::draft(&draft))),
        none(
            "erase draft",
            Who::Newcomer,
            Request::new(Method::Delete, path::draft(&draft)),
        ),
        Endpoint {
            name: "put card",
            who: Who::Office,
            request: bytes(path::card(&world.mission), b"card two").header(api::REV_HEADER, "2"),
            limit: CARD_BYTES,
            json: false,
        },
        none("get card", Who::Device, get(path::card(&world.mission))),
        Endpoint {
            name: "put a card's file",
            who: Who::Office,
            request: bytes(shown.clone(), file),
            limit: CARD_BYTES,
            json: false,
        },
        none("get a card's file", Who::Device, get(shown)),
        Endpoint {
            name: "put bundle",
            who: Who::Device,
            request: world.put(b"a new bundle"),
            limit: BUNDLE_BYTES,
            json: false,
        },
        none(
            "get bundle",
            Who::Office,
            get(path::bundle(&bundle_id(stored))),
        ),
        Endpoint {
            name: "put member",
            who: Who::Device,
            request: json(
                Method::Put,
                path::member(&world.mission),
                &api::PutMember::new("age1…".into(), &world.mission, &world.device),
            ),
            limit: 1024,
            json: true,
        },
        none("team", Who::Device, get(path::team(&world.mission, 0, 10))),
        Endpoint {
            name: "put a letter to a team",
            who: Who::Office,
            request: bytes(
                path::put_team_letter(&world.mission, &bundle_id(given), &Hex([3; 32]), None),
                given,
            ),
            limit: api::DOC_BYTES,
            json: false,
        },
        none(
            "get a letter to a team",
            Who::Device,
            get(path::team_letter(&world.mission, &bundle_id(given))),
        ),
        none(
            "get bundles",
            Who::Office,
            get(path::bundles(&[bundle_id(stored)])),
        ),
        none("state", Who::Device, get(path::STATE.into())),
        none("feed", Who::Office, get(path::feed(0, 10))),
        Endpoint {
            name: "give receipts",
            who: Who::Office,
            request: json(
                Method::Post,
                path::RECEIPTS.into(),
                &api::PostReceipts {
                    receipts: vec![receipt],
                },
            ),
            limit: JSON_BYTES,
            json: true,
        },
        none("own receipts", Who::Device, get(path::receipts_after(0))),
        Endpoint {
            name: "put doc",
            who: Who::Office,
            request: bytes(path::doc(&Hex(body_hash(doc))), doc),
            limit: api::DOC_BYTES,
            json: false,
        },
        none("docs", Who::Office, get(path::docs_after(0))),
        none(
            "remove device",
            Who::Office,
            Request::new(Method::Delete, path::device(&key(97).device())),
        ),
        none(
            "close invite",
            Who::Office,
            Request::new(Method::Delete, path::invite(&invite_id(200))),
        ),
    ]
}

mod erased {
    pub trait Json {
        fn bytes(&self) -> Vec<u8>;
    }

    impl<T: serde::Serialize> Json for T {
        fn bytes(&self) -> Vec<u8> {
            serde_json::to_vec(self).expect("JSON")
        }
    }
}

#[test]
fn every_endpoint_refuses_every_bad_signature_clock_key_and_body_and_then_does_what_is_asked() {
    let world = World::new();
    let newcomer = key(50);
    for endpoint in endpoints(&world, &newcomer) {
        let Endpoint {
            name,
            request,
            limit,
            json,
            who,
        } = &endpoint;
        println!("{name}");
        let key_of = endpoint.key(&world, &newcomer);
        let send = |request: Request| world.server.send(request);
        let good = request.clone().sign(key_of, now());

        // Not signed at all, and each header missing.
        refused(&send(request.clone()), Code::Signature);
        for header in [KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER] {
            let mut without = good.clone();
            without.headers.retain(|(name, _)| name != header);
            refused(&send(without), Code::Signature);
        }
        // A bit of the signature flipped.
        let mut flipped = good.clone();
        for (name, value) in &mut flipped.headers {
            if name == SIGNATURE_HEADER {
                let last = if value.ends_with('0') { "1" } else { "0" };
                value.replace_range(value.len() - 1.., last);
            }
        }
        refused(&send(flipped), Code::Signature);
        // Signed for another address.
        let mut moved = good.clone();
        moved.path.push_str(if moved.path.contains('?') {
            "&x=1"
        } else {
            "?x=1"
        });
        refused(&send(moved), Code::Signature);
        // Signed under another's name.
        let mut another = good.clone();
        another.headers.retain(|(name, _)| name != KEY_HEADER);
        refused(
            &send(another.header(
                KEY_HEADER,
                Hex(key(99).verifying_key().to_bytes()).to_string(),
            )),
            // The office's is known by its key, before the body is read.
            if *who == Who::Office {
                Code::NotOffice
            } else {
                Code::Signature
            },
        );

        // A clock a year wrong, either way: the problem tells the time.
        for wrong in [-YEAR_MS, YEAR_MS, -11 * 60_000, 11 * 60_000] {
            let response = send(request.clone().sign(key_of, Timestamp(now().0 + wrong)));
            refused(&response, Code::Clock);
            let told = problem(&response).now.expect("the server's time");
            assert!((told.0 - now().0).abs() < 60_000, "{told:?}");
        }

        // A key that may not ask: a stranger's, and an enrolled device's or the office's where the other is due.
        let stranger = send(request.clone().sign(&key(98), now()));
        match who {
            Who::Office => {
                refused(&stranger, Code::NotOffice);
                refused(
                    &send(request.clone().sign(&world.device, now())),
                    Code::NotOffice,
                );
            }
            Who::Device => {
                refused(&stranger, Code::UnknownDevice);
                // The office carries its desks' bundles, and nothing else of a device's.
                if *name != "put bundle" {
                    refused(
                        &send(request.clone().sign(&world.office, now())),
                        Code::UnknownDevice,
                    );
                }
            }
            Who::Newcomer => refused(&stranger, Code::Malformed),
        }

        // One byte more than is taken.
        let over = vec![b' '; limit + 1];
        if *name == "put bundle" {
            refused(
                &send(put(&over, &world.mission).sign(key_of, now())),
                Code::TooLarge,
            );
        } else {
            let large = Request {
                body: over,
                ..request.clone()
            };
            refused(&send(large.sign(key_of, now())), Code::TooLarge);
        }
        if !request.body.is_empty() {
            // A bit of the body flipped on the way, and the body cut short.
            for damage in [
                |body: &mut Vec<u8>| body[0] ^= 1,
                |body: &mut Vec<u8>| body.truncate(body.len() / 2),
            ] {
                let mut damaged = good.clone();
                damage(&mut damaged.body);
                // A bundle's signature is over its id: the bytes are told to be others than the id names.
                refused(
                    &send(damaged),
                    if *name == "put bundle" {
                        Code::Malformed
                    } else {
                        Code::Signature
                    },
                );
            }
        }
        if *json {
            let half = request.body[..request.body.len() / 2].to_vec();
            for bad in [
                half,
                b"[]".to_vec(),
                b"\xff\xfe".to_vec(),
                Vec::new(),
                b"{\"invite\":1}".to_vec(),
            ] {
                let bad = Request {
                    body: bad,
                    ..request.clone()
                };
                refused(&send(bad.sign(key_of, now())), Code::Malformed);
            }
        }

        // None of this was kept, and the good request is done.
        let done = send(request.clone().sign(key_of, now()));
        let due = if *limit == 0 { 200 } else { 201 };
        assert_eq!(
            done.status,
            due,
            "{name}: {}",
            String::from_utf8_lossy(&done.body)
        );
    }
}

#[test]
fn ids_queries_and_methods_that_make_no_sense_are_told_in_problem_documents() {
    let world = World::new();
    let signed = |request: Request, key: &SigningKey| world.server.send(request.sign(key, now()));
    let get = |path: &str| Request::new(Method::Get, path);
    refused(&world.server.send(get("/v1/invites/zz")), Code::Malformed);
    refused(
        &world.server.send(get(&path::invite(&invite_id(77)))),
        Code::InviteUnknown,
    );
    refused(&world.server.send(get("/v1/snow")), Code::NotFound);
    refused(
        &world.server.send(Request::new(Method::Post, path::HEALTH)),
        Code::Other("method".into()),
    );
    refused(
        &signed(get("/v1/cards/nope"), &world.device),
        Code::Malformed,
    );
    refused(
        &signed(
            get("/v1/cards/00000000-0000-4000-8000-000000000000"),
            &world.device,
        ),
        Code::NotFound,
    );
    refused(
        &signed(get("/v1/feed?cursor=-1"), &world.office),
        Code::Malformed,
    );
    refused(
        &signed(
            get("/v1/feed?cursor=99999999999999999999999"),
            &world.office,
        ),
        Code::Malformed,
    );
    refused(
        &signed(get(&path::bundle(&BundleId([3; 32]))), &world.office),
        Code::NotFound,
    );
    let bundle = path::bundle(&bundle_id(b"x"));
    for query in ["", "?mission=", "?mission=zz", "?m=1"] {
        refused(
            &signed(
                Request::new(Method::Put, format!("{bundle}{query}")).body("x/y", b"x".to_vec()),
                &world.device,
            ),
            Code::Malformed,
        );
    }
    let mine = key(50);
    let draft = path::draft(&DraftId(mine.verifying_key().to_bytes()));
    let of = invite_id(77);
    for query in [
        String::new(),
        "?invite=zz&rev=1&days=7".to_owned(),
        format!("?invite={of}&rev=1"),
        format!("?invite={of}&rev=-1&days=7"),
        format!("?invite={of}&rev=0&days=7"),
        format!("?invite={of}&rev={}&days=7", api::DRAFT_LAST_REV),
    ] {
        let put = Request::new(Method::Put, format!("{draft}{query}"));
        refused(
            &signed(put.body("x/y", b"x".to_vec()), &mine),
            Code::Malformed,
        );
    }
    refused(&signed(get("/v1/drafts/nope"), &mine), Code::Malformed);
    refused(&signed(get(&draft), &mine), Code::NotFound);
    let card = |rev: Option<&str>, bytes: &[u8]| {
        let put = Request::new(Method::Put, path::card(&world.mission));
        let put = if let Some(rev) = rev {
            put.header(api::REV_HEADER, rev)
        } else {
            put
        };
        signed(put.body("x/y", bytes.to_vec()), &world.office)
    };
    refused(&card(None, b"card"), Code::Malformed);
    refused(&card(Some("-1"), b"card"), Code::Malformed);
    refused(&card(Some("2"), b""), Code::Malformed);
}

#[test]
fn a_device_whose_clock_is_a_year_wrong_learns_the_time_and_still_sends() {
    let world = World::new();
    for (wrong, bytes) in [
        (-YEAR_MS, b"a year behind".as_slice()),
        (YEAR_MS, b"a year ahead"),
    ] {
        let client = world.device();
        let by_its_clock = || Timestamp(now().0 + wrong);
        let id = bundle_id(bytes);
        let stored =
            block_on(client.put_bundle(&id, &world.mission, bytes.to_vec(), by_its_clock()));
        assert_eq!(stored.expect("stored").size, bytes.len() as u64);
        assert!((client.clock_offset() + wrong).abs() < 60_000);
        assert!(
            block_on(client.state(by_its_clock()))
                .expect("state")
                .bundles
                .contains(&bundle_id(bytes))
        );
    }
}

#[test]
fn the_office_is_set_up_once_with_the_token_that_was_printed() {
    let ground = Ground::fresh();
    let server = Running::on(&ground);
    let first = server.token.clone().expect("a token");
    drop(server);
    let server = Running::on(&ground);
    let token = server.token.clone().expect("another token");
    assert_ne!(first, token, "a link is made anew at each start");
    let set_up = |token: &str, key: &SigningKey| {
        block_on(server.client(key).set_up_office(token, "Bureau", now()))
    };
    let refusal =
        |token: &str, key: &SigningKey| set_up(token, key).expect_err("refused").code().cloned();
    assert_eq!(
        refusal(&first, &key(1)),
        Some(Code::SetupUsed),
        "the first link died with the second"
    );
    assert_eq!(refusal("guess", &key(1)), Some(Code::SetupUsed));
    set_up(&token, &key(1)).expect("set up");
    set_up(&token, &key(1)).expect("the answer was lost and the same is asked again");
    assert_eq!(refusal(&token, &key(2)), Some(Code::SetupUsed), "used");
    for bad in ["", "{}", "{\"token\":\"x\",\"key\":\"00\",\"name\":\"\"}"] {
        refused(
            &server.send(
                Request::new(Method::Post, path::OFFICE).body("application/json", bad.into()),
            ),
            Code::Malformed,
        );
    }
    drop(server);
    assert_eq!(
        Running::on(&ground).token,
        None,
        "no link once an office is there"
    );
    assert!(
        !ground.holds(token.as_bytes()),
        "only the token's hash is stored"
    );
}

#[test]
fn an_invite_enrols_one_device_until_it_expires_and_that_device_again() {
    let world = World::new();
    let enrol = |device: &SigningKey, n: u8| {
        world.server.send(
            Request::new(Method::Post, path::ENROL)
                .body(
                    "application/json",
                    serde_json::to_vec(&enrolment(device, n)).expect("JSON"),
                )
                .sign(device, now()),
        )
    };
    refused(&enrol(&key(30), 66), Code::InviteUnknown);
    world.invite(67, now().0 - 1);
    refused(&enrol(&key(30), 67), Code::InviteExpired);
    // A minute is long enough for the first device; it may ask again after the end.
    let soon = now().0 + 1500;
    world.invite(68, soon);
    let look = || block_on(world.device().invite(&invite_id(68), now())).expect("the box");
    assert!(!look().used);
    assert_eq!(enrol(&key(30), 68).status, 201);
    assert!(look().used);
    refused(&enrol(&key(31), 68), Code::InviteUsed);
    while now().0 <= soon {
        std::thread::yield_now();
    }
    assert_eq!(
        enrol(&key(30), 68).status,
        200,
        "its answer was lost on the way"
    );
    // The same box may be put again; another box under the same id may not.
    let invite = api::PutInvite {
        mission: None,
        partner: false,
        uses: 1,
        expires: Timestamp(soon),
        replaces: false,
        sealed: Base64(vec![68; 40]),
    };
    block_on(world.office().put_invite(&invite_id(68), &invite, now())).expect("the same");
    let other = api::PutInvite {
        mission: None,
        partner: false,
        expires: Timestamp(soon + 1),
        ..invite
    };
    assert!(block_on(world.office().put_invite(&invite_id(68), &other, now())).is_err());
}

const GZIP: &str = "\r\ncontent-encoding: gzip\r\n";

#[test]
fn a_box_comes_compressed_to_whoever_accepts_that() {
    let world = World::new();
    let put = |id: u8, bytes: u32| {
        let sealed = (0..bytes).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
        let invite = api::PutInvite {
            mission: None,
            partner: true,
            uses: 0,
            expires: Timestamp(now().0 + 60_000),
            replaces: false,
            sealed: Base64(sealed.collect()),
        };
        block_on(world.office().put_invite(&invite_id(id), &invite, now())).expect("put");
        Request::new(Method::Get, path::invite(&invite_id(id)))
    };
    let asked = put(69, 30_000);
    let (plain, whole) = world.server.raw(asked.clone());
    assert!(!plain.contains(GZIP), "{plain}");
    let (compressed, shorter) = world.server.raw(asked.header("accept-encoding", "gzip"));
    assert!(compressed.contains(GZIP), "{compressed}");
    assert!(shorter.len() * 10 < whole.len() * 8);
    let large = put(70, 600_000).header("accept-encoding", "gzip");
    assert!(!world.server.raw(large).0.contains(GZIP));
}

#[test]
fn a_feed_comes_compressed_to_whoever_accepts_that_and_says_the_same() {
    let world = World::new();
    for n in 0..50_u8 {
        let bytes = vec![n; 10];
        let (device, id) = (world.device(), bundle_id(&bytes));
        block_on(device.put_bundle(&id, &world.mission, bytes, now())).expect("stored");
    }
    let asked = || Request::new(Method::Get, path::feed(0, 100)).sign(&world.office, now());
    let (plain, whole) = world.server.raw(asked());
    assert!(!plain.contains(GZIP), "{plain}");
    let (compressed, shorter) = world.server.raw(asked().header("accept-encoding", "gzip"));
    assert!(compressed.contains(GZIP), "{compressed}");
    assert!(
        shorter.len() * 10 < whole.len() * 6,
        "{} of {}",
        shorter.len(),
        whole.len()
    );
    // What asks here accepts it.
    let feed = block_on(world.office().feed(0, 100, now())).expect("the feed");
    let said: api::Feed = serde_json::from_slice(&whole).expect("a feed");
    assert_eq!(feed, said);
    assert!(feed.items.len() > 50);
}

#[test]
fn an_office_puts_another_box_in_the_place_of_its_own_invite_as_long_as_nobody_used_it() {
    let world = World::new();
    let expires = Timestamp(now().0 + YEAR_MS);
    let invite = |n: u8, replaces| api::PutInvite {
        mission: Some(world.mission),
        partner: false,
        uses: 1,
        expires,
        replaces,
        sealed: Base64(vec![n; 40]),
    };
    let put = |body: &api::PutInvite| {
        block_on(world.office().put_invite(&invite_id(90), body, now())).is_ok()
    };
    let look = || block_on(world.device().invite(&invite_id(90), now())).expect("there");
    assert!(put(&invite(1, true)), "one that is not there is new");
    assert!(!put(&invite(2, false)));
    assert!(put(&invite(3, true)) && put(&invite(3, true)));
    assert_eq!(look().sealed.0, [3; 40]);
    let later = api::PutInvite {
        expires: expires.plus(1),
        ..invite(4, true)
    };
    assert!(!put(&later));
    let stranger = world.server.client(&key(30));
    assert!(block_on(stranger.put_invite(&invite_id(90), &invite(4, true), now())).is_err());
    assert_eq!(look().sealed.0, [3; 40]);
    // Once it was used its box is gone, and none comes in its place.
    block_on(stranger.enrol(&enrolment(&key(30), 90), now())).expect("enrolled");
    assert!(put(&invite(5, true)));
    let found = look();
    assert!(found.used && found.sealed.0.is_empty());
}

#[test]
fn a_partner_link_enrols_as_many_devices_as_it_is_for_until_it_is_closed() {
    let world = World::new();
    let invite = api::PutInvite {
        mission: None,
        partner: false,
        uses: 2,
        expires: Timestamp(now().0 + YEAR_MS),
        replaces: false,
        sealed: Base64(vec![69; 400_000]),
    };
    block_on(world.office().put_invite(&invite_id(69), &invite, now())).expect("a link");
    block_on(world.office().put_invite(&invite_id(69), &invite, now())).expect("the same");
    let more = api::PutInvite { uses: 3, ..invite };
    assert!(block_on(world.office().put_invite(&invite_id(69), &more, now())).is_err());
    let enrol = |device: &SigningKey| {
        let client = world.server.client(device);
        block_on(client.enrol(&enrolment(device, 69), now()))
            .map(drop)
            .map_err(|error| error.code().cloned())
    };
    let look = || block_on(world.device().invite(&invite_id(69), now()));
    assert!(!look().expect("the box").used);
    assert_eq!(enrol(&key(30)), Ok(()));
    assert_eq!(enrol(&key(30)), Ok(()), "its answer was lost on the way");
    let found = look().expect("the box");
    assert!(!found.used);
    assert!(
        found
            .now
            .is_some_and(|theirs| theirs.since(now()).abs() < 60_000)
    );
    assert_eq!(enrol(&key(31)), Ok(()));
    assert!(look().expect("the box").used);
    assert_eq!(enrol(&key(32)), Err(Some(Code::InviteUsed)));
    // Closed: the box is gone, those who are in stay in.
    let stranger = world.server.client(&key(30));
    let refused = block_on(stranger.close_invite(&invite_id(69), now()));
    assert_eq!(refused.unwrap_err().code(), Some(&Code::NotOffice));
    for _ in 0..2 {
        block_on(world.office().close_invite(&invite_id(69), now())).expect("closed");
    }
    assert_eq!(look().unwrap_err().code(), Some(&Code::InviteExpired));
    assert_eq!(enrol(&key(30)), Ok(()));
    let unknown = block_on(world.office().close_invite(&invite_id(70), now()));
    assert_eq!(unknown.unwrap_err().code(), Some(&Code::InviteUnknown));
    // Without a limit, and closed before anybody came.
    let any = api::PutInvite {
        mission: None,
        partner: false,
        uses: 0,
        expires: Timestamp(now().0 + YEAR_MS),
        replaces: false,
        sealed: Base64(vec![71; 40]),
    };
    block_on(world.office().put_invite(&invite_id(71), &any, now())).expect("a link");
    let enrol = |n: u8| {
        let client = world.server.client(&key(n));
        block_on(client.enrol(&enrolment(&key(n), 71), now()))
    };
    for n in 40..45 {
        enrol(n).expect("any number");
    }
    block_on(world.office().close_invite(&invite_id(71), now())).expect("closed");
    assert_eq!(enrol(45).unwrap_err().code(), Some(&Code::InviteExpired));
}

#[test]
fn a_request_that_may_not_happen_twice_is_refused_when_replayed() {
    let world = World::new();
    world.invite(40, now().0 + YEAR_MS);
    let enrol = Request::new(Method::Post, path::ENROL)
        .body(
            "application/json",
            serde_json::to_vec(&enrolment(&key(40), 40)).expect("JSON"),
        )
        .sign(&key(40), now());
    assert_eq!(world.server.send(enrol.clone()).status, 201);
    refused(&world.server.send(enrol.clone()), Code::Signature);
    let receipt = Receipt::received(
        bundle_id(b"b"),
        world.device.device(),
        world.mission,
        now(),
        &world.office,
    );
    let receipts = Request::new(Method::Post, path::RECEIPTS)
        .body(
            "application/json",
            serde_json::to_vec(&api::PostReceipts {
                receipts: vec![receipt],
            })
            .expect("JSON"),
        )
        .sign(&world.office, now());
    assert_eq!(world.server.send(receipts.clone()).status, 201);
    refused(&world.server.send(receipts.clone()), Code::Signature);
    // Nor after a restart.
    let world = world.restart();
    refused(&world.server.send(enrol), Code::Signature);
    refused(&world.server.send(receipts), Code::Signature);
}

#[test]
fn a_receipt_that_the_office_did_not_sign_is_not_passed_on() {
    let world = World::new();
    let forged = Receipt::received(
        bundle_id(b"b"),
        world.device.device(),
        world.mission,
        now(),
        &key(77),
    );
    let refusal = block_on(world.office().post_receipts(vec![forged], now())).expect_err("forged");
    assert_eq!(refusal.code(), Some(&Code::Malformed));
    assert!(
        block_on(world.device().receipts(0, now()))
            .expect("receipts")
            .receipts
            .is_empty()
    );
}

#[test]
fn a_device_reads_its_own_receipts_and_state_only() {
    let world = World::new();
    let other = key(3);
    world.enrol(&other, 3);
    let stored = block_on(world.device().put_bundle(
        &bundle_id(b"mine"),
        &world.mission,
        b"mine".to_vec(),
        now(),
    ))
    .expect("stored");
    assert_eq!((stored.bundle, stored.size), (bundle_id(b"mine"), 4));
    let receipt = Receipt::received(
        stored.bundle,
        world.device.device(),
        world.mission,
        now(),
        &world.office,
    );
    assert_eq!(
        block_on(world.office().post_receipts(vec![receipt.clone()], now()))
            .expect("given")
            .new,
        1
    );
    assert_eq!(
        block_on(world.office().post_receipts(vec![receipt.clone()], now()))
            .expect("given")
            .new,
        0
    );
    let mine = block_on(world.device().receipts(0, now())).expect("receipts");
    assert_eq!(
        mine.receipts
            .iter()
            .map(|numbered| &numbered.receipt)
            .collect::<Vec<_>>(),
        [&receipt]
    );
    assert!(
        block_on(world.device().receipts(mine.next, now()))
            .expect("receipts")
            .receipts
            .is_empty()
    );
    assert_eq!(
        block_on(world.device().state(now()))
            .expect("state")
            .bundles,
        [stored.bundle]
    );
    let others = world.server.client(&other);
    assert!(
        block_on(others.receipts(0, now()))
            .expect("receipts")
            .receipts
            .is_empty()
    );
    assert!(
        block_on(others.state(now()))
            .expect("state")
            .bundles
            .is_empty()
    );
}

#[test]
fn the_feed_and_documents_come_in_pages_without_gap_or_double() {
    let world = World::new();
    for n in 0..7_u8 {
        let bytes = vec![n; 10];
        block_on(
            world
                .device()
                .put_bundle(&bundle_id(&bytes), &world.mission, bytes, now()),
        )
        .expect("stored");
    }
    let (mut cursor, mut numbers) = (0, Vec::new());
    loop {
        let page = block_on(world.office().feed(cursor, 3, now())).expect("a page");
        assert!(page.items.len() <= 3);
        numbers.extend(page.items.iter().map(|item| match item {
            api::FeedItem::Bundle(item) => item.n,
            api::FeedItem::Enrolled(item) => item.n,
            api::FeedItem::Member(item) => item.n,
            api::FeedItem::Unknown => panic!("a known item"),
        }));
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(numbers, (1..=8).collect::<Vec<u64>>());
    assert_eq!(
        block_on(world.office().feed(cursor, 3, now()))
            .expect("a page")
            .next,
        cursor
    );
}

#[test]
fn a_card_goes_forward_only_and_is_not_sent_twice() {
    let world = World::new();
    let fetch =
        |known| block_on(world.device().card(&world.mission, known, now())).expect("an answer");
    assert_eq!(
        fetch(None),
        vigie_exchange::CardAnswer::Card {
            rev: 1,
            sealed: b"a sealed card".to_vec()
        }
    );
    assert_eq!(fetch(Some(1)), vigie_exchange::CardAnswer::Unchanged);
    let publish = |rev, bytes: &[u8]| {
        block_on(
            world
                .office()
                .put_card(&world.mission, rev, bytes.to_vec(), now()),
        )
    };
    publish(3, b"three").expect("a later revision");
    publish(3, b"three").expect("the same again");
    for (rev, bytes) in [(3, b"other".as_slice()), (2, b"two"), (1, b"a sealed card")] {
        assert_eq!(
            publish(rev, bytes).expect_err("stale").code(),
            Some(&Code::Stale),
            "{rev}"
        );
    }
    assert_eq!(
        fetch(Some(1)),
        vigie_exchange::CardAnswer::Card {
            rev: 3,
            sealed: b"three".to_vec()
        }
    );
}

#[test]
fn a_cards_file_is_kept_under_the_hash_of_its_bytes_or_not_at_all() {
    let world = World::new();
    let hash = Hex(body_hash(b"a sealed picture"));
    let put = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        block_on(
            world
                .office()
                .put_card_file(&world.mission, &hash, bytes, now()),
        )
    };
    let get = || block_on(world.device().card_file(&world.mission, &hash, now()));
    let code = |answer: Result<(), vigie_exchange::ExchangeError>| {
        answer.expect_err("refused").code().cloned()
    };
    assert_eq!(code(get().map(drop)), Some(Code::NotFound));
    assert_eq!(code(put(b"another picture")), Some(Code::Malformed));
    assert_eq!(code(get().map(drop)), Some(Code::NotFound));
    put(b"a sealed picture").expect("kept");
    put(b"a sealed picture").expect("kept already");
    assert_eq!(get().expect("the file"), b"a sealed picture");
}

#[test]
fn several_small_bundles_are_given_in_one_answer_in_the_order_they_are_asked_for() {
    let world = World::new();
    let send = |letter: Vec<u8>| {
        let id = bundle_id(&letter);
        let sent = world
            .server
            .send(world.put(&letter).sign(&world.device, now()));
        assert_eq!(sent.status, 201);
        (id, letter)
    };
    let office = world.office();
    let asked = |ids: &[BundleId]| block_on(office.bundles(ids, now()));
    let some: Vec<(BundleId, Vec<u8>)> = (1..=3_u8).map(|n| send(vec![n; 100])).collect();
    let [(one, first), (two, second), (three, third)] = &some[..] else {
        panic!("three");
    };
    let nowhere = bundle_id(b"of nobody");
    let came = asked(&[*three, nowhere, *one, *two, *one]).expect("an answer");
    let letter = |bytes: &Vec<u8>| Some(bytes.clone());
    let expected = [
        letter(third),
        None,
        letter(first),
        letter(second),
        letter(first),
    ];
    assert_eq!(came, expected);
    // A file that is other than its name is not given, and stops none of the others.
    let file = world.ground.sealed().join(format!("bundles/{two}.age"));
    std::fs::write(file, b"other bytes").expect("damaged");
    let came = asked(&[*one, *two, *three]).expect("an answer");
    assert_eq!(came, [letter(first), None, letter(third)]);
    // As many as 256 KiB hold; the rest is asked for again.
    let large: Vec<(BundleId, Vec<u8>)> = (1..=4_u8).map(|n| send(vec![n; 100_000])).collect();
    let ids: Vec<BundleId> = large.iter().map(|(id, _)| *id).collect();
    let came = asked(&ids).expect("an answer");
    assert_eq!(came, [letter(&large[0].1), letter(&large[1].1), None, None]);
    let (huge, _) = send(vec![9; 300_000]);
    assert_eq!(asked(&[huge, *one]).expect("an answer"), [None, None]);
    let refused = asked(&[*one; 51]).expect_err("too many");
    assert_eq!(refused.code(), Some(&Code::Malformed));
    let refused = asked(&[]).expect_err("nothing");
    assert_eq!(refused.code(), Some(&Code::Malformed));
    // Another office's are not there.
    let other = world.server.client(&key(77));
    let refused = block_on(other.bundles(&[*one], now())).expect_err("a stranger");
    assert_eq!(refused.code(), Some(&Code::NotOffice));
}

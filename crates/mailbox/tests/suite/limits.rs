//! What one sender may ask of the server, so that the others are served meanwhile.

use std::{
    io::{Read, Write},
    net::TcpStream,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use crate::common::{World, YEAR_MS, enrolment, invite_id, key, put, refused};
use futures::executor::block_on;
use vigie_exchange::{
    Method, Request, Response,
    api::{self, Base64, CARD_BYTES, Code, path},
};
use vigie_mailbox::mailbox::now;
use vigie_model::Timestamp;
use vigie_sign::SigningKey;

fn five() -> NonZeroU32 {
    NonZeroU32::new(5).expect("five")
}

/// What the server answers on a line, until it ends it.
fn answer(mut line: TcpStream) -> String {
    let patience = Some(Duration::from_secs(60));
    line.set_read_timeout(patience).expect("a patience");
    let mut answer = Vec::new();
    // A line that is cut has said what it had to say.
    drop(line.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

fn retry_after(response: &Response) -> u64 {
    let wait = response.header("retry-after").expect("when to come back");
    wait.parse().expect("seconds")
}

#[test]
fn a_device_that_holds_its_uploads_open_holds_nobody_elses() {
    let world = World::with(|config| config.uploads_at_once = 3);
    world.enrol(&key(3), 3);
    let large = |n: u8| put(&vec![n; 7_000_000], &world.mission);
    let uploads = || world.ground.bundles();
    let held: Vec<TcpStream> = (1..=2)
        .map(|n| {
            let request = large(n).sign(&world.device, now());
            world.server.begin(&request, 6_000_000)
        })
        .collect();
    let begun = Instant::now();
    while uploads() < 2 {
        assert!(begun.elapsed().as_secs() < 60, "the uploads have not begun");
        std::thread::yield_now();
    }
    let third = world.server.send(large(3).sign(&world.device, now()));
    refused(&third, Code::Busy);
    assert!(retry_after(&third) > 0);
    let small = world
        .server
        .send(put(b"another's", &world.mission).sign(&key(3), now()));
    assert_eq!(small.status, 201);
    // Let go, they are there again.
    drop(held);
    let begun = Instant::now();
    while world
        .server
        .send(large(3).sign(&world.device, now()))
        .status
        != 201
    {
        assert!(begun.elapsed().as_secs() < 60, "the place is still taken");
    }
}

#[test]
fn a_body_that_drips_is_given_up_and_a_line_of_one_kilobyte_a_second_gets_through() {
    let world = World::with(|config| {
        // As by default, in a thirtieth of the time.
        config.limits.window /= 30;
        config.limits.floor /= 30;
        config.limits.silence /= 30;
        config.limits.head /= 15;
    });
    for n in [3, 4] {
        world.enrol(&key(n), n);
    }
    let slowly = |device: u8, bytes: &[u8], at_once: usize, every: Duration| {
        let request = put(bytes, &world.mission).sign(&key(device), now());
        let mut line = world.server.begin(&request, 0);
        for part in request.body.chunks(at_once) {
            std::thread::sleep(every);
            if line.write_all(part).is_err() {
                break;
            }
        }
        answer(line)
    };
    let (honest, drip, silent) = std::thread::scope(|scope| {
        // 1 kB/s that stalls half of the time, within which a window has nothing but its end.
        let honest = scope.spawn(|| slowly(2, &[1; 6000], 1000, Duration::from_millis(1000)));
        let drip = scope.spawn(|| slowly(3, &[2; 6000], 20, Duration::from_millis(200)));
        let silent = scope.spawn(|| {
            let request = put(&[3; 6000], &world.mission).sign(&key(4), now());
            answer(world.server.begin(&request, 10))
        });
        (
            honest.join().expect("sent"),
            drip.join().expect("sent"),
            silent.join().expect("sent"),
        )
    });
    assert!(honest.starts_with("HTTP/1.1 201"), "{honest}");
    for given_up in [drip, silent] {
        assert!(given_up.starts_with("HTTP/1.1 503"), "{given_up}");
        assert!(given_up.contains("too slowly") && given_up.contains("retry-after"));
    }
    let kept = world.ground.bundles();
    assert_eq!(kept, 1, "nothing stays of a body that was given up");
}

#[test]
fn heads_that_do_not_end_and_lines_that_do_nothing_are_let_go() {
    let world = World::with(|config| config.limits.head = Duration::from_millis(500));
    for said in ["", "GET /v1/health HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut line = TcpStream::connect(world.server.host()).expect("a line");
        line.write_all(said.as_bytes()).expect("said");
        let begun = Instant::now();
        let answer = answer(line);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{said:?}");
    }
    // After an answer too.
    let mut line = TcpStream::connect(world.server.host()).expect("a line");
    line.write_all(b"GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("asked");
    let answer = answer(line);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_stranger_is_refused_by_her_key_before_the_office_reads_a_byte_and_hears_it() {
    let world = World::new();
    let body = vec![b' '; CARD_BYTES];
    for request in [
        Request::new(Method::Put, path::put_card(&world.mission, 2)),
        Request::new(Method::Put, path::invite(&invite_id(9))),
        Request::new(Method::Post, path::RECEIPTS),
    ] {
        let body = body[..body.len().min(1_000_000)].to_vec();
        let request = request.body("x/y", body).sign(&key(66), now());
        let answered = answer(world.server.begin(&request, 0));
        assert!(answered.starts_with("HTTP/1.1 403"), "{answered}");
        assert!(answered.contains("connection: close"), "{answered}");
        // A client that sends all the same hears the answer too.
        refused(&world.server.send(request), Code::NotOffice);
    }
}

#[test]
fn a_device_that_asks_without_end_is_told_when_to_come_back_and_others_are_served() {
    let world = World::with(|config| config.limits.device_a_minute = five());
    world.enrol(&key(3), 3);
    let state = |key: &SigningKey| {
        let ask = Request::new(Method::Get, path::STATE).sign(key, now());
        world.server.send(ask)
    };
    for _ in 0..5 {
        assert_eq!(state(&world.device).status, 200);
    }
    let told = state(&world.device);
    refused(&told, Code::TooMany);
    assert!((1..=60).contains(&retry_after(&told)), "{told:?}");
    assert_eq!(state(&key(3)).status, 200);
    for _ in 0..20 {
        block_on(world.office().feed(0, 1, now())).expect("the office asks as it needs to");
    }
}

#[test]
fn an_invite_and_an_address_are_looked_at_so_many_times_a_minute() {
    let world = World::with(|config| {
        config.url = Some("https://vigie.example".to_owned());
        config.limits.address_a_minute = five();
        config.limits.invite_a_minute = NonZeroU32::new(12).expect("twelve");
    });
    world.invite(70, now().0 + YEAR_MS);
    let look = |n: u8, from: &str| {
        let look = Request::new(Method::Get, path::invite(&invite_id(n)));
        world.server.send(look.header("x-forwarded-for", from))
    };
    for _ in 0..5 {
        refused(&look(71, "203.0.113.7"), Code::InviteUnknown);
    }
    let told = look(70, "203.0.113.7");
    refused(&told, Code::TooMany);
    assert!((1..=60).contains(&retry_after(&told)), "{told:?}");
    // What she writes before what the proxy writes changes nothing; another address is another's.
    refused(&look(70, "198.51.100.1, 203.0.113.7"), Code::TooMany);
    for n in 1..=5 {
        // One network of IPv6 is one sender.
        assert_eq!(look(70, &format!("2001:db8:0:{n}::{n}")).status, 200);
    }
    refused(&look(70, "2001:db8:0:99::1"), Code::TooMany);
    // The link itself, from everywhere.
    let last = (1..=12)
        .map(|n| look(70, &format!("198.51.100.{n}")))
        .find(|answer| answer.status != 200)
        .expect("once too often");
    refused(&last, Code::TooMany);
    // A refused signature counts as well.
    let forged = || {
        let ask = Request::new(Method::Get, path::STATE).sign(&key(99), now());
        world
            .server
            .send(ask.header("x-forwarded-for", "192.0.2.1"))
    };
    for _ in 0..5 {
        refused(&forged(), Code::UnknownDevice);
    }
    refused(&forged(), Code::TooMany);
    // Whoever is enrolled goes on, from the same address.
    let ask = Request::new(Method::Get, path::STATE).sign(&world.device, now());
    let answer = world
        .server
        .send(ask.header("x-forwarded-for", "192.0.2.1"));
    assert_eq!(answer.status, 200);
    let secure = answer.header("strict-transport-security");
    assert_eq!(secure, Some("max-age=63072000"));
    assert_eq!(
        World::new()
            .server
            .send(Request::new(Method::Get, path::HEALTH))
            .header("strict-transport-security"),
        None
    );
}

#[test]
fn a_link_without_bound_enrols_so_many_devices_an_hour() {
    let world = World::with(|config| config.limits.enrolments_an_hour = 3);
    for n in [80, 81] {
        let link = api::PutInvite {
            mission: Some(world.mission),
            partner: true,
            uses: 0,
            expires: Timestamp(now().0 + YEAR_MS),
            replaces: false,
            sealed: Base64(vec![n; 40]),
        };
        block_on(world.office().put_invite(&invite_id(n), &link, now())).expect("a link");
    }
    let enrol = |device: u8, n: u8| {
        let body = serde_json::to_vec(&enrolment(&key(device), n)).expect("JSON");
        let enrol = Request::new(Method::Post, path::ENROL).body("application/json", body);
        world.server.send(enrol.sign(&key(device), now()))
    };
    for device in 10..13 {
        assert_eq!(enrol(device, 80).status, 201);
    }
    let told = enrol(13, 80);
    refused(&told, Code::TooMany);
    assert!((3000..=3601).contains(&retry_after(&told)), "{told:?}");
    assert_eq!(enrol(10, 80).status, 200, "its answer was lost on the way");
    assert_eq!(enrol(13, 81).status, 201, "another link");
}

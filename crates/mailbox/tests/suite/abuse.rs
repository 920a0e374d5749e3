//! What nobody honest sends: bytes that two readers would read differently, paths that lead elsewhere, bodies without end, the
//! same signature in another place. Each is refused clearly, and whoever asks honestly meanwhile is served.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::common::{World, bundle_id, draft_id, invite_id, key, put, refused};
use futures::executor::block_on;
use vigie_exchange::{
    Method, Request, Response,
    api::{Code, FeedItem, path},
};
use vigie_mailbox::mailbox::now;
use vigie_model::{BundleId, Timestamp};

/// All that the server answers to these bytes, until it ends the line.
fn answers(world: &World, bytes: &[u8]) -> String {
    let mut line = TcpStream::connect(world.server.host()).expect("a line");
    line.set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a patience");
    // What is refused by its beginning may be cut before its end.
    drop(line.write_all(bytes));
    let mut answer = Vec::new();
    drop(line.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answer: &str) -> Vec<&str> {
    let lines = answer.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)).collect()
}

/// The head of a letter that would be taken, without what says how long it is.
fn head_of_a_letter(world: &World, letter: &[u8]) -> String {
    let request = world.put(letter).sign(&world.device, now());
    let headers = request.headers.iter();
    let headers: String = headers
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("PUT {} HTTP/1.1\r\nhost: x\r\n{headers}", request.path)
}

fn letters(world: &World) -> BTreeSet<BundleId> {
    let feed = block_on(world.office().feed(0, 500, now())).expect("the feed");
    let bundles = feed.items.iter().filter_map(|item| match item {
        FeedItem::Bundle(item) => Some(item.bundle),
        _ => None,
    });
    bundles.collect()
}

#[test]
fn a_request_whose_end_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_done() {
    let world = World::with(|config| config.limits.head = Duration::from_secs(2));
    let hidden = {
        let head = head_of_a_letter(&world, b"hidden");
        format!("{head}content-length: 6\r\nconnection: close\r\n\r\nhidden")
    };
    let hidden_long = hidden.len();
    let head = head_of_a_letter(&world, b"");
    // Whoever believes the first word on how long it is finds another request where the other finds a body.
    let ambiguous = [
        (
            "two lengths",
            format!("content-length: 0\r\ncontent-length: {hidden_long}\r\n\r\n{hidden}"),
        ),
        (
            "two lengths in one",
            format!("content-length: 0, {hidden_long}\r\n\r\n{hidden}"),
        ),
        (
            "a length with a sign",
            format!("content-length: +0\r\n\r\n{hidden}"),
        ),
        (
            "a length in hex",
            format!("content-length: 0x0\r\n\r\n{hidden}"),
        ),
        (
            "a negative length",
            format!("content-length: -1\r\n\r\n{hidden}"),
        ),
        (
            "a length beyond all",
            format!("content-length: 99999999999999999999999\r\n\r\n{hidden}"),
        ),
        (
            "chunks of another coding",
            format!("transfer-encoding: xchunked\r\n\r\n{hidden}"),
        ),
        (
            "chunks before a coding",
            format!("transfer-encoding: chunked, gzip\r\n\r\n{hidden}"),
        ),
        (
            "a length with a space before its colon",
            format!("content-length : {hidden_long}\r\n\r\n{hidden}"),
        ),
        (
            "a folded line",
            format!("x-a: b\r\n content-length: 6\r\ncontent-length: 0\r\n\r\n{hidden}"),
        ),
        (
            "a NUL in a value",
            format!("x-a: b\0c\r\ncontent-length: 0\r\n\r\n{hidden}"),
        ),
        (
            "a NUL in a name",
            format!("x\0a: b\r\ncontent-length: 0\r\n\r\n{hidden}"),
        ),
        (
            "a carriage return in a value",
            format!("x-a: b\rcontent-length: 0\r\ncontent-length: 0\r\n\r\n{hidden}"),
        ),
    ];
    for (what, rest) in ambiguous {
        let answer = answers(&world, format!("{head}{rest}").as_bytes());
        assert!(
            statuses(&answer)
                .iter()
                .all(|status| status.starts_with('4')),
            "{what}: {answer}"
        );
        assert!(statuses(&answer).len() <= 1, "{what}: {answer}");
    }
    // A chunk's length is read one way too.
    for chunk in [
        "5;\nx\r\nhello",
        "0x5\r\nhello",
        "-5\r\nhello",
        "FFFFFFFFFFFFFFFFF\r\nhello",
        "5\nhello",
    ] {
        let letter = head_of_a_letter(&world, b"hello");
        let sent =
            format!("{letter}transfer-encoding: chunked\r\n\r\n{chunk}\r\n0\r\n\r\n{hidden}");
        let answer = answers(&world, sent.as_bytes());
        assert!(
            statuses(&answer)
                .iter()
                .all(|status| status.starts_with('4')),
            "{chunk:?}: {answer}"
        );
    }
    assert!(letters(&world).is_empty(), "nothing of it was kept");
    // Of chunks and a length the length counts for nothing, for anybody who follows RFC 9112, 6.3: the line ends after it.
    let letter = head_of_a_letter(&world, b"hello");
    let both = format!(
        "{letter}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n{hidden}"
    );
    let answer = answers(&world, both.as_bytes());
    assert!(
        statuses(&answer).len() == 1 || !letters(&world).contains(&bundle_id(b"hidden")),
        "{answer}"
    );
}

#[test]
fn a_head_without_measure_is_refused_and_its_line_ends() {
    let world = World::new();
    let many: String = (0..2_000).map(|n| format!("x-{n}: y\r\n")).collect();
    let long = format!("x-long: {}\r\n", "y".repeat(200_000));
    for (what, headers) in [("many", many), ("long", long)] {
        let asked = format!("GET /v1/health HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        let answer = answers(&world, asked.as_bytes());
        assert!(
            statuses(&answer).iter().all(|status| *status == "431"),
            "{what}: {answer}"
        );
    }
    let far = format!(
        "GET /v1/{} HTTP/1.1\r\nhost: x\r\n\r\n",
        "y".repeat(200_000)
    );
    let answer = answers(&world, far.as_bytes());
    assert!(
        statuses(&answer)
            .iter()
            .all(|status| status.starts_with('4')),
        "{answer}"
    );
    let up = world.server.send(Request::new(Method::Get, path::HEALTH));
    assert_eq!(up.status, 200);
}

#[test]
fn a_path_that_is_written_otherwise_leads_nowhere() {
    let world = World::new();
    world.put_files();
    let letter = bundle_id(b"a letter");
    // Signed by whoever may fetch it: only the path is wrong.
    let ways = [
        format!("/v1/bundles/../bundles/{letter}"),
        format!("/v1/bundles/./{letter}"),
        format!("/v1/bundles/%2e%2e/bundles/{letter}"),
        format!("/v1/bundles/..%2fbundles%2f{letter}"),
        format!("/v1/bundles/..%5cbundles%5c{letter}"),
        format!("/v1//bundles/{letter}"),
        format!("//v1/bundles/{letter}"),
        format!("/v1/bundles/{letter}/"),
        format!("/v1/bundles/{letter}%00"),
        format!("/v1/bundles/%00{letter}"),
        format!("/v1/bundles/{letter}%c0%af"),
        format!("/v1/bundles/%c0%ae%c0%ae/{letter}"),
        format!("/v1/bundles/%ff{letter}"),
        format!("/v1/bundles/{letter};x=1"),
        format!("/V1/bundles/{letter}"),
        format!("/v1/bundles/{}", letter.to_string().to_uppercase()),
        "/v1/bundles/..%2f..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        "/v1/bundles/%2fetc%2fpasswd".to_owned(),
        "/../../../../etc/passwd".to_owned(),
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd".to_owned(),
    ];
    let headers = |path: &str| {
        let request = Request::new(Method::Get, path).sign(&world.office, now());
        let headers = request.headers.iter();
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        headers
    };
    let ask = |target: &str, headers: &str| {
        let asked =
            format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
        answers(&world, asked.as_bytes())
    };
    for way in ways {
        let answer = ask(&way, &headers(&way));
        let [status] = statuses(&answer)[..] else {
            panic!("{way}: {answer}");
        };
        assert!(["400", "404", "422"].contains(&status), "{way}: {answer}");
        assert!(
            !answer.contains("a letter") && !answer.contains("root:"),
            "{way}: {answer}"
        );
    }
    // A whole address in place of a path is the same path, whatever host it names.
    let whole = path::bundle(&letter);
    let answer = ask(
        &format!("http://elsewhere.example{whole}"),
        &headers(&whole),
    );
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("a letter"),
        "{answer}"
    );
    for target in ["*", "elsewhere.example:443", "v1/health", ""] {
        let answer = ask(target, "");
        assert!(
            statuses(&answer)
                .iter()
                .all(|status| status.starts_with('4')),
            "{target}: {answer}"
        );
    }
}

/// Sends chunks until the line is ended or the patience is; how many bytes were taken, and the answer.
fn sends_without_end(world: &World, head: &str) -> (usize, String) {
    let mut line = TcpStream::connect(world.server.host()).expect("a line");
    line.set_write_timeout(Some(Duration::from_secs(20)))
        .expect("a patience");
    line.set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a patience");
    line.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes())
        .expect("the head");
    let chunk = [
        b"10000\r\n".to_vec(),
        vec![b'x'; 0x1_0000],
        b"\r\n".to_vec(),
    ]
    .concat();
    let (mut taken, begun) = (0, Instant::now());
    while line.write_all(&chunk).is_ok() {
        taken += 0x1_0000;
        assert!(
            begun.elapsed() < Duration::from_secs(60) && taken < 1 << 30,
            "it is taken for ever"
        );
    }
    let mut answer = Vec::new();
    drop(line.read_to_end(&mut answer));
    (taken, String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn a_body_without_end_is_taken_up_to_its_bound_and_nothing_stays_of_it() {
    let world = World::new();
    // Whoever may not ask is not read from; whoever may is read from as far as the largest that is taken.
    let letter = head_of_a_letter(&world, b"endless");
    let unsigned =
        "POST /v1/enrol HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n".to_owned();
    for head in [letter, unsigned] {
        let (taken, answer) = sends_without_end(&world, &head);
        assert!(
            statuses(&answer)
                .iter()
                .all(|status| status.starts_with('4')),
            "{answer}"
        );
        // After the answer it is listened to for another 32 MiB, so that the answer is heard; the system's own buffers come on top.
        assert!(taken < 3 * vigie_exchange::api::BUNDLE_BYTES, "{taken}");
    }
    let begun = Instant::now();
    while world.ground.bundles() > 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "a part is still there"
        );
        std::thread::yield_now();
    }
    assert!(letters(&world).is_empty());
    let honest = world
        .server
        .send(world.put(b"honest").sign(&world.device, now()));
    assert_eq!(honest.status, 201);
}

/// What a stranger could tell two answers by.
fn told(response: &Response) -> (u16, Vec<(String, String)>, String) {
    let each_its_own = ["date", "x-request-id"];
    let headers = response.headers.iter();
    let headers = headers.filter(|(name, _)| !each_its_own.contains(&name.as_str()));
    let body = String::from_utf8_lossy(&response.body).into_owned();
    (response.status, headers.cloned().collect(), body)
}

#[test]
fn whoever_tries_ids_hears_the_same_of_those_that_exist_and_those_that_do_not() {
    let world = World::new();
    world.put_everything();
    let draft = key(106);
    let (stranger, removed) = (key(66), key(67));
    world.enrol(&removed, 67);
    let gone = Request::new(Method::Delete, path::device(&removed.device()));
    assert_eq!(
        world.server.send(gone.sign(&world.office, now())).status,
        200
    );
    let other = vigie_model::MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(77));
    let get = |path: String| Request::new(Method::Get, path);
    let there_and_not = [
        (
            get(path::bundle(&bundle_id(b"a letter"))),
            get(path::bundle(&bundle_id(b"none"))),
        ),
        (get(path::card(&world.mission)), get(path::card(&other))),
        (put(b"a letter", &world.mission), put(b"none", &other)),
        (
            get(path::draft(&draft_id(&draft))),
            get(path::draft(&draft_id(&key(107)))),
        ),
        (
            Request::new(Method::Delete, path::invite(&invite_id(104))),
            Request::new(Method::Delete, path::invite(&invite_id(105))),
        ),
        (
            Request::new(Method::Delete, path::device(&world.device.device())),
            Request::new(Method::Delete, path::device(&key(68).device())),
        ),
    ];
    for asking in [&stranger, &removed] {
        for (there, not) in there_and_not.clone() {
            let send = |request: Request| told(&world.server.send(request.sign(asking, now())));
            let path = there.path.clone();
            let (there, not) = (send(there), send(not));
            assert!((400..500).contains(&there.0), "{path}: {there:?}");
            assert_eq!(there, not, "{path}");
        }
    }
    // To whoever is enrolled, another mission's card is as one that does not exist.
    let devices = [
        other,
        vigie_model::MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(78)),
    ];
    block_on(
        world
            .office()
            .put_card(&other, 1, b"another's card".to_vec(), now()),
    )
    .expect("a card");
    let [foreign, none] = devices.map(|mission| {
        let ask = get(path::card(&mission)).sign(&world.device, now());
        told(&world.server.send(ask))
    });
    assert_eq!((foreign.0, &foreign), (404, &none));
}

#[test]
fn a_signature_is_good_for_one_request_in_its_time_and_in_any_order() {
    let world = World::new();
    let at = now();
    // A phone whose letters overtake one another, and come twice: each is one letter.
    let letters: Vec<Request> = (0..6_u8)
        .map(|n| {
            world
                .put(&[n])
                .sign(&world.device, Timestamp(at.0 + i64::from(n)))
        })
        .collect();
    for request in letters.iter().rev() {
        assert_eq!(world.server.send(request.clone()).status, 201);
    }
    for request in &letters {
        assert_eq!(world.server.send(request.clone()).status, 200);
    }
    assert_eq!(self::letters(&world).len(), letters.len());
    // Its signature on another letter, another mission or another method is none.
    let headers = letters[0].headers.clone();
    let other = vigie_model::MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(77));
    for request in [world.put(b"another"), put(&[0], &other)] {
        let request = Request {
            headers: headers.clone(),
            ..request
        };
        refused(&world.server.send(request), Code::Signature);
    }
    let state = Request::new(Method::Get, path::STATE);
    refused(
        &world.server.send(Request {
            headers: headers.clone(),
            ..state.clone()
        }),
        Code::Signature,
    );
    // Two signatures at once: whichever is read, it is not that of the other's request.
    let own = state.clone().sign(&key(66), now());
    let mut both = state.sign(&world.device, now());
    both.headers.splice(0..0, own.headers);
    assert_ne!(world.server.send(both).status, 200);
    // Kept until its time is over.
    let stale = world
        .put(b"stale")
        .sign(&world.device, Timestamp(now().0 - 11 * 60_000));
    refused(&world.server.send(stale), Code::Clock);
}

//! What only a process shows: that it may be killed at any instant, that its log names nobody, that a folder which is served
//! is left alone.
//!
//! In short form here; with `VIGIE_FAULTS_LONG=1` it is killed many more times. Counts are printed.

#[path = "../../../crates/mailbox/tests/ground/bucket.rs"]
mod bucket;
#[path = "../../../crates/mailbox/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/mailbox/tests/ground/folder.rs"]
mod ground;
mod program;

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use bucket::Bucket;
use common::{Running, World, bundle_id, invite_id, key, put};
use futures::executor::block_on;
use program::{Program, VIGIE};
use tempfile::TempDir;
use vigie_exchange::{
    Method, Request, Response, Transport,
    api::{FeedItem, path},
};
use vigie_mailbox::mailbox::now;
use vigie_model::MissionId;
use vigie_wire::Wire;

#[test]
fn a_server_that_is_killed_at_any_instant_keeps_what_it_said_it_has() {
    let kills: u64 = if std::env::var_os("VIGIE_FAULTS_LONG").is_some_and(|long| long == "1") {
        300
    } else {
        5
    };
    let World {
        ground,
        server,
        office,
        device,
        mission,
    } = World::new();
    drop(server);
    let (mut sent, mut said, mut cut) = (0_u32, Vec::new(), 0);
    let bytes = |n: u32| {
        let mut bytes = vec![n as u8; 1 + (n as usize * 7919) % 60_000];
        bytes.extend(n.to_le_bytes());
        bytes
    };
    for round in 0..kills {
        let program = Program::on(ground.folder());
        let url = program.url.clone();
        // Spread over the first tenth of a second, the same instants each time.
        let instant = Duration::from_micros(round.wrapping_mul(7_368_787) % 100_000);
        let killing = std::thread::spawn(move || {
            std::thread::sleep(instant);
            drop(program);
        });
        loop {
            let request = put(&bytes(sent), &mission).sign(&device, now());
            match block_on(Wire::new().send(&url, request)) {
                Ok(answer) if answer.status < 300 => {
                    said.push(sent);
                    sent += 1;
                }
                // Asked again after the next start.
                _ => break,
            }
        }
        cut += 1;
        killing.join().expect("killed");
    }
    let server = Running::on(&ground);
    let state = block_on(server.client(&device).state(now())).expect("state");
    for n in &said {
        assert!(
            state.bundles.contains(&bundle_id(&bytes(*n))),
            "{n} was lost"
        );
    }
    let last = put(&bytes(sent), &mission).sign(&device, now());
    assert!(server.send(last).status < 300);
    let mut numbers = BTreeSet::new();
    let (mut cursor, mut more) = (0, true);
    while more {
        let page = block_on(server.client(&office).feed(cursor, 500, now())).expect("the feed");
        for item in &page.items {
            if let FeedItem::Bundle(item) = item {
                assert!(numbers.insert(item.bundle), "{} is doubled", item.bundle);
                let whole = block_on(server.client(&office).bundle(&item.bundle, now()));
                assert_eq!(bundle_id(&whole.expect("its bytes")), item.bundle);
            }
        }
        (cursor, more) = (page.next, page.more);
    }
    assert_eq!(numbers.len(), sent as usize + 1);
    println!(
        "{cut} kills × {} bundles acknowledged: none lost, none doubled",
        said.len()
    );
}

#[test]
fn the_log_names_nobody() {
    for format in ["text", "json"] {
        let (answers, log) = logged(format);
        let lines: Vec<&str> = log.lines().collect();
        let mut ids = BTreeSet::new();
        for answer in &answers {
            let id = answer.header("x-request-id").expect("the request's id");
            assert!(ids.insert(id), "{id} is two requests'");
            let of_it = lines.iter().filter(|line| line.contains(id)).count();
            assert!(of_it >= 1, "{id} stands in no line: {log}");
        }
        if format == "json" {
            for line in &lines {
                let line: serde_json::Value = serde_json::from_str(line).expect("one object");
                assert!(line["timestamp"].is_string() && line["level"].is_string());
                if line["message"] == "request" {
                    assert!(line["span"]["id"].is_string(), "{line}");
                    assert!(line["status"].is_u64() && line["ms"].is_u64(), "{line}");
                }
            }
        }
        let told = [
            invite_id(0xab).to_string(),
            bundle_id(b"a bundle").to_string(),
            key(0xcd).device().to_string(),
            MISSION.to_owned(),
            "a bundle".to_owned(),
            "203.0.113".to_owned(),
            "127.0.0.1".to_owned(),
            "marie".to_owned(),
        ];
        for word in told {
            assert!(
                !log.to_lowercase().contains(&word),
                "{word} stands in the log: {log}"
            );
        }
    }
}

/// A mission as it stands in an address.
const MISSION: &str = "09090909-0909-4909-8909-090909090909";

/// What a server answers to requests that carry all that it may not write down, and what it wrote.
fn logged(format: &str) -> (Vec<Response>, String) {
    let data = TempDir::new().expect("a folder");
    let mut server = Command::new(VIGIE)
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "trace"])
        .args(["--log-format", format, "--data"])
        .arg(data.path())
        .args(["--url", "https://vigie.example"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server");
    let mut out = BufReader::new(server.stdout.take().expect("its output"));
    let mut first = String::new();
    BufRead::read_line(&mut out, &mut first).expect("its first line");
    let url = first.trim().trim_start_matches("listening on ").to_owned();
    let ask = |request: Request| {
        let request = request
            .header("x-forwarded-for", "203.0.113.77")
            .header("x-request-id", "marie-1")
            .header("user-agent", "marie-2")
            .header("cookie", "marie=3");
        block_on(Transport::send(&Wire::new(), &url, request)).expect("an answer")
    };
    let mission = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
    assert_eq!(mission.to_string(), MISSION);
    let mut answers: Vec<Response> = [key(0xcd), key(0xce)]
        .iter()
        .map(|key| ask(put(b"a bundle", &mission).sign(key, now())))
        .collect();
    for path in [
        path::invite(&invite_id(0xab)),
        "/v1/nothing/marie".to_owned(),
        "/marie?q=marie".to_owned(),
        "/v1/feed?cursor=marie".to_owned(),
    ] {
        answers.push(ask(Request::new(Method::Get, path)));
    }
    // A method is any word.
    let mut line = TcpStream::connect(url.trim_start_matches("http://")).expect("a line");
    line.write_all(b"MARIE /marie HTTP/1.1\r\nhost: marie\r\nconnection: close\r\n\r\n")
        .expect("asked");
    let mut answer = String::new();
    line.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains("x-request-id: "), "{answer}");
    server.kill().expect("stopped");
    let mut log = String::new();
    let mut err = server.stderr.take().expect("its log");
    err.read_to_string(&mut log).expect("text");
    server.wait().expect("ended");
    let asked = log.lines().filter(|line| line.contains("ms")).count();
    assert!(asked > answers.len(), "{log}");
    (answers, log)
}

#[test]
fn what_a_server_counts_is_read_on_an_address_of_its_own_and_names_nobody() {
    let World {
        ground,
        server,
        device,
        mission,
        ..
    } = World::new();
    drop(server);
    let mut process = Command::new(VIGIE)
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
        .args(["--metrics", "127.0.0.1:0", "--data"])
        .arg(ground.folder())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server");
    let out = BufReader::new(process.stdout.take().expect("its output"));
    let said: Vec<String> = out
        .lines()
        .take(2)
        .map(|line| line.expect("text"))
        .collect();
    let url = said[0].trim_start_matches("listening on ");
    let metrics = said[1].trim_start_matches("metrics on ");
    let metrics = metrics.trim_end_matches("/metrics");
    let ask = |request: Request| {
        block_on(Transport::send(&Wire::new(), url, request)).expect("an answer")
    };
    let read = || {
        let read = Request::new(Method::Get, "/metrics".to_owned());
        let read = block_on(Transport::send(&Wire::new(), metrics, read)).expect("an answer");
        assert_eq!(read.status, 200);
        String::from_utf8(read.body).expect("text")
    };
    let sum = |of: &str| -> f64 {
        let text = read();
        let lines = text.lines().filter(|line| line.starts_with(of));
        lines
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    };
    for n in 0..3_u8 {
        let letter = put(&[n; 5000], &mission).sign(&device, now());
        assert_eq!(ask(letter).status, 201);
    }
    let again = put(&[0; 5000], &mission).sign(&device, now());
    assert_eq!(ask(again).status, 200);
    let stranger = put(b"a bundle", &mission).sign(&key(0xcd), now());
    assert_eq!(ask(stranger).status, 401);
    let unknown = path::invite(&invite_id(0xab));
    assert_eq!(ask(Request::new(Method::Get, unknown)).status, 404);
    let hidden = ask(Request::new(Method::Get, "/metrics".to_owned()));
    assert_eq!(hidden.status, 404, "it is not read where the public is");
    let mut strange = TcpStream::connect(url.trim_start_matches("http://")).expect("a line");
    let asked = b"MARIE /marie HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    strange.write_all(asked).expect("asked");
    strange.read_to_end(&mut Vec::new()).expect("an answer");

    let letters = "{method=\"PUT\",route=\"/v1/bundles/{bundle}\"";
    for (of, count) in [
        ("vigie_requests_total", 8.0),
        (
            &format!("vigie_requests_total{letters},status=\"201\"}}"),
            3.0,
        ),
        (&format!("vigie_request_seconds_count{letters}"), 5.0),
        ("vigie_letters_stored_total", 3.0),
        ("vigie_letters_per_commit_sum", 3.0),
        ("vigie_letters_per_commit_count", 3.0),
        ("vigie_uploads_under_way", 0.0),
        ("vigie_refusals_total{code=\"unknown-device\"}", 1.0),
        ("vigie_refusals_total{code=\"invite-unknown\"}", 1.0),
        ("vigie_build_info{version=", 1.0),
        ("vigie_store_errors_total", 0.0),
    ] {
        assert_eq!(sum(of), count, "{of} in {}", read());
    }
    let received = sum("vigie_received_bytes_total{listener=\"mailbox\"}");
    assert!((20_000.0..40_000.0).contains(&received), "{received}");
    assert!(sum("vigie_sent_bytes_total{listener=\"mailbox\"}") > 500.0);

    // An upload and its line are counted while they are there, a fault of the store once it came.
    let large = put(&[9; 2_000_000], &mission).sign(&device, now());
    let mut line = TcpStream::connect(url.trim_start_matches("http://")).expect("a line");
    let mut head = format!("PUT {} HTTP/1.1\r\ncontent-length: 2000000\r\n", large.path);
    for (name, value) in &large.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    line.write_all(format!("{head}host: x\r\n\r\n").as_bytes())
        .expect("the head");
    until(|| sum("vigie_uploads_under_way") == 1.0);
    assert!(sum("vigie_lines_open{listener=\"mailbox\"}") >= 1.0);
    drop(line);
    until(|| sum("vigie_uploads_under_way") == 0.0);
    let sealed = ground.folder().join("sealed");
    std::fs::remove_dir_all(sealed.join("cards")).expect("cards go");
    let card = Request::new(Method::Get, path::card(&mission)).sign(&device, now());
    assert_eq!(ask(card).status, 500);
    assert_eq!(sum("vigie_store_errors_total{kind=\"damaged\"}"), 1.0);
    let text = read();
    for word in [
        mission.to_string(),
        device.device().to_string(),
        bundle_id(&[0; 5000]).to_string(),
        invite_id(0xab).to_string(),
        "127.0.0.1".to_owned(),
    ] {
        assert!(!text.contains(&word), "{word} stands in {text}");
    }
    let labels = text.lines().filter(|line| !line.starts_with('#'));
    let labels = labels.filter_map(|line| line.split_once('{')?.1.split_once('}'));
    for label in labels.flat_map(|(labels, _)| labels.split("\",")) {
        let (name, value) = label.split_once('=').expect("a label");
        let value = value.trim_matches('"');
        let known = match name {
            "route" => value.starts_with("/v1/") || value == "(app)",
            "method" => ["GET", "PUT", "POST", "(other)"].contains(&value),
            "status" => value.parse().is_ok_and(|status: u16| status >= 200),
            "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
            "listener" => ["mailbox", "metrics"].contains(&value),
            "code" | "kind" | "version" => value.len() < 20,
            _ => false,
        };
        assert!(known, "{label}");
    }
    process.kill().expect("stopped");
    process.wait().expect("ended");
}

/// Waits for it, for a while.
fn until(mut is_so: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never was so");
        std::thread::yield_now();
    }
}

fn renew(folder: &Path) -> Output {
    Command::new(VIGIE)
        .args(["renew-epoch", "--data"])
        .arg(folder)
        .output()
        .expect("the command runs")
}

#[test]
fn a_folder_has_another_epoch_when_nobody_serves_it() {
    let World {
        ground,
        server,
        office,
        ..
    } = World::new();
    let epoch = |server: &Running| {
        let feed = block_on(server.client(&office).feed(0, 10, now()));
        feed.expect("the feed").epoch.expect("an epoch").to_string()
    };
    let before = epoch(&server);
    // While it is served, and where there is nothing, the command changes nothing.
    let elsewhere = ground.folder().join("elsewhere");
    for folder in [ground.folder(), &elsewhere] {
        let refused = renew(folder);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    }
    assert!(!elsewhere.exists());
    assert_eq!(epoch(&server), before);
    drop(server);
    let renewed = renew(ground.folder());
    assert!(renewed.status.success(), "{renewed:?}");
    let after = epoch(&Running::on(&ground));
    assert_ne!(after, before);
    let said = String::from_utf8_lossy(&renewed.stdout).into_owned();
    assert!(said.contains(&after), "{said}");
}

fn vigie(arguments: &[&str], folders: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(VIGIE);
    command.args(arguments);
    for (name, folder) in folders {
        command.arg(name).arg(folder);
    }
    command.output().expect("the command runs")
}

#[test]
fn a_served_folder_is_backed_up_into_a_bucket_with_keys_of_its_own_and_put_back_from_there() {
    const BACKUP: &str = "s3://letters/vigie";
    let World { ground, server, .. } = World::new();
    let bucket = Bucket::fresh();
    let asked = |arguments: &[&str], folders: &[(&str, &Path)]| {
        let mut command = Command::new(VIGIE);
        command.args(arguments);
        for (name, value) in &bucket.settings {
            command.env(format!("VIGIE_BACKUP_{name}"), value);
        }
        for (name, folder) in folders {
            command.arg(name).arg(folder);
        }
        let done = command.output().expect("the command runs");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{done:?}");
        said
    };
    let taken = ["backup", "--rehearse", "--to", BACKUP];
    for files in [1, 0] {
        let said = asked(&taken, &[("--data", ground.folder())]);
        let count = format!("{files} sealed files were copied now");
        assert!(said.contains(&count) && said.contains("it holds"), "{said}");
    }
    let said = asked(&["check", "--backup", BACKUP], &[]);
    assert!(said.contains("all is there, and whole"), "{said}");
    drop(server);
    let new = TempDir::new().expect("a folder");
    let said = asked(&["restore", "--from", BACKUP], &[("--data", new.path())]);
    assert!(said.contains("1 sealed files were put back"), "{said}");
    drop(Program::on(new.path()));
    // Its files would be counted as the mailbox's own, and copied into the next one.
    let within = Command::new(VIGIE)
        .args(["backup", "--database", "postgres://h/n"])
        .args(["--bucket", "s3://letters", "--to", BACKUP])
        .envs(bucket.settings.iter().cloned())
        .output()
        .expect("the command runs");
    let why = String::from_utf8_lossy(&within.stderr).into_owned();
    assert_eq!(within.status.code(), Some(1), "{within:?}");
    assert!(why.contains("keep backups apart"), "{why}");
}

#[test]
fn a_served_folder_is_backed_up_and_rehearsed_and_its_backup_is_put_back_and_served() {
    let World {
        ground,
        server,
        device,
        mission,
        office,
    } = World::new();
    drop(server);
    let program = Program::on(ground.folder());
    let letter = put(b"a letter", &mission).sign(&device, now());
    let stored = block_on(Wire::new().send(&program.url, letter)).expect("an answer");
    assert_eq!(stored.status, 201);
    let elsewhere = TempDir::new().expect("a folder");
    let backup = elsewhere.path().join("backup");
    let taken = vigie(
        &["backup", "--rehearse"],
        &[("--data", ground.folder()), ("--to", &backup)],
    );
    let said = String::from_utf8_lossy(&taken.stdout).into_owned();
    assert!(taken.status.success(), "{taken:?}");
    assert!(
        said.contains("1 letters") && said.contains("it holds"),
        "{said}"
    );
    assert!(!backup.join("rehearsal").exists(), "the scratch is gone");
    drop(program);
    let new = elsewhere.path().join("new");
    let arguments = [("--from", &*backup), ("--data", &*new)];
    let put_back = vigie(&["restore"], &arguments);
    assert!(put_back.status.success(), "{put_back:?}");
    let again = vigie(&["restore"], &arguments);
    let why = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert!(why.contains("holds a mailbox already"), "{why}");
    let program = Program::on(&new);
    let client = vigie_exchange::Client::new(Wire::new(), program.url.clone(), office);
    let feed = block_on(client.feed(0, 10, now())).expect("the feed");
    assert_eq!(feed.items.len(), 2);
    let said = String::from_utf8_lossy(&put_back.stdout).into_owned();
    assert!(
        said.contains(&feed.epoch.expect("an epoch").to_string()),
        "{said}"
    );
    drop(program);
}

#[test]
fn a_host_invites_lists_bounds_and_removes_offices_while_the_server_runs() {
    let World { ground, server, .. } = World::new();
    let data = ground.folder();
    let office =
        |arguments: &[&str]| vigie(&[&["office"], arguments].concat(), &[("--data", data)]);
    let says = |arguments: &[&str]| {
        let done = office(arguments);
        assert!(done.status.success(), "{arguments:?}: {done:?}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let refused = |arguments: &[&str]| {
        let refused = office(arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {refused:?}");
        String::from_utf8_lossy(&refused.stderr).into_owned()
    };
    let invite = [
        "invite",
        "--url",
        &server.url,
        "--quota",
        "1MB",
        "--keep-days",
        "90",
    ];
    let said = says(&invite);
    assert!(said.contains("letters stay 90 days"), "{said}");
    let token = said
        .lines()
        .find_map(|line| line.split_once("/#/bureau/ouvrir/"));
    let (_, token) = token.expect("a link");
    let theirs = server.client(&key(50));
    block_on(theirs.set_up_office(token, "Fédération", now())).expect("set up");

    let list: serde_json::Value = serde_json::from_str(&says(&["list", "--json"])).expect("JSON");
    assert_eq!(
        (&list[0]["name"], &list[0]["quota"], &list[0]["devices"]),
        (&"Bureau".into(), &serde_json::Value::Null, &1.into())
    );
    assert_eq!(
        (&list[1]["name"], &list[1]["quota"], &list[1]["keep_days"]),
        (&"Fédération".into(), &1_000_000.into(), &90.into())
    );
    let beginning = &key(50).device().to_string()[..12];
    let listed = says(&["list"]);
    assert!(
        listed.contains(beginning) && listed.contains("letters stay for ever"),
        "{listed}"
    );

    // One bound changes, the other stays.
    let bounded = says(&["limit", beginning, "--keep-days", "none"]);
    assert!(
        bounded.contains("letters stay for ever") && bounded.contains("at most"),
        "{bounded}"
    );
    let state = block_on(theirs.office_state(now())).expect("its state");
    assert_eq!((state.quota, state.keep_days), (Some(1_000_000), None));
    assert!(refused(&["limit", "ffffff", "--quota", "none"]).contains("no office"));

    assert!(refused(&["remove", beginning, "--name", "Bureau"]).contains("Fédération"));
    let removed = says(&["remove", beginning, "--name", "Fédération"]);
    assert!(removed.contains("backups still have them"), "{removed}");
    assert!(block_on(theirs.office_state(now())).is_err());
    // A folder that is mistyped is not made.
    let nowhere = TempDir::new().expect("a folder").path().join("nowhere");
    let mistyped = vigie(&["office", "list"], &[("--data", &nowhere)]);
    assert_eq!(mistyped.status.code(), Some(1));
    assert!(!nowhere.exists());
}

#[test]
fn a_check_ends_with_its_faults_named_and_a_code_that_says_so() {
    let World { ground, server, .. } = World::new();
    let check = || vigie(&["check"], &[("--data", ground.folder())]);
    let whole = check();
    assert!(whole.status.success(), "{whole:?}");
    drop(server);
    let cards = ground.folder().join("sealed/cards");
    std::fs::remove_dir_all(cards).expect("erased");
    let damaged = check();
    assert_eq!(damaged.status.code(), Some(1), "{damaged:?}");
    let said = String::from_utf8_lossy(&damaged.stdout).into_owned();
    assert!(
        said.contains("wrong: cards/") && said.contains("is missing"),
        "{said}"
    );
    // A backup of it is taken, says the same, and does not end as if all were well.
    let backup = TempDir::new().expect("a folder");
    let taken = vigie(
        &["backup", "--rehearse"],
        &[("--data", ground.folder()), ("--to", backup.path())],
    );
    assert_eq!(taken.status.code(), Some(1), "{taken:?}");
    let said = String::from_utf8_lossy(&taken.stdout).into_owned();
    assert!(
        said.contains("is missing") && !said.contains("it holds"),
        "{said}"
    );
}

#[test]
fn a_server_without_its_database_or_its_bucket_says_why() {
    let said = |arguments: &[&str]| {
        let mut command = Command::new(VIGIE);
        let ended = command.args(arguments).output().expect("the command runs");
        assert_ne!(ended.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(ended.stderr).expect("text")
    };
    let nobody = "postgres://office:hidden@127.0.0.1:1/mailbox";
    let told = said(&["serve", "--database", nobody, "--bucket", "letters"]);
    assert!(told.contains("s3://NAME"), "{told}");
    let told = said(&["serve", "--database", "mysql://h/n", "--bucket", "s3://b"]);
    assert!(told.contains("postgres://"), "{told}");
    let told = said(&["serve", "--database", nobody, "--bucket", "s3://b"]);
    assert!(told.contains("the database can't be opened"), "{told}");
    assert!(!told.contains("hidden"), "{told}");
    let told = said(&[
        "move",
        "--data",
        "nowhere",
        "--database",
        nobody,
        "--bucket",
        "s3://b",
    ]);
    assert!(told.contains("nowhere"), "{told}");
    let told = said(&[
        "serve",
        "--data",
        "here",
        "--database",
        nobody,
        "--bucket",
        "s3://b",
    ]);
    assert!(told.contains("--data"), "{told}");
}

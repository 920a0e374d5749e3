//! A line that is cut at every request of the office's command line.
//!
//! A proxy stands between `vigie` and its server. It loses the n-th request, or does it and loses the answer, and then gives up
//! every other of that command, or none. The person gives the command again: the end is the same as without a cut, in her
//! folder, and in a folder that another office computer fills from nothing. The short form takes one cut for each request in
//! turn; `VIGIE_FAULTS_LONG=1` takes them all.

#[path = "../../../crates/mailbox/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/mailbox/tests/ground/folder.rs"]
mod ground;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use common::Running;
use serde_json::Value;
use tempfile::TempDir;
use vigie_command::demo::Delegate;
use vigie_mailbox::serve::Config;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Request,
    Answer,
    RequestAndDown,
    AnswerAndDown,
}

const CUTS: [Cut; 4] = [
    Cut::Request,
    Cut::Answer,
    Cut::RequestAndDown,
    Cut::AnswerAndDown,
];

/// What the proxy does.
#[derive(Default)]
struct Plan {
    requests: AtomicUsize,
    cut: Mutex<Option<(usize, Cut)>>,
    down: AtomicBool,
}

/// A proxy that obeys a plan, one request to a connection.
struct Proxy {
    url: String,
    plan: Arc<Plan>,
}

impl Proxy {
    fn before(server: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let plan = Arc::new(Plan::default());
        let (server, obeyed) = (
            server.trim_start_matches("http://").to_owned(),
            Arc::clone(&plan),
        );
        // Ends with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, plan) = (server.clone(), Arc::clone(&obeyed));
                std::thread::spawn(move || drop(carry(client, &server, &plan)));
            }
        });
        Proxy { url, plan }
    }
}

fn carry(mut client: TcpStream, server: &str, plan: &Plan) -> std::io::Result<()> {
    let request = message(&mut client)?;
    if request.is_empty() || plan.down.load(Ordering::SeqCst) {
        return client.shutdown(Shutdown::Both);
    }
    let n = plan.requests.fetch_add(1, Ordering::SeqCst);
    let cut = plan
        .cut
        .lock()
        .expect("nobody panics here")
        .filter(|(at, _)| *at == n);
    let cut = cut.map(|(_, cut)| cut);
    if matches!(cut, Some(Cut::RequestAndDown | Cut::AnswerAndDown)) {
        plan.down.store(true, Ordering::SeqCst);
    }
    if matches!(cut, Some(Cut::Request | Cut::RequestAndDown)) {
        return client.shutdown(Shutdown::Both);
    }
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(&request)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    if cut.is_none() {
        client.write_all(&answer)?;
    }
    client.shutdown(Shutdown::Both)
}

/// One request, whole, that asks for the connection to be closed after it.
fn message(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(client);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(Vec::new());
        }
        let text = String::from_utf8_lossy(&line).to_ascii_lowercase();
        if let Some(said) = text.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap_or_default();
        }
        if text.starts_with("connection:") {
            continue;
        }
        if line == b"\r\n" {
            head.extend(b"connection: close\r\n\r\n");
            break;
        }
        head.extend(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    head.extend(body);
    Ok(head)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for item in fs::read_dir(from).expect("a folder") {
        let item = item.expect("an item");
        let there = to.join(item.file_name());
        if item.file_type().expect("a type").is_dir() {
            copy(&item.path(), &there);
        } else {
            fs::copy(item.path(), there).expect("copied");
        }
    }
}

fn form(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../forms")
        .join(name)
}

/// An office with a mission, and a delegate who sent something it has not fetched. Kept as folders.
struct Stage {
    place: TempDir,
    key: String,
    server: String,
}

/// A copy of it all, behind a proxy.
struct Scene {
    place: TempDir,
    server: Running,
    proxy: Proxy,
}

impl Stage {
    fn new() -> Stage {
        let place = TempDir::new().expect("a folder");
        let server = Running::with(Config::on(place.path().join("data")));
        let token = server.token.clone().expect("no office yet");
        let key_file = place.path().join("office.key");
        let vigie = |arguments: &[&str]| vigie(place.path(), arguments).expect("done");
        let init = Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args([
                "office",
                "init",
                "--server",
                &server.url,
                "--setup",
                &token,
                "--key",
            ])
            .arg(&key_file)
            .stdout(Stdio::null())
            .status();
        assert!(init.expect("vigie runs").success());
        let short = form("conditions_travail_court.xlsx");
        vigie(&[
            "mission",
            "new",
            "--name",
            "Haïti",
            "--form",
            &short.to_string_lossy(),
        ]);
        let code = vigie(&["invite", "--mission", "Haïti", "--label", "Ana"]);
        let code = code.lines().next().expect("a code");
        let mut ana = Delegate::join(&server.url, code, "Ana").expect("she takes part");
        let at = vigie_model::Timestamp(1_791_800_000_000);
        let fields: BTreeMap<String, Value> = [("title".to_owned(), "Arrivée".into())].into();
        ana.write(at, None, vigie_model::Kind::NOTE, fields);
        ana.send().expect("sent");
        let key = fs::read_to_string(&key_file).expect("the key");
        let url = server.url.clone();
        drop(server);
        Stage {
            place,
            key,
            server: url,
        }
    }

    fn scene(&self) -> Scene {
        let place = TempDir::new().expect("a folder");
        for folder in ["data", "office"] {
            copy(&self.place.path().join(folder), &place.path().join(folder));
        }
        let _ = fs::remove_file(place.path().join("data/lock"));
        let server = Running::with(Config::on(place.path().join("data")));
        let proxy = Proxy::before(&server.url);
        let key = self.key.replace(&self.server, &proxy.url);
        fs::write(place.path().join("office.key"), key).expect("the key");
        Scene {
            place,
            server,
            proxy,
        }
    }
}

/// One command of an office whose key and folder are here; what it printed, or what it said when it was not done.
fn vigie(place: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_vigie"))
        .args(arguments)
        .arg("--key")
        .arg(place.join("office.key"))
        .arg("--office")
        .arg(place.join("office"))
        .stdin(Stdio::null())
        .output()
        .expect("vigie runs");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

impl Scene {
    fn vigie(&self, arguments: &[&str]) -> Result<String, String> {
        vigie(self.place.path(), arguments)
    }

    fn heal(&self) {
        *self.proxy.plan.cut.lock().expect("nobody panics here") = None;
        self.proxy.plan.down.store(false, Ordering::SeqCst);
    }

    /// What two offices read: this one, and one that begins from nothing.
    fn end(&self) -> Result<Vec<String>, String> {
        self.vigie(&["fetch"])?;
        let here = self.told()?;
        fs::remove_dir_all(self.place.path().join("office")).expect("a folder");
        self.vigie(&["fetch"])?;
        let there = self.told()?;
        assert!(self.server.url.starts_with("http://"));
        if here == there {
            Ok(here)
        } else {
            Err(format!(
                "another office computer reads {there:?}, this one {here:?}"
            ))
        }
    }

    /// Lists without what differs from one run to the next: ids and codes.
    fn told(&self) -> Result<Vec<String>, String> {
        let lists: [&[&str]; 3] = [
            &["mission", "list"],
            &["form", "list"],
            &["link", "list", "--mission", "Haïti"],
        ];
        let mut told = Vec::new();
        for list in lists {
            let text = self.vigie(list)?;
            let words = text.split_whitespace();
            let is_name = |word: &&str| !word.chars().any(|one| one.is_ascii_digit());
            let mut words: Vec<&str> = words.filter(is_name).collect();
            words.sort_unstable();
            told.push(words.join(" "));
        }
        Ok(told)
    }
}

/// A command, and what to look for before it is given again: it is there already.
struct Operation {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The list to look in and the word to look for.
    done: Option<(&'static [&'static str], &'static str)>,
}

const OPERATIONS: &[Operation] = &[
    Operation {
        name: "fetch and give receipts",
        arguments: &["fetch"],
        done: None,
    },
    Operation {
        name: "make a mission",
        arguments: &["mission", "new", "--name", "Neuve"],
        done: Some((&["mission", "list"], "Neuve")),
    },
    Operation {
        name: "make a link",
        arguments: &[
            "link",
            "new",
            "--mission",
            "Haïti",
            "--form",
            "conditions_travail_court",
            "--label",
            "Affiche",
        ],
        done: Some((&["link", "list", "--mission", "Haïti"], "Affiche")),
    },
];

#[test]
fn wherever_the_line_of_the_command_line_is_cut_the_end_is_the_same() {
    let long = std::env::var("VIGIE_FAULTS_LONG").is_ok_and(|value| value == "1");
    let stage = Stage::new();
    let (mut points, mut cases, mut failed) = (0, 0, Vec::new());
    for operation in OPERATIONS {
        let scene = stage.scene();
        scene
            .vigie(operation.arguments)
            .unwrap_or_else(|why| panic!("{}: {why}", operation.name));
        let requests = scene.proxy.plan.requests.load(Ordering::SeqCst);
        let end = scene
            .end()
            .unwrap_or_else(|why| panic!("{}: {why}", operation.name));
        points += requests;
        for point in 0..requests {
            let cuts = if long {
                &CUTS[..]
            } else {
                std::slice::from_ref(&CUTS[point % CUTS.len()])
            };
            for &cut in cuts {
                cases += 1;
                let scene = stage.scene();
                *scene.proxy.plan.cut.lock().expect("nobody panics here") = Some((point, cut));
                let first = scene.vigie(operation.arguments);
                scene.heal();
                let again = if first.is_ok() || is_done(&scene, operation) {
                    Ok(String::new())
                } else {
                    scene.vigie(operation.arguments)
                };
                let what = format!(
                    "{}, request {} of {requests}, {cut:?}",
                    operation.name,
                    point + 1
                );
                match again.and_then(|_| scene.end()) {
                    Err(why) => failed.push(format!("{what}: done again it fails: {why}")),
                    Ok(came) if came != end => {
                        failed.push(format!("{what}: {came:?}, not {end:?}"))
                    }
                    Ok(_) => {}
                }
            }
        }
    }
    println!(
        "counted | line, command line | {} | {points} | {cases} | {} |",
        OPERATIONS.len(),
        failed.len()
    );
    assert!(
        failed.is_empty(),
        "{} of {cases} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// She looks first: what she fetches, and whether it is there.
fn is_done(scene: &Scene, operation: &Operation) -> bool {
    let Some((list, word)) = operation.done else {
        return false;
    };
    scene.vigie(&["fetch"]).is_ok() && scene.vigie(list).is_ok_and(|told| told.contains(word))
}

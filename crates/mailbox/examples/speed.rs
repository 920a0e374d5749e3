//! How fast the server is, beside what it can't be faster than: `cargo xtask bench` runs it, and reads what it says.
//!
//! Whatever is compared is done in one run, in turns of some seconds, so that a machine that is busy is so for both. The servers
//! are processes of their own, by this same programme (`speed serve`), with the limits of a real one.

#[path = "../tests/ground/servers.rs"]
mod ground;

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract, http::StatusCode, routing::put};
use futures::executor::block_on;
use ground::Ground;
use serde_json::{Value, json};
use tempfile::TempDir;
use vigie_exchange::{
    Client, Method, Request, Transport,
    api::{Base64, Enrol, Hex, PAGE_ITEMS, PutInvite, path},
    request::body_hash,
};
use vigie_mailbox::{
    bucket,
    mailbox::{Address, Place, now},
    serve::{Config, Server},
};
use vigie_model::{BundleId, InviteId, MissionId, Timestamp};
use vigie_sign::SigningKey;
use vigie_wire::Wire;

const DEVICES: u32 = 1_000;
/// Turns, in each of which every device sends a bundle.
const EACH: u32 = 20;
const BUNDLE: usize = 64 * 1024;
/// How many send at one moment: fewer than the server has places for, for each of one office's letters.
const AT_ONCE: usize = 32;
/// As many turns are enough to tell one server from two.
const TURNS_OF_TWO: u32 = 3;
const FEED: u32 = 100_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("serve") => serve(arguments.next().map(PathBuf::from)),
        Some("bare") => bare(&PathBuf::from(arguments.next().expect("a folder"))),
        _ => {
            letters();
            two_servers();
            pages();
        }
    }
}

fn say(figure: &Value) {
    println!("measured: {figure}");
}

/// A folder beside this programme: on a disk, which the system's own for such things may not be.
fn scratch() -> TempDir {
    let programme = std::env::current_exe().expect("this programme");
    TempDir::new_in(programme.parent().expect("its folder")).expect("a folder")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

/// A mailbox in that folder, or where the environment says.
fn serve(folder: Option<PathBuf>) {
    let place = match folder {
        Some(folder) => Place::Folder(folder),
        None => {
            let said = |name: &str| std::env::var(name).expect("where everything is");
            let settings = std::env::vars().filter(|(name, _)| name.starts_with("AWS_"));
            Place::Servers {
                database: Address(said("VIGIE_DATABASE")),
                bucket: bucket::open(&said("VIGIE_BUCKET"), settings).expect("a bucket"),
            }
        }
    };
    runtime().block_on(async {
        let server = Server::open(Config::of(place)).await.expect("a server");
        let token = server.set_up_token().unwrap_or_default().to_owned();
        println!("http://{} {token}", server.address());
        server.run(std::future::pending()).await.expect("it serves");
    });
}

/// Takes a body, writes it to a file and both file and folder through to the disk: what a durable answer costs at least.
fn bare(folder: &Path) {
    let folder: Arc<Path> = folder.into();
    let take = move |extract::Path(name): extract::Path<String>, body: Bytes| async move {
        let written = tokio::task::spawn_blocking(move || {
            let mut file = File::create(folder.join(name))?;
            file.write_all(&body)?;
            file.sync_all()?;
            File::open(&folder)?.sync_all()
        });
        match written.await {
            Ok(Ok(())) => StatusCode::CREATED,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    };
    runtime().block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0");
        let listener = listener.await.expect("a port");
        let address = listener.local_addr().expect("an address");
        println!("http://{address} ");
        let router = Router::new().route("/v1/bundles/{bundle}", put(take));
        axum::serve(listener, router).await.expect("it serves");
    });
}

/// This programme again, as a server, until it is dropped.
struct Program {
    process: Child,
    url: String,
    token: String,
}

impl Program {
    fn start(arguments: &[&str], environment: &[(String, String)]) -> Program {
        let mut process = Command::new(std::env::current_exe().expect("this programme"))
            .args(arguments)
            .envs(environment.iter().cloned())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut first = String::new();
        BufReader::new(process.stdout.take().expect("its output"))
            .read_line(&mut first)
            .expect("its first line");
        let (url, token) = first
            .trim_end_matches('\n')
            .split_once(' ')
            .expect("its address");
        Program {
            process,
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    fn on(role: &str, folder: &Path) -> Program {
        Program::start(&[role, folder.to_str().expect("a path of text")], &[])
    }

    fn over(ground: &Ground) -> Program {
        let (bucket, settings) = ground.bucket();
        let mut environment = settings.to_vec();
        environment.push(("VIGIE_BUCKET".into(), bucket.into()));
        environment.push(("VIGIE_DATABASE".into(), ground.database()));
        Program::start(&["serve"], &environment)
    }

    /// What it holds in memory; 0 where the system does not say.
    fn resident_kb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb = line.map(|kb| kb.trim().trim_end_matches(" kB").parse());
        kb.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

fn key(n: u32) -> SigningKey {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&n.to_le_bytes());
    SigningKey::from_bytes(bytes)
}

const OFFICE: u32 = u32::MAX;

fn mission() -> MissionId {
    MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9))
}

/// An office with as many devices.
fn set_up(program: &Program, devices: u32) {
    let client = |key: SigningKey| Client::new(Wire::new(), program.url.clone(), key);
    let office = client(key(OFFICE));
    block_on(office.set_up_office(&program.token, "Bureau", now())).expect("set up");
    block_on(office.put_card(&mission(), 1, b"a card".to_vec(), now())).expect("a card");
    // One link enrols so many in an hour.
    let link = |device: u32| InviteId([(device / 500) as u8; 32]);
    for first in (0..devices).step_by(500) {
        let body = PutInvite {
            mission: Some(mission()),
            partner: false,
            uses: 500,
            expires: Timestamp(now().0 + 24 * 60 * 60 * 1000),
            replaces: false,
            sealed: Base64(vec![1; 40]),
        };
        block_on(office.put_invite(&link(first), &body, now())).expect("an invite");
    }
    at_once((0..devices).collect(), |device| {
        let enrol = Enrol {
            invite: link(device),
            device: key(device).device(),
            proof: Hex([7; 32]),
            name_box: Base64(vec![8; 50]),
        };
        block_on(client(key(device)).enrol(&enrol, now())).expect("enrolled");
    });
}

/// Does all of it, so many at a moment.
fn at_once<T: Clone + Send + Sync, R: Send>(all: Vec<T>, one: impl Fn(T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    while let Some(some) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                        done.push(one(some.clone()));
                    }
                    done
                })
            })
            .collect();
        let working = working.into_iter();
        working
            .flat_map(|thread| thread.join().expect("done"))
            .collect()
    })
}

/// A bundle of every device, signed: nobody is timed for making it.
fn turn(turn: u32, devices: u32, size: usize) -> Vec<Request> {
    at_once((0..devices).collect(), |device| {
        let mut bytes = vec![device as u8; size];
        bytes[..4].copy_from_slice(&device.to_le_bytes());
        bytes[4..8].copy_from_slice(&turn.to_le_bytes());
        let id = BundleId(body_hash(&bytes));
        Request::new(Method::Put, path::put_bundle(&id, &mission()))
            .body("application/octet-stream", bytes)
            .sign(&key(device), now())
    })
}

/// How long each took, and all of them; not one is refused.
fn send(urls: &[&str], requests: &[Request]) -> (Vec<Duration>, Duration) {
    let begun = Instant::now();
    let numbered = requests.iter().enumerate().collect();
    let times = at_once(numbered, |(n, request): (usize, &Request)| {
        let begun = Instant::now();
        let wire = Wire::new();
        let sent = wire.send(urls[n % urls.len()], request.clone());
        let answer = block_on(sent).expect("an answer");
        assert_eq!(answer.status, 201, "{answer:?}");
        begun.elapsed()
    });
    (times, begun.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A thousand devices send, in turns with a handler that does the least.
fn letters() {
    let folders = [(); 2].map(|()| scratch());
    let ours = Program::on("serve", folders[0].path());
    let least = Program::on("bare", folders[1].path());
    set_up(&ours, DEVICES);
    let (mut times, mut whole, mut of_least) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    let mut memory = Vec::new();
    for n in 0..EACH {
        let requests = turn(n, DEVICES, BUNDLE);
        let (took, all) = send(&[&ours.url], &requests);
        times.extend(took);
        whole += all;
        of_least += send(&[&least.url], &requests).1;
        memory.push(ours.resident_kb());
        for file in fs::read_dir(folders[1].path()).expect("its files") {
            fs::remove_file(file.expect("a file").path()).expect("erased");
        }
    }
    times.sort();
    let count = f64::from(DEVICES * EACH);
    let at = |part: usize| milliseconds(times[times.len() * part / 100]);
    say(&json!({
        "name": "1,000 devices × 20 bundles of 64 kB, a bundle, against a bare handler that writes and fsyncs file and folder",
        "value": milliseconds(whole) / count, "unit": "ms",
        "against": milliseconds(of_least) / count, "goal": 2.0,
    }));
    say(&json!({
        "name": "the slowest hundredth of them, against the median", "value": at(99), "unit": "ms",
        "against": at(50), "goal": 10.0,
    }));
    // By then its caches are full.
    let [first, half, last] = [1, EACH / 2, EACH].map(|turn| memory[turn as usize - 1]);
    say(&json!({
        "name": "the server's memory after all turns, against half of them", "value": last, "unit": "kB",
        "against": half, "goal": 1.1, "beside": { "after the first": first },
    }));
}

/// One server and two over the same database, in turns.
fn two_servers() {
    if !Ground::is_possible() {
        println!(
            "PostgreSQL is missing (apt-get install postgresql): one server and two are not measured"
        );
        return;
    }
    let ground = Ground::fresh();
    let first = Program::over(&ground);
    set_up(&first, DEVICES);
    let second = Program::over(&ground);
    let (mut one, mut two) = (Duration::ZERO, Duration::ZERO);
    for n in 0..TURNS_OF_TWO {
        one += send(&[&first.url], &turn(2 * n, DEVICES, BUNDLE)).1;
        two += send(
            &[&first.url, &second.url],
            &turn(2 * n + 1, DEVICES, BUNDLE),
        )
        .1;
    }
    let count = f64::from(DEVICES * TURNS_OF_TWO);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let name = "a bundle by two servers over one PostgreSQL and bucket, against one";
    let mut figure = json!({
        "name": name, "value": milliseconds(two) / count, "unit": "ms",
        "against": milliseconds(one) / count, "beside": { "cores": cores },
    });
    // The database, the bucket and whoever sends want cores of their own.
    if cores >= 8 {
        figure["faster"] = 1.6.into();
    }
    say(&figure);
}

/// The first and the last page of a long feed.
fn pages() {
    let folder = scratch();
    let program = Program::on("serve", folder.path());
    let devices = 500;
    set_up(&program, devices);
    for n in 0..FEED / devices {
        send(&[&program.url], &turn(n, devices, 16));
    }
    let office = Client::new(Wire::new(), program.url.clone(), key(OFFICE));
    let page = |cursor: u32| {
        let begun = Instant::now();
        let page = block_on(office.feed(cursor.into(), PAGE_ITEMS, now())).expect("a page");
        assert_eq!(page.items.len(), PAGE_ITEMS as usize, "a whole page");
        begun.elapsed()
    };
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..21 {
        first.push(page(devices));
        last.push(page(devices + FEED - PAGE_ITEMS));
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        milliseconds(times[times.len() / 2])
    };
    say(&json!({
        "name": "the last page of a feed of 100,000 bundles, against the first", "value": median(&mut last), "unit": "ms",
        "against": median(&mut first), "goal": 3.0,
    }));
}

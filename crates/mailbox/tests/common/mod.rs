//! A real server on a free port, an office and devices that speak HTTP to it.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread::JoinHandle,
};

use futures::executor::block_on;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use vigie_exchange::{
    Client, Method, Request, Response, Transport,
    api::{self, Base64, Code, Hex, Problem},
    request::body_hash,
};
use vigie_mailbox::{
    mailbox::now,
    serve::{Config, Server},
};
use vigie_model::{BundleId, DraftId, InviteId, MissionId, Timestamp};
use vigie_sign::SigningKey;
use vigie_wire::Wire;

pub use crate::ground::Ground;

/// Long after any of these tests.
pub const FAR_AWAY: Timestamp = Timestamp(4_102_444_800_000);
pub const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// A server that stops when dropped.
pub struct Running {
    pub url: String,
    pub token: Option<String>,
    pub link: Option<String>,
    pub redirect: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub fn on(ground: &Ground) -> Running {
        Running::with(on(ground))
    }

    pub fn with(config: Config) -> Running {
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            tokio::runtime::Runtime::new()
                .expect("a runtime")
                .block_on(async {
                    let server = Server::open(config).await.expect("the server opens");
                    ready
                        .send((
                            server.here(),
                            server.set_up_token().map(str::to_owned),
                            server.set_up_link(),
                            server.redirect_address(),
                        ))
                        .expect("the test waits");
                    server
                        .run(async { drop(stopped.await) })
                        .await
                        .expect("the server ends well");
                });
        });
        let (url, token, link, redirect) = started.recv().expect("the server starts");
        Running {
            url,
            token,
            link,
            redirect,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn send(&self, request: Request) -> Response {
        block_on(Wire::new().send(&self.url, request)).expect("an answer")
    }

    /// Stops, and waits for it.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the server's thread ends well");
            }
        }
    }

    /// As Ctrl-C does.
    pub fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    pub fn host(&self) -> &str {
        self.url.split("://").last().expect("a host")
    }

    /// Sends the head of a request and the first `bytes` of its body, by hand.
    pub fn begin(&self, request: &Request, bytes: usize) -> TcpStream {
        let mut line = TcpStream::connect(self.host()).expect("a line");
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n",
            request.method.as_str(),
            request.path,
            request.body.len()
        );
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        line.write_all(format!("{head}\r\n").as_bytes())
            .expect("the head");
        line.write_all(&request.body[..bytes])
            .expect("the beginning");
        line
    }

    /// The answer as it goes on the line, so that no client undoes its encoding: the head in lowercase, and the body.
    pub fn raw(&self, request: Request) -> (String, Vec<u8>) {
        const END_OF_HEAD: &[u8] = b"\r\n\r\n";
        let mut line = self.begin(&request.header("connection", "close"), 0);
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).expect("an answer");
        let mut ends = answer.windows(END_OF_HEAD.len());
        let head = ends.position(|end| end == END_OF_HEAD).expect("a head") + END_OF_HEAD.len();
        let body = answer.split_off(head);
        let head = String::from_utf8(answer).expect("a head is text");
        (head.to_ascii_lowercase(), body)
    }

    pub fn client(&self, key: &SigningKey) -> Client<Wire> {
        Client::new(Wire::new(), self.url.clone(), key.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A server with an office, one mission's card, and one enrolled device.
pub struct World {
    pub ground: Ground,
    pub server: Running,
    pub office: SigningKey,
    pub device: SigningKey,
    pub mission: MissionId,
}

impl World {
    pub fn new() -> World {
        World::with(|_| {})
    }

    /// A world whose server is served otherwise than by default.
    pub fn with(change: impl FnOnce(&mut Config)) -> World {
        let ground = Ground::fresh();
        let mut config = on(&ground);
        change(&mut config);
        let server = Running::with(config);
        let (office, device) = (key(1), key(2));
        let token = server.token.clone().expect("no office yet");
        block_on(
            server
                .client(&office)
                .set_up_office(&token, "Bureau", now()),
        )
        .expect("set up");
        let mission = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
        block_on(
            server
                .client(&office)
                .put_card(&mission, 1, b"a sealed card".to_vec(), now()),
        )
        .expect("a card");
        let world = World {
            ground,
            server,
            office,
            device,
            mission,
        };
        world.enrol(&world.device, 1);
        world
    }

    /// Makes invite number `n` and enrols `device` with it.
    pub fn enrol(&self, device: &SigningKey, n: u8) {
        self.invite(n, now().0 + YEAR_MS);
        block_on(
            self.server
                .client(device)
                .enrol(&enrolment(device, n), now()),
        )
        .expect("enrolled");
    }

    pub fn invite(&self, n: u8, expires: i64) -> InviteId {
        let body = api::PutInvite {
            mission: Some(self.mission),
            partner: false,
            uses: 1,
            expires: Timestamp(expires),
            replaces: false,
            sealed: Base64(vec![n; 40]),
        };
        block_on(
            self.server
                .client(&self.office)
                .put_invite(&invite_id(n), &body, now()),
        )
        .expect("an invite");
        invite_id(n)
    }

    /// Makes partner link number `n`, for so many people.
    pub fn link(&self, n: u8, uses: u32, expires: Timestamp) -> InviteId {
        let body = api::PutInvite {
            mission: Some(self.mission),
            partner: true,
            uses,
            expires,
            replaces: false,
            sealed: Base64(vec![n; 40]),
        };
        block_on(self.office().put_invite(&invite_id(n), &body, now())).expect("a link");
        invite_id(n)
    }

    /// As whoever has the code of draft number `n`.
    pub fn draft(&self, n: u8) -> Client<Wire> {
        self.server.client(&key(n))
    }

    /// Puts what sealed files a mailbox keeps, but its card: a letter and its receipt, a paper, a card's file.
    pub fn put_files(&self) {
        let path = api::path::put_team_bundle(&bundle_id(b"a letter"), &self.mission, 1);
        let letter = Request::new(Method::Put, path)
            .body("application/octet-stream", b"a letter".to_vec())
            .sign(&self.device, now());
        assert_eq!(self.server.send(letter).status, 201);
        let office = self.office();
        block_on(office.put_doc(b"a paper".to_vec(), now())).expect("a paper");
        let hash = Hex(body_hash(b"a file"));
        let file = office.put_card_file(&self.mission, &hash, b"a file".to_vec(), now());
        block_on(file).expect("a file");
        let receipt = api::Receipt::received(
            bundle_id(b"a letter"),
            self.device.device(),
            self.mission,
            now(),
            &self.office,
        );
        block_on(office.post_receipts(vec![receipt], now())).expect("a receipt");
    }

    /// Puts something of everything.
    pub fn put_everything(&self) {
        self.put_files();
        let says = api::PutMember::new("age1…".into(), &self.mission, &self.device);
        block_on(self.device().put_member(&self.mission, &says, now())).expect("said");
        self.invite(101, FAR_AWAY.0);
        self.link(104, 0, FAR_AWAY);
        let holder = self.draft(106);
        let link = invite_id(104);
        let draft = holder.put_draft(&link, 1, 7, b"a draft".to_vec(), now());
        block_on(draft).expect("a draft");
        let removed = Request::new(Method::Delete, api::path::device(&key(103).device()));
        let removed = self.server.send(removed.sign(&self.office, now()));
        assert_eq!(removed.status, 200);
    }

    pub fn office(&self) -> Client<Wire> {
        self.server.client(&self.office)
    }

    pub fn device(&self) -> Client<Wire> {
        self.server.client(&self.device)
    }

    pub fn put(&self, bytes: &[u8]) -> Request {
        put(bytes, &self.mission)
    }

    /// Stops the server and starts another on the same ground.
    pub fn restart(self) -> World {
        self.after(|_| {})
    }

    /// Stops the server, and starts another once something was done on the ground.
    pub fn after(self, done: impl FnOnce(&Ground)) -> World {
        let World {
            ground,
            server,
            office,
            device,
            mission,
        } = self;
        drop(server);
        done(&ground);
        let server = Running::on(&ground);
        World {
            ground,
            server,
            office,
            device,
            mission,
        }
    }
}

/// What comes of work that a command does, in a runtime of its own.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(work)
}

/// A mailbox alone on this ground, on any free port.
pub fn on(ground: &Ground) -> Config {
    Config::of(ground.place())
}

pub fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes([n; 32])
}

pub fn invite_id(n: u8) -> InviteId {
    InviteId([n; 32])
}

/// The draft whose key this is.
pub fn draft_id(key: &SigningKey) -> DraftId {
    DraftId(key.verifying_key().to_bytes())
}

pub fn enrolment(device: &SigningKey, n: u8) -> api::Enrol {
    api::Enrol {
        invite: invite_id(n),
        device: device.device(),
        proof: Hex([7; 32]),
        name_box: Base64(vec![8; 50]),
    }
}

pub fn bundle_id(bytes: &[u8]) -> BundleId {
    BundleId(body_hash(bytes))
}

/// An unsigned request to store a bundle.
pub fn put(bytes: &[u8], mission: &MissionId) -> Request {
    Request::new(
        Method::Put,
        api::path::put_bundle(&bundle_id(bytes), mission),
    )
    .body("application/octet-stream", bytes.to_vec())
}

pub fn problem(response: &Response) -> Problem {
    assert_eq!(
        response.header("content-type"),
        Some(api::PROBLEM_TYPE),
        "{response:?}"
    );
    let problem: Problem = serde_json::from_slice(&response.body).expect("a problem document");
    assert_eq!(problem.status, response.status, "{problem:?}");
    assert!(!problem.title.is_empty(), "{problem:?}");
    problem
}

#[track_caller]
pub fn refused(response: &Response, code: Code) {
    assert_eq!(
        problem(response).code,
        code,
        "{}",
        String::from_utf8_lossy(&response.body)
    );
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

pub fn body<T: DeserializeOwned>(response: &Response) -> T {
    serde_json::from_slice(&response.body).unwrap_or_else(|error| panic!("{error}: {response:?}"))
}

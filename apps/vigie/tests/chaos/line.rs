//! A line between one person and the mailbox, or between the mailbox and its bucket: it cuts, holds back, alters, doubles.
//!
//! One request to a connection. It is read whole before any of it is passed on, so that what befalls it depends on the seed
//! and on its place among this person's requests, not on how the system parts its bytes.
//!
//! Over HTTPS, as people reach a mailbox, an altered byte ends the line. Here every byte of what is asked may be altered, for
//! a signature covers it; and of what is answered, the head, and the body where it is known by its hash. The numbers of a
//! list are nobody's to verify, and TLS alone guards them: there, the body stays as it is.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::{self, Runtime},
    sync::Notify,
    task::AbortHandle,
    time::{sleep, timeout},
};
use vigie_exchange::api::{PostReceipts, Receipt, Receipts};
use vigie_model::BundleId;

use crate::{
    mailbox::Mailbox,
    rig::Seeded,
    told::{Told, lock},
    weather::{Fate, Rare, Sky},
};

/// What carries all lines.
pub static LINES: std::sync::LazyLock<Runtime> = std::sync::LazyLock::new(|| {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime")
});

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(15);
/// The same, when the server may wait for bytes that do not come.
const IN_VAIN: Duration = Duration::from_millis(250);
/// How long one request waits for another to pass.
const HELD: Duration = Duration::from_millis(40);
/// How long a server that is away is waited for.
const AWAY: Duration = Duration::from_millis(400);

/// What all lines of a run share.
pub struct Lines {
    pub mailbox: Arc<Mailbox>,
    pub told: Arc<Told>,
    /// No weather any more.
    pub clear: Arc<AtomicBool>,
    pub passed: Notify,
    /// Every receipt that was seen on a line.
    pub receipts: Mutex<Vec<Receipt>>,
}

/// Ends when dropped.
pub struct Line {
    pub url: String,
    serving: AbortHandle,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn listen() -> (TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    listener.set_nonblocking(true).expect("a listener");
    let _context = LINES.enter();
    (TcpListener::from_std(listener).expect("a listener"), url)
}

/// The line of one person.
pub fn between(who: &'static str, lines: &Arc<Lines>, sky: Sky, chance: Seeded) -> Line {
    let (listener, url) = listen();
    let lines = Arc::clone(lines);
    let sky = Arc::new(Mutex::new((sky, chance)));
    let serving = LINES.spawn(async move {
        loop {
            let (near, _) = listener.accept().await.expect("a line");
            let (lines, sky) = (Arc::clone(&lines), Arc::clone(&sky));
            tokio::spawn(async move { carry(who, near, &lines, &sky).await });
        }
    });
    Line {
        url,
        serving: serving.abort_handle(),
    }
}

/// One request as it came.
#[derive(Clone)]
struct Asked {
    bytes: Vec<u8>,
    /// How long its head is.
    head: usize,
    method: String,
    path: String,
}

impl Asked {
    fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }

    /// The bundle that it puts, or asks for.
    fn bundle(&self) -> Option<BundleId> {
        let id = self.path.strip_prefix("/v1/bundles/")?;
        id.split('?').next()?.parse().ok()
    }

    /// Whoever gets the answer knows its body by a hash.
    fn is_proven(&self) -> bool {
        self.path.starts_with("/v1/bundles") || self.path.contains("/files/")
    }
}

/// Reads one request, and has the server end the line after its answer.
async fn asked(near: &mut TcpStream) -> Option<Asked> {
    let mut came = Vec::new();
    let head = loop {
        if let Some(at) = end_of_head(&came) {
            break at;
        }
        let mut some = [0; 4096];
        match near.read(&mut some).await {
            Ok(count @ 1..) => came.extend_from_slice(&some[..count]),
            _ => return None,
        }
    };
    let mut body = came.split_off(head);
    let text = String::from_utf8(came).ok()?;
    let mut words = text.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    let mut kept = String::new();
    for line in text.trim_end().split("\r\n") {
        let lower = line.to_ascii_lowercase();
        if let Some(said) = lower.strip_prefix("content-length:") {
            length = said.trim().parse().ok()?;
        }
        if !lower.starts_with("connection:") {
            kept.push_str(line);
            kept.push_str("\r\n");
        }
    }
    kept.push_str("connection: close\r\n\r\n");
    let there = body.len();
    body.resize(length, 0);
    near.read_exact(&mut body[there..]).await.ok()?;
    let mut bytes = kept.into_bytes();
    let head = bytes.len();
    bytes.extend(body);
    Some(Asked {
        bytes,
        head,
        method,
        path,
    })
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    at.map(|at| at + 4)
}

async fn carry(
    who: &'static str,
    mut near: TcpStream,
    lines: &Arc<Lines>,
    sky: &Mutex<(Sky, Seeded)>,
) {
    let Some(mut asked) = asked(&mut near).await else {
        return;
    };
    let told = &lines.told;
    told.count("requests");
    let (fate, replica) = {
        let mut sky = lock(sky);
        let fate = if lines.clear.load(Ordering::SeqCst) {
            Fate::Passes
        } else {
            sky.0.next(&lines.mailbox.rare())
        };
        (fate, sky.1.below(lines.mailbox.replicas()))
    };
    if asked.path.starts_with("/v1/receipts")
        && let Ok(said) = serde_json::from_slice::<PostReceipts>(asked.body())
    {
        lock(&lines.receipts).extend(said.receipts);
    }
    let all = asked.bytes.len();
    let mut patience = ANSWER;
    // How much of it is given at once, and how long the rest waits when a server is being killed.
    let (mut given, mut killed) = (all, None);
    match fate {
        Fate::Passes | Fate::AnswerCut(_) | Fate::AnswerAltered(..) | Fate::Trickles => {}
        Fate::RequestCut(part) => {
            told.count("cuts");
            given = part.of(all);
        }
        Fate::RequestAltered(part, bit) => {
            told.count("corruptions");
            asked.bytes[part.of(all)] ^= bit;
            patience = IN_VAIN;
        }
        Fate::Twice { first } => {
            told.count("doubled requests");
            if first {
                drop(pass(lines, who, &asked, all, false, patience, replica).await);
            } else {
                let (lines, copy) = (Arc::clone(lines), asked.clone());
                tokio::spawn(async move {
                    drop(pass(&lines, who, &copy, all, false, ANSWER, replica + 1).await);
                });
            }
        }
        Fate::HeldBack => {
            told.count("held back");
            drop(timeout(HELD, lines.passed.notified()).await);
        }
        Fate::Killed { after, micros } => {
            given = after.of(all);
            let after = Duration::from_micros(micros);
            lines.mailbox.happens(Rare::Kill, replica, after);
            killed = Some(after / 2);
        }
        Fate::BackedUp => lines.mailbox.happens(Rare::BackUp, replica, Duration::ZERO),
        Fate::SetBack => lines
            .mailbox
            .happens(Rare::SetBack, replica, Duration::ZERO),
        Fate::DatabaseRestarted { micros } => {
            let after = Duration::from_micros(micros);
            lines.mailbox.happens(Rare::Database, replica, after);
        }
    }
    if !matches!(fate, Fate::Passes) {
        let Asked { method, path, .. } = &asked;
        told.say(|| format!("{who}: {method} {path} ({all} bytes): {fate:?}"));
    }
    let slow = matches!(fate, Fate::Trickles);
    let answer = match killed {
        Some(pause) => pass_parted(lines, who, &asked, given, pause, replica).await,
        None => pass(lines, who, &asked, given, slow, patience, replica).await,
    };
    lines.passed.notify_waiters();
    let Some(mut answer) = answer else {
        return;
    };
    if asked.path.starts_with("/v1/receipts")
        && let Some(head) = end_of_head(&answer)
        && let Ok(page) = serde_json::from_slice::<Receipts>(&answer[head..])
    {
        lock(&lines.receipts).extend(page.receipts.into_iter().map(|one| one.receipt));
    }
    match fate {
        Fate::AnswerCut(part) => {
            told.count("cuts");
            answer.truncate(part.of(answer.len()));
        }
        Fate::AnswerAltered(part, bit) => {
            told.count("corruptions");
            let open = match end_of_head(&answer) {
                Some(head) if !asked.is_proven() => head,
                _ => answer.len(),
            };
            if let Some(byte) = answer.get_mut(part.of(open)) {
                *byte ^= bit;
            }
        }
        Fate::Trickles => {
            told.count("trickles");
            for piece in answer.chunks((answer.len() / 6).max(1)) {
                if near.write_all(piece).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(1)).await;
            }
            return;
        }
        _ => {}
    }
    drop(near.write_all(&answer).await);
    drop(near.shutdown().await);
}

/// Passes the first `given` bytes on; when these are all, hears the answer.
async fn pass(
    lines: &Lines,
    who: &'static str,
    asked: &Asked,
    given: usize,
    slow: bool,
    patience: Duration,
    replica: usize,
) -> Option<Vec<u8>> {
    let life = lines.mailbox.life();
    let mut far = reach(lines, replica).await?;
    if slow {
        for piece in asked.bytes.chunks((asked.bytes.len() / 6).max(1)) {
            far.write_all(piece).await.ok()?;
            sleep(Duration::from_millis(1)).await;
        }
    } else {
        far.write_all(&asked.bytes[..given]).await.ok()?;
    }
    if given < asked.bytes.len() {
        return None;
    }
    hear(lines, who, asked, far, patience, life).await
}

/// Passes all of it on, with a pause after the first `given` bytes.
async fn pass_parted(
    lines: &Lines,
    who: &'static str,
    asked: &Asked,
    given: usize,
    pause: Duration,
    replica: usize,
) -> Option<Vec<u8>> {
    let life = lines.mailbox.life();
    let mut far = reach(lines, replica).await?;
    far.write_all(&asked.bytes[..given]).await.ok()?;
    sleep(pause).await;
    far.write_all(&asked.bytes[given..]).await.ok()?;
    hear(lines, who, asked, far, ANSWER, life).await
}

async fn reach(lines: &Lines, replica: usize) -> Option<TcpStream> {
    let connected = timeout(AWAY, async {
        loop {
            if let Some(address) = lines.mailbox.address(replica)
                && let Ok(far) = TcpStream::connect(address).await
            {
                return far;
            }
            sleep(Duration::from_millis(2)).await;
        }
    });
    connected.await.ok()
}

/// The whole answer, and what it promises noted, whoever hears of it.
async fn hear(
    lines: &Lines,
    who: &'static str,
    asked: &Asked,
    mut far: TcpStream,
    patience: Duration,
    life: u64,
) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    let heard = timeout(patience, far.read_to_end(&mut answer)).await;
    if answer.is_empty() {
        return None;
    }
    let is_whole = matches!(heard, Ok(Ok(_)));
    let is_stored = [&b"HTTP/1.1 200"[..], b"HTTP/1.1 201"]
        .iter()
        .any(|status| answer.starts_with(status));
    if is_whole
        && is_stored
        && asked.method == "PUT"
        && let Some(bundle) = asked.bundle()
    {
        lines.mailbox.said(bundle, who, life);
    }
    Some(answer)
}

/// The line between the mailbox and its bucket, which at times answers 503 or cuts an upload.
pub fn to_bucket(
    bucket: SocketAddr,
    chance: Seeded,
    often: usize,
    clear: &Arc<AtomicBool>,
    told: &Arc<Told>,
) -> Line {
    let (listener, url) = listen();
    let (clear, told) = (Arc::clone(clear), Arc::clone(told));
    let left = Arc::new(Mutex::new((chance, often)));
    let serving = LINES.spawn(async move {
        loop {
            let (near, _) = listener.accept().await.expect("a line");
            let (clear, told, left) = (Arc::clone(&clear), Arc::clone(&told), Arc::clone(&left));
            tokio::spawn(async move {
                keep(near, bucket, &left, &clear, &told).await;
            });
        }
    });
    Line {
        url,
        serving: serving.abort_handle(),
    }
}

async fn keep(
    mut near: TcpStream,
    bucket: SocketAddr,
    left: &Mutex<(Seeded, usize)>,
    clear: &AtomicBool,
    told: &Told,
) -> Option<()> {
    let asked = asked(&mut near).await?;
    let what = {
        let mut left = lock(left);
        let draw = left.0.below(8);
        if left.1 == 0 || clear.load(Ordering::SeqCst) || draw > 2 {
            3
        } else {
            left.1 -= 1;
            draw
        }
    };
    let all = asked.bytes.len();
    let mut far = TcpStream::connect(bucket).await.ok()?;
    let Asked { method, path, .. } = &asked;
    match what {
        0 => {
            told.count("bucket 503");
            told.say(|| format!("the bucket answers 503 to {method} {path}"));
            let busy = b"HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            near.write_all(busy).await.ok()?;
            return near.shutdown().await.ok();
        }
        1 => {
            told.count("bucket cuts");
            told.say(|| format!("the bucket's line is cut within {method} {path}"));
            far.write_all(&asked.bytes[..all * 2 / 3]).await.ok()?;
            return None;
        }
        _ => far.write_all(&asked.bytes).await.ok()?,
    }
    let mut answer = Vec::new();
    timeout(ANSWER, far.read_to_end(&mut answer))
        .await
        .ok()?
        .ok()?;
    if what == 2 {
        told.count("bucket cuts");
        told.say(|| format!("the bucket's answer to {method} {path} is lost"));
        return None;
    }
    near.write_all(&answer).await.ok()?;
    near.shutdown().await.ok()
}

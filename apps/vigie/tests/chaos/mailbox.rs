//! The mailbox as processes: one over a folder, two over servers. Killed, started again, set back to a backup.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::executor::block_on;
use vigie_exchange::{Client, api::FeedItem};
use vigie_mailbox::mailbox::now;
use vigie_model::{BundleId, Timestamp};
use vigie_office::OfficeKeys;
use vigie_sign::SigningKey;
use vigie_wire::Wire;

use crate::{
    ground::Ground,
    on_servers,
    told::{Told, lock},
    weather::Rare,
};

const VIGIE: &str = env!("CARGO_BIN_EXE_vigie");

/// One process that serves, until it is killed.
pub struct Program {
    process: Child,
    pub address: SocketAddr,
    /// The token of the one-time set-up, as long as there is no office.
    pub token: Option<String>,
}

impl Program {
    /// `None` where it does not start, as while its database does.
    pub fn on(ground: &Ground, bucket: Option<&str>, is_new: bool) -> Option<Program> {
        let mut command = Command::new(VIGIE);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
        ground.tell(&mut command, bucket);
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server");
        let mut out = BufReader::new(process.stdout.take().expect("its output"));
        let mut line = || {
            let mut line = String::new();
            out.read_line(&mut line).expect("its words");
            line.trim().to_owned()
        };
        let first = line();
        let Some(address) = first.strip_prefix("listening on http://") else {
            process.wait().expect("ended");
            return None;
        };
        let token = is_new.then(|| line().rsplit('/').next().unwrap_or_default().to_owned());
        Some(Program {
            process,
            address: address.parse().expect("an address"),
            token,
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Program {
    /// SIGKILL.
    fn drop(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

/// What was acknowledged in one life of the database, and to whom.
pub type Said = BTreeMap<BundleId, &'static str>;

/// What is under it: put in another's place when a backup is put back.
struct Under {
    ground: Ground,
    backup: Option<(Ground, Said)>,
    /// Of no use any more; gone with the run.
    earlier: Vec<Ground>,
}

pub struct Mailbox {
    /// One thing after the other is done to the processes.
    under: Mutex<Under>,
    replicas: Vec<Mutex<Option<Program>>>,
    bucket: Option<String>,
    office: SigningKey,
    said: Mutex<Said>,
    /// What was acknowledged, and is not in the backup that was put back.
    gone: Mutex<Said>,
    life: AtomicU64,
    moment: AtomicI64,
    /// What may still happen.
    rare: Mutex<Vec<Rare>>,
    moves: AtomicUsize,
    /// What should have been there after a start, and was not.
    lost: Mutex<Vec<String>>,
    told: Arc<Told>,
}

impl Mailbox {
    /// Starts over this ground; whatever is asked of the bucket passes by `bucket`.
    pub fn on(
        ground: Ground,
        bucket: Option<String>,
        keys: &OfficeKeys,
        rare: Vec<Rare>,
        told: Arc<Told>,
    ) -> Arc<Mailbox> {
        let replicas = if ground.is_servers() { 2 } else { 1 };
        let mailbox = Mailbox {
            under: Mutex::new(Under {
                ground,
                backup: None,
                earlier: Vec::new(),
            }),
            replicas: (0..replicas).map(|_| Mutex::default()).collect(),
            bucket,
            office: keys.signing.clone(),
            said: Mutex::default(),
            gone: Mutex::default(),
            life: AtomicU64::new(0),
            moment: AtomicI64::new(0),
            rare: Mutex::new(rare),
            moves: AtomicUsize::new(0),
            lost: Mutex::default(),
            told,
        };
        for replica in 0..replicas {
            mailbox.start(&lock(&mailbox.under), replica);
        }
        Arc::new(mailbox)
    }

    pub fn replicas(&self) -> usize {
        self.replicas.len()
    }

    /// Where this one is, or, where it is away, another.
    pub fn address(&self, replica: usize) -> Option<SocketAddr> {
        let turned = self.replicas.iter().cycle().skip(replica);
        let mut them = turned.take(self.replicas.len());
        // Whoever waits for a process that is being killed finds the other.
        them.find_map(|replica| {
            let program = replica.try_lock().ok()?;
            program.as_ref().map(|program| program.address)
        })
    }

    /// Which life of the database it is: what was said in another is no promise of this one.
    pub fn life(&self) -> u64 {
        self.life.load(Ordering::SeqCst)
    }

    /// Somebody was told, in this life, that a bundle is stored.
    pub fn said(&self, bundle: BundleId, who: &'static str, life: u64) {
        let mut said = lock(&self.said);
        if self.life() != life {
            lock(&self.gone).insert(bundle, who);
        } else if said.insert(bundle, who).is_none() {
            self.told.count("bundles acknowledged");
        }
    }

    /// What may happen now, and has not yet happened as often as it will.
    pub fn rare(&self) -> Vec<Rare> {
        lock(&self.rare).clone()
    }

    /// Does something rare beside whatever goes on; at most as often as the run has it.
    pub fn happens(self: &Arc<Mailbox>, rare: Rare, replica: usize, after: Duration) {
        {
            let mut left = lock(&self.rare);
            let Some(at) = left.iter().position(|one| *one == rare) else {
                return;
            };
            left.swap_remove(at);
        }
        self.moves.fetch_add(1, Ordering::SeqCst);
        let mailbox = Arc::clone(self);
        std::thread::spawn(move || {
            std::thread::sleep(after);
            match rare {
                Rare::Kill => mailbox.kill(replica),
                Rare::BackUp => mailbox.back_up(),
                Rare::SetBack => mailbox.set_back(),
                Rare::Database => mailbox.restart_database(),
            }
            mailbox.moves.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// Nothing is being done to the processes, and none is away.
    pub fn is_quiet(&self) -> bool {
        self.moves.load(Ordering::SeqCst) == 0
    }

    fn kill(&self, replica: usize) {
        // Killed at once, whatever is done to another.
        self.end(replica);
        let under = lock(&self.under);
        self.told.count("kills");
        self.told.say(|| format!("server {replica} is killed"));
        self.start(&under, replica);
    }

    fn end(&self, replica: usize) {
        drop(lock(&self.replicas[replica]).take());
    }

    pub fn end_all(&self) {
        for replica in 0..self.replicas.len() {
            self.end(replica);
        }
    }

    fn start_all(&self, under: &Under) {
        for replica in 0..self.replicas.len() {
            self.start(under, replica);
        }
    }

    fn restart_database(&self) {
        let _under = lock(&self.under);
        self.told.count("database restarts");
        self.told.say(|| "the database is stopped".into());
        on_servers::Ground::restart_the_database();
        self.told.say(|| "the database is there again".into());
    }

    fn back_up(&self) {
        let mut under = lock(&self.under);
        self.end_all();
        self.told.count("backups");
        self.told.say(|| "a backup is taken".into());
        let said = lock(&self.said).clone();
        under.backup = Some((under.ground.copy(), said));
        lock(&self.rare).push(Rare::SetBack);
        self.start_all(&under);
    }

    fn set_back(&self) {
        let mut under = lock(&self.under);
        // What is asked meanwhile may be answered by the one that ends.
        self.life.fetch_add(1, Ordering::SeqCst);
        self.end_all();
        self.life.fetch_add(1, Ordering::SeqCst);
        self.told.count("restores");
        self.told.say(|| "the backup is put back".into());
        let (backup, said) = under.backup.take().expect("a backup was taken");
        let before = std::mem::replace(&mut *lock(&self.said), said.clone());
        let gone = before
            .into_iter()
            .filter(|(one, _)| !said.contains_key(one));
        lock(&self.gone).extend(gone);
        let before = std::mem::replace(&mut under.ground, backup);
        under.earlier.push(before);
        let mut renew = Command::new(VIGIE);
        renew.arg("renew-epoch");
        under.ground.tell(&mut renew, None);
        // Its database may be starting.
        let mut renewed = false;
        for _ in 0..PATIENCE {
            let tried = renew.stdout(Stdio::null()).stderr(Stdio::null()).status();
            renewed = tried.expect("vigie runs").success();
            if renewed {
                break;
            }
            std::thread::sleep(BREATH);
        }
        assert!(renewed, "the epoch is not renewed");
        self.start_all(&under);
    }

    /// Starts a process, and sees that it has what was said before: no device heals what it can't know.
    fn start(&self, under: &Under, replica: usize) {
        if lock(&self.replicas[replica]).is_some() {
            return;
        }
        let said = lock(&self.said).clone();
        for _ in 0..PATIENCE {
            let started = Program::on(&under.ground, self.bucket.as_deref(), false);
            let Some(program) = started else {
                // Its database is away.
                std::thread::sleep(BREATH);
                continue;
            };
            if !said.is_empty() {
                let Some(there) = self.feed(&program.url()) else {
                    std::thread::sleep(BREATH);
                    continue;
                };
                let there: BTreeSet<BundleId> = there.into_iter().collect();
                for bundle in said.keys().filter(|bundle| !there.contains(bundle)) {
                    lock(&self.lost).push(format!("{bundle} was acknowledged, and is not there"));
                }
            }
            *lock(&self.replicas[replica]) = Some(program);
            return;
        }
        lock(&self.lost).push(format!("server {replica} does not start"));
    }

    /// As the office, straight to one process. No two at one moment: the same request signed twice at once is refused.
    pub fn office(&self, url: &str) -> (Client<Wire>, impl Fn() -> Timestamp) {
        let client = Client::new(Wire::new(), url, self.office.clone());
        let moment = move || now().plus(self.moment.fetch_add(1, Ordering::SeqCst));
        (client, moment)
    }

    /// All bundles in the feed, by whoever reads it from 0; `None` where the server says to come back.
    pub fn feed(&self, url: &str) -> Option<Vec<BundleId>> {
        let (client, moment) = self.office(url);
        let (mut all, mut cursor) = (Vec::new(), 0);
        loop {
            let page = block_on(client.feed(cursor, 50, moment())).ok()?;
            for item in &page.items {
                if let FeedItem::Bundle(item) = item {
                    all.push(item.bundle);
                }
            }
            cursor = page.next;
            if !page.more {
                return Some(all);
            }
        }
    }

    /// What was acknowledged, and is to be there.
    pub fn all_said(&self) -> Said {
        lock(&self.said).clone()
    }

    /// What was acknowledged, and went when a backup was put back.
    pub fn gone(&self) -> Said {
        lock(&self.gone).clone()
    }

    pub fn lost(&self) -> Vec<String> {
        lock(&self.lost).clone()
    }
}

/// How often a start is tried, while a database starts too.
const PATIENCE: usize = 1_000;
const BREATH: Duration = Duration::from_millis(20);

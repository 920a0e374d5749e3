//! A device whose store, network and life end where a test says: at the n-th commit, at the n-th request.

pub mod count;
pub mod operations;
pub mod stage;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    path::Path,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use vigie_exchange::{Request as Sent, Response, Transport, Unreachable};
use vigie_model::BundleId;
use vigie_protocol::{
    DeskRequest, ExportAll, Failure, File, Filter, GetCounts, GetExchange, GetStatus, GetTable,
    ListEntries, ListForms, ListInbox, ListInvites, ListLibrary, ListLinks, ListMissions,
    ListOfficeMissions, Question, Summary, TableView, Unlock, VerdictView,
};
use vigie_vault::{Change, MemoryStore, Store, StoreError, Stored, Table};
use vigie_wire::Wire;

use crate::common::{Everybody, Line, PASSPHRASE, Running, TestHost, answered};

/// What befalls the n-th commit of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing is written, and an error says so.
    Fails,
    /// Nothing is written, and the process is gone.
    DiesBefore,
    /// Written, and the process is gone before it hears so.
    DiesAfter,
    /// Written, and an error says that it was not.
    FailsThoughDurable,
}

impl Fault {
    pub const ALL: [Fault; 4] = [
        Fault::Fails,
        Fault::DiesBefore,
        Fault::DiesAfter,
        Fault::FailsThoughDurable,
    ];
}

/// What befalls the n-th request of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// It does not reach the server.
    Request,
    /// The server does it, and its answer does not come back.
    Answer,
    /// As `Request`, and the line stays down until the operation is over.
    RequestAndDown,
    /// As `Answer`, and the line stays down until the operation is over.
    AnswerAndDown,
}

impl Cut {
    pub const ALL: [Cut; 4] = [
        Cut::Request,
        Cut::Answer,
        Cut::RequestAndDown,
        Cut::AnswerAndDown,
    ];
}

/// What is counted, and what will happen, on one device.
#[derive(Default)]
pub struct Plan {
    commits: Cell<usize>,
    fault: Cell<Option<(usize, Fault)>>,
    requests: Cell<usize>,
    cut: Cell<Option<(usize, Cut)>>,
    down: Cell<bool>,
    /// The process is gone: whatever it was doing is dropped.
    dead: Cell<bool>,
    /// Where every address leads, when not where it says.
    route: RefCell<Option<String>>,
    /// Chance for how often a commit or a request lets others run first; none: never.
    pace: RefCell<Option<Seeded>>,
}

impl Plan {
    /// Counts from 0 again, with nothing to happen.
    pub fn clear(&self) {
        self.commits.set(0);
        self.requests.set(0);
        self.fault.set(None);
        self.cut.set(None);
        self.down.set(false);
    }

    pub fn commits(&self) -> usize {
        self.commits.get()
    }

    pub fn requests(&self) -> usize {
        self.requests.get()
    }

    pub fn fault_at(&self, n: usize, fault: Fault) {
        self.clear();
        self.fault.set(Some((n, fault)));
    }

    pub fn cut_at(&self, n: usize, cut: Cut) {
        self.clear();
        self.cut.set(Some((n, cut)));
    }

    /// No network from now on, or again.
    pub fn offline(&self, off: bool) {
        self.down.set(off);
    }

    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    pub fn route(&self, url: &str) {
        *self.route.borrow_mut() = Some(url.to_owned());
    }

    pub fn pace(&self, seed: u64) {
        *self.pace.borrow_mut() = Some(Seeded(seed));
    }

    /// Everything at once again.
    pub fn calm(&self) {
        *self.pace.borrow_mut() = None;
    }

    async fn breathe(&self) {
        let times = match &mut *self.pace.borrow_mut() {
            Some(chance) => chance.below(4),
            None => 0,
        };
        for _ in 0..times {
            let mut first = true;
            std::future::poll_fn(|_| {
                if std::mem::take(&mut first) {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            })
            .await;
        }
    }

    /// What a process that is gone does: nothing more.
    async fn die(&self) {
        self.dead.set(true);
        std::future::pending::<()>().await;
    }
}

/// Chance that comes out the same from the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Seeded(pub u64);

impl Seeded {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.draw() % limit.max(1) as u64) as usize
    }
}

/// A store in memory that obeys a plan.
pub struct PlannedStore {
    inner: MemoryStore,
    plan: Rc<Plan>,
}

impl PlannedStore {
    async fn at_this_commit<F: Future<Output = Result<(), StoreError>>>(
        &self,
        write: F,
    ) -> Result<(), StoreError> {
        self.plan.breathe().await;
        let n = self.plan.commits.get();
        self.plan.commits.set(n + 1);
        match self.plan.fault.get().filter(|(at, _)| *at == n) {
            Some((_, Fault::Fails)) => Err(StoreError::Full),
            Some((_, Fault::DiesBefore)) => {
                self.plan.die().await;
                Ok(())
            }
            Some((_, Fault::DiesAfter)) => {
                write.await?;
                self.plan.die().await;
                Ok(())
            }
            Some((_, Fault::FailsThoughDurable)) => {
                write.await?;
                Err(StoreError::Lost("written all the same".into()))
            }
            None => {
                write.await?;
                self.plan.breathe().await;
                Ok(())
            }
        }
    }
}

impl Store for PlannedStore {
    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.plan.breathe().await;
        self.inner.get(table, key).await
    }

    async fn all(&self, table: Table) -> Result<Vec<Stored>, StoreError> {
        self.plan.breathe().await;
        self.inner.all(table).await
    }

    async fn latest(
        &self,
        table: Table,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.plan.breathe().await;
        self.inner.latest(table, before, limit).await
    }

    async fn ascending(
        &self,
        table: Table,
        prefix: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.plan.breathe().await;
        self.inner.ascending(table, prefix, from, limit).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.at_this_commit(self.inner.commit(changes)).await
    }

    async fn destroy(&self) -> Result<(), StoreError> {
        self.at_this_commit(self.inner.destroy()).await
    }
}

/// A line to a real server that obeys a plan.
pub struct PlannedLine {
    wire: Wire,
    plan: Rc<Plan>,
}

impl Transport for PlannedLine {
    async fn send(&self, base: &str, request: Sent) -> Result<Response, Unreachable> {
        let lost = || Err(Unreachable("the line was cut".into()));
        self.plan.breathe().await;
        if self.plan.down.get() {
            return lost();
        }
        let n = self.plan.requests.get();
        self.plan.requests.set(n + 1);
        let cut = self.plan.cut.get().filter(|(at, _)| *at == n);
        let cut = cut.map(|(_, cut)| cut);
        if matches!(cut, Some(Cut::RequestAndDown | Cut::AnswerAndDown)) {
            self.plan.down.set(true);
        }
        if matches!(cut, Some(Cut::Request | Cut::RequestAndDown)) {
            return lost();
        }
        let route = self.plan.route.borrow().clone();
        let answer = self
            .wire
            .send(route.as_deref().unwrap_or(base), request)
            .await;
        self.plan.breathe().await;
        if cut.is_some() { lost() } else { answer }
    }
}

impl Line for PlannedLine {
    async fn pause(&self) {
        self.plan.breathe().await;
    }
}

pub type PlannedHost = TestHost<PlannedStore, PlannedLine>;

/// The process is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Died;

/// One device under a plan.
pub struct Planned {
    pub device: Everybody<PlannedStore, PlannedLine>,
    pub store: MemoryStore,
    pub plan: Rc<Plan>,
    pub clock: Rc<Cell<i64>>,
}

impl Planned {
    pub fn over(store: MemoryStore) -> Planned {
        Planned::at(store, vigie_mailbox::mailbox::now().0)
    }

    pub fn at(store: MemoryStore, now: i64) -> Planned {
        let plan = Rc::new(Plan::default());
        let clock = Rc::new(Cell::new(now));
        let host = || PlannedHost {
            store: PlannedStore {
                inner: store.clone(),
                plan: Rc::clone(&plan),
            },
            line: PlannedLine {
                wire: Wire::new(),
                plan: Rc::clone(&plan),
            },
            clock: Rc::clone(&clock),
            events: Rc::default(),
        };
        Planned {
            device: Everybody::new(host(), host()),
            store,
            plan,
            clock,
        }
    }

    /// What another process finds in the store: not opened yet.
    pub fn killed(&self) -> Planned {
        let again = Planned::at(self.store.snapshot(), self.clock.get());
        if let Some(url) = &*self.plan.route.borrow() {
            again.plan.route(url);
        }
        again
    }

    /// The same, opened.
    #[track_caller]
    pub fn reopened(&self) -> Planned {
        self.reopened_with(PASSPHRASE)
    }

    #[track_caller]
    pub fn reopened_with(&self, passphrase: &str) -> Planned {
        let again = self.killed();
        again.ask(Unlock {
            passphrase: passphrase.into(),
        });
        again
    }

    /// Runs until it is over, or until the process is gone.
    pub fn run<F: Future>(&self, work: F) -> Result<F::Output, Died> {
        let mut work = pin!(work);
        let mut context = Context::from_waker(Waker::noop());
        // Everything here is ready at once or lets others run: one that is neither waits for ever.
        for _ in 0..1_000_000 {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(done) => return Ok(done),
                Poll::Pending if self.plan.dead.get() => return Err(Died),
                Poll::Pending => {}
            }
        }
        panic!("it waits for ever");
    }

    pub fn try_ask<Q: Question<Family: Into<DeskRequest>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        match self.run(self.device.ask(question)) {
            Ok(answer) => answer,
            Err(Died) => Err(Failure::Internal("the process is gone".into())),
        }
    }

    #[track_caller]
    pub fn ask<Q: Question<Family: Into<DeskRequest>>>(&self, question: Q) -> Q::Answer {
        answered(question, |question| self.try_ask(question))
    }

    /// The name and the bytes of a file.
    #[track_caller]
    pub fn file<Q: Question<Family: Into<DeskRequest>, Answer = File>>(
        &self,
        question: Q,
    ) -> (String, Vec<u8>) {
        let file = self.ask(question);
        (file.name, file.bytes)
    }

    /// Every line of the notebook, the deleted ones too.
    #[track_caller]
    pub fn entries(&self) -> Vec<Summary> {
        while let Ok(Ok(true)) = self.run(self.device.index_more()) {}
        let page = |deleted: bool| {
            let request = ListEntries {
                filter: Filter {
                    deleted,
                    ..Filter::default()
                },
                offset: 0,
                limit: 10_000,
            };
            self.ask(request).entries
        };
        let mut all = page(false);
        for entry in page(true) {
            if !all.iter().any(|known| known.rec == entry.rec) {
                all.push(entry);
            }
        }
        all
    }

    #[track_caller]
    pub fn entry(&self, title: &str) -> Option<Summary> {
        self.entries()
            .into_iter()
            .find(|entry| entry.title == title)
    }
}

/// All that a phone shows, without what is only of the moment.
#[track_caller]
pub fn phone_views(phone: &Planned) -> Value {
    let exchange = {
        let view = phone.ask(GetExchange);
        json!({
            "bundles": view.bundles, "paused": view.paused, "has_office": view.has_office,
            "all_received": view.all_received, "counts": view.counts,
            "carried": view.carried, "brought": view.brought,
        })
    };
    let (_, all) = phone.file(ExportAll);
    let all: Value = serde_json::from_slice(&all).expect("JSON");
    json!({
        "entries": phone.entries(),
        "counts": phone.ask(GetCounts),
        "status": phone.ask(GetStatus),
        "missions": phone.ask(ListMissions),
        "forms": phone.try_ask(ListForms).ok(),
        "exchange": exchange,
        "all": all["entries"],
    })
}

/// All that a desk shows.
#[track_caller]
pub fn desk_views(desk: &Planned) -> Value {
    let mut missions = desk.ask(ListOfficeMissions);
    for device in missions.iter_mut().flat_map(|mission| &mut mission.devices) {
        // By the server's clock when it came, by the desk's once it is read again.
        device.last_bundle = device.last_bundle.map(|_| 0);
    }
    let each: Vec<Value> = missions
        .iter()
        .map(|mission| {
            let mission = mission.id;
            json!({
                "invites": desk.ask(ListInvites { mission }),
                "links": desk.ask(ListLinks { mission }),
            })
        })
        .collect();
    json!({
        "missions": missions,
        "of each": each,
        "inbox": inbox(desk),
    "table": rows(desk),
        "library": desk.ask(ListLibrary),
    })
}

/// What came in, each file once: given a second time it is told a second time.
fn inbox(desk: &Planned) -> Vec<Value> {
    let items = desk.ask(ListInbox);
    let taken: Vec<BundleId> = items
        .iter()
        .filter(|item| matches!(item.verdict, VerdictView::Accepted { .. }))
        .map(|item| item.bundle)
        .collect();
    let mut told = Vec::new();
    for item in items {
        // Refused before its device was known, and taken since.
        let is_refused = matches!(item.verdict, VerdictView::Quarantined { .. });
        if is_refused && taken.contains(&item.bundle) {
            continue;
        }
        let item = json!([
            item.bundle,
            item.name,
            item.from,
            item.mission,
            item.size,
            item.verdict
        ]);
        if item[5] != "already_there" && !told.contains(&item) {
            told.push(item);
        }
    }
    told
}

fn rows(desk: &Planned) -> Vec<Value> {
    let request = GetTable {
        view: TableView::default(),
        filter: Filter::default(),
        offset: 0,
        limit: 1_000,
    };
    let rows = desk.ask(request).rows;
    // When it was received is said by the server's clock or the desk's.
    let rows = rows
        .into_iter()
        .map(|row| vigie_protocol::Row { received: 0, ..row });
    rows.map(|row| serde_json::to_value(row).expect("JSON"))
        .collect()
}

/// Says where two views part.
#[track_caller]
pub fn assert_same(here: &Value, there: &Value, what: &str) {
    if here != there {
        panic!("{what}: {}", parting(here, there, String::new()));
    }
}

fn parting(here: &Value, there: &Value, at: String) -> String {
    match (here, there) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeMap<&String, ()> =
                a.keys().chain(b.keys()).map(|key| (key, ())).collect();
            for key in keys.into_keys() {
                let (x, y) = (a.get(key), b.get(key));
                if x != y {
                    let null = Value::Null;
                    let (x, y) = (x.unwrap_or(&null), y.unwrap_or(&null));
                    return parting(x, y, format!("{at}/{key}"));
                }
            }
            at
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let first = a.iter().zip(b).enumerate().find(|(_, (x, y))| x != y);
            match first {
                Some((n, (x, y))) => parting(x, y, format!("{at}/{n}")),
                None => at,
            }
        }
        _ => format!("at {at}\n  one:   {here}\n  other: {there}"),
    }
}

/// A store as a fixture keeps it: table, key, base64.
pub fn store_of(path: &Path) -> MemoryStore {
    let text = std::fs::read_to_string(path).expect("a fixture");
    let tables: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(&text).expect("tables");
    let mut changes = Vec::new();
    for (name, rows) in tables {
        let table = Table::ALL.into_iter().find(|table| table.name() == name);
        let table = table.expect("a table");
        for (key, bytes) in rows {
            let bytes = BASE64_STANDARD.decode(bytes).expect("base64");
            changes.push(Change::Put { table, key, bytes });
        }
    }
    let store = MemoryStore::new();
    futures::executor::block_on(store.commit(changes)).expect("memory");
    store
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for item in std::fs::read_dir(from).expect("a folder") {
        let item = item.expect("an item");
        let there = to.join(item.file_name());
        if item.file_type().expect("a type").is_dir() {
            copy_folder(&item.path(), &there);
        } else {
            std::fs::copy(item.path(), there).expect("copied");
        }
    }
}

/// A server over a copy of a data folder.
pub struct Copied {
    pub server: Running,
    /// The folder goes with it.
    _data: tempfile::TempDir,
}

impl Copied {
    pub fn of(data: &Path) -> Copied {
        let folder = tempfile::TempDir::new().expect("a folder");
        copy_folder(data, folder.path());
        let server = Running::on(folder.path(), "127.0.0.1:0".parse().expect("an address"));
        Copied {
            server,
            _data: folder,
        }
    }

    pub fn url(&self) -> &str {
        &self.server.url
    }
}

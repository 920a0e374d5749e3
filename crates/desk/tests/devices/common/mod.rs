//! People with devices and an office, over stores in memory and a real server on a free port.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::pending,
    io::{Cursor, Read},
    net::SocketAddr,
    path::Path,
    rc::Rc,
    thread::JoinHandle,
};

use futures::executor::block_on;
use serde_json::Value;
use tokio::sync::oneshot;
use vigie_desk::Desk;
use vigie_exchange::{Client, Request as Sent, Response, Transport, Unreachable};
use vigie_mailbox::serve::{Config, Server};
use vigie_model::{ExactJson, Layout, MissionId, MissionKind, RecordId, Separator, Timestamp};
use vigie_notebook::{Host, KdfCost};
use vigie_partner::{self as partner, Guest, Sealer};
use vigie_protocol::{
    BackUpKey, Chosen, ChosenFile, ChosenForm, Counts, CreateInvites, CreateMission, CreateOffice,
    CreateVault, DeskRequest, Edit, Editing, Event, ExchangeView, Export, ExportFormat, Failure,
    Fields, File, Filter, Finish, GetCounts, GetStorage, ImportFiles, InviteText, LinkQuestion,
    ListEntries, ListMissions, MissionInfo, NewMission, Pack, Page, ProveBackup, ProveLink,
    Question, Request, SaidMission, SaveDraft, Saved, SealerQuestion, SealerRequest, SendNow,
    Status, StorageView, Summary, Unlock, codec::decode,
};
use vigie_seal::{InviteSecret, SigningKey};
use vigie_vault::{Ground, MemoryStore, Room, Store};
use vigie_wire::Wire;

pub const PASSPHRASE: &str = "cabane lundi tortue marée vernis";
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What becomes of one request.
#[derive(Clone, Debug)]
pub enum Fate {
    Passes,
    RequestLost,
    AnswerLost,
    /// Nothing comes, not even that nothing will.
    Silence,
    /// Somebody answers in the server's place.
    Answered(Response),
}

/// Everything that waits on a device, in one file.
pub const EVERYTHING: Pack = Pack {
    from: 0,
    limit: u64::MAX,
};

/// The next request of this method whose path begins so has this fate.
pub type Rule = (&'static str, String, Fate);

type Script = Rc<RefCell<Option<Box<dyn FnMut(&Sent) -> Fate>>>>;

/// A network that can be away, or answer what a proxy would.
pub struct Net {
    wire: Wire,
    rules: Rc<RefCell<Vec<Rule>>>,
    online: Rc<Cell<bool>>,
    /// Refuses the next bundles with this status.
    refuse: Rc<Cell<Option<u16>>>,
    /// Decides of each request.
    script: Script,
    again: RefCell<Option<String>>,
    is_silent: Cell<bool>,
    pub sent: Rc<Cell<usize>>,
}

impl Transport for Net {
    async fn send(&self, base: &str, request: Sent) -> Result<Response, Unreachable> {
        if !self.online.get() {
            return Err(Unreachable("no network".into()));
        }
        self.sent.set(self.sent.get() + 1);
        if let Some(status) = self.refuse.get()
            && request.path.starts_with("/v1/bundles/")
        {
            return Ok(Response {
                status,
                ..Response::default()
            });
        }
        let mut fate = match &mut *self.script.borrow_mut() {
            Some(script) => script(&request),
            None => Fate::Passes,
        };
        let is_it = |(method, path, _): &Rule| {
            request.method.as_str() == *method && request.path.starts_with(path.as_str())
        };
        // What was lost is lost once more, when the client asks again at once.
        let again = self.again.take().filter(|lost| *lost == request.path);
        let at = self.rules.borrow().iter().position(is_it);
        if again.is_some() {
            fate = Fate::RequestLost;
        } else if let Some(at) = at {
            fate = self.rules.borrow_mut().remove(at).2;
            let is_asked_again = request.method.as_str() != "POST" || request.path == "/v1/enrol";
            if is_asked_again && matches!(fate, Fate::RequestLost | Fate::AnswerLost) {
                *self.again.borrow_mut() = Some(request.path.clone());
            }
        }
        let lost = || Unreachable("cut".into());
        match fate {
            Fate::Passes => self.wire.send(base, request).await,
            Fate::RequestLost => Err(lost()),
            Fate::Silence => {
                self.is_silent.set(true);
                pending().await
            }
            Fate::Answered(response) => Ok(response),
            Fate::AnswerLost => {
                drop(self.wire.send(base, request).await);
                Err(lost())
            }
        }
    }
}

/// A line, and how whoever waits beside it lets others run.
pub trait Line: Transport + 'static {
    async fn pause(&self) {}

    /// Ends once nothing comes.
    async fn silence(&self) {
        pending().await
    }
}

impl Line for Net {
    async fn silence(&self) {
        if !self.is_silent.take() {
            pending().await
        }
    }
}

/// What a device of these tests stands on.
pub struct TestHost<S, L> {
    pub store: S,
    pub line: L,
    pub clock: Rc<Cell<i64>>,
    pub events: Rc<RefCell<Vec<Event>>>,
}

impl<S: Store + 'static, L: Line> Ground for TestHost<S, L> {
    type Store = S;

    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a system with chance");
    }

    fn store(&self) -> &S {
        &self.store
    }
}

impl<S: Store + 'static, L: Line> partner::World for TestHost<S, L> {
    type Transport = L;

    fn now(&self) -> Timestamp {
        // Every look at a clock finds it later, as in life.
        self.clock.set(self.clock.get() + 1);
        Timestamp(self.clock.get())
    }

    fn utc_offset(&self, _at: Timestamp) -> i32 {
        -300
    }

    fn transport(&self) -> &L {
        &self.line
    }
}

impl<S: Store + 'static, L: Line> Host for TestHost<S, L> {
    fn emit(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }

    async fn delay(&self, _ms: u32) {
        self.line.pause().await;
    }

    async fn room(&self) -> Room {
        Room::default()
    }

    async fn kdf_cost(&self) -> KdfCost {
        // The least that a vault takes; tests open many.
        KdfCost {
            m_kib: 19 * 1024,
            t: 1,
        }
    }
}

/// A partner's page on the same phone, with the worker behind it.
pub struct TestPage<S, L>(Sealer<TestHost<S, L>>, Rc<Cell<bool>>);

impl<S: Store + 'static, L: Line> partner::World for TestPage<S, L> {
    type Transport = L;

    fn now(&self) -> Timestamp {
        self.0.host().now()
    }

    fn utc_offset(&self, at: Timestamp) -> i32 {
        self.0.host().utc_offset(at)
    }

    fn transport(&self) -> &L {
        self.0.host().transport()
    }
}

impl<S: Store + 'static, L: Line> partner::Page for TestPage<S, L> {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.host().fill(bytes);
    }

    async fn silence(&self) {
        self.0.host().line.silence().await;
    }

    async fn ask<Q: Question<Family: Into<SealerRequest>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        let family: Q::Family = question.into();
        let request = family.into();
        let is_lost = matches!(request, SealerRequest::Sealer(SealerQuestion::Seal(_)))
            && self.1.replace(false);
        let answer = self.0.handle(request).await;
        if is_lost {
            return Err(Failure::Stopped);
        }
        decode::<Result<Q::Answer, Failure>>(&answer)?
    }
}

/// Everything that is asked on one phone: what a partner's page asks is answered there, the rest by the notebook or the desk.
pub struct Everybody<S: Store + 'static, L: Line> {
    pub desk: Desk<TestHost<S, L>>,
    guest: Guest<TestPage<S, L>>,
    /// The worker behind a partner's page stops once more, when it has sealed and before it says so.
    pub stops: Rc<Cell<bool>>,
}

impl<S: Store + 'static, L: Line> Everybody<S, L> {
    pub fn new(desk: TestHost<S, L>, partner: TestHost<S, L>) -> Everybody<S, L> {
        let stops = Rc::new(Cell::new(false));
        Everybody {
            desk: Desk::new(desk),
            guest: Guest::new(TestPage(Sealer::new(partner), Rc::clone(&stops))),
            stops,
        }
    }

    pub async fn ask<Q: Question<Family: Into<DeskRequest>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        let request = match DeskRequest::of(question) {
            DeskRequest::Notebook(request) if self.is_partners(&request) => request,
            request => {
                return decode::<Result<Q::Answer, Failure>>(&self.desk.handle(request).await)?;
            }
        };
        let is_link = matches!(
            request,
            Request::Link(LinkQuestion::OpenLink(_) | LinkQuestion::GoOn(_))
        );
        let answer = self.guest.handle(request).await.ok_or(Failure::NotFound)?;
        let answer = answer.downcast::<Result<Q::Answer, Failure>>();
        let answer = *answer.expect("the question's own answer");
        if is_link && answer.is_ok() {
            // As the page does, behind what it shows; where nothing can be kept, the link works as long as there is a network.
            let prove = Request::Link(ProveLink.into());
            drop(self.guest.handle(prove).await);
        }
        answer
    }

    fn is_partners(&self, request: &Request) -> bool {
        match request {
            Request::Link(_) | Request::Waiting(_) => true,
            Request::Filling(question) => self.guest.is_hers(question),
            _ => false,
        }
    }
}

impl<S: Store + 'static, L: Line> std::ops::Deref for Everybody<S, L> {
    type Target = Desk<TestHost<S, L>>;

    fn deref(&self) -> &Self::Target {
        &self.desk
    }
}

/// One device, its store, its network and its clock.
pub struct Device {
    pub device: Everybody<MemoryStore, Net>,
    pub store: MemoryStore,
    pub online: Rc<Cell<bool>>,
    pub refuse: Rc<Cell<Option<u16>>>,
    pub rules: Rc<RefCell<Vec<Rule>>>,
    script: Script,
    pub clock: Rc<Cell<i64>>,
    pub events: Rc<RefCell<Vec<Event>>>,
}

impl Device {
    pub fn new() -> Device {
        Device::over(MemoryStore::new())
    }

    /// A device that starts over what a store holds.
    pub fn over(store: MemoryStore) -> Device {
        let online = Rc::new(Cell::new(true));
        let refuse = Rc::new(Cell::new(None));
        let script = Script::default();
        let clock = Rc::new(Cell::new(vigie_mailbox::mailbox::now().0));
        let events = Rc::new(RefCell::new(Vec::new()));
        let rules = Rc::new(RefCell::new(Vec::new()));
        let host = || TestHost {
            store: store.clone(),
            line: Net {
                wire: Wire::new(),
                rules: Rc::clone(&rules),
                online: Rc::clone(&online),
                refuse: Rc::clone(&refuse),
                script: Rc::clone(&script),
                again: RefCell::default(),
                is_silent: Cell::default(),
                sent: Rc::default(),
            },
            clock: Rc::clone(&clock),
            events: Rc::clone(&events),
        };
        Device {
            device: Everybody::new(host(), host()),
            store,
            online,
            refuse,
            rules,
            script,
            clock,
            events,
        }
    }

    /// The next request that begins so has this fate.
    pub fn fate(&self, method: &'static str, path: impl Into<String>, fate: Fate) {
        self.rules.borrow_mut().push((method, path.into(), fate));
    }

    /// From now on, `script` decides what becomes of each request.
    pub fn line(&self, script: impl FnMut(&Sent) -> Fate + 'static) {
        *self.script.borrow_mut() = Some(Box::new(script));
    }

    /// The line is whole again.
    pub fn line_mended(&self) {
        *self.script.borrow_mut() = None;
    }

    pub fn missions(&self) -> Vec<MissionInfo> {
        self.ask(ListMissions)
    }

    pub fn storage(&self) -> StorageView {
        self.ask(GetStorage)
    }

    /// The same device after its process was killed now: what was in memory is gone.
    pub fn killed(&self) -> Device {
        let again = Device::over(self.store.snapshot());
        again.online.set(self.online.get());
        again.clock.set(self.clock.get());
        again
    }

    pub fn reopened(&self) -> Device {
        let again = self.killed();
        again.unlock();
        again
    }

    pub fn try_ask<Q: Question<Family: Into<DeskRequest>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        block_on(self.device.ask(question))
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

    /// All that waits on the device, as a file: its name and its bytes.
    #[track_caller]
    pub fn packed(&self) -> (String, Vec<u8>) {
        let file = self.ask(EVERYTHING).file.expect("something waits");
        (file.name, file.bytes)
    }

    /// All that the desk has, exported with the files that go with it.
    #[track_caller]
    pub fn exported(&self, format: ExportFormat) -> Vec<u8> {
        let (chosen, files) = (Chosen::default(), true);
        let (_, bytes) = self.file(Export {
            format,
            chosen,
            files,
        });
        bytes
    }

    pub fn trial(&self) {
        let request = CreateVault {
            passphrase: PASSPHRASE.into(),
            name: "Ana".into(),
            invite: None,
            lang: "fr".into(),
        };
        assert!(matches!(self.ask(request), _));
    }

    #[track_caller]
    pub fn join(&self, name: &str, invite: &str, url: &str) -> Status {
        let invite = Some(InviteText {
            text: invite.into(),
            origin: url.into(),
        });
        let request = CreateVault {
            passphrase: PASSPHRASE.into(),
            name: name.into(),
            invite,
            lang: "fr".into(),
        };
        self.ask(request)
    }

    #[track_caller]
    pub fn unlock(&self) {
        self.ask(Unlock {
            passphrase: PASSPHRASE.into(),
        });
    }

    #[track_caller]
    pub fn edit(&self, rec: Option<RecordId>, kind: &str) -> Editing {
        self.ask(Edit {
            rec,
            kind: kind.into(),
        })
    }

    #[track_caller]
    pub fn draft(&self, rec: RecordId, of: &[(&str, Value)]) -> Saved {
        self.ask(SaveDraft {
            rec,
            fields: fields(of),
        })
    }

    #[track_caller]
    pub fn finish(&self, rec: RecordId) -> Saved {
        self.ask(Finish { rec })
    }

    /// A finished entry.
    #[track_caller]
    pub fn write(&self, kind: &str, of: &[(&str, Value)]) -> RecordId {
        let rec = self.edit(None, kind).rec;
        self.draft(rec, of);
        self.finish(rec);
        rec
    }

    #[track_caller]
    pub fn change(&self, rec: RecordId, of: &[(&str, Value)]) {
        self.edit(Some(rec), "");
        self.draft(rec, of);
        self.finish(rec);
    }

    #[track_caller]
    pub fn page(&self, filter: Filter) -> Page {
        self.ask(ListEntries {
            filter,
            offset: 0,
            limit: 10_000,
        })
    }

    #[track_caller]
    pub fn entries(&self) -> Vec<Summary> {
        self.page(Filter::default()).entries
    }

    #[track_caller]
    pub fn counts(&self) -> Counts {
        self.ask(GetCounts)
    }

    #[track_caller]
    pub fn send(&self) -> ExchangeView {
        self.ask(SendNow)
    }
}

/// The answer to a question that must have one.
#[track_caller]
pub fn answered<Q: Question<Family: Into<DeskRequest>>>(
    question: Q,
    ask: impl FnOnce(Q) -> Result<Q::Answer, Failure>,
) -> Q::Answer {
    ask(question).unwrap_or_else(|failure| {
        let asked = std::any::type_name::<Q>();
        panic!("{failure} ({failure:?}) to {asked}")
    })
}

pub fn one_file(name: &str, bytes: Vec<u8>) -> ImportFiles {
    let name = name.to_owned();
    let files = vec![ChosenFile { name, bytes }];
    ImportFiles { files }
}

pub fn fields(of: &[(&str, Value)]) -> Fields {
    of.iter()
        .map(|(field, value)| ((*field).to_owned(), value.clone()))
        .collect()
}

/// A server that stops when dropped.
pub struct Running {
    pub url: String,
    pub token: Option<String>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub fn on(data: &Path, listen: SocketAddr) -> Running {
        let config = Config {
            listen,
            limits: vigie_mailbox::limits::Limits::without_rates(),
            ..Config::on(data)
        };
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(async {
                    let server = Server::open(config).await.expect("the server opens");
                    ready
                        .send((
                            server.url().to_owned(),
                            server.set_up_token().map(str::to_owned),
                        ))
                        .expect("the test waits");
                    server
                        .run(async { drop(stopped.await) })
                        .await
                        .expect("the server ends well");
                });
        });
        let (url, token) = started.recv().expect("the server starts");
        let address = url
            .trim_start_matches("http://")
            .parse()
            .expect("an address");
        Running {
            url,
            token,
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn stop(mut self) -> SocketAddr {
        self.end();
        self.address
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// A server, an office with a proven backup, and a mission.
pub struct World {
    pub data: tempfile::TempDir,
    pub server: Option<Running>,
    pub office: Device,
    pub mission: MissionId,
    pub url: String,
}

impl World {
    pub fn new() -> World {
        World::with(|_| {})
    }

    pub fn with(say: impl FnOnce(&mut NewMission)) -> World {
        let data = tempfile::TempDir::new().expect("a folder");
        let server = Running::on(data.path(), "127.0.0.1:0".parse().expect("an address"));
        let office = Device::new();
        let url = server.url.clone();
        office.ask(CreateOffice {
            token: server.token.clone().expect("no office yet"),
            server: url.clone(),
            name: "Bureau de Montréal".into(),
            passphrase: PASSPHRASE.into(),
        });
        let (_, backup) = office.file(BackUpKey {
            file_passphrase: "clé de papier".into(),
        });
        office.ask(ProveBackup {
            backup,
            file_passphrase: "clé de papier".into(),
        });
        let mut mission = NewMission {
            said: SaidMission {
                name: "Mission Haïti".into(),
                kind: MissionKind::Observation,
                starts: "2026-10-01".into(),
                ends: "2026-10-20".into(),
                languages: vec!["fr".into(), "es".into()],
                keep_readable: true,
                share_with_team: false,
                record_time: true,
            },
            forms: vec![ChosenForm::Compiled(short_form())],
        };
        say(&mut mission);
        let mission = office.ask(CreateMission { mission });
        World {
            data,
            server: Some(server),
            office,
            mission,
            url,
        }
    }

    pub fn invite(&self, label: &str) -> String {
        let request = CreateInvites {
            mission: self.mission,
            labels: vec![label.into()],
            days: 7,
        };
        self.office.ask(request)[0].link.clone()
    }

    /// What the box of an invite holds that nobody used yet.
    pub fn held(&self, link: &str) -> InviteSecret {
        let (code, server) = vigie_join::read_invite(link, &self.url).expect("a link");
        let stranger = Client::new(Wire::new(), server, SigningKey::from_bytes([1; 32]));
        let found = block_on(stranger.invite(&code.id(), vigie_mailbox::mailbox::now()));
        InviteSecret::open(&found.expect("a box").sealed.0, &code).expect("a secret")
    }

    pub fn delegate(&self, name: &str) -> Device {
        let device = Device::new();
        let status = device.join(name, &self.invite(name), &self.url);
        assert!(!status.enrolment_pending, "{status:?}");
        device
    }

    pub fn stop_server(&mut self) -> SocketAddr {
        self.server.take().expect("a server that runs").stop()
    }

    pub fn start_server(&mut self, address: SocketAddr) {
        self.server = Some(Running::on(self.data.path(), address));
    }
}

/// Tables as they have always been exported.
pub fn csv() -> ExportFormat {
    ExportFormat::Csv {
        layout: Layout::default(),
        separator: Separator::default(),
    }
}

/// The files in an archive, by another programme's reader.
pub fn archived(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut read = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let places = 0..read.len();
    let file = |at| {
        let mut file = read.by_index(at).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes");
        (file.name().expect("a name").into_owned(), bytes)
    };
    places.map(file).collect()
}

/// Our short questionnaire, as the desk compiles it.
pub fn short_form() -> ExactJson {
    compiled_form("forms/conditions_travail_court.xlsx")
}

/// A questionnaire of the project, as the desk compiles it.
pub fn compiled_form(path: &str) -> ExactJson {
    let path = [env!("CARGO_MANIFEST_DIR"), "../..", path].join("/");
    let bytes = std::fs::read(path).expect("a questionnaire of ours");
    let workbook = vigie_forms::xlsform::read(&bytes).expect("a workbook");
    let converted = vigie_forms::xlsform::convert(&workbook, &Default::default())
        .expect("a form without errors");
    let form = vigie_forms::xform::read(&converted.xml, &|_| None)
        .form
        .expect("a form that compiles");
    ExactJson::in_order(&form.to_json()).expect("JSON")
}

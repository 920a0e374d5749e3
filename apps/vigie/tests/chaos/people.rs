//! Whoever takes part in a run: phones, an office's desk, a partner. Each has a thread, a line, and a seed.
//!
//! A person does a number of things drawn from the seed, whatever becomes of them. Then she waits for the weather to clear,
//! and tries again until all that she wrote is where it belongs.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use vigie_model::{BundleId, MissionId, RecordId};
use vigie_protocol::{
    BundleState, CancelInvite, CreateInvites, CreateLink, CreateVault, Delete, DeskRequest, Edit,
    EntryState, Failure, Fetch, Filter, Finish, FinishResponse, Finished, GetExchange, GetStatus,
    GetTable, GetWaiting, GoOn, InboxItem, Join, KeepDraft, LeaveLink, ListInbox, ListInvites,
    ListMissions, ListVersions, OpenLink, OpenResponse, Phase, Question, Refusal, SendNow,
    SendWaiting, SetAnswer, StartLink, StartResponse, TableView, TakeCarried, TakenCarried, Unlock,
    VerdictView, Why,
};
use vigie_vault::MemoryStore;

use crate::{
    common::{DAY_MS, EVERYTHING, PASSPHRASE},
    rig::{
        Fault, Planned, Seeded,
        stage::{REQUIRED, draft_of, invite, say_link},
    },
    stage::{Rows, store_of},
    told::{Told, lock},
};

/// How long a run may take to become quiet once the weather has cleared.
const QUIET: Duration = Duration::from_secs(60);
const BREATH: Duration = Duration::from_millis(3);
const HOUR_MS: i64 = 60 * 60 * 1000;

/// What everybody hears of.
pub struct Calls {
    /// Nothing goes wrong any more.
    pub calm: AtomicBool,
    /// Who has done what she meant to do.
    pub done: AtomicUsize,
    /// Whose letters are all with the office.
    pub quiet: AtomicUsize,
    /// Invites that the office made, by the name of who is to use them.
    pub invites: Mutex<BTreeMap<String, String>>,
    /// What phones gave each other as files, sealed.
    pub given: Mutex<Vec<Vec<u8>>>,
    /// Who asks the office for another invite: the server, set back, does not know her device.
    pub asking: Mutex<Vec<String>>,
}

impl Calls {
    pub fn new() -> Calls {
        Calls {
            calm: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            quiet: AtomicUsize::new(0),
            invites: Mutex::default(),
            given: Mutex::default(),
            asking: Mutex::default(),
        }
    }

    fn wait_for_calm(&self) {
        self.done.fetch_add(1, Ordering::SeqCst);
        while !self.calm.load(Ordering::SeqCst) {
            std::thread::sleep(BREATH);
        }
    }
}

/// One entry as somebody holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    pub rec: RecordId,
    pub title: String,
    pub versions: usize,
    pub deleted: bool,
}

/// Somebody with a device, a line and a seed.
pub struct Person {
    name: String,
    device: Planned,
    chance: Seeded,
    told: Arc<Told>,
    calls: Arc<Calls>,
    steps: usize,
    written: Vec<(RecordId, Option<String>)>,
}

/// What everybody is given.
pub struct Given {
    pub name: String,
    /// What her device holds.
    pub rows: Rows,
    /// Her line's address, where every other leads.
    pub line: String,
    pub now: i64,
    pub chance: Seeded,
    pub told: Arc<Told>,
    pub calls: Arc<Calls>,
}

/// How it ended for a phone.
pub struct PhoneEnd {
    pub name: String,
    pub entries: Vec<Held>,
    /// What she was told was finished, and what it says where that is sure.
    pub written: Vec<(RecordId, Option<String>)>,
    pub received: Vec<BundleId>,
    pub trouble: Option<String>,
}

/// How it ended for the office.
pub struct OfficeEnd {
    pub entries: Vec<Held>,
    pub written: Vec<(RecordId, Option<String>)>,
    pub inbox: Vec<InboxItem>,
    pub trouble: Option<String>,
}

impl Person {
    fn new(given: Given) -> Person {
        let Given {
            name,
            rows,
            line,
            now,
            mut chance,
            told,
            calls,
        } = given;
        let device = Planned::at(store_of(&rows), now);
        device.plan.route(&line);
        let steps = 6 + chance.below(10);
        let person = Person {
            name,
            device,
            chance,
            told,
            calls,
            steps,
            written: Vec::new(),
        };
        person.unlock();
        person
    }

    /// Asks; at times her device is killed in the middle, or full.
    fn ask<Q: Question<Family: Into<DeskRequest>>>(
        &mut self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        let is_calm = self.calls.calm.load(Ordering::SeqCst);
        if !is_calm && self.chance.below(16) == 0 {
            let fault = [Fault::Fails, Fault::DiesBefore, Fault::DiesAfter];
            let fault = fault[self.chance.below(fault.len())];
            self.device.plan.fault_at(self.chance.below(4), fault);
        }
        let answer = self.device.try_ask(question);
        self.device.plan.clear();
        if self.device.plan.is_dead() {
            self.reopen();
        }
        answer
    }

    /// The device is killed, and opened again over its store.
    fn reopen(&mut self) {
        self.told.count("devices killed");
        let name = self.name.clone();
        self.told
            .say(|| format!("{name}: her device is killed, and opened again"));
        self.device = self.device.killed();
        self.unlock();
    }

    fn unlock(&self) {
        if self.device.ask(GetStatus).phase == Phase::Locked {
            self.device.ask(Unlock {
                passphrase: PASSPHRASE.into(),
            });
        }
    }

    fn passes(&self, ms: i64) {
        let clock = &self.device.clock;
        clock.set(clock.get() + ms);
    }

    fn note(&mut self) {
        let title = format!("{} {}", self.name, self.written.len());
        let edit = Edit {
            rec: None,
            kind: "note".into(),
        };
        let Ok(editing) = self.ask(edit) else { return };
        self.fill_and_finish(editing.rec, title);
    }

    fn fill_and_finish(&mut self, rec: RecordId, title: String) {
        let text = "x".repeat(self.chance.below(3_000));
        let of = [("title", json!(title)), ("text", json!(text))];
        self.in_doubt(rec);
        if self.ask(draft_of(rec, &of)).is_err() {
            return;
        }
        // What it said when it was finished last is what must be there.
        if self.ask(Finish { rec }).is_ok() {
            self.written.retain(|(known, _)| *known != rec);
            self.written.push((rec, Some(title)));
        }
    }

    /// It was finished once and is there; what it says depends on what becomes of the next step.
    fn in_doubt(&mut self, rec: RecordId) {
        for (known, title) in &mut self.written {
            if *known == rec {
                *title = None;
            }
        }
    }

    fn change(&mut self) {
        if self.written.is_empty() {
            return;
        }
        let (rec, _) = self.written[self.chance.below(self.written.len())].clone();
        let title = format!("{} changed {}", self.name, self.chance.below(1_000));
        let kind = "".into();
        if self
            .ask(Edit {
                rec: Some(rec),
                kind,
            })
            .is_ok()
        {
            self.fill_and_finish(rec, title);
        }
    }

    fn delete(&mut self) {
        if self.written.is_empty() {
            return;
        }
        let (rec, _) = self.written[self.chance.below(self.written.len())];
        // It stays, as something deleted.
        drop(self.ask(Delete { rec }));
    }

    fn respond(&mut self) {
        let start = StartResponse {
            form: "conditions_travail_court".into(),
            lang: "fr".into(),
        };
        let Ok(view) = self.ask(start) else { return };
        let rec = view.rec;
        for (node, value) in REQUIRED {
            let answer = SetAnswer {
                rec,
                node: node.into(),
                value: value.into(),
            };
            if self.ask(answer).is_err() {
                return;
            }
        }
        drop(self.ask(FinishResponse { rec }));
    }

    /// A new device, by an invite that the office makes meanwhile.
    fn join(&mut self) {
        let until = Instant::now() + QUIET;
        let text = loop {
            let made = lock(&self.calls.invites).get(&self.name).cloned();
            match made {
                Some(text) => break text,
                None if Instant::now() > until => panic!("{} was not invited", self.name),
                None => std::thread::sleep(BREATH),
            }
        };
        for _ in 0..500 {
            let create = CreateVault {
                passphrase: PASSPHRASE.into(),
                name: self.name.clone(),
                invite: Some(invite(&text)),
                lang: "fr".into(),
            };
            match self.device.try_ask(create) {
                Ok(_) => return,
                Err(failure) => {
                    let name = &self.name;
                    self.told.say(|| format!("{name} does not join: {failure}"));
                }
            }
            if self.device.ask(GetStatus).phase == Phase::Open {
                return;
            }
            std::thread::sleep(BREATH);
        }
        panic!("{} could not join", self.name);
    }

    /// As she is told to where the server does not know her device: by another invite.
    fn join_again(&mut self) {
        let label = format!("{} again", self.name);
        let made = lock(&self.calls.invites).get(&label).cloned();
        let Some(text) = made else {
            let mut asking = lock(&self.calls.asking);
            if !asking.contains(&label) {
                self.told.count("devices invited again");
                asking.push(label);
            }
            return;
        };
        let invite = invite(&text);
        drop(self.ask(Join {
            invite,
            replace: None,
        }));
    }

    fn send(&mut self) {
        drop(self.ask(SendNow));
    }

    /// Gives another phone all that waits here, or takes what some other gave and carries it with its own.
    fn hand_on(&mut self) {
        if self.chance.below(2) == 0 {
            let packed = self.ask(EVERYTHING).unwrap_or_default();
            lock(&self.calls.given).extend(packed.file.map(|file| file.bytes));
            return;
        }
        let given = lock(&self.calls.given).clone();
        let missions = self.ask(ListMissions).unwrap_or_default();
        let mission = missions.iter().find(|mission| !mission.pending);
        if let (Some(mission), false) = (mission, given.is_empty()) {
            let mission = Some(mission.id);
            let bytes = given[self.chance.below(given.len())].clone();
            let taken = self.ask(TakeCarried { mission, bytes });
            if let Ok(TakenCarried::Bundles(taken)) = taken {
                self.told.add("bundles taken to be carried", taken.new);
            }
        }
    }

    /// A phone's whole run. Without rows it is a new one, which joins first.
    pub fn phone(given: Given) -> PhoneEnd {
        let is_new = given.rows.is_empty();
        let mut person = Person::new(given);
        if is_new {
            person.join();
        }
        for _ in 0..person.steps {
            match person.chance.below(18) {
                0..=4 => person.note(),
                16 | 17 => person.hand_on(),
                5 | 6 => person.change(),
                7 => person.delete(),
                8 => person.respond(),
                9 => person.reopen(),
                10 => {
                    person.passes(HOUR_MS);
                    drop(person.device.run(person.device.device.tick()));
                    // Nobody touched it for an hour.
                    person.unlock();
                }
                _ => person.send(),
            }
        }
        person.calls.wait_for_calm();
        person.phone_ends()
    }

    fn phone_ends(mut self) -> PhoneEnd {
        // What was begun is ended, so that it is sent too.
        for entry in self.device.entries() {
            if entry.state == EntryState::Draft {
                let rec = entry.rec;
                if entry.form.is_some() {
                    drop(self.ask(OpenResponse { rec }));
                    for (node, value) in REQUIRED {
                        drop(self.ask(SetAnswer {
                            rec,
                            node: node.into(),
                            value: value.into(),
                        }));
                    }
                    drop(self.ask(FinishResponse { rec }));
                } else {
                    self.in_doubt(rec);
                    drop(self.ask(Finish { rec }));
                }
            }
        }
        let until = Instant::now() + QUIET;
        let mut trouble = None;
        loop {
            self.passes(HOUR_MS);
            let sent = self.ask(SendNow);
            let exchange = self.device.ask(GetExchange);
            if exchange.all_received {
                break;
            }
            let unknown = Why::Refused(Refusal::UnknownDevice);
            if exchange
                .troubles
                .iter()
                .any(|trouble| trouble.why == unknown)
            {
                self.join_again();
            }
            if Instant::now() > until {
                trouble = Some(format!("{} is not quiet: {sent:?}", self.name));
                break;
            }
            std::thread::sleep(BREATH);
        }
        self.calls.quiet.fetch_add(1, Ordering::SeqCst);
        let received = self.device.ask(GetExchange).bundles.into_iter();
        let received = received
            .filter(|bundle| bundle.state == BundleState::Received)
            .map(|bundle| bundle.id)
            .collect();
        let entries = self.device.entries();
        let entries = entries.into_iter().map(|entry| Held {
            rec: entry.rec,
            versions: self.device.ask(ListVersions { rec: entry.rec }).len(),
            title: entry.title,
            deleted: entry.deleted,
        });
        let entries = entries.collect();
        PhoneEnd {
            name: self.name,
            entries,
            written: self.written,
            received,
            trouble,
        }
    }

    /// An answer by the link, begun, kept at the server, gone on with on another phone, and sent. How many were finished.
    pub fn partner(given: Given, link: &str) -> (usize, Option<String>) {
        let line = given.line.clone();
        let mut person = Person::new(given);
        let mut finished = 0;
        for _ in 0..1 + person.chance.below(2) {
            let open = || OpenLink {
                code: link.into(),
                origin: String::new(),
            };
            if person.device.try_ask(open()).is_err() {
                continue;
            }
            let Ok(view) = person.device.try_ask(StartLink { lang: "fr".into() }) else {
                continue;
            };
            let mut rec = view.rec;
            if person.chance.below(2) == 0
                && let Ok(kept) = person.device.try_ask(KeepDraft { anew: false })
            {
                person.told.count("drafts kept");
                let other = Planned::at(MemoryStore::new(), person.device.clock.get());
                other.plan.route(&line);
                let go_on = GoOn {
                    code: kept.code,
                    origin: line.clone(),
                };
                if let Ok(went_on) = other.try_ask(go_on) {
                    person.told.count("drafts gone on with");
                    // What the first phone has of it, it gives up; what waits there is sent.
                    drop(person.device.try_ask(LeaveLink));
                    person.settle_waiting();
                    person.device = other;
                    rec = went_on.rec;
                }
            }
            for (node, value) in REQUIRED {
                drop(person.device.try_ask(SetAnswer {
                    rec,
                    node: node.into(),
                    value: value.into(),
                }));
            }
            match person.device.try_ask(FinishResponse { rec }) {
                Ok(Finished::Saved(_)) => finished += 1,
                other => {
                    let name = &person.name;
                    person
                        .told
                        .say(|| format!("{name} does not finish: {other:?}"));
                }
            }
            if person.chance.below(2) == 0 {
                person.reopen();
            }
        }
        person.calls.wait_for_calm();
        let trouble = person.settle_waiting();
        person.calls.quiet.fetch_add(1, Ordering::SeqCst);
        (finished, trouble)
    }

    /// Sends what waits on a partner's phone.
    fn settle_waiting(&mut self) -> Option<String> {
        let until = Instant::now() + QUIET;
        loop {
            self.passes(HOUR_MS);
            let waiting = self.device.try_ask(SendWaiting);
            let is_over = self
                .device
                .try_ask(GetWaiting)
                .is_ok_and(|waiting| waiting.waiting + waiting.refused == 0);
            if is_over {
                return None;
            }
            if Instant::now() > until {
                return Some(format!("{} has not sent: {waiting:?}", self.name));
            }
            std::thread::sleep(BREATH);
        }
    }

    /// The office's whole run: it invites those who are to join, fetches, writes, makes and closes.
    pub fn office(given: Given, mission: MissionId, joining: &[&str], others: usize) -> OfficeEnd {
        let mut person = Person::new(given);
        for name in joining {
            person.invite(mission, name);
        }
        for _ in 0..person.steps {
            match person.chance.below(16) {
                0 => person.note(),
                1 => person.change(),
                2 => person.come_and_go(mission),
                3 => person.reopen(),
                4 => {
                    let link = say_link();
                    drop(person.ask(CreateLink { mission, link }));
                }
                _ => drop(person.ask(Fetch)),
            }
        }
        person.calls.wait_for_calm();
        person.office_ends(mission, others)
    }

    /// Until there is an invite; one that was made all the same, its answer lost, is the one.
    fn invite(&mut self, mission: MissionId, name: &str) {
        for _ in 0..500 {
            let invites = self.ask(ListInvites { mission }).unwrap_or_default();
            let made = invites.into_iter().find(|invite| invite.label == name);
            if let Some(made) = made {
                lock(&self.calls.invites).insert(name.to_owned(), made.link);
                // Where it is not at the server yet, it is put there now.
                drop(self.ask(Fetch));
                return;
            }
            let (labels, days) = (vec![name.into()], 900);
            drop(self.ask(CreateInvites {
                mission,
                labels,
                days,
            }));
        }
        panic!("{name} can't be invited");
    }

    fn come_and_go(&mut self, mission: MissionId) {
        let (labels, days) = (vec!["Personne".into()], 7);
        let made = self.ask(CreateInvites {
            mission,
            labels,
            days,
        });
        // The one for nobody; or, where this desk's clock puts another first, one that is used: who used it stays.
        let made = made.unwrap_or_default();
        let mut may_go = made.iter();
        let may_go = may_go.find(|made| made.used_by.is_some() || made.label == "Personne");
        if let Some(invite) = may_go.map(|made| made.id) {
            drop(self.ask(CancelInvite { mission, invite }));
        }
    }

    fn office_ends(mut self, mission: MissionId, others: usize) -> OfficeEnd {
        for entry in self.device.entries() {
            if entry.state == EntryState::Draft {
                let rec = entry.rec;
                self.in_doubt(rec);
                drop(self.ask(Finish { rec }));
            }
        }
        let until = Instant::now() + QUIET + QUIET;
        let mut trouble = None;
        loop {
            // What was quiet before this round has all of its letters in it.
            let quiet = self.calls.quiet.load(Ordering::SeqCst);
            self.passes(HOUR_MS);
            let fetched = self.ask(Fetch);
            let asking = lock(&self.calls.asking).clone();
            for label in asking {
                if !lock(&self.calls.invites).contains_key(&label) {
                    self.invite(mission, &label);
                }
            }
            if quiet == others && fetched.is_ok() {
                break;
            }
            if Instant::now() > until {
                trouble = Some(format!("the office is not quiet: {fetched:?}"));
                break;
            }
            std::thread::sleep(BREATH);
        }
        let mut entries = Vec::new();
        for deleted in [false, true] {
            let filter = Filter {
                deleted,
                ..Filter::default()
            };
            let table = self.device.ask(GetTable {
                filter,
                view: TableView::default(),
                offset: 0,
                limit: 10_000,
            });
            let rows = table.rows.into_iter();
            let rows = rows.filter(|row| row.deleted == deleted);
            entries.extend(rows.map(|row| Held {
                rec: row.rec,
                title: row.title,
                versions: row.versions,
                deleted: row.deleted,
            }));
        }
        OfficeEnd {
            entries,
            written: self.written,
            inbox: self.device.ask(ListInbox),
            trouble,
        }
    }
}

/// How far a person's clock may be off: a year, either way.
pub fn clock_off(chance: &mut Seeded) -> i64 {
    match chance.below(3) {
        0 => (chance.below(731) as i64 - 365) * DAY_MS,
        1 => chance.below(1_200_000) as i64 - 600_000,
        _ => 0,
    }
}

/// The bundles that the office took, each as often as it says so.
pub fn taken(inbox: &[InboxItem]) -> BTreeMap<BundleId, usize> {
    let mut taken = BTreeMap::new();
    for item in inbox {
        if matches!(item.verdict, VerdictView::Accepted { .. }) {
            *taken.entry(item.bundle).or_default() += 1;
        }
    }
    taken
}

/// What of the inbox is not taken.
pub fn put_aside(inbox: &[InboxItem]) -> impl Iterator<Item = &InboxItem> {
    let is_aside = |item: &&InboxItem| matches!(item.verdict, VerdictView::Quarantined { .. });
    inbox.iter().filter(is_aside)
}

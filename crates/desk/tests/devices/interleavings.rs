//! Many requests at once, in every order that a seed gives.
//!
//! The worker answers reads and what waits for a network at once, and changes one after the other (`apps/worker/src/serve.rs`). Here
//! the same three lanes run over a store and a line that let others run a drawn number of times at each step, and who goes on
//! is drawn too. Whatever the order: what was acknowledged is there once, memory says what the store holds, and nothing panics
//! (a cell borrowed across a wait). A schedule that once failed is named by its seed in `FAILED_ONCE`.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use crate::common::{EVERYTHING, Everybody, one_file};
use crate::rig::{
    Planned, PlannedLine, PlannedStore, Seeded, assert_same,
    count::{Count, long},
    phone_views,
    stage::{Stage, draft_of, open, table},
};
use serde_json::{Value, json};

use vigie_model::RecordId;
use vigie_protocol::{
    Delete, DeskRequest, Edit, EntryState, Failure, FillingQuestion, Filter, Finish, GetExchange,
    Lane, ListEntries, Lock, NotebookQuestion, Nudge, OpenResponse, Request, Restore, SendNow,
    SetAnswer, Wipe, codec::decode,
};

/// Seeds of schedules that failed before something was mended.
const FAILED_ONCE: [u64; 0] = [];
const SHORT: u64 = 120;
const LONG: u64 = 5_000;
/// Of each so many schedules, one has a server.
const ONE_ONLINE: u64 = 12;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs futures, each time one drawn among those that are not over.
struct Executor {
    tasks: Vec<Task>,
    chance: Seeded,
}

impl Executor {
    /// One step of one task. False when all are over.
    fn step(&mut self) -> bool {
        if self.tasks.is_empty() {
            return false;
        }
        let one = self.chance.below(self.tasks.len());
        let mut context = Context::from_waker(Waker::noop());
        if self.tasks[one].as_mut().poll(&mut context) == Poll::Ready(()) {
            drop(self.tasks.swap_remove(one));
        }
        true
    }
}

/// What was asked, and what was answered.
type Heard = Rc<RefCell<Vec<(DeskRequest, Vec<u8>)>>>;

/// The worker's three lanes over one device.
struct Lanes {
    device: Rc<Everybody<PlannedStore, PlannedLine>>,
    queue: Rc<RefCell<VecDeque<DeskRequest>>>,
    busy: Rc<Cell<bool>>,
    heard: Heard,
}

impl Lanes {
    /// As `hear` of the worker does with a message.
    fn hear(&self, request: DeskRequest, executor: &mut Executor) {
        let (device, heard) = (Rc::clone(&self.device), Rc::clone(&self.heard));
        let answer = move |request: DeskRequest| {
            let (device, heard) = (Rc::clone(&device), Rc::clone(&heard));
            async move {
                let answer = device.handle(request.clone()).await;
                heard.borrow_mut().push((request, answer));
            }
        };
        match request.lane() {
            Lane::Read | Lane::Network => executor.tasks.push(Box::pin(answer(request))),
            Lane::Write => {
                self.queue.borrow_mut().push_back(request);
                if !self.busy.replace(true) {
                    let (queue, busy) = (Rc::clone(&self.queue), Rc::clone(&self.busy));
                    let device = Rc::clone(&self.device);
                    executor.tasks.push(Box::pin(async move {
                        loop {
                            let next = queue.borrow_mut().pop_front();
                            let Some(request) = next else { break };
                            answer(request).await;
                        }
                        busy.set(false);
                        while let Ok(true) = device.index_more().await {}
                    }));
                }
            }
        }
    }
}

/// One note that somebody types, and what she was told of it.
struct Typed {
    rec: RecordId,
    texts: Vec<String>,
}

#[test]
fn in_whatever_order_requests_are_done_what_was_acknowledged_is_there_once() {
    let stage = Stage::new();
    let mut count = Count::new("interleavings, phone");
    let schedules = if long() { LONG } else { SHORT };
    for seed in FAILED_ONCE.into_iter().chain(0..schedules) {
        count.operation(1);
        let end = match seed % 5 {
            3 => "locked in the middle",
            4 => "wiped in the middle",
            _ => "to the end",
        };
        count.case(end, &format!("seed {seed}"), || schedule(&stage, seed));
    }
    count.end();
}

fn schedule(stage: &Stage, seed: u64) {
    let server = seed.is_multiple_of(ONE_ONLINE).then(|| stage.server());
    let phone = stage.over(&stage.phone);
    match &server {
        Some(server) => phone.plan.route(server.url()),
        None => phone.plan.offline(true),
    }
    open(&phone);
    let mut chance = Seeded(seed ^ 0x5eed);
    // The records are known before anything goes on at once, as they are to a page.
    let mut typed: Vec<Typed> = (0..3)
        .map(|_| {
            let request = Edit {
                rec: None,
                kind: "note".into(),
            };
            let editing = phone.ask(request);
            Typed {
                rec: editing.rec,
                texts: Vec::new(),
            }
        })
        .collect();
    let response = phone
        .entries()
        .into_iter()
        .find(|entry| entry.form == Some("equipe".into()));
    let response = response.expect("a response begun").rec;
    phone.ask(OpenResponse { rec: response });
    let others: Vec<RecordId> = ["Ici", "Reçue", "Effacée"]
        .iter()
        .filter_map(|title| phone.entry(title).map(|entry| entry.rec))
        .collect();

    let Planned {
        device,
        store,
        plan,
        clock,
    } = phone;
    plan.pace(seed);
    let lanes = Lanes {
        device: Rc::new(device),
        queue: Rc::default(),
        busy: Rc::default(),
        heard: Heard::default(),
    };
    let mut executor = Executor {
        tasks: Vec::new(),
        chance: Seeded(seed),
    };
    let mut said = String::new();
    let asked = 12 + chance.below(14);
    for n in 0..asked {
        let request = match chance.below(16) {
            0..=4 => {
                let place = chance.below(3);
                let note = &mut typed[place];
                let text = format!("texte {n}");
                note.texts.push(text.clone());
                let title = json!(format!("Note {place}"));
                DeskRequest::of(draft_of(
                    note.rec,
                    &[("title", title), ("text", json!(text))],
                ))
            }
            5 | 6 => DeskRequest::of(Finish {
                rec: typed[chance.below(3)].rec,
            }),
            7 => {
                said = format!("lieu {n}");
                DeskRequest::of(SetAnswer {
                    rec: response,
                    node: "/data/lieu".into(),
                    value: said.clone(),
                })
            }
            8 => DeskRequest::of(Delete {
                rec: others[chance.below(others.len())],
            }),
            9 => DeskRequest::of(Restore {
                rec: others[chance.below(others.len())],
            }),
            10 | 11 => DeskRequest::of(SendNow),
            12 => DeskRequest::of(Nudge),
            13 => DeskRequest::of(ListEntries {
                filter: Filter::default(),
                offset: 0,
                limit: 20,
            }),
            14 => DeskRequest::of(GetExchange),
            _ => DeskRequest::of(EVERYTHING),
        };
        lanes.hear(request, &mut executor);
        for _ in 0..chance.below(12) {
            executor.step();
        }
        if n == asked / 2 {
            match seed % 5 {
                3 => lanes.hear(DeskRequest::of(Lock), &mut executor),
                4 => lanes.hear(DeskRequest::of(Wipe), &mut executor),
                _ => {}
            }
        }
        if n % 5 == 4 {
            let device = Rc::clone(&lanes.device);
            executor.tasks.push(Box::pin(async move {
                // As the worker's timer: what fails here fails again where a person sees it.
                let _ = device.tick().await;
            }));
        }
    }
    let mut steps = 0;
    while executor.step() {
        steps += 1;
        assert!(steps < 200_000, "something waits for ever");
    }
    drop(executor);
    let heard = lanes.heard.take();
    assert!(lanes.queue.borrow().is_empty());
    let device = Rc::into_inner(lanes.device).expect("nothing else goes on");
    plan.clear();
    plan.calm();
    plan.offline(true);
    let phone = Planned {
        device,
        store,
        plan,
        clock,
    };
    if seed % 5 == 4 {
        let left = phone.store.dump();
        assert!(
            left.is_empty(),
            "after a wipe {} rows are there: {}",
            left.len(),
            left[0].1
        );
        return;
    }
    open(&phone);
    let views = phone_views(&phone);
    let again = phone.reopened();
    assert_same(&views, &phone_views(&again), "memory, and the store");
    judge(&again, &heard, &typed, response, &said);
    carried(stage, &again, &heard, &typed);
}

fn is_done(answer: &[u8]) -> bool {
    // Whatever the answer is: it comes after the word that there is one.
    matches!(decode::<Result<(), Failure>>(answer), Ok(Ok(())))
}

/// What she was told is true.
fn judge(
    phone: &Planned,
    heard: &[(DeskRequest, Vec<u8>)],
    typed: &[Typed],
    response: RecordId,
    said: &str,
) {
    let entries = phone.entries();
    for note in typed {
        let mut drafts = heard.iter().filter_map(|(request, answer)| match request {
            DeskRequest::Notebook(Request::Notebook(NotebookQuestion::SaveDraft(draft)))
                if draft.rec == note.rec && is_done(answer) =>
            {
                Some(draft.fields["text"].clone())
            }
            _ => None,
        });
        let finished = heard.iter().any(|(request, answer)| {
            *request == DeskRequest::of(Finish { rec: note.rec }) && is_done(answer)
        });
        // Changes are done in the order they were asked: the last that was saved is the one shown.
        let Some(last) = drafts.next_back() else {
            continue;
        };
        let found: Vec<_> = entries
            .iter()
            .filter(|entry| entry.rec == note.rec)
            .collect();
        assert_eq!(found.len(), 1, "saved once, shown once");
        if !finished {
            assert_eq!(found[0].state, EntryState::Draft);
        }
        let edit = Edit {
            rec: Some(note.rec),
            kind: "".into(),
        };
        let editing = phone.ask(edit);
        assert_eq!(editing.fields["text"], last, "the last draft saved");
    }
    let answered = heard
        .iter()
        .rev()
        .find_map(|(request, answer)| match request {
            DeskRequest::Notebook(Request::Filling(FillingQuestion::SetAnswer(set)))
                if is_done(answer) =>
            {
                Some(set.value.clone())
            }
            _ => None,
        });
    if let Some(answered) = answered {
        let view = phone.ask(OpenResponse { rec: response });
        assert!(
            view.nodes.iter().any(|node| node.value == answered),
            "{answered} ({said})"
        );
    }
}

/// An office that is brought all of it finds each finished note once, and a chain without a gap or a fork.
fn carried(stage: &Stage, phone: &Planned, heard: &[(DeskRequest, Vec<u8>)], typed: &[Typed]) {
    let packed = phone.try_ask(EVERYTHING).unwrap_or_default();
    let Some(file) = packed.file else {
        return;
    };
    let desk = stage.over(&stage.desk);
    desk.plan.offline(true);
    open(&desk);
    let items = desk.ask(one_file(&file.name, file.bytes));
    let told = serde_json::to_string(&items).expect("JSON");
    assert!(!told.contains("fork"), "{told}");
    let rows = table(&desk);
    for (place, note) in typed.iter().enumerate() {
        let finished = heard.iter().any(|(request, answer)| {
            *request == DeskRequest::of(Finish { rec: note.rec }) && is_done(answer)
        });
        let title = json!(format!("Note {place}"));
        let came = rows.iter().filter(|row: &&Value| row[1] == title).count();
        if finished
            && phone
                .entries()
                .iter()
                .any(|entry| entry.rec == note.rec && entry.state <= EntryState::Going)
        {
            assert!(came <= 1, "{came} of one note");
        }
    }
}

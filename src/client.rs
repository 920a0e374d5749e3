//! Talks to the workers: questions out, each with its own answer back, and events in.
//!
//! - [`ask`] questions the notebook's worker, started at the first question, for the life of the page. A screen that asks
//!   again and again has a [`Turn`].
//! - In the desk's preview of a questionnaire there is no such worker: the desk answers ([`preview`]).
//! - A partner's page answers itself (`guest`), and has a worker behind it that seals and sends ([`behind`]).
//! - [`judge`] questions the passphrase judge and [`workbooks`] the desk's module, each downloaded at its first question.
//!
//! A worker that stops (a bug, memory taken away by the phone) fails every pending question with
//! [`Failure::Stopped`], says so in [`crate::state::State::stopped`], and is started anew by [`restart`].

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use futures::channel::oneshot;
use js_sys::{Object, Reflect, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use serde::de::DeserializeOwned;
#[cfg(not(feature = "partner"))]
use vigie_protocol::Event as Told;
#[cfg(not(feature = "desk"))]
use vigie_protocol::Request as Asked;
#[cfg(feature = "desk")]
use vigie_protocol::{DeskRequest as Asked, WorkbookQuestion};
use vigie_protocol::{
    DropDraft, Failure, GetCounts, GetExchange, GetStatus, Judge, Lock, Question, Strength,
    StrengthQuestion,
    codec::{decode, encode},
};
#[cfg(feature = "partner")]
use vigie_protocol::{SealerRequest, Waiting as Told};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions};

#[cfg(not(feature = "partner"))]
use crate::preview;
use crate::state::State;

#[cfg(not(any(feature = "desk", feature = "partner")))]
const NOTEBOOK: &str = "/vigie-worker_loader.js";
#[cfg(feature = "partner")]
const NOTEBOOK: &str = "/vigie-sealer_loader.js";
#[cfg(feature = "desk")]
const NOTEBOOK: &str = "/vigie-desk-worker_loader.js";
#[cfg(feature = "desk")]
const WORKBOOKS: &str = "/vigie-workbooks_loader.js";
const STRENGTH: &str = "/vigie-strength_loader.js";

/// An answer as it travels, or why none came.
type Replied = Result<Vec<u8>, Failure>;

struct Pending {
    tell: oneshot::Sender<Replied>,
    /// Kept until the worker listens: what is said before is lost.
    message: Option<JsValue>,
}

/// A line to one worker.
struct Line {
    script: &'static str,
    worker: RefCell<Option<Worker>>,
    /// True once the worker has said `{ready: true}`, or anything.
    listening: Cell<bool>,
    pending: RefCell<HashMap<u32, Pending>>,
    next: Cell<u32>,
    on_event: fn(Told),
    on_stop: fn(),
}

type Lines = &'static std::thread::LocalKey<Line>;

impl Line {
    fn new(script: &'static str, on_event: fn(Told), on_stop: fn()) -> Self {
        Self {
            script,
            worker: RefCell::new(None),
            listening: Cell::new(false),
            pending: RefCell::new(HashMap::new()),
            next: Cell::new(1),
            on_event,
            on_stop,
        }
    }

    fn hear(&self, data: &JsValue) {
        self.listen();
        let field =
            |name: &str| Reflect::get(data, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        let (Some(id), Ok(bytes)) = (
            field("id").as_f64(),
            field("bytes").dyn_into::<Uint8Array>(),
        ) else {
            return;
        };
        let (id, bytes) = (id as u32, bytes.to_vec());
        let pending = self.pending.borrow_mut().remove(&id);
        match (pending, id) {
            (Some(pending), _) => drop(pending.tell.send(Ok(bytes))),
            (None, 0) => match decode(&bytes) {
                Ok(event) => (self.on_event)(event),
                Err(error) => leptos::logging::error!("{}: {error}", self.script),
            },
            (None, _) => {}
        }
    }

    /// The worker listens: says what was waiting, in order.
    fn listen(&self) {
        if self.listening.replace(true) {
            return;
        }
        let mut waiting: Vec<(u32, JsValue)> = self
            .pending
            .borrow_mut()
            .iter_mut()
            .filter_map(|(id, pending)| pending.message.take().map(|message| (*id, message)))
            .collect();
        waiting.sort_by_key(|(id, _)| *id);
        if let Some(worker) = self.worker.borrow().as_ref() {
            for (_, message) in waiting {
                drop(worker.post_message(&message));
            }
        }
    }

    fn stop(&self) {
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        let why = if self.listening.get() {
            Failure::Stopped
        } else {
            Failure::Absent
        };
        let pending: Vec<_> = self.pending.borrow_mut().drain().collect();
        for (_, pending) in pending {
            drop(pending.tell.send(Err(why.clone())));
        }
        (self.on_stop)();
    }
}

fn start(lines: Lines) -> bool {
    lines.with(|line| {
        if line.worker.borrow().is_some() {
            return true;
        }
        let options = WorkerOptions::new();
        options.set_name(line.script);
        let Ok(worker) = Worker::new_with_options(line.script, &options) else {
            (line.on_stop)();
            return false;
        };
        line.listening.set(false);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            lines.with(|line| line.hear(&event.data()));
        });
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        heard.forget();
        let broke = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            lines.with(|line| {
                leptos::logging::error!("{}: {}", line.script, event.message());
                line.stop();
            });
        });
        worker.set_onerror(Some(broke.as_ref().unchecked_ref()));
        broke.forget();
        line.worker.replace(Some(worker));
        true
    })
}

/// Sends one question, encoded; its answer comes by the receiver.
fn send(lines: Lines, question: &[u8]) -> oneshot::Receiver<Replied> {
    let (tell, answer) = oneshot::channel();
    if !start(lines) {
        drop(tell.send(Err(Failure::Stopped)));
        return answer;
    }
    lines.with(|line| {
        let id = line.next.get();
        line.next.set(id.wrapping_add(1).max(1));
        let message = envelope(id, question);
        let listening = line.listening.get();
        if listening && let Some(worker) = line.worker.borrow().as_ref() {
            drop(worker.post_message(&message));
        }
        let message = (!listening).then_some(message);
        line.pending
            .borrow_mut()
            .insert(id, Pending { tell, message });
    });
    answer
}

fn envelope(id: u32, question: &[u8]) -> JsValue {
    let message = Object::new();
    let set =
        |name: &str, value: &JsValue| drop(Reflect::set(&message, &JsValue::from_str(name), value));
    set("id", &JsValue::from_f64(f64::from(id)));
    set("bytes", &Uint8Array::from(question));
    message.into()
}

thread_local! {
    static NOTEBOOK_LINE: Line = Line::new(NOTEBOOK, crate::state::hear, crate::state::worker_stopped);
    #[cfg(feature = "desk")]
    static WORKBOOKS_LINE: Line = Line::new(WORKBOOKS, |_| {}, || {});
    static STRENGTH_LINE: Line = Line::new(STRENGTH, |_| {}, || {});
}

async fn answered<A: DeserializeOwned>(reply: oneshot::Receiver<Replied>) -> Result<A, Failure> {
    let bytes = reply.await.unwrap_or(Err(Failure::Stopped))?;
    decode::<Result<A, Failure>>(&bytes)?
}

/// Asks this page itself.
#[cfg(feature = "partner")]
pub fn ask<Q: Question<Family: Into<Asked>>>(
    question: Q,
) -> impl Future<Output = Result<Q::Answer, Failure>> {
    crate::guest::ask(question)
}

/// Asks the worker behind a partner's page.
#[cfg(feature = "partner")]
pub fn behind<Q: Question<Family: Into<SealerRequest>>>(
    question: Q,
) -> impl Future<Output = Result<Q::Answer, Failure>> {
    let family: Q::Family = question.into();
    let request: SealerRequest = family.into();
    answered(send(&NOTEBOOK_LINE, &encode(&request)))
}

/// Tells, and waits for no answer.
#[cfg(feature = "partner")]
pub fn tell<Q: Question<Family: Into<Asked>>>(question: Q) {
    let answer = ask(question);
    spawn_local(async move { drop(answer.await) });
}

/// Asks the notebook's worker, or the desk in its preview.
#[cfg(not(feature = "partner"))]
pub fn ask<Q: Question<Family: Into<Asked>>>(
    question: Q,
) -> impl Future<Output = Result<Q::Answer, Failure>> {
    answered(send_notebook(Asked::of(question)))
}

#[cfg(not(feature = "partner"))]
fn send_notebook(request: Asked) -> oneshot::Receiver<Replied> {
    match preview::asker() {
        Some(desk) => {
            let (tell, answer) = oneshot::channel();
            spawn_local(
                async move { drop(tell.send(preview::ask(&desk, request.notebooks()).await)) },
            );
            answer
        }
        None => send(&NOTEBOOK_LINE, &encode(&request)),
    }
}

/// Tells, and waits for no answer: what a page that is going away can still do.
#[cfg(not(feature = "partner"))]
pub fn tell<Q: Question<Family: Into<Asked>>>(question: Q) {
    drop(send_notebook(Asked::of(question)));
}

/// The turn of a screen's question. A screen asks anew when what it shows changes; an answer that comes after it asked
/// again, or after it is gone, is not drawn.
#[derive(Clone, Copy)]
pub struct Turn(StoredValue<u32>);

impl Turn {
    pub fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// The answer, if it is still waited for.
    pub fn ask<Q: Question<Family: Into<Asked>>>(
        self,
        question: Q,
    ) -> impl Future<Output = Option<Result<Q::Answer, Failure>>> {
        let turn = self.0.try_get_value().unwrap_or_default() + 1;
        self.0.try_set_value(turn);
        let answer = ask(question);
        async move {
            let answer = answer.await;
            (self.0.try_get_value() == Some(turn)).then_some(answer)
        }
    }

    /// Asks, and shows the answer; or why there is none, in `failed`.
    pub fn show<Q: Question<Family: Into<Asked>>>(
        self,
        question: Q,
        failed: RwSignal<Option<Failure>>,
        show: impl FnOnce(Q::Answer) + 'static,
    ) {
        let answer = self.ask(question);
        spawn_local(async move {
            match answer.await {
                Some(Ok(answer)) => show(answer),
                Some(Err(failure)) => drop(failed.try_set(Some(failure))),
                None => {}
            }
        });
    }
}

/// Does what a person asked for, then shows what came of it; or why not, in `failed`.
pub fn act<Q: Question<Family: Into<Asked>>>(
    question: Q,
    failed: RwSignal<Option<Failure>>,
    then: impl FnOnce(Q::Answer) + 'static,
) {
    failed.try_set(None);
    let answer = ask(question);
    spawn_local(async move {
        match answer.await {
            Ok(answer) => then(answer),
            Err(failure) => drop(failed.try_set(Some(failure))),
        }
    });
}

/// As [`act`], `busy` being true until it is done.
pub fn act_busy<Q: Question<Family: Into<Asked>>>(
    question: Q,
    busy: RwSignal<bool>,
    failed: RwSignal<Option<Failure>>,
    then: impl FnOnce(Q::Answer) + 'static,
) {
    busy.set(true);
    failed.try_set(None);
    let answer = ask(question);
    spawn_local(async move {
        match answer.await {
            Ok(answer) => then(answer),
            Err(failure) => drop(failed.try_set(Some(failure))),
        }
        busy.try_set(false);
    });
}

/// How strong a passphrase is; downloads the judge the first time.
pub async fn judge(passphrase: String) -> Result<Strength, Failure> {
    let question = StrengthQuestion::from(Judge { passphrase });
    answered(send(&STRENGTH_LINE, &encode(&question))).await
}

/// Asks the desk's module; downloads it the first time. A file may be such that reading it stops the module: that is said
/// of the file, and the next question starts it anew.
#[cfg(feature = "desk")]
pub async fn workbooks<Q: Question<Family = WorkbookQuestion>>(
    question: Q,
) -> Result<Q::Answer, Failure> {
    let question: WorkbookQuestion = question.into();
    let has_files = matches!(question, WorkbookQuestion::ReadForms(_));
    let reply = answered(send(&WORKBOOKS_LINE, &encode(&question))).await;
    reply.map_err(|failure| match failure {
        Failure::Stopped if has_files => Failure::Unreadable,
        other => other,
    })
}

/// Starts the notebook's worker again after it stopped. It is locked then: its keys went with it.
pub fn restart() {
    start(&NOTEBOOK_LINE);
}

/// What asks for it; the state itself only hears.
impl State {
    /// Asks where the device stands, and what its lists say.
    pub fn refresh(self) {
        spawn_local(async move {
            match ask(GetStatus).await {
                Ok(status) => self.take(status),
                Err(Failure::Elsewhere | Failure::NoStorage) => {}
                Err(failure) => self.failure.set(Some(failure)),
            }
        });
    }

    /// Reads counts and exchange, when the notebook has just opened.
    pub fn read(self) {
        spawn_local(async move {
            if let Ok(counts) = ask(GetCounts).await {
                self.counts.set(counts);
            }
            if let Ok(view) = ask(GetExchange).await {
                self.exchange.set(view);
            }
        });
    }

    /// Locks the notebook.
    pub fn lock(self) {
        self.drop_for_good();
        spawn_local(async move {
            if let Ok(status) = ask(Lock).await {
                self.take(status);
            }
        });
    }

    /// What was thrown away goes now.
    pub fn drop_for_good(self) {
        if let Some(dropping) = self.dropping.get_untracked() {
            tell(DropDraft { rec: dropping.rec });
            self.dropping.set(None);
        }
    }
}

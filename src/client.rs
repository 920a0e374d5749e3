//! Talks to the workers: typed questions out, typed answers and events in.
//!
//! - [`ask`] questions the notebook's worker, started at the first question, for the life of the page.
//! - In the desk's preview of a questionnaire there is no such worker: the desk answers ([`preview`]).
//! - [`judge`] questions the passphrase judge and [`bureau`] the desk's module, each downloaded at its first question.
//!
//! A worker that stops (a bug, memory taken away by the phone) fails every pending question with
//! [`STOPPED`], says so in [`crate::state::State::stopped`], and is started anew by [`restart`].

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use futures::channel::oneshot;
use js_sys::{Object, Reflect, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use vigie_backend::protocol::{
    Answer, Call, Event, Failure, Message, Request, StrengthAnswer, StrengthRequest,
};
#[cfg(feature = "desk")]
use vigie_backend::protocol::{BureauAnswer, BureauRequest};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions};

use crate::preview;

/// What [`Failure::Internal`] holds when a worker stopped before it answered.
pub const STOPPED: &str = "stopped";
/// What it holds when that worker never began: its files are not here, or are another version's.
pub const ABSENT: &str = "absent";
/// What it holds when it is a file that stopped the desk's module: another is no worse for it.
pub const UNREADABLE: &str = "unreadable";

#[cfg(not(feature = "desk"))]
const NOTEBOOK: &str = "/vigie-worker_loader.js";
#[cfg(feature = "desk")]
const NOTEBOOK: &str = "/vigie-desk-worker_loader.js";
#[cfg(feature = "desk")]
const BUREAU: &str = "/vigie-workbooks_loader.js";
const STRENGTH: &str = "/vigie-strength_loader.js";

type Replied<A> = Result<(A, Option<Vec<u8>>), Failure>;

struct Pending<A> {
    tell: oneshot::Sender<Replied<A>>,
    /// Kept until the worker listens: what is said before is lost.
    message: Option<JsValue>,
}

struct Line<A> {
    script: &'static str,
    worker: RefCell<Option<Worker>>,
    /// True once the worker has said `{ready: true}`, or anything.
    listening: Cell<bool>,
    pending: RefCell<HashMap<u32, Pending<A>>>,
    next: Cell<u32>,
    on_event: fn(Event),
    on_stop: fn(),
}

/// A line to one worker.
struct Client<A>(Rc<Line<A>>);

impl<A: DeserializeOwned + 'static> Client<A> {
    fn new(script: &'static str, on_event: fn(Event), on_stop: fn()) -> Self {
        Self(Rc::new(Line {
            script,
            worker: RefCell::new(None),
            listening: Cell::new(false),
            pending: RefCell::new(HashMap::new()),
            next: Cell::new(1),
            on_event,
            on_stop,
        }))
    }

    /// Sends one question; the answer comes by the receiver.
    fn send<Q: Serialize>(
        &self,
        request: Q,
        bytes: Option<&[u8]>,
    ) -> oneshot::Receiver<Replied<A>> {
        let (tell, answer) = oneshot::channel();
        let id = self.0.next.get();
        self.0.next.set(id.wrapping_add(1));
        let message = match serde_json::to_string(&Call { id, request }) {
            Ok(json) => envelope(id, &json, bytes),
            Err(error) => {
                drop(tell.send(Err(Failure::Internal(error.to_string()))));
                return answer;
            }
        };
        if !self.start() {
            drop(tell.send(Err(Failure::Internal(STOPPED.into()))));
            return answer;
        }
        let listening = self.0.listening.get();
        if listening && let Some(worker) = self.0.worker.borrow().as_ref() {
            drop(worker.post_message(&message));
        }
        self.0.pending.borrow_mut().insert(
            id,
            Pending {
                tell,
                message: (!listening).then_some(message),
            },
        );
        answer
    }

    fn start(&self) -> bool {
        if self.0.worker.borrow().is_some() {
            return true;
        }
        let options = WorkerOptions::new();
        options.set_name(self.0.script);
        let Ok(worker) = Worker::new_with_options(self.0.script, &options) else {
            (self.0.on_stop)();
            return false;
        };
        self.0.listening.set(false);
        let line = Rc::clone(&self.0);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            Self(Rc::clone(&line)).hear(&event.data())
        });
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        heard.forget();
        let line = Rc::clone(&self.0);
        let broke = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            leptos::logging::error!("{}: {}", line.script, event.message());
            Self(Rc::clone(&line)).stop();
        });
        worker.set_onerror(Some(broke.as_ref().unchecked_ref()));
        broke.forget();
        self.0.worker.replace(Some(worker));
        true
    }

    fn hear(&self, data: &JsValue) {
        self.listen();
        let field =
            |name: &str| Reflect::get(data, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        if let Some(json) = field("event").as_string() {
            match serde_json::from_str::<Event>(&json) {
                Ok(event) => (self.0.on_event)(event),
                Err(error) => leptos::logging::error!("{}: {error}", self.0.script),
            }
            return;
        }
        let Some(json) = field("json").as_string() else {
            return;
        };
        match serde_json::from_str::<Message<A>>(&json) {
            Ok(Message::Event(event)) => (self.0.on_event)(event),
            Ok(Message::Reply { id, result }) => {
                let bytes = field("bytes")
                    .dyn_into::<Uint8Array>()
                    .ok()
                    .map(|bytes| bytes.to_vec());
                let pending = self.0.pending.borrow_mut().remove(&id);
                if let Some(pending) = pending {
                    drop(pending.tell.send(result.map(|answer| (answer, bytes))));
                }
            }
            Err(error) => {
                leptos::logging::error!("{}: {error}", self.0.script);
                let id = field("id").as_f64().unwrap_or_default() as u32;
                let pending = self.0.pending.borrow_mut().remove(&id);
                if let Some(pending) = pending {
                    drop(pending.tell.send(Err(Failure::Internal(error.to_string()))));
                }
            }
        }
    }

    /// The worker listens: says what was waiting, in order.
    fn listen(&self) {
        if self.0.listening.replace(true) {
            return;
        }
        let mut waiting: Vec<(u32, JsValue)> = self
            .0
            .pending
            .borrow_mut()
            .iter_mut()
            .filter_map(|(id, pending)| pending.message.take().map(|message| (*id, message)))
            .collect();
        waiting.sort_by_key(|(id, _)| *id);
        if let Some(worker) = self.0.worker.borrow().as_ref() {
            for (_, message) in waiting {
                drop(worker.post_message(&message));
            }
        }
    }

    fn stop(&self) {
        if let Some(worker) = self.0.worker.take() {
            worker.terminate();
        }
        let why = if self.0.listening.get() {
            STOPPED
        } else {
            ABSENT
        };
        let pending: Vec<_> = self.0.pending.borrow_mut().drain().collect();
        for (_, pending) in pending {
            drop(pending.tell.send(Err(Failure::Internal(why.into()))));
        }
        (self.0.on_stop)();
    }

    async fn ask<Q: Serialize>(&self, request: Q, bytes: Option<&[u8]>) -> Replied<A> {
        self.send(request, bytes)
            .await
            .unwrap_or_else(|_| Err(Failure::Internal(STOPPED.into())))
    }
}

fn envelope(id: u32, json: &str, bytes: Option<&[u8]>) -> JsValue {
    let message = Object::new();
    let set =
        |name: &str, value: &JsValue| drop(Reflect::set(&message, &JsValue::from_str(name), value));
    set("id", &JsValue::from_f64(f64::from(id)));
    set("json", &JsValue::from_str(json));
    if let Some(bytes) = bytes {
        set("bytes", &Uint8Array::from(bytes));
    }
    message.into()
}

thread_local! {
    static NOTEBOOK_LINE: Client<Answer> = Client::new(NOTEBOOK, crate::state::hear, crate::state::worker_stopped);
    #[cfg(feature = "desk")]
    static BUREAU_LINE: Client<BureauAnswer> = Client::new(BUREAU, |_| {}, || {});
    static STRENGTH_LINE: Client<StrengthAnswer> = Client::new(STRENGTH, |_| {}, || {});
}

fn clone<A>(line: &Client<A>) -> Client<A> {
    Client(Rc::clone(&line.0))
}

/// Asks the worker.
pub async fn ask(request: impl Into<Request>) -> Result<Answer, Failure> {
    ask_with(request, None).await.map(|(answer, _)| answer)
}

/// Asks with bytes beside; bytes may come back too.
pub async fn ask_with(
    request: impl Into<Request>,
    bytes: Option<Vec<u8>>,
) -> Result<(Answer, Option<Vec<u8>>), Failure> {
    let request = request.into();
    if let Some(desk) = preview::asker() {
        return preview::ask(&desk, &request).await;
    }
    let line = NOTEBOOK_LINE.with(clone);
    line.ask(request, bytes.as_deref()).await
}

/// Tells, and waits for no answer: what a page that is going away can still do.
pub fn tell(request: Request) {
    if let Some(desk) = preview::asker() {
        leptos::task::spawn_local(async move { drop(preview::ask(&desk, &request).await) });
        return;
    }
    drop(NOTEBOOK_LINE.with(clone).send(request, None));
}

/// How strong a passphrase is; downloads the judge the first time.
pub async fn judge(passphrase: String) -> Result<StrengthAnswer, Failure> {
    let line = STRENGTH_LINE.with(clone);
    line.ask(StrengthRequest { passphrase }, None)
        .await
        .map(|(answer, _)| answer)
}

/// Asks the desk's module; downloads it the first time. A file may be such that reading it stops the module: that is said
/// of the file, and the next question starts it anew.
#[cfg(feature = "desk")]
pub async fn bureau(
    request: BureauRequest,
    bytes: Option<Vec<u8>>,
) -> Result<(BureauAnswer, Option<Vec<u8>>), Failure> {
    let line = BUREAU_LINE.with(clone);
    line.ask(request, bytes.as_deref())
        .await
        .map_err(|failure| match failure {
            Failure::Internal(what) if what == STOPPED && bytes.is_some() => {
                Failure::Internal(UNREADABLE.into())
            }
            other => other,
        })
}

/// Starts the notebook's worker again after it stopped. It is locked then: its keys went with it.
pub fn restart() {
    NOTEBOOK_LINE.with(clone).start();
}

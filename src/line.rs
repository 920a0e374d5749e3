//! A line to a worker: questions out, each with its own answer back, and events in. A worker is downloaded and started at its first
//! question.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use futures::channel::oneshot;
use js_sys::{Object, Reflect, Uint8Array};
use serde::de::DeserializeOwned;
#[cfg(not(feature = "partner"))]
use vigie_protocol::Event as Told;
#[cfg(feature = "partner")]
use vigie_protocol::Waiting as Told;
use vigie_protocol::{Failure, codec::decode};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions};

#[cfg(not(any(feature = "desk", feature = "partner")))]
const NOTEBOOK: &str = "/vigie-worker_loader.js";
#[cfg(feature = "partner")]
const NOTEBOOK: &str = "/q-sealer_loader.js";
#[cfg(feature = "desk")]
const NOTEBOOK: &str = "/vigie-desk-worker_loader.js";
#[cfg(feature = "desk")]
const WORKBOOKS: &str = "/vigie-workbooks_loader.js";
const STRENGTH: &str = "/vigie-strength_loader.js";
const CODES: &str = "/vigie-codes_loader.js";

/// An answer as it travels, or why none came.
pub type Replied = Result<Vec<u8>, Failure>;

struct Pending {
    tell: oneshot::Sender<Replied>,
    /// Kept until the worker listens: what is said before is lost.
    message: Option<JsValue>,
}

/// A line to one worker.
pub struct Line {
    script: &'static str,
    worker: RefCell<Option<Worker>>,
    /// True once the worker has said `{ready: true}`, or anything.
    listening: Cell<bool>,
    pending: RefCell<HashMap<u32, Pending>>,
    next: Cell<u32>,
    on_event: fn(Told),
    on_stop: fn(),
}

pub type Lines = &'static std::thread::LocalKey<Line>;

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
                Err(_) => leptos::logging::error!("{}: said what nobody understands", self.script),
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
        let why = if self.listening.get() {
            Failure::Stopped
        } else {
            Failure::Absent
        };
        self.end(&why);
        (self.on_stop)();
    }

    fn end(&self, why: &Failure) {
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        let pending: Vec<_> = self.pending.borrow_mut().drain().collect();
        for (_, pending) in pending {
            drop(pending.tell.send(Err(why.clone())));
        }
    }
}

/// Ends the worker: another tab's takes its place, or nobody asks it any more.
pub fn let_go(lines: Lines) {
    lines.with(|line| line.end(&Failure::Elsewhere));
}

/// Starts it, unless it is started.
pub fn start(lines: Lines) -> bool {
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
        let broke = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            lines.with(|line| {
                // Of a script that could not be had, the event says nothing.
                let message = Reflect::get(&event, &JsValue::from_str("message"));
                let message = message.ok().and_then(|said| said.as_string());
                leptos::logging::error!("{}: {}", line.script, message.unwrap_or_default());
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
pub fn send(lines: Lines, question: &[u8]) -> oneshot::Receiver<Replied> {
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
    pub static NOTEBOOK_LINE: Line = Line::new(NOTEBOOK, crate::state::hear, crate::state::worker_stopped);
    #[cfg(feature = "desk")]
    pub static WORKBOOKS_LINE: Line = Line::new(WORKBOOKS, |_| {}, || {});
    pub static STRENGTH_LINE: Line = Line::new(STRENGTH, |_| {}, || {});
    pub static CODES_LINE: Line = Line::new(CODES, |_| {}, || {});
}

/// The answer, read.
pub async fn answered<A: DeserializeOwned>(
    reply: oneshot::Receiver<Replied>,
) -> Result<A, Failure> {
    let bytes = reply.await.unwrap_or(Err(Failure::Stopped))?;
    decode::<Result<A, Failure>>(&bytes)?
}

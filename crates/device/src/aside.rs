//! A second worker of the same script, for one piece of work whose memory must be had back: a module's memory never shrinks, but
//! it goes with its worker.

use std::pin::pin;

use futures::{
    StreamExt,
    channel::mpsc,
    future::{Either, select},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker, WorkerOptions};

use crate::{
    messages::{read, written},
    time::delay,
};

/// How such a worker is called, which is how it knows itself.
const NAME: &str = "aside";
/// How long it may take to start, and then to answer. Afterwards its asker does the work.
const START_MS: u32 = 10_000;
const ANSWER_MS: u32 = 60_000;

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// True in a worker that [`aside`] started.
pub fn is_aside() -> bool {
    scope().name() == NAME
}

/// What a worker of its own answers to these bytes. `None` where none is to be had.
pub async fn aside(bytes: &[u8]) -> Option<Vec<u8>> {
    let options = WorkerOptions::new();
    options.set_name(NAME);
    let worker = Worker::new_with_options(&scope().location().href(), &options).ok()?;
    let answer = ask(&worker, bytes).await;
    worker.terminate();
    answer
}

async fn ask(worker: &Worker, bytes: &[u8]) -> Option<Vec<u8>> {
    let (said, mut heard) = mpsc::unbounded();
    let broken = said.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let _ = said.unbounded_send(Some(event.data()));
    });
    let on_error = Closure::<dyn FnMut()>::new(move || {
        let _ = broken.unbounded_send(None);
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let mut next = async |patience| match select(heard.next(), pin!(delay(patience))).await {
        Either::Left((said, _)) => said.flatten(),
        Either::Right(_) => None,
    };
    // It says that it is ready; what is posted before is lost.
    next(START_MS).await?;
    let (message, transfer) = written(1, bytes);
    worker
        .post_message_with_transfer(&message, &transfer)
        .ok()?;
    read(&next(ANSWER_MS).await?).map(|answer| answer.bytes)
}

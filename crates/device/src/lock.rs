//! One writer: whoever holds the Web Lock of that name.
//!
//! Browsers without Web Locks have whoever asked when nobody wrote. A worker asks on a channel, with a number by chance; who
//! writes answers, and of two that ask at once the lesser number has it. A tab that slept, or was busy, answers nobody: it is
//! told that another took its place, and stands down.

use std::{cell::Cell, rc::Rc};

use futures::channel::oneshot;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, LockManager, LockOptions, MessageEvent};

use crate::{chance, time::delay};

/// The lock, or the channel, of one origin's writer.
const NAME: &str = "vigie-writer";
/// How long whoever writes has to answer that it does, when a tab opens.
const ANSWER_MS: u32 = 400;
/// How long it must have been silent for a tab that waits to take its place: a passphrase keeps it busy for a second or two.
const SILENT_MS: u32 = 3_000;
/// Said by whoever writes.
const MINE: &str = "mine";
/// Said by whoever begins to.
const TAKEN: &str = "taken";

/// What became of asking for the writer's lock.
pub enum Writer {
    /// Ours, until this worker ends.
    Here,
    /// Somebody else's; the receiver hears when it has become ours.
    Elsewhere(oneshot::Receiver<()>),
}

/// Takes the lock when it is free, else waits in line for it. `lost` is called when another has what was ours, which a lock
/// never allows.
pub async fn writer(lost: impl Fn() + 'static) -> Writer {
    let Some(locks) = manager() else {
        return by_asking(lost).await;
    };
    if request(&locks, true).await.unwrap_or(false) {
        return Writer::Here;
    }
    let (tell, told) = oneshot::channel();
    wasm_bindgen_futures::spawn_local(async move {
        if request(&locks, false).await.unwrap_or(false) {
            let _ = tell.send(());
        }
    });
    Writer::Elsewhere(told)
}

fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &JsValue::from_str("navigator")).ok()?;
    let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
    (!locks.is_undefined() && !locks.is_null()).then(|| locks.unchecked_into())
}

/// Answers whether the lock was given; once given it is never let go, so it ends with the worker.
async fn request(locks: &LockManager, only_if_free: bool) -> Option<bool> {
    let (tell, told) = oneshot::channel();
    let given = Closure::once_into_js(move |lock: JsValue| -> Promise {
        let got = !lock.is_null() && !lock.is_undefined();
        let _ = tell.send(got);
        // Held as long as this promise is open: for ever, or not at all.
        if got {
            Promise::new(&mut |_, _| {})
        } else {
            Promise::resolve(&JsValue::NULL).unchecked_into()
        }
    });
    let options = LockOptions::new();
    options.set_if_available(only_if_free);
    let given: Function = given.unchecked_into();
    let promise = locks.request_with_options(NAME, &options, given.unchecked_ref());
    // Its end is the worker's end; a refusal (a page being closed) closes the channel, which is read as "not given".
    wasm_bindgen_futures::spawn_local(async move {
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    });
    told.await.ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Asking,
    Ours,
    Theirs,
}

/// A browser with neither locks nor channels lets everybody write: there, the last commit stands, whole.
async fn by_asking(lost: impl Fn() + 'static) -> Writer {
    let channel = Reflect::has(&js_sys::global(), &JsValue::from_str("BroadcastChannel"))
        .unwrap_or(false)
        .then(|| BroadcastChannel::new(NAME).ok())
        .flatten();
    let Some(channel) = channel else {
        return Writer::Here;
    };
    let mut number = [0; 4];
    chance::fill(&mut number);
    let number = u32::from_le_bytes(number);
    let turn = Rc::new(Cell::new(Turn::Asking));
    let heard = Closure::<dyn FnMut(MessageEvent)>::new({
        let (channel, turn) = (channel.clone(), Rc::clone(&turn));
        move |event: MessageEvent| {
            let data = event.data();
            let asks = data.as_f64();
            let is = |word: &str| data.as_string().is_some_and(|said| said == word);
            let say = |word: &str| drop(channel.post_message(&JsValue::from_str(word)));
            match turn.get() {
                Turn::Asking if is(MINE) || is(TAKEN) => turn.set(Turn::Theirs),
                Turn::Asking => match asks {
                    Some(theirs) if theirs < f64::from(number) => turn.set(Turn::Theirs),
                    Some(_) => say(MINE),
                    None => {}
                },
                Turn::Ours if is(TAKEN) => {
                    turn.set(Turn::Theirs);
                    lost();
                }
                Turn::Ours if asks.is_some() => say(MINE),
                Turn::Ours | Turn::Theirs => {}
            }
        }
    });
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // Lives as long as the worker.
    heard.forget();
    if is_ours(&channel, number, &turn, ANSWER_MS).await {
        return Writer::Here;
    }
    let (tell, told) = oneshot::channel();
    wasm_bindgen_futures::spawn_local(async move {
        while !is_ours(&channel, number, &turn, SILENT_MS).await {}
        let _ = tell.send(());
    });
    Writer::Elsewhere(told)
}

/// Asks; it is ours when nobody objects for so long.
async fn is_ours(channel: &BroadcastChannel, number: u32, turn: &Cell<Turn>, ms: u32) -> bool {
    turn.set(Turn::Asking);
    let _ = channel.post_message(&JsValue::from_f64(f64::from(number)));
    delay(ms).await;
    if turn.get() == Turn::Theirs {
        return false;
    }
    turn.set(Turn::Ours);
    let _ = channel.post_message(&JsValue::from_str(TAKEN));
    true
}

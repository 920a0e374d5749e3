//! One writer: whoever holds the Web Lock of that name.

use futures::channel::oneshot;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{LockManager, LockOptions};

/// The lock of one origin's writer.
const NAME: &str = "vigie-writer";

/// What became of asking for the writer's lock.
pub enum Writer {
    /// Ours, until this worker ends.
    Here,
    /// Somebody else's; the receiver hears when it has become ours.
    Elsewhere(oneshot::Receiver<()>),
}

/// Takes the lock when it is free, else waits in line for it. Browsers without Web Locks let everybody write: there,
/// the last commit stands, whole.
pub async fn writer() -> Writer {
    let Some(locks) = manager() else {
        return Writer::Here;
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

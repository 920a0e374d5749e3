//! A screen that does not go dark while nobody touches it, where the browser can be asked for that (Screen Wake Lock).

use js_sys::{Function, Promise, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

fn call(of: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    let method: Function = Reflect::get(of, &JsValue::from_str(method))
        .ok()?
        .dyn_into()
        .ok()?;
    method.call1(of, argument).ok()
}

async fn request() -> Option<JsValue> {
    let lock = Reflect::get(&window().navigator(), &JsValue::from_str("wakeLock")).ok()?;
    if lock.is_undefined() {
        return None;
    }
    let asked: Promise = call(&lock, "request", &JsValue::from_str("screen"))?
        .dyn_into()
        .ok()?;
    JsFuture::from(asked).await.ok()
}

fn release(lock: Option<JsValue>) {
    if let Some(lock) = lock {
        drop(call(&lock, "release", &JsValue::UNDEFINED));
    }
}

/// Keeps the screen lit as long as this part of the page lives.
pub fn while_here() {
    let held = StoredValue::new_local(None::<JsValue>);
    let ask = move || {
        spawn_local(async move {
            // Gone meanwhile: given back at once.
            if let Some(late) = held.try_set_value(request().await) {
                release(late);
            }
        });
    };
    ask();
    // A browser takes it back when the page is hidden.
    let again = window_event_listener_untyped("visibilitychange", move |_| {
        if !document().hidden() {
            ask();
        }
    });
    on_cleanup(move || {
        again.remove();
        release(held.try_get_value().flatten());
    });
}

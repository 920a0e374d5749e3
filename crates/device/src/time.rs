//! The device's clock, its zone, and waiting.

use js_sys::{Date, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since 1970 UTC, right or wrong.
pub fn now_ms() -> i64 {
    Date::now() as i64
}

/// Minutes to add to UTC for the time here at that moment; summer time included.
pub fn utc_offset_minutes(at_ms: i64) -> i32 {
    let date = Date::new(&JsValue::from_f64(at_ms as f64));
    -(date.get_timezone_offset() as i32)
}

/// Comes back after `ms` milliseconds at least.
pub async fn delay(ms: u32) {
    let promise = Promise::new(&mut |resolve, _| {
        let global = js_sys::global();
        let timer = Reflect::get(&global, &JsValue::from_str("setTimeout"))
            .ok()
            .and_then(|f| f.dyn_into::<Function>().ok());
        let set =
            timer.map(|timer| timer.call2(&global, &resolve, &JsValue::from_f64(f64::from(ms))));
        if !matches!(set, Some(Ok(_))) {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    let _ = JsFuture::from(promise).await;
}

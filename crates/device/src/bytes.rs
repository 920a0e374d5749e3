//! Bytes between JavaScript and here, each time copied; what JavaScript had of them is given back at once.
//!
//! A browser frees a buffer when it next collects what nobody uses, and a collection is not hurried by what lies outside of its
//! heap: a hundred photos on their way stood there together. So a buffer that was copied is emptied by hand.

use js_sys::{ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// The bytes of an array that JavaScript made for us, which is empty afterwards.
pub(crate) fn take(array: &Uint8Array) -> Vec<u8> {
    let bytes = array.to_vec();
    release(array);
    bytes
}

/// Gives back the memory of an array that has a buffer of its own. Browsers from before 2024 do so when they please.
pub(crate) fn release(array: &Uint8Array) {
    let buffer: ArrayBuffer = array.buffer();
    let transfer = Reflect::get(&buffer, &JsValue::from_str("transfer"));
    if let Ok(Ok(transfer)) = transfer.map(JsCast::dyn_into::<Function>) {
        // What comes back is a buffer of nothing.
        drop(transfer.call1(&buffer, &JsValue::from(0)));
    }
}

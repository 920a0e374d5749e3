//! Bytes between JavaScript and here, each time copied; what JavaScript had of them is given back at once.
//!
//! A browser frees a buffer when it next collects what nobody uses, and may put that off for long: a hundred photos on their way
//! stood there together. So a buffer that was copied is emptied by hand, and a collection hurried after a large one.

use js_sys::{Array, ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// From here on, what is left behind is worth a collection of its own.
const LARGE: usize = 1024 * 1024;

/// The bytes of an array that JavaScript made for us, which is empty afterwards.
pub(crate) fn take(array: &Uint8Array) -> Vec<u8> {
    let bytes = array.to_vec();
    release(array);
    if bytes.len() > LARGE {
        hurry();
    }
    bytes
}

/// Makes the browser collect soon what a large row or body left behind where no hand reaches: what a finished request of
/// IndexedDB held, and a blob's bytes. Chromium counts the memory of buffers when it decides whether to collect, and a buffer of
/// zeros that nobody touches takes none: of a hundred photos on their way, 90 MB stood there at most instead of 247.
pub(crate) fn hurry() {
    const COUNTED: u32 = 32 * 1024 * 1024;
    let buffer = Reflect::get(&js_sys::global(), &JsValue::from_str("ArrayBuffer"));
    if let Ok(Ok(buffer)) = buffer.map(JsCast::dyn_into::<Function>) {
        // Where even this is refused, the browser collects anyway.
        drop(Reflect::construct(&buffer, &Array::of1(&COUNTED.into())));
    }
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

//! Bytes from the browser's generator.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Crypto;

/// A call of `getRandomValues` takes at most this many bytes.
const AT_ONCE: usize = 65_536;

/// Fills `bytes` with chance that is good enough for keys.
///
/// # Panics
/// When the browser has no `crypto`: no key may be made there.
pub fn fill(bytes: &mut [u8]) {
    let crypto: Crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"))
        .map(JsCast::unchecked_into)
        .expect("a browser that runs this has crypto");
    for piece in bytes.chunks_mut(AT_ONCE) {
        let array = Uint8Array::new_with_length(u32::try_from(piece.len()).unwrap_or(0));
        crypto
            .get_random_values_with_array_buffer_view(&array)
            .expect("a piece is not too long");
        array.copy_to(piece);
    }
}

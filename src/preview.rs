//! The app inside the frame of a phone, at the desk: the real filling page, with another one to answer its questions.
//!
//! The desk puts a function on the frame's element ([`ASK`]); this page's questions go there instead of to a worker of
//! its own, so that no vault is opened and nothing is stored. A frame of another origin sees no such element, and the
//! app is then the app.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use vigie_protocol::{Failure, Request, codec::encode};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The name of the function: the bytes of a [`vigie_protocol::FillingQuestion`] in, a promise of its answer's bytes out.
pub const ASK: &str = "vigieAsk";

/// The desk's function, when this page is in its frame.
pub fn asker() -> Option<Function> {
    let frame = window().frame_element().ok().flatten()?;
    Reflect::get(&frame, &JsValue::from_str(ASK))
        .ok()?
        .dyn_into()
        .ok()
}

/// Asks the desk what the filling page asks; nobody answers anything else.
pub async fn ask(desk: &Function, request: Option<&Request>) -> Result<Vec<u8>, Failure> {
    let Some(Request::Filling(question)) = request else {
        return Err(Failure::NotFound);
    };
    let question = Uint8Array::from(encode(question).as_slice());
    let promise = desk.call1(&JsValue::NULL, &question);
    let promise: Promise = promise.map_err(|_| Failure::Stopped)?.unchecked_into();
    let answer = JsFuture::from(promise).await;
    // Of the desk's page, another realm: what is an array of bytes there is no instance of ours.
    Ok(Uint8Array::new(&answer.map_err(|_| Failure::Stopped)?).to_vec())
}

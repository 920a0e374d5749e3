//! Requests by `fetch`.

use std::{cell::Cell, rc::Rc};

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use vigie_exchange::{Request, Response, Transport, Unreachable};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Blob, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect,
};

use crate::bytes::{hurry, release};

/// A line on which no byte came for this long is given up; one that is only slow is still a line.
const PATIENCE_MS: u32 = 30_000;
/// `fetch` does not say how much of a body has left: a second more for each 16 kB that a request carries.
const BYTES_A_SECOND: usize = 16 * 1024;

/// A body larger than this goes as a blob.
const LARGE: usize = 64 * 1024;

/// Carries requests by the browser's `fetch`; no cookie, no cache, no referrer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fetch;

impl Transport for Fetch {
    async fn send(&self, base: &str, request: Request) -> Result<Response, Unreachable> {
        send(base, request).await
    }
}

/// Gives a request up when nothing came of it until a moment that each byte puts off.
struct Patience {
    until: Cell<i64>,
    /// No longer of interest.
    over: Cell<bool>,
    /// It was given up.
    gone: Cell<bool>,
    abort: AbortController,
}

impl Patience {
    fn begin(ms: u32) -> Result<Rc<Patience>, JsValue> {
        let patience = Rc::new(Patience {
            until: Cell::new(crate::now_ms() + i64::from(ms)),
            over: Cell::new(false),
            gone: Cell::new(false),
            abort: AbortController::new()?,
        });
        let watched = Rc::clone(&patience);
        let mut left = ms;
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                crate::delay(left).await;
                if watched.over.get() {
                    return;
                }
                // A clock that was moved meanwhile neither hurries nor holds for longer than once more.
                left = u32::try_from(watched.until.get() - crate::now_ms())
                    .unwrap_or(0)
                    .min(PATIENCE_MS);
                if left == 0 {
                    watched.gone.set(true);
                    watched.abort.abort();
                    return;
                }
            }
        });
        Ok(patience)
    }

    /// Something came.
    fn renew(&self) {
        self.until.set(crate::now_ms() + i64::from(PATIENCE_MS));
    }
}

async fn send(base: &str, request: Request) -> Result<Response, Unreachable> {
    let seconds = u32::try_from(request.body.len() / BYTES_A_SECOND).unwrap_or(0);
    let patience = Patience::begin(PATIENCE_MS.saturating_add(seconds.saturating_mul(1_000)));
    let patience = patience.map_err(|error| Unreachable(words(&error)))?;
    let answer = exchange(base, request, &patience).await;
    patience.over.set(true);
    answer.map_err(|error| {
        Unreachable(if patience.gone.get() {
            Unreachable::SILENCE.to_owned()
        } else {
            words(&error)
        })
    })
}

async fn exchange(base: &str, request: Request, patience: &Patience) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers(&headers);
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_redirect(RequestRedirect::Error);
    init.set_signal(Some(&patience.abort.signal()));
    let body = Uint8Array::from(request.body.as_slice());
    let large = request.body.len() > LARGE;
    if large {
        // Of a blob the page's process keeps a name; of an array it keeps a copy until it next collects what nobody uses.
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(&body))?;
        init.set_body(&blob);
    } else if !request.body.is_empty() {
        init.set_body(&body);
    }
    let url = format!("{base}{path}", path = request.path);
    drop(request);
    let global = js_sys::global();
    let fetch: Function = Reflect::get(&global, &JsValue::from_str("fetch"))?.dyn_into()?;
    let promise: Promise = fetch
        .call2(&global, &JsValue::from_str(&url), &init)?
        .dyn_into()?;
    // The browser has its copy.
    release(&body);
    if large {
        hurry();
    }
    let response: web_sys::Response = JsFuture::from(promise).await?.dyn_into()?;
    patience.renew();
    let body = read(&response, patience).await?;
    let mut headers = Vec::new();
    let entries = js_sys::try_iter(&response.headers())?.into_iter().flatten();
    for entry in entries {
        let entry: Array = entry?.unchecked_into();
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            headers.push((name.to_ascii_lowercase(), value));
        }
    }
    Ok(Response {
        status: response.status(),
        headers,
        body,
    })
}

/// The whole body, piece by piece as it comes.
async fn read(response: &web_sys::Response, patience: &Patience) -> Result<Vec<u8>, JsValue> {
    let Some(stream) = response.body() else {
        return Ok(Vec::new());
    };
    let reader: web_sys::ReadableStreamDefaultReader = stream.get_reader().dyn_into()?;
    let (is_done, piece) = (JsValue::from_str("done"), JsValue::from_str("value"));
    let mut body = Vec::new();
    loop {
        let read = JsFuture::from(reader.read()).await?;
        patience.renew();
        if Reflect::get(&read, &is_done)?.is_truthy() {
            return Ok(body);
        }
        let bytes: Uint8Array = Reflect::get(&read, &piece)?.dyn_into()?;
        let start = body.len();
        body.resize(start + bytes.length() as usize, 0);
        bytes.copy_to(&mut body[start..]);
        release(&bytes);
    }
}

fn words(error: &JsValue) -> String {
    Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}

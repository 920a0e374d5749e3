//! Requests by `fetch`.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Function, Reflect, Uint8Array};
use vigie_exchange::{Request, Response, Transport, Unreachable};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect,
};

/// A request without an answer is given up after this long, and a second more for each 16 kB it carries: a slow network
/// in the field is still a network.
const PATIENCE_MS: u32 = 30_000;
const BYTES_A_SECOND: usize = 16 * 1024;

/// Carries requests by the browser's `fetch`; no cookie, no cache, no referrer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fetch;

impl Transport for Fetch {
    async fn send(&self, base: &str, request: Request) -> Result<Response, Unreachable> {
        send(base, &request)
            .await
            .map_err(|error| Unreachable(words(&error)))
    }
}

async fn send(base: &str, request: &Request) -> Result<Response, JsValue> {
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
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(request.body.as_slice()));
    }
    let abort = AbortController::new()?;
    init.set_signal(Some(&abort.signal()));
    let done = Rc::new(RefCell::new(false));
    let patience = PATIENCE_MS
        .saturating_add(u32::try_from(request.body.len() / BYTES_A_SECOND).unwrap_or(0) * 1000);
    wasm_bindgen_futures::spawn_local({
        let done = Rc::clone(&done);
        async move {
            crate::delay(patience).await;
            if !*done.borrow() {
                abort.abort();
            }
        }
    });
    let answer = read(&format!("{base}{path}", path = request.path), &init).await;
    *done.borrow_mut() = true;
    answer
}

async fn read(url: &str, init: &RequestInit) -> Result<Response, JsValue> {
    let global = js_sys::global();
    let fetch: Function = Reflect::get(&global, &JsValue::from_str("fetch"))?.dyn_into()?;
    let promise = fetch.call2(&global, &JsValue::from_str(url), init)?;
    let response: web_sys::Response = JsFuture::from(promise.unchecked_into::<js_sys::Promise>())
        .await?
        .dyn_into()?;
    let body = JsFuture::from(response.array_buffer()?).await?;
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
        body: Uint8Array::new(&body).to_vec(),
    })
}

fn words(error: &JsValue) -> String {
    Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}

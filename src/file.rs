//! Files in and out: saving bytes as a file, reading a file chosen, fetching a file of the app.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use vigie_backend::protocol::{Answer, Fields, Request};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, Response, Url};

use crate::client;

/// Offers bytes as a file to keep. False when the browser refuses.
pub fn save(name: &str, mime: &str, bytes: &[u8]) -> bool {
    save_as(name, mime, bytes).is_ok()
}

/// What is on the screen, as a file: made by the worker, or else by the page itself.
pub async fn rescue(rec: String, kind: &str, fields: Fields) {
    let request = Request::RescueFile {
        rec: rec.clone(),
        fields: fields.clone(),
    };
    if let Ok((Answer::File { name, mime }, Some(bytes))) = client::ask_with(request, None).await
        && save(&name, &mime, &bytes)
    {
        return;
    }
    let all = serde_json::json!({ "rec": rec, "kind": kind, "fields": fields });
    save("vigie.json", "application/json", all.to_string().as_bytes());
}

/// An address in this page for bytes to show; let go of it when they are shown no more.
pub fn address(mime: &str, bytes: &[u8]) -> Option<String> {
    address_of(mime, bytes).ok()
}

fn address_of(mime: &str, bytes: &[u8]) -> Result<String, JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let blob =
        Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(bytes)), &kind)?;
    Url::create_object_url_with_blob(&blob)
}

pub fn let_go(address: &str) {
    drop(Url::revoke_object_url(address));
}

fn save_as(name: &str, mime: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let url = address_of(mime, bytes)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The download has its own hold on the bytes; the address is let go once it has surely begun.
    set_timeout(
        move || drop(Url::revoke_object_url(&url)),
        std::time::Duration::from_secs(60),
    );
    Ok(())
}

/// The bytes of a file that a person chose.
pub async fn read(file: &File) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// A text file of the app itself, kept for offline by the service worker.
pub async fn fetch(path: &str) -> Option<String> {
    let response: Response = JsFuture::from(window().fetch_with_str(path))
        .await
        .ok()?
        .unchecked_into();
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?)
        .await
        .ok()?
        .as_string()
}

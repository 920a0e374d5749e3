//! Files in and out: saving bytes as a file, reading a file chosen, fetching a file of the app.

use js_sys::{Array, Uint8Array};
#[cfg(feature = "desk")]
use leptos::html;
use leptos::prelude::*;
#[cfg(feature = "desk")]
use vigie_protocol::ChosenFile;
use vigie_protocol::File;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
#[cfg(feature = "desk")]
use web_sys::FileList;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Response, Url};

/// Offers a file to keep. False when the browser refuses.
pub fn save(file: &File) -> bool {
    save_as(file).is_ok()
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

/// Offers to keep what is shown at an address of this page.
pub fn offer(url: &str, name: &str) -> Result<(), JsValue> {
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(url);
    link.set_download(name);
    link.click();
    Ok(())
}

fn save_as(File { name, mime, bytes }: &File) -> Result<(), JsValue> {
    let url = address_of(mime, bytes)?;
    offer(&url, name)?;
    // The download has its own hold on the bytes; the address is let go once it has surely begun.
    set_timeout(
        move || drop(Url::revoke_object_url(&url)),
        std::time::Duration::from_secs(60),
    );
    Ok(())
}

/// The file that stands in a field.
#[cfg(feature = "desk")]
pub fn chosen(field: NodeRef<html::Input>) -> Option<web_sys::File> {
    field.get_untracked()?.files()?.get(0)
}

/// The bytes of a file that a person chose.
pub async fn read(file: &web_sys::File) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Those of several files that can be read.
#[cfg(feature = "desk")]
pub async fn read_all(files: &FileList) -> Vec<ChosenFile> {
    let mut all = Vec::new();
    for file in (0..files.length()).filter_map(|index| files.get(index)) {
        if let Some(bytes) = read(&file).await {
            let name = file.name();
            all.push(ChosenFile { name, bytes });
        }
    }
    all
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

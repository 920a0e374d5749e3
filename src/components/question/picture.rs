//! Pictures made here: of a canvas, or of a photo that is larger than it need be.

use futures::channel::oneshot;
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, File, FilePropertyBag, HtmlCanvasElement, HtmlImageElement, Url,
};

use crate::file;

pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// The measures of a picture, its longer side no longer than `longest`, in pixels.
pub fn measures(picture: &HtmlImageElement, longest: f64) -> (u32, u32) {
    let (width, height) = (
        f64::from(picture.natural_width()),
        f64::from(picture.natural_height()),
    );
    let scale = (longest / width.max(height).max(1.0)).min(1.0);
    ((width * scale) as u32, (height * scale) as u32)
}

/// The picture at an address; none, when it is no picture that this browser knows.
pub async fn load(url: &str) -> Option<HtmlImageElement> {
    let picture = HtmlImageElement::new().ok()?;
    picture.set_src(url);
    JsFuture::from(picture.decode()).await.ok()?;
    Some(picture)
}

/// The canvas as a file of that name and type.
pub async fn file_of(canvas: HtmlCanvasElement, name: String, mime: &'static str) -> Option<File> {
    let (tell, made) = oneshot::channel();
    let tell = Closure::once_into_js(move |blob: JsValue| drop(tell.send(blob)));
    canvas
        .to_blob_with_type_and_encoder_options(tell.unchecked_ref(), mime, &JsValue::from_f64(0.85))
        .ok()?;
    let blob: Blob = made.await.ok()?.dyn_into().ok()?;
    let kind = FilePropertyBag::new();
    kind.set_type(mime);
    File::new_with_blob_sequence_and_options(&Array::of1(&blob), &name, &kind).ok()
}

/// A photo no longer than `longest` pixels on its longer side; none, where this browser can't read it.
pub async fn shrunk(photo: &File, longest: f64) -> Option<File> {
    let url = Url::create_object_url_with_blob(photo).ok()?;
    let picture = load(&url).await;
    file::let_go(&url);
    let picture = picture?;
    let canvas = document().create_element("canvas").ok()?;
    let canvas: HtmlCanvasElement = canvas.dyn_into().ok()?;
    let (width, height) = measures(&picture, longest);
    canvas.set_width(width);
    canvas.set_height(height);
    let (width, height) = (f64::from(width), f64::from(height));
    context(&canvas)?
        .draw_image_with_html_image_element_and_dw_and_dh(&picture, 0.0, 0.0, width, height)
        .ok()?;
    let name = photo.name();
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
    file_of(canvas, [stem, ".jpg"].concat(), "image/jpeg").await
}

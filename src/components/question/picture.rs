//! Pictures made here: of a canvas, or of a photo, without what its file says beside.

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

/// Whether a canvas gives back what was drawn on it. Some browsers are set to give noise, so that no page can tell the device
/// by it: a photo would be lost.
fn gives_back() -> bool {
    const SIDE: u8 = 8;
    const RED: [u8; 4] = [0xb3, 0x26, 0x1e, 0xff];
    let seen = || {
        let canvas = document().create_element("canvas").ok()?;
        let canvas: HtmlCanvasElement = canvas.dyn_into().ok()?;
        canvas.set_width(SIDE.into());
        canvas.set_height(SIDE.into());
        let context = context(&canvas)?;
        context.set_fill_style_str("#b3261e");
        context.fill_rect(0.0, 0.0, SIDE.into(), SIDE.into());
        let seen = context.get_image_data(0_u8.into(), 0_u8.into(), SIDE.into(), SIDE.into());
        Some(seen.ok()?.data().0)
    };
    // A few levels off are no harm.
    seen().is_some_and(|bytes| {
        bytes
            .chunks(RED.len())
            .all(|pixel| pixel.iter().zip(RED).all(|(is, was)| is.abs_diff(was) < 16))
    })
}

/// A photo drawn anew, turned as its file says, no longer than `longest` pixels on its longer side; none, where this browser
/// can't read it, or would give back something else.
pub async fn drawn(photo: &File, longest: f64) -> Option<File> {
    let url = Url::create_object_url_with_blob(photo).ok()?;
    let picture = load(&url).await;
    file::let_go(&url);
    let picture = picture?;
    let (width, height) = measures(&picture, longest);
    if width == 0 || height == 0 || !gives_back() {
        return None;
    }
    let canvas = document().create_element("canvas").ok()?;
    let canvas: HtmlCanvasElement = canvas.dyn_into().ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let (width, height) = (f64::from(width), f64::from(height));
    let context = context(&canvas)?;
    // What is clear in the picture would be black in the file.
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, width, height);
    context
        .draw_image_with_html_image_element_and_dw_and_dh(&picture, 0.0, 0.0, width, height)
        .ok()?;
    let name = photo.name();
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
    file_of(canvas, [stem, ".jpg"].concat(), "image/jpeg").await
}

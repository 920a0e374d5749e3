//! The camera behind the device, and what the browser itself reads in its pictures (`BarcodeDetector`, where there is one).

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStream, MediaStreamTrack,
};

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCamera {
    /// The person, or the browser's settings, said no.
    Refused,
    Absent,
    /// Another programme has it.
    Busy,
}

/// A camera that looks, until this is dropped.
pub struct Camera(MediaStream);

impl Drop for Camera {
    fn drop(&mut self) {
        for track in self.0.get_tracks().iter() {
            if let Ok(track) = track.dyn_into::<MediaStreamTrack>() {
                track.stop();
            }
        }
    }
}

fn get(of: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(of, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        drop(Reflect::set(&object, &JsValue::from_str(name), value));
    }
    object.into()
}

/// Calls a method that promises something, by its name: not every browser has it. `Err` of nothing where it has not.
async fn promised(of: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let method = get(of, method).and_then(|method| method.dyn_into::<Function>().ok());
    let method = method.ok_or(JsValue::UNDEFINED)?;
    let promise: Promise = method.call1(of, argument)?.dyn_into()?;
    JsFuture::from(promise).await
}

impl Camera {
    pub async fn open() -> Result<Camera, NoCamera> {
        let devices = get(&window().navigator(), "mediaDevices").ok_or(NoCamera::Absent)?;
        let ideal = |value: f64| object(&[("ideal", JsValue::from_f64(value))]);
        let video = object(&[
            ("facingMode", "environment".into()),
            ("width", ideal(1280.0)),
            ("height", ideal(720.0)),
        ]);
        let wanted = object(&[("video", video)]);
        match promised(&devices, "getUserMedia", &wanted).await {
            Ok(stream) => stream.dyn_into().map(Camera).map_err(|_| NoCamera::Absent),
            Err(error) => {
                let name = get(&error, "name").and_then(|name| name.as_string());
                Err(match name.as_deref() {
                    Some("NotAllowedError" | "SecurityError") => NoCamera::Refused,
                    Some("NotReadableError" | "AbortError") => NoCamera::Busy,
                    _ => NoCamera::Absent,
                })
            }
        }
    }

    /// Shows what it sees.
    pub async fn show_in(&self, video: &HtmlVideoElement) {
        video.set_src_object(Some(&self.0));
        if let Ok(playing) = video.play() {
            drop(JsFuture::from(playing).await);
        }
    }
}

/// What the browser reads codes with.
#[derive(Clone)]
pub struct Detector(JsValue);

impl Detector {
    /// For every kind of code that it knows.
    pub fn of_any() -> Option<Detector> {
        Self::with(&Array::new())
    }

    /// For QR codes; none where it does not know them.
    pub async fn of_qr() -> Option<Detector> {
        let class = get(&window(), "BarcodeDetector")?;
        let known = promised(&class, "getSupportedFormats", &JsValue::UNDEFINED).await;
        let known: Array = known.ok()?.dyn_into().ok()?;
        let qr = JsValue::from_str("qr_code");
        if !known.includes(&qr, 0) {
            return None;
        }
        Self::with(&Array::of1(&object(&[("formats", Array::of1(&qr).into())])))
    }

    fn with(arguments: &Array) -> Option<Detector> {
        let class: Function = get(&window(), "BarcodeDetector")?.dyn_into().ok()?;
        Reflect::construct(&class, arguments).ok().map(Detector)
    }

    /// The texts of the codes in the picture; none when it does not read at all.
    pub async fn texts(&self, video: &HtmlVideoElement) -> Option<Vec<String>> {
        let found = promised(&self.0, "detect", video).await.ok()?;
        let found: Array = found.dyn_into().ok()?;
        let text = |code: JsValue| get(&code, "rawValue")?.as_string();
        Some(found.iter().filter_map(text).collect())
    }
}

/// What turns the camera's pictures into bytes: the square in their middle.
pub struct Eye {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Eye {
    /// No larger than this: a code's squares are large enough then, and a larger picture takes longer.
    const SIDE: u32 = 960;

    pub fn new() -> Option<Eye> {
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
        let often = object(&[("willReadFrequently", JsValue::TRUE)]);
        let context = canvas.get_context_with_context_options("2d", &often);
        let context = context.ok()??.dyn_into().ok()?;
        Some(Eye { canvas, context })
    }

    /// The picture's width, and a byte for each of its points: how much green there is, which is near enough how much light.
    pub fn light(&self, video: &HtmlVideoElement) -> Option<(u32, Vec<u8>)> {
        let (width, height) = (video.video_width(), video.video_height());
        let square = width.min(height);
        if square == 0 {
            return None;
        }
        let side = square.min(Self::SIDE);
        if self.canvas.width() != side {
            self.canvas.set_width(side);
            self.canvas.set_height(side);
        }
        let middle = |length: u32| f64::from((length - square) / 2);
        let (square, to) = (f64::from(square), f64::from(side));
        let drawn = self
            .context
            .draw_image_with_html_video_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                video,
                middle(width),
                middle(height),
                square,
                square,
                0.0,
                0.0,
                to,
                to,
            );
        drawn.ok()?;
        // Numbers of either kind: which it is asks for differs with what web-sys is built for.
        let (corner, whole) = (0_u8, u16::try_from(side).ok()?);
        let picture =
            self.context
                .get_image_data(corner.into(), corner.into(), whole.into(), whole.into());
        let points = picture.ok()?.data();
        let green = points.0.iter().skip(1).step_by(4).copied();
        Some((side, green.collect()))
    }
}

/// The next frame of the page: none while it is hidden.
pub async fn next_frame() {
    let frame = Promise::new(&mut |done, _| {
        drop(window().request_animation_frame(&done));
    });
    drop(JsFuture::from(frame).await);
}

//! A code that is read by the camera where the browser can (`BarcodeDetector`), and typed everywhere.

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlVideoElement, MediaStream, MediaStreamTrack};

use super::{Parts, typed::typed};
use crate::{
    components::icon::{icon, lu},
    i18n::{form, t},
};

fn get(of: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(of, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// Calls a method that promises something, by its name: not every browser has it.
async fn promised(of: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    let method: Function = get(of, method)?.dyn_into().ok()?;
    let promise: Promise = method.call1(of, argument).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

fn detector() -> Option<JsValue> {
    let class: Function = get(&window(), "BarcodeDetector")?.dyn_into().ok()?;
    Reflect::construct(&class, &Array::new()).ok()
}

/// The picture of the camera behind the phone.
async fn camera() -> Option<MediaStream> {
    let devices = get(&window().navigator(), "mediaDevices")?;
    let (wanted, video) = (Object::new(), Object::new());
    Reflect::set(&video, &"facingMode".into(), &"environment".into()).ok()?;
    Reflect::set(&wanted, &"video".into(), &video).ok()?;
    promised(&devices, "getUserMedia", &wanted)
        .await?
        .dyn_into()
        .ok()
}

fn stop(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        if let Ok(track) = track.dyn_into::<MediaStreamTrack>() {
            track.stop();
        }
    }
}

/// The first code in the picture, if there is one.
async fn look(detector: &JsValue, video: &HtmlVideoElement) -> Option<String> {
    let found: Array = promised(detector, "detect", video).await?.dyn_into().ok()?;
    get(&found.get(0), "rawValue")?.as_string()
}

/// The next frame of the page.
async fn next_frame() {
    let frame = Promise::new(&mut |done, _| {
        drop(window().request_animation_frame(&done));
    });
    drop(JsFuture::from(frame).await);
}

pub fn barcode(parts: Parts) -> AnyView {
    let field = typed(parts.clone());
    let Some(detector) = detector() else {
        return field;
    };
    let video = NodeRef::<html::Video>::new();
    let looking = RwSignal::new(false);
    let refused = RwSignal::new(false);
    let parts = StoredValue::new(parts);
    let detector = StoredValue::new_local(detector);
    let scan = move |_| {
        if looking.get_untracked() {
            looking.set(false);
            return;
        }
        refused.set(false);
        looking.set(true);
        spawn_local(async move {
            let Some(stream) = camera().await else {
                looking.try_set(false);
                refused.try_set(true);
                return;
            };
            if let Some(video) = video.try_get_untracked().flatten() {
                video.set_src_object(Some(&stream));
                if let Ok(playing) = video.play() {
                    drop(JsFuture::from(playing).await);
                }
                // Until a code is found, the person stops, or the page goes.
                while looking.try_get_untracked() == Some(true) {
                    let Some(detector) = detector.try_get_value() else {
                        break;
                    };
                    if let Some(code) = look(&detector, &video).await {
                        parts.try_with_value(|parts| parts.answer(code));
                        break;
                    }
                    next_frame().await;
                }
                video.set_src_object(None);
            }
            stop(&stream);
            looking.try_set(false);
        });
    };
    view! {
        {field}
        <button type="button" class="button" aria-pressed=move || looking.get().to_string() on:click=scan>
            {icon(lu::LuScanBarcode)}{move || t(if looking.get() { form::STOP_SCAN } else { form::SCAN })}
        </button>
        <video class="preview" node_ref=video hidden=move || !looking.get() muted=true playsinline=true aria-label=t(form::SCAN)></video>
        <p class="field__error" role="alert" hidden=move || !refused.get()>{t(form::NO_CAMERA)}</p>
    }
    .into_any()
}

//! A code that is read by the camera where the browser can (`BarcodeDetector`), and typed everywhere.

use leptos::{html, prelude::*, task::spawn_local};

use super::{Parts, typed::typed};
use crate::{
    camera::{Camera, Detector, next_frame},
    components::icon::{icon, lu},
    i18n::{form, t},
};

pub fn barcode(parts: Parts) -> AnyView {
    let field = typed(parts.clone());
    let Some(detector) = Detector::of_any() else {
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
            let Ok(camera) = Camera::open().await else {
                looking.try_set(false);
                refused.try_set(true);
                return;
            };
            if let Some(video) = video.try_get_untracked().flatten() {
                camera.show_in(&video).await;
                // Until a code is found, the person stops, or the page goes.
                while looking.try_get_untracked() == Some(true) {
                    let Some(detector) = detector.try_get_value() else {
                        break;
                    };
                    let read = detector.texts(&video).await.unwrap_or_default();
                    if let Some(code) = read.into_iter().next() {
                        parts.try_with_value(|parts| parts.answer(code));
                        break;
                    }
                    next_frame().await;
                }
                video.set_src_object(None);
            }
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

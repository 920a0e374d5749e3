//! The form on a phone: the app itself in a frame of a phone's measures, asking the desk.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use leptos::{html, prelude::*};
use vigie_backend::protocol::{Answer, DeskRequest, Failure, LibraryRequest, Request};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

use crate::{
    client,
    i18n::{library, t},
    preview::ASK,
};

#[component]
pub fn OnPhone(hash: String) -> impl IntoView {
    let frame = NodeRef::<html::Iframe>::new();
    let hash = StoredValue::new(hash);
    let answer = StoredValue::new_local(Closure::<dyn FnMut(JsValue) -> Promise>::new(
        move |json: JsValue| {
            let hash = hash.get_value();
            future_to_promise(async move {
                let answered = answered(hash, json.as_string().unwrap_or_default()).await;
                let (answer, bytes) = match answered {
                    Ok((answer, bytes)) => (Ok(answer), bytes),
                    Err(failure) => (Err(failure), None),
                };
                let json = serde_json::to_string(&answer)
                    .map_err(|error| JsValue::from(error.to_string()))?;
                let bytes = bytes.map(|bytes| Uint8Array::from(bytes.as_slice()));
                Ok(Array::of2(&json.into(), &bytes.into()).into())
            })
        },
    ));
    Effect::new(move |_| {
        let Some(frame) = frame.get() else { return };
        // The function first: the page inside looks for it when it begins.
        answer.with_value(|answer| {
            drop(Reflect::set(
                &frame,
                &JsValue::from_str(ASK),
                answer.as_ref(),
            ));
        });
        // A path of its own: a browser refuses a page that frames its own address.
        frame.set_src("/apercu#/remplir/apercu");
    });
    view! {
        <div class="preview">
            <p class="quiet">{t(library::PREVIEW_WHY)}</p>
            <iframe class="preview__phone" node_ref=frame title=t(library::PREVIEW_TITLE)></iframe>
        </div>
    }
}

async fn answered(hash: String, json: String) -> Result<(Answer, Option<Vec<u8>>), Failure> {
    let request: Request =
        serde_json::from_str(&json).map_err(|error| Failure::Internal(error.to_string()))?;
    let of = LibraryRequest::Preview {
        hash,
        request: Box::new(request),
    };
    client::ask_with(DeskRequest::Library(of), None).await
}

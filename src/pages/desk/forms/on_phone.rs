//! The form on a phone: the app itself in a frame of a phone's measures, asking the desk.

use js_sys::{Promise, Reflect, Uint8Array};
use leptos::{html, prelude::*};
use vigie_model::FormHash;
use vigie_protocol::{
    Encoded, Failure, TryForm,
    codec::{decode, encode},
};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

use crate::{
    client,
    i18n::{library, t},
    preview::ASK,
};

#[component]
pub fn OnPhone(hash: FormHash) -> impl IntoView {
    let frame = NodeRef::<html::Iframe>::new();
    let hash = StoredValue::new(hash);
    let answer = StoredValue::new_local(Closure::<dyn FnMut(JsValue) -> Promise>::new(
        move |question: JsValue| {
            let hash = hash.get_value();
            future_to_promise(async move {
                // Of the frame's page, another realm.
                let question = Uint8Array::new(&question).to_vec();
                let answer = match answered(hash, &question).await {
                    Ok(Encoded(answer)) => answer,
                    Err(failure) => encode(&Err::<(), _>(failure)),
                };
                Ok(Uint8Array::from(answer.as_slice()).into())
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

async fn answered(hash: FormHash, question: &[u8]) -> Result<Encoded, Failure> {
    let question = decode(question)?;
    client::ask(TryForm { hash, question }).await
}

//! Messages between a worker and its page: `{id, json, bytes?}`.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// One message, either way. `id` is 0 for what nobody asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: u32,
    pub json: String,
    pub bytes: Option<Vec<u8>>,
}

/// The worker's side of the conversation with the page that started it.
#[derive(Clone)]
pub struct Inbox {
    scope: DedicatedWorkerGlobalScope,
}

impl Inbox {
    /// Must be called in a dedicated worker.
    pub fn of_this_worker() -> Inbox {
        Inbox {
            scope: js_sys::global().unchecked_into(),
        }
    }

    /// Calls `on` for each message from now on, and tells the page `{ready: true}`.
    pub fn listen(&self, mut on: impl FnMut(Message) + 'static) {
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(message) = read(&event.data()) {
                on(message);
            }
        });
        self.scope
            .set_onmessage(Some(heard.as_ref().unchecked_ref()));
        // Lives as long as the worker.
        heard.forget();
        let ready = Object::new();
        let _ = Reflect::set(&ready, &"ready".into(), &JsValue::TRUE);
        let _ = self.scope.post_message(&ready);
    }

    /// Sends to the page; bytes are handed over, not copied.
    pub fn post(&self, message: &Message) {
        let object = Object::new();
        let _ = Reflect::set(
            &object,
            &"id".into(),
            &JsValue::from_f64(f64::from(message.id)),
        );
        let _ = Reflect::set(&object, &"json".into(), &JsValue::from_str(&message.json));
        let transfer = js_sys::Array::new();
        if let Some(bytes) = &message.bytes {
            let array = Uint8Array::from(bytes.as_slice());
            transfer.push(&array.buffer());
            let _ = Reflect::set(&object, &"bytes".into(), &array);
        }
        let _ = self.scope.post_message_with_transfer(&object, &transfer);
    }
}

fn read(data: &JsValue) -> Option<Message> {
    let get = |name: &str| Reflect::get(data, &JsValue::from_str(name)).ok();
    let id = get("id")?.as_f64()? as u32;
    let json = get("json")?.as_string()?;
    let bytes = get("bytes").filter(|bytes| !bytes.is_undefined() && !bytes.is_null());
    Some(Message {
        id,
        json,
        bytes: bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()),
    })
}

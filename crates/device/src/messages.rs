//! Messages between a worker and its page: `{id, bytes}`.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, ServiceWorkerGlobalScope};

use crate::bytes::take;

/// Whether this is a service worker, which no page speaks to as to a worker of its own.
pub fn is_service_worker() -> bool {
    js_sys::global().is_instance_of::<ServiceWorkerGlobalScope>()
}

/// One message, either way. `id` is 0 for what nobody asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: u32,
    pub bytes: Vec<u8>,
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

    /// Answers each message with what `answer` makes of its bytes.
    pub fn serve<F: Future<Output = Vec<u8>> + 'static>(
        self,
        answer: impl Fn(Vec<u8>) -> F + 'static,
    ) {
        let inbox = self.clone();
        self.listen(move |Message { id, bytes }| {
            let (inbox, answer) = (inbox.clone(), answer(bytes));
            wasm_bindgen_futures::spawn_local(async move {
                inbox.post(&Message {
                    id,
                    bytes: answer.await,
                });
            });
        });
    }

    /// Sends to the page; bytes are handed over, not copied.
    pub fn post(&self, message: &Message) {
        let (object, transfer) = written(message.id, &message.bytes);
        let _ = self.scope.post_message_with_transfer(&object, &transfer);
    }
}

/// A message as JavaScript has it, and what of it is handed over.
pub(crate) fn written(id: u32, bytes: &[u8]) -> (Object, Array) {
    let object = Object::new();
    let id = JsValue::from_f64(f64::from(id));
    let _ = Reflect::set(&object, &"id".into(), &id);
    let array = Uint8Array::from(bytes);
    let _ = Reflect::set(&object, &"bytes".into(), &array);
    (object, Array::of1(&array.buffer()))
}

pub(crate) fn read(data: &JsValue) -> Option<Message> {
    let get = |name: &str| Reflect::get(data, &JsValue::from_str(name)).ok();
    let id = get("id")?.as_f64()? as u32;
    let bytes = take(&get("bytes")?.dyn_into().ok()?);
    Some(Message { id, bytes })
}

//! How much the browser stores for us, and whether it may throw it away.

use js_sys::Reflect;
use vigie_vault::Room;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageEstimate, StorageManager};

fn manager() -> Option<StorageManager> {
    let navigator = Reflect::get(&js_sys::global(), &JsValue::from_str("navigator")).ok()?;
    let storage = Reflect::get(&navigator, &JsValue::from_str("storage")).ok()?;
    (!storage.is_undefined() && !storage.is_null()).then(|| storage.unchecked_into())
}

/// What is used, what is given, and whether it is kept when the device runs out of room.
pub async fn room() -> Room {
    let Some(manager) = manager() else {
        return Room::default();
    };
    let mut room = Room::default();
    if let Ok(promise) = manager.estimate()
        && let Ok(estimate) = JsFuture::from(promise).await
    {
        let estimate: StorageEstimate = estimate.unchecked_into();
        room.used = estimate.get_usage().map(|bytes| bytes as u64);
        room.quota = estimate.get_quota().map(|bytes| bytes as u64);
    }
    if let Ok(promise) = manager.persisted() {
        room.persisted = JsFuture::from(promise)
            .await
            .ok()
            .and_then(|yes| yes.as_bool());
    }
    room
}

/// Asks the browser to keep what is stored; only a page may ask, a worker gets no answer. `None`: it can't be asked.
pub async fn persist() -> Option<bool> {
    let promise = manager()?.persist().ok()?;
    JsFuture::from(promise).await.ok()?.as_bool()
}

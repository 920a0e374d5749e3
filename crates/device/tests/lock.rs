//! In a browser without Web Locks one tab writes all the same, and whoever comes second says so.
#![cfg(target_arch = "wasm32")]

use std::{cell::Cell, rc::Rc};

use js_sys::{Object, Reflect};
use vigie_device::{Writer, writer};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::BroadcastChannel;

wasm_bindgen_test_configure!(run_in_browser);

fn without_locks() {
    let navigator: Object = Reflect::get(&js_sys::global(), &"navigator".into())
        .expect("a navigator")
        .unchecked_into();
    let nothing = Object::new();
    Reflect::set(&nothing, &"value".into(), &JsValue::UNDEFINED).expect("a property");
    Reflect::set(&nothing, &"configurable".into(), &JsValue::TRUE).expect("a property");
    Object::define_property(&navigator, &"locks".into(), &nothing);
}

#[wasm_bindgen_test]
async fn without_web_locks_one_tab_writes_and_stands_down_for_whoever_took_its_place() {
    without_locks();
    let lost = Rc::new(Cell::new(0));
    let tab = || {
        let lost = Rc::clone(&lost);
        writer(move || lost.set(lost.get() + 1))
    };
    let at_once = futures::join!(tab(), tab());
    let ours = match at_once {
        (Writer::Here, Writer::Elsewhere(ours)) | (Writer::Elsewhere(ours), Writer::Here) => ours,
        _ => panic!("both write, or neither does"),
    };
    let Writer::Elsewhere(its) = tab().await else {
        panic!("a third one writes")
    };
    assert_eq!(lost.get(), 0);

    // As a tab does that found the first asleep; then it is closed.
    let another = BroadcastChannel::new("vigie-writer").expect("a channel");
    another.post_message(&"taken".into()).expect("said");
    vigie_device::delay(200).await;
    assert_eq!(lost.get(), 1);
    let (took, _) = futures::future::select(ours, its).await.factor_first();
    assert!(took.is_ok(), "one of those that wait takes over");
    assert_eq!(lost.get(), 1);
}

//! Where no second worker is to be had, its asker hears so, and does the work.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// The script of this place is a page of the tests, which no worker can run.
#[wasm_bindgen_test]
async fn a_worker_that_does_not_start_answers_nothing_and_holds_nobody() {
    let begun = vigie_device::now_ms();
    assert_eq!(vigie_device::aside(b"a passphrase").await, None);
    assert!(vigie_device::now_ms() - begun < 9_000, "it was waited for");
}

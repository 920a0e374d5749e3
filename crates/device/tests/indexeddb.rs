//! IndexedDB keeps the store's contract, in a real browser.
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;

use vigie_device::IndexedDb;
use vigie_vault::store::{Change, Store, Table, contract};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn unique(name: &str) -> String {
    let mut bytes = [0; 8];
    vigie_device::fill(&mut bytes);
    format!("{name}-{:016x}", u64::from_le_bytes(bytes))
}

#[wasm_bindgen_test]
async fn indexeddb_keeps_the_contract() {
    let next = Cell::new(0);
    let prefix = unique("contract");
    contract::holds(|| {
        next.set(next.get() + 1);
        let name = format!("{prefix}-{}", next.get());
        async move { IndexedDb::new(name, || {}) }
    })
    .await;
}

#[wasm_bindgen_test]
async fn what_was_committed_is_there_for_the_next_connection() {
    let name = unique("again");
    let put = Change::Put {
        table: Table::Meta,
        key: "a".into(),
        bytes: vec![1, 2, 3],
    };
    IndexedDb::new(name.as_str(), || {})
        .commit(vec![put])
        .await
        .expect("a commit");
    let second = IndexedDb::new(name.as_str(), || {});
    assert_eq!(second.get(Table::Meta, "a").await, Ok(Some(vec![1, 2, 3])));
    second.destroy().await.expect("a database that goes");
}

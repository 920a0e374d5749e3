//! What every store must do; run on memory natively, on IndexedDB in a browser.

use super::{Change, Store, Table};

fn put(table: Table, key: &str, bytes: &[u8]) -> Change {
    Change::Put {
        table,
        key: key.to_owned(),
        bytes: bytes.to_vec(),
    }
}

fn delete(table: Table, key: &str) -> Change {
    Change::Delete {
        table,
        key: key.to_owned(),
    }
}

/// Runs the whole suite; `fresh` opens a store that is empty.
///
/// # Panics
/// When the store does not keep the contract.
pub async fn holds<S: Store, F: Future<Output = S>>(fresh: impl Fn() -> F) {
    a_row_comes_back_as_it_was(&fresh().await).await;
    a_commit_is_whole(&fresh().await).await;
    rows_come_by_key(&fresh().await).await;
    tables_do_not_mix(&fresh().await).await;
    large_rows_and_any_bytes(&fresh().await).await;
    destroyed_is_empty(&fresh().await).await;
}

async fn a_row_comes_back_as_it_was(store: &impl Store) {
    assert_eq!(
        store.get(Table::Meta, "none").await,
        Ok(None),
        "an absent row is none"
    );
    assert_eq!(
        store.commit(vec![put(Table::Meta, "a", b"one")]).await,
        Ok(())
    );
    assert_eq!(store.get(Table::Meta, "a").await, Ok(Some(b"one".to_vec())));
    assert_eq!(
        store.commit(vec![put(Table::Meta, "a", b"two")]).await,
        Ok(())
    );
    assert_eq!(
        store.get(Table::Meta, "a").await,
        Ok(Some(b"two".to_vec())),
        "the last write stands"
    );
    assert_eq!(
        store
            .commit(vec![delete(Table::Meta, "a"), delete(Table::Meta, "never")])
            .await,
        Ok(())
    );
    assert_eq!(store.get(Table::Meta, "a").await, Ok(None));
    assert_eq!(
        store.commit(Vec::new()).await,
        Ok(()),
        "an empty commit is nothing"
    );
}

async fn a_commit_is_whole(store: &impl Store) {
    let changes = vec![
        put(Table::Ops, "1", b"op"),
        put(Table::Records, "r", b"record"),
        put(Table::Drafts, "r", b"draft"),
        delete(Table::Drafts, "r"),
        put(Table::Index, "0000000001", b"line"),
    ];
    assert_eq!(store.commit(changes).await, Ok(()));
    assert_eq!(store.get(Table::Ops, "1").await, Ok(Some(b"op".to_vec())));
    assert_eq!(
        store.get(Table::Records, "r").await,
        Ok(Some(b"record".to_vec()))
    );
    assert_eq!(
        store.get(Table::Drafts, "r").await,
        Ok(None),
        "changes are done in their order"
    );
    assert_eq!(
        store.get(Table::Index, "0000000001").await,
        Ok(Some(b"line".to_vec()))
    );
}

async fn rows_come_by_key(store: &impl Store) {
    let keys: Vec<String> = (0..25).map(|n| format!("{n:010}")).collect();
    let changes = keys
        .iter()
        .rev()
        .map(|key| put(Table::Index, key, key.as_bytes()))
        .collect();
    assert_eq!(store.commit(changes).await, Ok(()));
    let row = |n: usize| (keys[n].clone(), keys[n].as_bytes().to_vec());
    assert_eq!(
        store.all(Table::Index).await,
        Ok((0..25).map(row).collect())
    );
    assert_eq!(
        store.latest(Table::Index, None, 3).await,
        Ok(vec![row(24), row(23), row(22)])
    );
    assert_eq!(
        store.latest(Table::Index, Some(&keys[22]), 2).await,
        Ok(vec![row(21), row(20)])
    );
    assert_eq!(
        store.latest(Table::Index, Some(&keys[1]), 10).await,
        Ok(vec![row(0)])
    );
    assert_eq!(
        store.latest(Table::Index, Some(&keys[0]), 10).await,
        Ok(Vec::new())
    );
    assert_eq!(store.latest(Table::Index, None, 0).await, Ok(Vec::new()));
    assert_eq!(store.latest(Table::Ops, None, 5).await, Ok(Vec::new()));
    let some = vec![
        put(Table::Ops, "a.1", b"1"),
        put(Table::Ops, "a.2", b"2"),
        put(Table::Ops, "b.1", b"3"),
    ];
    assert_eq!(store.commit(some).await, Ok(()));
    let found = |key: &str, bytes: &[u8]| (key.to_owned(), bytes.to_vec());
    assert_eq!(
        store.ascending(Table::Ops, "a.", "a.", 9).await,
        Ok(vec![found("a.1", b"1"), found("a.2", b"2")])
    );
    assert_eq!(
        store.ascending(Table::Ops, "a.", "a.2", 9).await,
        Ok(vec![found("a.2", b"2")])
    );
    assert_eq!(
        store.ascending(Table::Ops, "a.", "a.", 1).await,
        Ok(vec![found("a.1", b"1")])
    );
    assert_eq!(
        store.ascending(Table::Ops, "a.", "a.3", 9).await,
        Ok(Vec::new())
    );
    assert_eq!(
        store.ascending(Table::Ops, "c.", "c.", 9).await,
        Ok(Vec::new())
    );
}

async fn tables_do_not_mix(store: &impl Store) {
    let changes = Table::ALL
        .into_iter()
        .map(|table| put(table, "same", table.name().as_bytes()))
        .collect();
    assert_eq!(store.commit(changes).await, Ok(()));
    for table in Table::ALL {
        assert_eq!(
            store.get(table, "same").await,
            Ok(Some(table.name().as_bytes().to_vec()))
        );
        assert_eq!(store.all(table).await.map(|rows| rows.len()), Ok(1));
        assert_eq!(store.count(table).await, Ok(1));
    }
}

async fn large_rows_and_any_bytes(store: &impl Store) {
    let bytes: Vec<u8> = (0..3 * 1024 * 1024u32).map(|n| (n % 251) as u8).collect();
    let all: Vec<u8> = (0..=255).collect();
    let changes = vec![
        put(Table::Blobs, "large", &bytes),
        put(Table::Blobs, "é\u{202e}🙂", &all),
        put(Table::Blobs, "empty", &[]),
    ];
    assert_eq!(store.commit(changes).await, Ok(()));
    assert!(
        store.get(Table::Blobs, "large").await == Ok(Some(bytes)),
        "a large row comes back whole"
    );
    assert_eq!(store.get(Table::Blobs, "é\u{202e}🙂").await, Ok(Some(all)));
    assert_eq!(store.get(Table::Blobs, "empty").await, Ok(Some(Vec::new())));
}

async fn destroyed_is_empty(store: &impl Store) {
    let changes = Table::ALL
        .into_iter()
        .map(|table| put(table, "x", b"x"))
        .collect();
    assert_eq!(store.commit(changes).await, Ok(()));
    assert_eq!(store.destroy().await, Ok(()));
    for table in Table::ALL {
        assert_eq!(store.all(table).await, Ok(Vec::new()));
    }
    assert_eq!(
        store.commit(vec![put(Table::Meta, "again", b"1")]).await,
        Ok(()),
        "it can be used anew"
    );
    assert_eq!(store.destroy().await, Ok(()));
}

//! Where rows are kept: what a vault asks of a store, and the store in memory that tests run on.
//!
//! A store knows tables, keys and bytes, and nothing of their meaning: the vault seals a row before it comes here. A
//! commit is all or nothing, and durable when it answers. The suite in [`contract`] is what every store must pass; it
//! runs here on memory, and in a browser on IndexedDB.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

#[cfg(any(test, feature = "contract"))]
pub mod contract;

/// The tables of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Finished changes, as they will travel.
    Ops,
    /// What each record has come to.
    Records,
    /// One line of the notebook for each record.
    Index,
    /// What is being typed.
    Drafts,
    /// What was sealed for the office, and how far it got.
    Bundles,
    /// Cards of missions, with their questionnaires.
    Forms,
    /// Sealed bytes: bundles to send, files chosen.
    Blobs,
    /// The vault, the delays, the counters.
    Meta,
}

impl Table {
    pub const ALL: [Table; 8] = [
        Table::Ops,
        Table::Records,
        Table::Index,
        Table::Drafts,
        Table::Bundles,
        Table::Forms,
        Table::Blobs,
        Table::Meta,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Table::Ops => "ops",
            Table::Records => "records",
            Table::Index => "index",
            Table::Drafts => "drafts",
            Table::Bundles => "bundles",
            Table::Forms => "forms",
            Table::Blobs => "blobs",
            Table::Meta => "meta",
        }
    }

    /// How a person is told of a row that does not open.
    pub fn row_name(self, row: &str) -> String {
        format!("{}/{row}", self.name())
    }
}

/// One row to write or to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Put {
        table: Table,
        key: String,
        bytes: Vec<u8>,
    },
    Delete {
        table: Table,
        key: String,
    },
}

impl Change {
    pub fn table(&self) -> Table {
        match self {
            Change::Put { table, .. } | Change::Delete { table, .. } => *table,
        }
    }
}

/// How much room a device says it uses and gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    pub used: Option<u64>,
    pub quota: Option<u64>,
    pub persisted: Option<bool>,
}

/// A key and its bytes.
pub type Stored = (String, Vec<u8>);

/// Why a store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The browser gives none (private window, policy): nothing can be kept here.
    #[error("this browser gives no storage")]
    Missing,
    /// No room: nothing of the commit was written.
    #[error("the device is full")]
    Full,
    /// The connection broke, and reopening three times did not help.
    #[error("the storage does not answer: {0}")]
    Lost(String),
    /// A newer version of Vigie wrote it.
    #[error("written by a newer version")]
    Newer,
}

/// A durable map of tables, keys and bytes.
#[allow(async_fn_in_trait, reason = "one thread: in a browser nothing is Send")]
pub trait Store {
    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Every row, by ascending key.
    async fn all(&self, table: Table) -> Result<Vec<Stored>, StoreError>;
    /// How many rows there are; a store that knows it without reading them says so.
    async fn count(&self, table: Table) -> Result<usize, StoreError> {
        Ok(self.all(table).await?.len())
    }
    /// At most `limit` rows, from the greatest key below `before` (or the greatest of all) downwards.
    async fn latest(
        &self,
        table: Table,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError>;
    /// At most `limit` rows whose keys begin with `prefix`, from the least key not below `from` upwards.
    async fn ascending(
        &self,
        table: Table,
        prefix: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError>;
    /// Does all of it, durably, or nothing of it.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError>;
    /// Removes everything, the tables too.
    async fn destroy(&self) -> Result<(), StoreError>;
}

/// A store in memory; clones share it. It can be told to fail, and be copied as a killed process would leave it.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    inner: Rc<RefCell<Inner>>,
}

#[derive(Debug, Clone, Default)]
struct Inner {
    tables: BTreeMap<Table, BTreeMap<String, Vec<u8>>>,
    commits: usize,
    failures: VecDeque<StoreError>,
}

impl MemoryStore {
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// What would be found after a kill at this instant: a copy that shares nothing.
    pub fn snapshot(&self) -> MemoryStore {
        let mut inner = self.inner.borrow().clone();
        inner.failures.clear();
        MemoryStore {
            inner: Rc::new(RefCell::new(inner)),
        }
    }

    /// The next commits fail, one for each error.
    pub fn fail_next(&self, errors: impl IntoIterator<Item = StoreError>) {
        self.inner.borrow_mut().failures.extend(errors);
    }

    /// How many commits were done.
    pub fn commits(&self) -> usize {
        self.inner.borrow().commits
    }

    /// Every row, as somebody who holds the device would read them.
    pub fn dump(&self) -> Vec<(Table, String, Vec<u8>)> {
        let inner = self.inner.borrow();
        let rows = inner.tables.iter();
        rows.flat_map(|(table, rows)| {
            rows.iter()
                .map(|(key, bytes)| (*table, key.clone(), bytes.clone()))
        })
        .collect()
    }
}

impl Store for MemoryStore {
    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .inner
            .borrow()
            .tables
            .get(&table)
            .and_then(|rows| rows.get(key))
            .cloned())
    }

    async fn all(&self, table: Table) -> Result<Vec<Stored>, StoreError> {
        self.ascending(table, "", "", usize::MAX).await
    }

    async fn latest(
        &self,
        table: Table,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let inner = self.inner.borrow();
        let Some(rows) = inner.tables.get(&table) else {
            return Ok(Vec::new());
        };
        let rows = rows
            .iter()
            .rev()
            .filter(|(key, _)| before.is_none_or(|before| key.as_str() < before));
        Ok(rows
            .take(limit)
            .map(|(key, bytes)| (key.clone(), bytes.clone()))
            .collect())
    }

    async fn ascending(
        &self,
        table: Table,
        prefix: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let inner = self.inner.borrow();
        let Some(rows) = inner.tables.get(&table) else {
            return Ok(Vec::new());
        };
        let from = from.max(prefix).to_owned();
        let rows = rows
            .range(from..)
            .take_while(|(key, _)| key.starts_with(prefix));
        Ok(rows
            .take(limit)
            .map(|(key, bytes)| (key.clone(), bytes.clone()))
            .collect())
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut inner = self.inner.borrow_mut();
        if let Some(error) = inner.failures.pop_front() {
            return Err(error);
        }
        for change in changes {
            match change {
                Change::Put { table, key, bytes } => {
                    inner.tables.entry(table).or_default().insert(key, bytes)
                }
                Change::Delete { table, key } => {
                    inner.tables.entry(table).or_default().remove(&key)
                }
            };
        }
        inner.commits += 1;
        Ok(())
    }

    async fn destroy(&self) -> Result<(), StoreError> {
        self.inner.borrow_mut().tables.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_the_contract() {
        futures::executor::block_on(contract::holds(|| async { MemoryStore::new() }));
    }

    #[test]
    fn a_commit_that_fails_writes_nothing() {
        futures::executor::block_on(async {
            let store = MemoryStore::new();
            store.fail_next([StoreError::Full]);
            let put = || {
                vec![Change::Put {
                    table: Table::Meta,
                    key: "a".into(),
                    bytes: vec![1],
                }]
            };
            assert_eq!(store.commit(put()).await, Err(StoreError::Full));
            assert_eq!(store.get(Table::Meta, "a").await.unwrap(), None);
            store.commit(put()).await.unwrap();
            assert_eq!(
                store.snapshot().get(Table::Meta, "a").await.unwrap(),
                Some(vec![1])
            );
        });
    }
}

//! The vault: what is open, in which generation, and whose turn it is to write.

use std::{
    cell::{Cell, RefCell, RefMut},
    rc::Rc,
};

use futures::lock::Mutex;
use serde::de::DeserializeOwned;
use vigie_model::Random;

use crate::{
    error::VaultError,
    keys::Keys,
    row::Row,
    store::{Change, Store, StoreError, Table},
};

/// What a vault stands on.
pub trait Ground {
    type Store: Store;

    fn store(&self) -> &Self::Store;
    /// Bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// What is in memory while a vault is open, and what its owner calls it when something fails.
pub trait Memory: 'static {
    type Failure;

    fn failed(error: VaultError) -> Self::Failure;
}

/// Sealed rows, and what is in memory of them while the vault is open.
pub struct Vault<G, M> {
    ground: G,
    memory: RefCell<Option<M>>,
    keys: RefCell<Option<Rc<Keys>>>,
    /// Grows whenever the vault opens or closes: what was under way then must not go on with another's.
    generation: Cell<u64>,
    pub(crate) turn: Mutex<()>,
    held: RefCell<Vec<Change>>,
}

impl<G: Ground, M: Memory> Vault<G, M> {
    pub fn new(ground: G) -> Vault<G, M> {
        Vault {
            ground,
            memory: RefCell::new(None),
            keys: RefCell::new(None),
            generation: Cell::new(0),
            turn: Mutex::new(()),
            held: RefCell::default(),
        }
    }

    pub fn ground(&self) -> &G {
        &self.ground
    }

    pub fn is_open(&self) -> bool {
        self.memory.borrow().is_some()
    }

    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// What is in memory. Never held across an await.
    pub fn memory(&self) -> Result<RefMut<'_, M>, M::Failure> {
        RefMut::filter_map(self.memory.borrow_mut(), Option::as_mut)
            .map_err(|_| M::failed(VaultError::Locked))
    }

    /// What is in memory, if the vault is the one that was open at that generation.
    pub fn memory_of(&self, generation: u64) -> Result<RefMut<'_, M>, M::Failure> {
        match generation == self.generation.get() {
            true => self.memory(),
            false => Err(M::failed(VaultError::Locked)),
        }
    }

    pub fn keys(&self) -> Result<Rc<Keys>, M::Failure> {
        let keys = self.keys.borrow().clone();
        keys.ok_or_else(|| M::failed(VaultError::Locked))
    }

    pub fn open(&self, keys: Rc<Keys>, memory: M) {
        self.generation.set(self.generation.get() + 1);
        self.replace_keys(keys);
        *self.memory.borrow_mut() = Some(memory);
    }

    /// Forgets every key, and what is in memory.
    pub fn close(&self) {
        self.generation.set(self.generation.get() + 1);
        drop(self.keys.borrow_mut().take());
        drop(self.memory.borrow_mut().take());
    }

    pub(crate) fn replace_keys(&self, keys: Rc<Keys>) {
        *self.keys.borrow_mut() = Some(keys);
    }

    /// Takes memory out, while a part of it is read again; nobody sees it meanwhile.
    pub fn take_memory(&self) -> Option<M> {
        self.memory.borrow_mut().take()
    }

    pub fn put_back(&self, memory: M) {
        *self.memory.borrow_mut() = Some(memory);
    }

    /// Makes what is made by chance: an id, a key, a pause.
    pub fn draw<T>(&self, make: impl FnOnce(&mut Chance<'_, G>) -> T) -> T {
        make(&mut self.chance())
    }

    pub(crate) fn chance(&self) -> Chance<'_, G> {
        Chance(&self.ground)
    }

    pub async fn get<T: Row>(&self, key: &T::Key) -> Result<Option<T>, M::Failure> {
        self.get_at(T::TABLE, &T::row(key)).await
    }

    pub async fn get_at<T: DeserializeOwned>(
        &self,
        table: Table,
        row: &str,
    ) -> Result<Option<T>, M::Failure> {
        self.read_with(table, row, |keys, sealed| keys.read(table, row, sealed))
            .await
    }

    pub async fn get_bytes(&self, table: Table, row: &str) -> Result<Option<Vec<u8>>, M::Failure> {
        self.read_with(table, row, |keys, sealed| {
            keys.read_bytes(table, row, sealed)
        })
        .await
    }

    async fn read_with<T>(
        &self,
        table: Table,
        row: &str,
        read: impl FnOnce(&Keys, &[u8]) -> Result<T, VaultError>,
    ) -> Result<Option<T>, M::Failure> {
        let sealed = self.ground.store().get(table, row).await;
        let sealed = sealed.map_err(|error| M::failed(error.into()))?;
        let keys = self.keys()?;
        let read = sealed.map(|sealed| read(&keys, &sealed)).transpose();
        read.map_err(M::failed)
    }

    /// Keeps in memory, sealed, what the store did not take.
    pub fn hold(&self, held: Held) {
        *self.held.borrow_mut() = held.0;
    }

    pub fn forget_held(&self) {
        self.held.borrow_mut().clear();
    }

    /// What was held may be taken by the store now.
    pub async fn keep_held(&self) {
        let _turn = self.turn.lock().await;
        let held = self.held.borrow().clone();
        if !held.is_empty() && self.commit(held).await.is_ok() {
            self.forget_held();
        }
    }

    /// Opens what is still held, and holds it no more.
    pub fn take_held<T: DeserializeOwned>(&self, keys: &Keys) -> Vec<T> {
        let held = std::mem::take(&mut *self.held.borrow_mut()).into_iter();
        let opened = held.filter_map(|change| match change {
            Change::Put { table, key, bytes } => keys.read(table, &key, &bytes).ok(),
            Change::Delete { .. } => None,
        });
        opened.collect()
    }

    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let put = |change: &&Change| matches!(change, Change::Put { .. });
        let told_by = changes.iter().rev().find(put).cloned();
        match self.ground.store().commit(changes).await {
            Err(StoreError::Lost(_)) if self.holds(told_by).await => Ok(()),
            done => done,
        }
    }

    /// True when the store holds this row. A connection may break after a commit and before its answer: as a commit is whole
    /// or not at all, and no two rows are sealed to the same bytes, one of its rows tells of all. A row that is to be removed
    /// tells nothing: it may never have been there.
    async fn holds(&self, change: Option<Change>) -> bool {
        let Some(Change::Put { table, key, bytes }) = change else {
            return false;
        };
        let kept = self.ground.store().get(table, &key).await;
        kept.is_ok_and(|kept| kept == Some(bytes))
    }
}

/// Sealed rows that the store did not take.
pub struct Held(pub(crate) Vec<Change>);

/// The ground's randomness, for those who ask for some.
pub struct Chance<'v, G>(&'v G);

impl<G: Ground> Random for Chance<'_, G> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

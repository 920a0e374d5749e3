//! A change of the vault: durable first, in memory after.

use std::{
    any::{Any, TypeId},
    cell::RefMut,
    rc::Rc,
};

use futures::lock::MutexGuard;
use serde::Serialize;

use crate::{
    error::VaultError,
    keys::{Keys, written},
    row::{Kept, Keyed, Row},
    store::{Change, Table},
    vault::{Ground, Held, Memory, Vault},
};

/// Rows to write and what memory does then. The writer's turn is held until this is dropped.
///
/// ```ignore
/// let mut tx = vault.transaction().await;
/// tx.put(&draft);
/// tx.delete::<Draft>(&rec);
/// tx.then(|memory| memory.drafts.insert(rec, draft));
/// tx.commit().await?;
/// ```
///
/// What fails on the way (the vault is closed) is said by [`commit`](Transaction::commit), which then writes nothing.
pub struct Transaction<'v, G, M> {
    vault: &'v Vault<G, M>,
    _turn: MutexGuard<'v, ()>,
    generation: u64,
    keys: Option<Rc<Keys>>,
    next_keys: Option<Rc<Keys>>,
    changes: Vec<Change>,
    edited: Vec<(TypeId, Box<dyn Edited<M>>)>,
    then: Vec<Then<'v, M>>,
    /// Something of it is sealed, or is in the vault's memory: it is of one vault and of no other.
    is_of_vault: bool,
}

/// What memory does once the store has taken all.
type Then<'v, M> = Box<dyn FnOnce(&mut M) + 'v>;

/// A copy of a part of memory that this transaction changes.
trait Edited<M>: Any {
    fn row(&self) -> (Table, String, zeroize::Zeroizing<Vec<u8>>);
    fn settle(self: Box<Self>, memory: &mut M);
}

impl<M, T: Kept<M>> Edited<M> for T {
    fn row(&self) -> (Table, String, zeroize::Zeroizing<Vec<u8>>) {
        (T::TABLE, T::row(&()), written(self))
    }

    fn settle(self: Box<Self>, memory: &mut M) {
        (*self).keep(memory);
    }
}

impl<G: Ground, M: Memory> Vault<G, M> {
    /// Begins a change, once nobody else is in the middle of one.
    pub async fn transaction(&self) -> Transaction<'_, G, M> {
        let turn = self.turn.lock().await;
        Transaction::new(self, turn, self.generation())
    }

    /// Begins a change of the vault that was open at that generation; of another it changes nothing.
    pub async fn transaction_of(&self, generation: u64) -> Transaction<'_, G, M> {
        let turn = self.turn.lock().await;
        Transaction::new(self, turn, generation)
    }
}

impl<'v, G: Ground, M: Memory> Transaction<'v, G, M> {
    fn new(
        vault: &'v Vault<G, M>,
        turn: MutexGuard<'v, ()>,
        generation: u64,
    ) -> Transaction<'v, G, M> {
        Transaction {
            vault,
            _turn: turn,
            generation,
            keys: vault.keys().ok(),
            next_keys: None,
            changes: Vec::new(),
            edited: Vec::new(),
            then: Vec::new(),
            is_of_vault: false,
        }
    }

    /// What is in memory, as it is before this change. Never held across an await, nor over the commit.
    pub fn memory(&self) -> Result<RefMut<'v, M>, M::Failure> {
        self.vault.memory_of(self.generation)
    }

    /// Keeps a row.
    pub fn put<T: Keyed>(&mut self, value: &T) {
        self.put_as(&value.key(), value);
    }

    /// Keeps a row that does not say its key.
    pub fn put_as<T: Row>(&mut self, key: &T::Key, value: &T) {
        self.put_at(T::TABLE, T::row(key), value);
    }

    pub fn put_at(
        &mut self,
        table: Table,
        row: impl Into<String>,
        value: &(impl Serialize + ?Sized),
    ) {
        self.put_bytes(table, row, &written(value));
    }

    pub fn put_bytes(&mut self, table: Table, row: impl Into<String>, plain: &[u8]) {
        self.is_of_vault = true;
        let sealed = self
            .next_keys
            .as_ref()
            .or(self.keys.as_ref())
            .map(|keys| keys.seal(table, row.into(), plain, &mut self.vault.chance()));
        self.changes.extend(sealed);
    }

    /// Keeps a row in the clear: what is no part of the vault.
    pub fn put_clear(&mut self, table: Table, row: impl Into<String>, bytes: Vec<u8>) {
        let key = row.into();
        self.changes.push(Change::Put { table, key, bytes });
    }

    pub fn delete<T: Row>(&mut self, key: &T::Key) {
        self.delete_at(T::TABLE, T::row(key));
    }

    pub fn delete_at(&mut self, table: Table, row: impl Into<String>) {
        let key = row.into();
        self.changes.push(Change::Delete { table, key });
    }

    /// A part of memory, to be changed; `memory` is what [`memory`](Transaction::memory) answered. Kept with the commit.
    pub fn edit<T: Kept<M>>(&mut self, memory: &M) -> Result<&mut T, M::Failure> {
        self.is_of_vault = true;
        let id = TypeId::of::<T>();
        let at = match self.edited.iter().position(|(of, _)| *of == id) {
            Some(at) => at,
            None => {
                let copy = T::of(memory)
                    .ok_or_else(|| M::failed(VaultError::Locked))?
                    .clone();
                self.edited.push((id, Box::new(copy)));
                self.edited.len() - 1
            }
        };
        let edited: &mut dyn Any = &mut *self.edited[at].1;
        Ok(edited.downcast_mut().expect("found by its type"))
    }

    /// From here on rows are sealed under other keys, which are the vault's once the store has taken them.
    pub fn seal_under(&mut self, keys: Rc<Keys>) {
        self.next_keys = Some(keys);
    }

    /// What memory does once the store has taken all of it.
    pub fn then<R>(&mut self, change: impl FnOnce(&mut M) -> R + 'v) {
        self.is_of_vault = true;
        self.then.push(Box::new(|memory| drop(change(memory))));
    }

    /// Writes all of it, durably, or nothing; then memory follows. The turn goes on, for a change that belongs after this.
    pub async fn commit(&mut self) -> Result<(), M::Failure> {
        let edited = std::mem::take(&mut self.edited);
        for (_, edited) in &edited {
            let (table, row, plain) = edited.row();
            self.put_bytes(table, row, &plain);
        }
        let (changes, then) = (
            std::mem::take(&mut self.changes),
            std::mem::take(&mut self.then),
        );
        let is_of_vault = std::mem::take(&mut self.is_of_vault);
        let next_keys = self.next_keys.take();
        let has_keys = next_keys.is_some() || self.keys.is_some();
        if is_of_vault && (self.generation != self.vault.generation() || !has_keys) {
            return Err(M::failed(VaultError::Locked));
        }
        let committed = self.vault.commit(changes).await;
        committed.map_err(|error| M::failed(error.into()))?;
        if let Some(keys) = next_keys {
            // A vault that is being made is opened by whoever makes it.
            if self.vault.is_open() {
                self.vault.replace_keys(Rc::clone(&keys));
            }
            self.keys = Some(keys);
        }
        if edited.is_empty() && then.is_empty() {
            return Ok(());
        }
        let mut memory = self.memory()?;
        for (_, edited) in edited {
            edited.settle(&mut memory);
        }
        for change in then {
            change(&mut memory);
        }
        Ok(())
    }

    /// As [`commit`](Transaction::commit); rows that the store does not take are answered as they were sealed.
    pub async fn commit_or_held(&mut self) -> Result<(), Held> {
        let held = Held(self.changes.clone());
        self.commit().await.map_err(|_| held)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::executor::block_on;
    use serde::Deserialize;
    use vigie_seal::vault::VaultKey;

    use super::*;
    use crate::store::{MemoryStore, StoreError};

    struct Desktop {
        store: MemoryStore,
        next: Cell<u8>,
    }

    impl Ground for Desktop {
        type Store = MemoryStore;

        fn store(&self) -> &MemoryStore {
            &self.store
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.next.replace(self.next.get().wrapping_add(1)));
        }
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Count(u32);

    impl Row for Count {
        const TABLE: Table = Table::Meta;
        type Key = ();

        fn row((): &()) -> String {
            "count".into()
        }
    }

    #[derive(Default)]
    struct Counter {
        count: Count,
        told: bool,
    }

    impl Memory for Counter {
        type Failure = VaultError;

        fn failed(error: VaultError) -> VaultError {
            error
        }
    }

    impl Kept<Counter> for Count {
        fn of(memory: &Counter) -> Option<&Count> {
            Some(&memory.count)
        }

        fn keep(self, memory: &mut Counter) {
            memory.count = self;
        }
    }

    fn vault() -> Vault<Desktop, Counter> {
        let vault = Vault::new(Desktop {
            store: MemoryStore::new(),
            next: Cell::new(0),
        });
        open(&vault);
        vault
    }

    fn open(vault: &Vault<Desktop, Counter>) {
        let key = vault.draw(|random| VaultKey::random(random));
        vault.open(Rc::new(Keys::new(key, Vec::new())), Counter::default());
    }

    async fn add_one(vault: &Vault<Desktop, Counter>) -> Result<(), VaultError> {
        let mut tx = vault.transaction().await;
        tx.edit::<Count>(&*tx.memory()?)?.0 += 1;
        tx.then(|memory| memory.told = true);
        assert_eq!(tx.memory()?.count, Count(0), "not before it is durable");
        tx.commit().await
    }

    #[test]
    fn memory_follows_the_store() {
        block_on(async {
            let vault = vault();
            add_one(&vault).await.unwrap();
            assert_eq!(vault.get::<Count>(&()).await, Ok(Some(Count(1))));
            assert_eq!(vault.memory().unwrap().count, Count(1));
            assert!(vault.memory().unwrap().told);
        });
    }

    #[test]
    fn a_store_that_refuses_leaves_memory_as_it_was() {
        block_on(async {
            let vault = vault();
            vault.ground().store.fail_next([StoreError::Full]);
            assert_eq!(add_one(&vault).await, Err(StoreError::Full.into()));
            assert_eq!(vault.get::<Count>(&()).await, Ok(None));
            assert_eq!(vault.memory().unwrap().count, Count(0));
            assert!(!vault.memory().unwrap().told);
        });
    }

    #[test]
    fn nothing_is_written_into_another_vault_than_the_one_it_was_for() {
        block_on(async {
            let vault = vault();
            let generation = vault.generation();
            vault.close();
            assert_eq!(add_one(&vault).await, Err(VaultError::Locked));
            open(&vault);
            let mut tx = vault.transaction_of(generation).await;
            tx.put_as(&(), &Count(7));
            assert_eq!(tx.commit().await, Err(VaultError::Locked));
            assert_eq!(vault.ground().store.commits(), 0);
        });
    }

    #[test]
    fn what_is_not_taken_is_held_sealed_and_taken_later() {
        block_on(async {
            let vault = vault();
            vault.ground().store.fail_next([StoreError::Full]);
            let mut tx = vault.transaction().await;
            tx.put_as(&(), &Count(7));
            let held = tx.commit_or_held().await.unwrap_err();
            drop(tx);
            vault.hold(held);
            vault.keep_held().await;
            assert_eq!(vault.get::<Count>(&()).await, Ok(Some(Count(7))));
        });
    }
}

//! IndexedDB as a [`Store`].
//!
//! Rows come sealed, so a commit is one transaction whose every put is issued before anything is awaited: an await in
//! between would let the browser close it. `durability: "strict"`, and a commit is done when the transaction says
//! `complete`, never earlier. A connection breaks in many ways (WebKit bug 197050 and its kin: `UnknownError`,
//! `InvalidStateError`, a `close` nobody asked for): the handle is dropped, opened again, and the whole commit done
//! again, three times; its puts name their keys, so doing it twice is doing it once.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures::channel::oneshot;
use js_sys::{Array, JsString, Reflect, Uint8Array};
use vigie_vault::{Change, Store, StoreError, Stored, Table};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    DomException, Event, IdbCursorDirection, IdbCursorWithValue, IdbDatabase, IdbFactory,
    IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction,
    IdbTransactionDurability, IdbTransactionMode, IdbTransactionOptions,
};

use crate::bytes::{release, take};

/// Raised with every change of the tables; a tab of an older version then lets go.
const VERSION: u32 = 1;
/// How often a broken connection is opened again before a commit is given up.
const REOPENINGS: u32 = 3;
/// How long to wait before opening again, the first time; doubles.
const PAUSE_MS: u32 = 100;

/// The database of this origin.
pub struct IndexedDb {
    name: String,
    handle: Rc<RefCell<Option<Handle>>>,
    /// A newer version asked for the database: we let go and open it no more.
    superseded: Rc<Cell<bool>>,
    on_superseded: Rc<dyn Fn()>,
}

/// An open connection, and what listens to it.
struct Handle {
    database: IdbDatabase,
    _on_version_change: Closure<dyn FnMut()>,
    _on_close: Closure<dyn FnMut()>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        self.database.close();
    }
}

/// What went wrong inside, before it is known whether trying again may help.
enum Trouble {
    Final(StoreError),
    Broken(String),
}

impl From<JsValue> for Trouble {
    fn from(error: JsValue) -> Trouble {
        let exception = error.dyn_ref::<DomException>();
        let name = exception.map(DomException::name).unwrap_or_default();
        match name.as_str() {
            "QuotaExceededError" => Trouble::Final(StoreError::Full),
            "VersionError" => Trouble::Final(StoreError::Newer),
            "SecurityError" => Trouble::Final(StoreError::Missing),
            _ => Trouble::Broken(exception.map_or_else(
                || format!("{error:?}"),
                |e| format!("{name}: {}", e.message()),
            )),
        }
    }
}

impl IndexedDb {
    /// `on_superseded` is called when a newer version of the app wants the database; this one has let go by then.
    pub fn new(name: impl Into<String>, on_superseded: impl Fn() + 'static) -> IndexedDb {
        IndexedDb {
            name: name.into(),
            handle: Rc::default(),
            superseded: Rc::default(),
            on_superseded: Rc::new(on_superseded),
        }
    }

    async fn database(&self) -> Result<IdbDatabase, Trouble> {
        if self.superseded.get() {
            return Err(Trouble::Final(StoreError::Newer));
        }
        if let Some(handle) = &*self.handle.borrow() {
            return Ok(handle.database.clone());
        }
        let request = factory()?.open_with_u32(&self.name, VERSION)?;
        let upgrade = Closure::<dyn FnMut(Event)>::new(|event: Event| {
            let request: Option<IdbOpenDbRequest> =
                event.target().and_then(|target| target.dyn_into().ok());
            let database = request
                .and_then(|request| request.result().ok())
                .map(JsCast::unchecked_into::<IdbDatabase>);
            if let Some(database) = database {
                for table in Table::ALL {
                    // Fails for a table that is there already, which is as it should be.
                    let _ = database.create_object_store(table.name());
                }
            }
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let database: IdbDatabase = settled(&request).await?.unchecked_into();
        let on_close = Closure::<dyn FnMut()>::new({
            let handle = Rc::downgrade(&self.handle);
            move || drop_later(&handle)
        });
        let on_version_change = Closure::<dyn FnMut()>::new({
            let (handle, superseded) = (Rc::downgrade(&self.handle), Rc::clone(&self.superseded));
            let (on_superseded, database) = (Rc::clone(&self.on_superseded), database.clone());
            move || {
                database.close();
                superseded.set(true);
                drop_later(&handle);
                on_superseded();
            }
        });
        database.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        database.set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
        let handle = Handle {
            database: database.clone(),
            _on_version_change: on_version_change,
            _on_close: on_close,
        };
        *self.handle.borrow_mut() = Some(handle);
        Ok(database)
    }

    /// Does `work` on the database; opens it again and does it again when the connection broke.
    async fn lasting<A>(
        &self,
        work: impl AsyncFn(IdbDatabase) -> Result<A, Trouble>,
    ) -> Result<A, StoreError> {
        let mut pause = PAUSE_MS;
        let mut left = REOPENINGS;
        loop {
            let done = match self.database().await {
                Ok(database) => work(database).await,
                Err(trouble) => Err(trouble),
            };
            match done {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Broken(why)) if left == 0 => return Err(StoreError::Lost(why)),
                Err(Trouble::Broken(_)) => {
                    self.handle.borrow_mut().take();
                    crate::delay(pause).await;
                    pause *= 2;
                    left -= 1;
                }
            }
        }
    }

    async fn cursor(
        &self,
        table: Table,
        range: Option<IdbKeyRange>,
        direction: IdbCursorDirection,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.lasting(async |database| {
            let store = read(&database, table)?;
            let range = range.clone().map_or(JsValue::UNDEFINED, JsValue::from);
            let request = store.open_cursor_with_range_and_direction(&range, direction)?;
            let (tell, told) = oneshot::channel();
            let tell = Rc::new(RefCell::new(Some(tell)));
            let rows = Rc::new(RefCell::new(Vec::new()));
            let step = Closure::<dyn FnMut(Event)>::new({
                let (request, tell, rows) = (request.clone(), Rc::clone(&tell), Rc::clone(&rows));
                move |_| {
                    let more = next(&request, &rows, limit);
                    if !matches!(more, Ok(true))
                        && let Some(tell) = tell.borrow_mut().take()
                    {
                        let _ = tell.send(more.map(drop));
                    }
                }
            });
            let failed = Closure::<dyn FnMut(Event)>::new({
                let request = request.clone();
                move |_| {
                    if let Some(tell) = tell.borrow_mut().take() {
                        let _ = tell.send(Err(error_of(&request)));
                    }
                }
            });
            request.set_onsuccess(Some(step.as_ref().unchecked_ref()));
            request.set_onerror(Some(failed.as_ref().unchecked_ref()));
            told.await
                .map_err(|_| Trouble::Broken("the cursor went".into()))??;
            request.set_onsuccess(None);
            request.set_onerror(None);
            Ok(rows.take())
        })
        .await
    }
}

/// Takes the row under the cursor and moves on; false at the end.
fn next(
    request: &IdbRequest,
    rows: &Rc<RefCell<Vec<Stored>>>,
    limit: usize,
) -> Result<bool, JsValue> {
    let result = request.result()?;
    if result.is_null() || result.is_undefined() {
        return Ok(false);
    }
    let cursor: IdbCursorWithValue = result.unchecked_into();
    let key = cursor.key()?.as_string().unwrap_or_default();
    let bytes = take(&cursor.value()?.unchecked_into());
    let mut rows = rows.borrow_mut();
    rows.push((key, bytes));
    if rows.len() >= limit {
        return Ok(false);
    }
    cursor.continue_()?;
    Ok(true)
}

/// Drops a handle once the event that is being handled is over: its closures may be running now.
fn drop_later(handle: &std::rc::Weak<RefCell<Option<Handle>>>) {
    let old = handle
        .upgrade()
        .and_then(|handle| handle.borrow_mut().take());
    wasm_bindgen_futures::spawn_local(async move { drop(old) });
}

fn factory() -> Result<IdbFactory, Trouble> {
    let factory = Reflect::get(&js_sys::global(), &JsValue::from_str("indexedDB"))?;
    if factory.is_undefined() || factory.is_null() {
        return Err(Trouble::Final(StoreError::Missing));
    }
    Ok(factory.unchecked_into())
}

fn read(database: &IdbDatabase, table: Table) -> Result<IdbObjectStore, Trouble> {
    Ok(database
        .transaction_with_str(table.name())?
        .object_store(table.name())?)
}

fn error_of(request: &IdbRequest) -> JsValue {
    request
        .error()
        .ok()
        .flatten()
        .map_or(JsValue::UNDEFINED, JsValue::from)
}

/// The result of a request, once it has one.
async fn settled(request: &IdbRequest) -> Result<JsValue, Trouble> {
    let (tell, told) = oneshot::channel();
    let tell = Rc::new(RefCell::new(Some(tell)));
    let on = |answer: fn(&IdbRequest) -> Result<JsValue, JsValue>| {
        let (request, tell) = (request.clone(), Rc::clone(&tell));
        Closure::<dyn FnMut(Event)>::new(move |_| {
            if let Some(tell) = tell.borrow_mut().take() {
                let _ = tell.send(answer(&request));
            }
        })
    };
    let success = on(|request| request.result());
    let failure = on(|request| Err(error_of(request)));
    request.set_onsuccess(Some(success.as_ref().unchecked_ref()));
    request.set_onerror(Some(failure.as_ref().unchecked_ref()));
    let answer = told
        .await
        .map_err(|_| Trouble::Broken("the request went".into()))?;
    request.set_onsuccess(None);
    request.set_onerror(None);
    Ok(answer?)
}

/// Comes back when the transaction is on the disk, or says why it is not.
async fn complete(transaction: &IdbTransaction) -> Result<(), Trouble> {
    let (tell, told) = oneshot::channel();
    let tell = Rc::new(RefCell::new(Some(tell)));
    let done = Closure::<dyn FnMut(Event)>::new({
        let tell = Rc::clone(&tell);
        move |_| {
            if let Some(tell) = tell.borrow_mut().take() {
                let _ = tell.send(Ok(()));
            }
        }
    });
    let aborted = Closure::<dyn FnMut(Event)>::new({
        let transaction = transaction.clone();
        move |_| {
            if let Some(tell) = tell.borrow_mut().take() {
                let _ = tell.send(Err(transaction
                    .error()
                    .map_or(JsValue::UNDEFINED, JsValue::from)));
            }
        }
    });
    transaction.set_oncomplete(Some(done.as_ref().unchecked_ref()));
    transaction.set_onabort(Some(aborted.as_ref().unchecked_ref()));
    let answer = told
        .await
        .map_err(|_| Trouble::Broken("the transaction went".into()))?;
    transaction.set_oncomplete(None);
    transaction.set_onabort(None);
    Ok(answer?)
}

impl Store for IndexedDb {
    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.lasting(async |database| {
            let request = read(&database, table)?.get(&JsValue::from_str(key))?;
            let found = settled(&request).await?;
            Ok((!found.is_undefined()).then(|| take(found.unchecked_ref())))
        })
        .await
    }

    async fn all(&self, table: Table) -> Result<Vec<Stored>, StoreError> {
        self.lasting(async |database| {
            let store = read(&database, table)?;
            let (keys, values) = (store.get_all_keys()?, store.get_all()?);
            let (keys, values) = futures::join!(settled(&keys), settled(&values));
            let (keys, values): (Array, Array) = (keys?.unchecked_into(), values?.unchecked_into());
            let rows = keys.iter().zip(values.iter());
            Ok(rows
                .map(|(key, value)| {
                    (
                        key.as_string().unwrap_or_default(),
                        take(value.unchecked_ref()),
                    )
                })
                .collect())
        })
        .await
    }

    async fn count(&self, table: Table) -> Result<usize, StoreError> {
        self.lasting(async |database| {
            let request = read(&database, table)?.count()?;
            let count = settled(&request).await?;
            Ok(count.as_f64().unwrap_or_default() as usize)
        })
        .await
    }

    async fn latest(
        &self,
        table: Table,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let range = match before {
            None => None,
            Some(before) => Some(
                IdbKeyRange::upper_bound_with_open(&JsValue::from_str(before), true)
                    .map_err(|error| StoreError::Lost(format!("{error:?}")))?,
            ),
        };
        self.cursor(table, range, IdbCursorDirection::Prev, limit)
            .await
    }

    async fn ascending(
        &self,
        table: Table,
        prefix: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let from = from.max(prefix);
        let range = IdbKeyRange::bound(
            &JsValue::from_str(from),
            &JsValue::from_str(&format!("{prefix}\u{ffff}")),
        );
        // No range when nothing can be in it (`from` beyond the prefix).
        let Ok(range) = range else {
            return Ok(Vec::new());
        };
        self.cursor(table, Some(range), IdbCursorDirection::Next, limit)
            .await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut tables: Vec<Table> = changes.iter().map(Change::table).collect();
        tables.sort_unstable();
        tables.dedup();
        let names: Vec<JsString> = tables
            .iter()
            .map(|table| JsString::from(table.name()))
            .collect();
        self.lasting(async |database| {
            let options = IdbTransactionOptions::new();
            options.set_durability(IdbTransactionDurability::Strict);
            let mode = IdbTransactionMode::Readwrite;
            let transaction = database
                .transaction_with_str_sequence_and_mode_and_options(&names, mode, &options)?;
            for change in &changes {
                match change {
                    Change::Put { table, key, bytes } => {
                        let value = Uint8Array::from(bytes.as_slice());
                        transaction
                            .object_store(table.name())?
                            .put_with_key(&value, &JsValue::from_str(key))?;
                        // The store has its copy.
                        release(&value);
                    }
                    Change::Delete { table, key } => {
                        transaction
                            .object_store(table.name())?
                            .delete(&JsValue::from_str(key))?;
                    }
                }
            }
            complete(&transaction).await
        })
        .await
    }

    async fn destroy(&self) -> Result<(), StoreError> {
        self.handle.borrow_mut().take();
        let request = factory()
            .and_then(|factory| Ok(factory.delete_database(&self.name)?))
            .map_err(|trouble| match trouble {
                Trouble::Final(error) => error,
                Trouble::Broken(why) => StoreError::Lost(why),
            })?;
        match settled(&request).await {
            Ok(_) => Ok(()),
            Err(Trouble::Final(error)) => Err(error),
            Err(Trouble::Broken(why)) => Err(StoreError::Lost(why)),
        }
    }
}

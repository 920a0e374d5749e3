//! The conversation with the page, and what goes on between questions.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use vigie_backend::{Backend, Host, KdfCost};
use vigie_device::{Fetch, Inbox, IndexedDb, Message, Writer};
use vigie_model::Timestamp;
use vigie_protocol::{
    DoorQuestion, Event, Failure, GetStatus, Lane, Phase, Request, Status,
    codec::{decode, encode},
};
use vigie_seal::vault::{Derived, Kdf, NotOpened};
use vigie_vault::{Ground, Room};
use wasm_bindgen_futures::spawn_local;

use crate::passphrase;

/// The database of an origin.
const DATABASE: &str = "vigie";
/// How often the backend may lock or send by itself.
const TICK_MS: u32 = 3_000;
/// A breath between two pieces of the notebook opened in the background.
const BREATH_MS: u32 = 4;

/// The browser, as a host.
struct Browser {
    store: IndexedDb,
    transport: Fetch,
    inbox: Inbox,
    /// Measured once: the device does not change under us.
    cost: Cell<Option<KdfCost>>,
}

impl Ground for Browser {
    type Store = IndexedDb;

    fn fill(&self, bytes: &mut [u8]) {
        vigie_device::fill(bytes);
    }

    fn store(&self) -> &IndexedDb {
        &self.store
    }
}

impl Host for Browser {
    type Transport = Fetch;

    fn now(&self) -> Timestamp {
        Timestamp(vigie_device::now_ms())
    }

    fn utc_offset(&self, at: Timestamp) -> i32 {
        vigie_device::utc_offset_minutes(at.0)
    }

    fn transport(&self) -> &Fetch {
        &self.transport
    }

    fn emit(&self, event: Event) {
        tell(&self.inbox, &event);
    }

    async fn delay(&self, ms: u32) {
        vigie_device::delay(ms).await;
    }

    async fn room(&self) -> Room {
        vigie_device::room().await
    }

    async fn kdf_cost(&self) -> KdfCost {
        if let Some(cost) = self.cost.get() {
            return cost;
        }
        let (m_kib, t) = passphrase::cost().await;
        let cost = KdfCost { m_kib, t };
        self.cost.set(Some(cost));
        cost
    }

    async fn derive(&self, kdf: &Kdf, passphrase: &str) -> Result<Derived, NotOpened> {
        passphrase::derive(kdf, passphrase).await
    }
}

/// Tells the page what it did not ask.
fn tell(inbox: &Inbox, event: &Event) {
    let bytes = encode(event);
    inbox.post(&Message { id: 0, bytes });
}

/// One question, as it came.
struct Asked {
    id: u32,
    request: Request,
}

struct Worker {
    backend: Backend<Browser>,
    inbox: Inbox,
    /// True while this tab may write.
    writer: Cell<bool>,
    /// A newer version of the app has the database.
    superseded: Rc<Cell<bool>>,
    /// Changes, in the order asked.
    queue: RefCell<VecDeque<Asked>>,
    busy: Cell<bool>,
    indexing: Cell<bool>,
}

pub fn start() {
    let inbox = Inbox::of_this_worker();
    if vigie_device::is_aside() {
        return passphrase::serve(inbox);
    }
    let superseded = Rc::new(Cell::new(false));
    let store = IndexedDb::new(DATABASE, {
        let (inbox, superseded) = (inbox.clone(), Rc::clone(&superseded));
        move || {
            superseded.set(true);
            tell(&inbox, &Event::Status(elsewhere()));
        }
    });
    let browser = Browser {
        store,
        transport: Fetch,
        inbox: inbox.clone(),
        cost: Cell::new(None),
    };
    let worker = Rc::new(Worker {
        backend: Backend::new(browser),
        inbox: inbox.clone(),
        writer: Cell::new(false),
        superseded,
        queue: RefCell::default(),
        busy: Cell::new(false),
        indexing: Cell::new(false),
    });
    spawn_local(async move {
        let turn = vigie_device::writer({
            let worker = Rc::clone(&worker);
            move || worker.stand_down()
        })
        .await;
        worker.writer.set(matches!(turn, Writer::Here));
        inbox.listen({
            let worker = Rc::clone(&worker);
            move |message| Rc::clone(&worker).hear(message)
        });
        if let Writer::Elsewhere(ours) = turn
            && ours.await.is_ok()
        {
            worker.writer.set(true);
            if let Ok(status) = worker.backend.ask(GetStatus).await {
                tell(&worker.inbox, &Event::Status(status));
            }
        }
        loop {
            vigie_device::delay(TICK_MS).await;
            if worker.writer.get() && !worker.superseded.get() {
                // What fails here fails again where a person sees it: a save, or the exchange's own outcome.
                let _ = worker.backend.tick().await;
            }
        }
    });
}

/// Where a tab stands that may not write.
fn elsewhere() -> Status {
    Status {
        phase: Phase::Elsewhere,
        mission: None,
        name: String::new(),
        auto_lock_minutes: 0,
        enrolment_pending: false,
    }
}

impl Worker {
    /// Another tab writes from now on.
    fn stand_down(&self) {
        self.writer.set(false);
        tell(&self.inbox, &Event::Status(elsewhere()));
    }

    fn reply(&self, id: u32, bytes: Vec<u8>) {
        self.inbox.post(&Message { id, bytes });
    }

    fn refuse(&self, id: u32, failure: Failure) {
        self.reply(id, encode(&Err::<(), _>(failure)));
    }

    fn hear(self: Rc<Self>, Message { id, bytes }: Message) {
        let request = match decode::<Request>(&bytes) {
            Ok(request) => request,
            Err(failure) => return self.refuse(id, failure),
        };
        if self.superseded.get() {
            return self.refuse(id, Failure::NewerStore);
        }
        if !self.writer.get() {
            return match request {
                Request::Door(DoorQuestion::GetStatus(_)) => {
                    self.reply(id, encode(&Ok::<_, Failure>(elsewhere())));
                }
                _ => self.refuse(id, Failure::Elsewhere),
            };
        }
        let asked = Asked { id, request };
        match asked.request.lane() {
            Lane::Read | Lane::Network => spawn_local(async move { self.answer(asked).await }),
            Lane::Write => {
                self.queue.borrow_mut().push_back(asked);
                if !self.busy.replace(true) {
                    spawn_local(async move {
                        loop {
                            let next = self.queue.borrow_mut().pop_front();
                            let Some(asked) = next else { break };
                            self.answer(asked).await;
                        }
                        self.busy.set(false);
                        self.index();
                    });
                }
            }
        }
    }

    async fn answer(&self, Asked { id, request }: Asked) {
        self.reply(id, self.backend.handle(request).await);
    }

    /// Opens the rest of the notebook in the background, a piece at a time.
    fn index(self: Rc<Self>) {
        if self.indexing.replace(true) {
            return;
        }
        spawn_local(async move {
            while let Ok(true) = self.backend.index_more().await {
                vigie_device::delay(BREATH_MS).await;
            }
            self.indexing.set(false);
        });
    }
}

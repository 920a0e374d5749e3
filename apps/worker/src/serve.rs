//! The conversation with the page, and what goes on between questions.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    time::Duration,
};

use vigie_backend::{
    Backend, Host, KdfCost, Lane, Room,
    protocol::{Answer, Call, Event, Failure, Message, Phase, Request, Status},
};
use vigie_device::{Fetch, Inbox, IndexedDb, Message as Envelope, Writer};
use vigie_model::Timestamp;
use vigie_seal::vault::Kdf;
use wasm_bindgen_futures::spawn_local;

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

impl Host for Browser {
    type Store = IndexedDb;
    type Transport = Fetch;

    fn now(&self) -> Timestamp {
        Timestamp(vigie_device::now_ms())
    }

    fn utc_offset(&self, at: Timestamp) -> i32 {
        vigie_device::utc_offset_minutes(at.0)
    }

    fn fill(&self, bytes: &mut [u8]) {
        vigie_device::fill(bytes);
    }

    fn store(&self) -> &IndexedDb {
        &self.store
    }

    fn transport(&self) -> &Fetch {
        &self.transport
    }

    fn emit(&self, event: Event) {
        post(&self.inbox, 0, &Message::<Answer>::Event(event), None);
    }

    async fn delay(&self, ms: u32) {
        vigie_device::delay(ms).await;
    }

    async fn room(&self) -> Room {
        vigie_device::room().await
    }

    fn kdf_cost(&self) -> KdfCost {
        if let Some(cost) = self.cost.get() {
            return cost;
        }
        let (m_kib, t) = Kdf::calibrate(|kdf| {
            let start = vigie_device::now_ms();
            match kdf.run() {
                Ok(()) => Duration::from_millis(vigie_device::now_ms().abs_diff(start)),
                // A device without the memory for this is asked for the least.
                Err(_) => Duration::MAX,
            }
        });
        let cost = KdfCost { m_kib, t };
        self.cost.set(Some(cost));
        cost
    }
}

fn post(inbox: &Inbox, id: u32, message: &Message<Answer>, bytes: Option<Vec<u8>>) {
    match serde_json::to_string(message) {
        Ok(json) => inbox.post(&Envelope { id, json, bytes }),
        Err(error) => {
            let failure = Message::<Answer>::Reply {
                id,
                result: Err(Failure::Internal(error.to_string())),
            };
            if let Ok(json) = serde_json::to_string(&failure) {
                inbox.post(&Envelope {
                    id,
                    json,
                    bytes: None,
                });
            }
        }
    }
}

/// One question, as it came.
struct Asked {
    id: u32,
    request: Request,
    bytes: Option<Vec<u8>>,
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
    let superseded = Rc::new(Cell::new(false));
    let store = IndexedDb::new(DATABASE, {
        let (inbox, superseded) = (inbox.clone(), Rc::clone(&superseded));
        move || {
            superseded.set(true);
            post(
                &inbox,
                0,
                &Message::<Answer>::Event(Event::Status(elsewhere())),
                None,
            );
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
            if let Ok((Answer::Status(status), _)) =
                worker.backend.handle(Request::Status, None).await
            {
                post(
                    &worker.inbox,
                    0,
                    &Message::Event(Event::Status(status)),
                    None,
                );
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
        post(
            &self.inbox,
            0,
            &Message::<Answer>::Event(Event::Status(elsewhere())),
            None,
        );
    }

    fn hear(self: Rc<Self>, message: Envelope) {
        let Envelope { id, json, bytes } = message;
        let request = match serde_json::from_str::<Call<Request>>(&json) {
            Ok(call) => call.request,
            Err(error) => {
                let result = Err(Failure::Internal(error.to_string()));
                return post(
                    &self.inbox,
                    id,
                    &Message::<Answer>::Reply { id, result },
                    None,
                );
            }
        };
        if self.superseded.get() {
            return post(
                &self.inbox,
                id,
                &Message::<Answer>::Reply {
                    id,
                    result: Err(Failure::NewerStore),
                },
                None,
            );
        }
        if !self.writer.get() {
            let result = if request == Request::Status {
                Ok(Answer::Status(elsewhere()))
            } else {
                Err(Failure::Elsewhere)
            };
            return post(&self.inbox, id, &Message::Reply { id, result }, None);
        }
        let asked = Asked { id, request, bytes };
        match Lane::of(&asked.request) {
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

    async fn answer(&self, asked: Asked) {
        let Asked { id, request, bytes } = asked;
        let (result, bytes) = match self.backend.handle(request, bytes).await {
            Ok((answer, bytes)) => (Ok(answer), bytes),
            Err(failure) => (Err(failure), None),
        };
        post(&self.inbox, id, &Message::Reply { id, result }, bytes);
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

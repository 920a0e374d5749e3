//! The worker behind a partner's page: keeps the link as it came, seals her answer, sends it.
//!
//! Her service worker runs it too, where no page is open: it sends what waits, and nothing else.
//!
//! Started and spoken to like the notebook's worker, from `/q-sealer_loader.js`: a `SealerRequest` in, its answer out, and
//! with id 0 a `Waiting`, each time it is another. What it writes are rows of their own, which any tab may write; so it asks
//! nobody whether it may, and a notebook that is open in another tab stays what it is.

fn main() {
    #[cfg(target_arch = "wasm32")]
    serve::start();
}

#[cfg(target_arch = "wasm32")]
mod serve {
    use std::{cell::RefCell, rc::Rc};

    use vigie_device::{Fetch, Inbox, IndexedDb, Message};
    use vigie_model::Timestamp;
    use vigie_partner::{Sealer, World};
    use vigie_protocol::{
        Answers, DATABASE, Failure, Retry, SealerRequest, Waiting,
        codec::{decode, encode},
    };
    use vigie_vault::Ground;
    use wasm_bindgen::prelude::wasm_bindgen;
    use wasm_bindgen_futures::spawn_local;

    /// How often it looks whether something is due.
    const TICK_MS: u32 = 3_000;

    struct Browser {
        store: IndexedDb,
        transport: Fetch,
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

    impl World for Browser {
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
    }

    struct Worker {
        sealer: Sealer<Browser>,
        inbox: Inbox,
        told: RefCell<Waiting>,
    }

    fn sealer() -> Sealer<Browser> {
        // A newer version that wants the database takes it: what is asked of this one then fails, in words.
        Sealer::new(Browser {
            store: IndexedDb::new(DATABASE, || ()),
            transport: Fetch,
        })
    }

    /// For the service worker: sends what waits; whether something still does.
    #[wasm_bindgen]
    pub async fn send() -> bool {
        let sealer = sealer();
        // What fails stays, and is counted.
        let _ = sealer.answer(Retry).await;
        sealer.waiting().waiting > 0
    }

    pub fn start() {
        if vigie_device::is_service_worker() {
            return;
        }
        let inbox = Inbox::of_this_worker();
        let worker = Rc::new(Worker {
            sealer: sealer(),
            inbox: inbox.clone(),
            told: RefCell::default(),
        });
        inbox.listen({
            let worker = Rc::clone(&worker);
            move |message| {
                let worker = Rc::clone(&worker);
                spawn_local(async move { worker.answer(message).await });
            }
        });
        spawn_local(async move {
            loop {
                vigie_device::delay(TICK_MS).await;
                // What fails here is tried again, and shows in what waits.
                let _ = worker.sealer.tick().await;
                worker.tell();
            }
        });
    }

    impl Worker {
        async fn answer(&self, Message { id, bytes }: Message) {
            let bytes = match decode::<SealerRequest>(&bytes) {
                Ok(request) => self.sealer.handle(request).await,
                Err(failure) => encode(&Err::<(), Failure>(failure)),
            };
            self.inbox.post(&Message { id, bytes });
            self.tell();
        }

        /// Tells the page what waits, if it is not what it was.
        fn tell(&self) {
            let now = self.sealer.waiting();
            if *self.told.borrow() != now {
                let bytes = encode(&now);
                self.inbox.post(&Message { id: 0, bytes });
                self.told.replace(now);
            }
        }
    }
}

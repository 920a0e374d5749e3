//! The conversation with the page, and what goes on between questions.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

#[cfg(feature = "desk")]
use vigie_desk::Desk as Answerer;
use vigie_device::{Inbox, IndexedDb, Message, Writer};
#[cfg(not(feature = "desk"))]
use vigie_notebook::Notebook as Answerer;
#[cfg(feature = "desk")]
use vigie_protocol::DeskRequest as Asked;
#[cfg(not(feature = "desk"))]
use vigie_protocol::Request as Asked;
use vigie_protocol::{
    DATABASE, DoorQuestion, Event, Failure, Lane, Request, Status,
    codec::{decode, encode},
};
use wasm_bindgen_futures::spawn_local;

#[cfg(not(feature = "desk"))]
use crate::filling;
use crate::{
    browser::{Browser, tell},
    passphrase,
};

/// How often the notebook may lock or send by itself.
const TICK_MS: u32 = 3_000;
/// A breath between two pieces of the notebook opened in the background.
const BREATH_MS: u32 = 4;

/// One question, as it came.
struct Waiting {
    id: u32,
    request: Asked,
}

struct Worker {
    answerer: Answerer<Browser>,
    inbox: Inbox,
    /// True while this tab may write.
    writer: Cell<bool>,
    /// A newer version of the app has the database.
    superseded: Rc<Cell<bool>>,
    /// Changes, in the order asked.
    queue: RefCell<VecDeque<Waiting>>,
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
            tell(&inbox, &Event::Status(Status::elsewhere()));
        }
    });
    let worker = Rc::new(Worker {
        answerer: Answerer::new(Browser::new(store, inbox.clone())),
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
            if let Ok(status) = worker.answerer.status().await {
                tell(&worker.inbox, &Event::Status(status));
            }
        }
        #[cfg(not(feature = "desk"))]
        spawn_local(async {
            // The line is first of all for what the page waits for; where it fails, whoever fills asks again.
            vigie_device::delay(TICK_MS).await;
            drop(filling::fill().await);
        });
        loop {
            vigie_device::delay(TICK_MS).await;
            if worker.writer.get() && !worker.superseded.get() {
                // What fails here fails again where a person sees it: a save, or the exchange's own outcome.
                let _ = worker.answerer.tick().await;
            }
        }
    });
}

impl Worker {
    /// Another tab writes from now on.
    fn stand_down(&self) {
        self.writer.set(false);
        tell(&self.inbox, &Event::Status(Status::elsewhere()));
    }

    fn reply(&self, id: u32, bytes: Vec<u8>) {
        self.inbox.post(&Message { id, bytes });
    }

    fn refuse(&self, id: u32, failure: Failure) {
        self.reply(id, encode(&Err::<(), _>(failure)));
    }

    fn hear(self: Rc<Self>, Message { id, bytes }: Message) {
        let request = match decode::<Asked>(&bytes) {
            Ok(request) => request,
            Err(failure) => return self.refuse(id, failure),
        };
        if self.superseded.get() {
            return self.refuse(id, Failure::NewerStore);
        }
        if !self.writer.get() {
            return match request.notebooks() {
                Some(Request::Door(DoorQuestion::GetStatus(_))) => {
                    self.reply(id, encode(&Ok::<_, Failure>(Status::elsewhere())));
                }
                _ => self.refuse(id, Failure::Elsewhere),
            };
        }
        let waiting = Waiting { id, request };
        match waiting.request.lane() {
            Lane::Read | Lane::Network => spawn_local(async move { self.answer(waiting).await }),
            Lane::Write => {
                self.queue.borrow_mut().push_back(waiting);
                if !self.busy.replace(true) {
                    spawn_local(async move {
                        loop {
                            let next = self.queue.borrow_mut().pop_front();
                            let Some(waiting) = next else { break };
                            self.answer(waiting).await;
                        }
                        self.busy.set(false);
                        self.index();
                    });
                }
            }
        }
    }

    async fn answer(self: &Rc<Self>, Waiting { id, request }: Waiting) {
        #[cfg(feature = "desk")]
        let bytes = self.answerer.handle(request).await;
        #[cfg(not(feature = "desk"))]
        let bytes = match request {
            Request::Filling(question) => match filling::fill().await {
                Ok(fill) => fill(&self.answerer, question).await,
                Err(_) => encode(&Err::<(), _>(Failure::Absent)),
            },
            other => self.answerer.handle_but_filling(other).await,
        };
        self.reply(id, bytes);
    }

    /// Opens the rest of the notebook in the background, a piece at a time.
    fn index(self: Rc<Self>) {
        if self.indexing.replace(true) {
            return;
        }
        spawn_local(async move {
            while let Ok(true) = self.answerer.index_more().await {
                vigie_device::delay(BREATH_MS).await;
            }
            self.indexing.set(false);
        });
    }
}

//! What every page may read: where the device stands, counts, the exchange, long tasks. Kept up to date by the worker's
//! events.

use std::cell::Cell;

use leptos::prelude::*;
use vigie_model::RecordId;
#[cfg(not(feature = "partner"))]
use vigie_protocol::Event;
#[cfg(feature = "partner")]
use vigie_protocol::Waiting;
use vigie_protocol::{Counts, ExchangeView, Failure, Status, Task};

/// One signal per thing, so that a page redraws only what moved.
#[derive(Clone, Copy)]
pub struct State {
    /// Unknown until the worker's first word.
    pub status: RwSignal<Option<Status>>,
    pub counts: RwSignal<Counts>,
    /// Grows each time lists may have changed.
    pub changes: RwSignal<u32>,
    pub exchange: RwSignal<ExchangeView>,
    /// Partners' sealed answers that wait here.
    #[cfg(feature = "partner")]
    pub waiting: RwSignal<Waiting>,
    /// The long task under way: done, of total.
    pub progress: RwSignal<Option<(Task, u64, u64)>>,
    /// The worker stopped, and what it was asked was not done.
    pub stopped: RwSignal<bool>,
    /// The device failed to say where it stands.
    pub failure: RwSignal<Option<Failure>>,
    /// A newer version of the app waits for the person's word.
    pub update: RwSignal<bool>,
    /// A draft that a person threw away, and may still have back.
    pub dropping: RwSignal<Option<Dropping>>,
    /// The network, as the browser tells it.
    pub online: RwSignal<bool>,
}

/// A draft out of sight.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Dropping {
    pub rec: RecordId,
    /// Of a finished response, which stays.
    pub is_correction: bool,
    /// When it was thrown away.
    pub at: i64,
}

thread_local! {
    static STATE: Cell<Option<State>> = const { Cell::new(None) };
}

impl State {
    /// Made once, at the root of the page.
    pub fn begin() -> State {
        let state = State {
            status: RwSignal::new(None),
            counts: RwSignal::new(Counts::default()),
            changes: RwSignal::new(0),
            exchange: RwSignal::new(ExchangeView::default()),
            #[cfg(feature = "partner")]
            waiting: RwSignal::new(Waiting::default()),
            progress: RwSignal::new(None),
            stopped: RwSignal::new(false),
            failure: RwSignal::new(None),
            update: RwSignal::new(false),
            dropping: RwSignal::new(None),
            online: RwSignal::new(window().navigator().on_line()),
        };
        STATE.set(Some(state));
        provide_context(state);
        state
    }

    /// Takes a status from an answer.
    pub fn take(&self, status: Status) {
        self.failure.set(None);
        self.status.set(Some(status));
    }
}

/// The state of the page.
pub fn use_state() -> State {
    expect_context::<State>()
}

/// What waits behind a partner's page.
#[cfg(feature = "partner")]
pub fn hear(waiting: Waiting) {
    if let Some(state) = STATE.get() {
        state.waiting.set(waiting);
    }
}

/// An event of the worker.
#[cfg(not(feature = "partner"))]
pub fn hear(event: Event) {
    let Some(state) = STATE.get() else { return };
    match event {
        Event::Changed(counts) => {
            state.counts.set(counts);
            state.changes.update(|changes| *changes += 1);
        }
        Event::Exchange(view) => {
            state.counts.set(view.counts.clone());
            if !view.busy && matches!(state.progress.get_untracked(), Some((Task::Sending, ..))) {
                state.progress.set(None);
            }
            state.exchange.set(view);
        }
        Event::Status(status) => state.take(status),
        Event::Progress { task, done, total } => {
            state
                .progress
                .set((done < total).then_some((task, done, total)));
        }
    }
}

/// The notebook's worker stopped.
pub fn worker_stopped() {
    if let Some(state) = STATE.get() {
        state.stopped.set(true);
    }
}

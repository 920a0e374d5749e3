//! What happened in a run: counted, and in order.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// How many times each thing happened.
pub type Counts = BTreeMap<&'static str, usize>;

/// Of one run.
pub struct Told {
    begun: Instant,
    counts: Mutex<Counts>,
    story: Mutex<Vec<String>>,
}

impl Told {
    pub fn new() -> Told {
        Told {
            begun: Instant::now(),
            counts: Mutex::default(),
            story: Mutex::default(),
        }
    }

    pub fn count(&self, what: &'static str) {
        self.add(what, 1);
    }

    pub fn add(&self, what: &'static str, times: usize) {
        *lock(&self.counts).entry(what).or_default() += times;
    }

    /// Something that whoever looks for a fault wants to read.
    pub fn say(&self, what: impl FnOnce() -> String) {
        let at = self.begun.elapsed().as_millis();
        lock(&self.story).push(format!("{at:>6} ms  {}", what()));
    }

    pub fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }

    pub fn story(&self) -> String {
        lock(&self.story).join("\n")
    }
}

/// What a thread left that failed is still there to be read.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

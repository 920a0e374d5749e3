//! Places for lines: so many, and whose is given to another once all are taken.
//!
//! A line waits as long as it has sent no whole head, and again once it is only listened to. Whoever waits keeps a place while
//! there is another; when there is none, the oldest who waits is let go. So somebody who opens thousands of lines and asks
//! nothing on them keeps nobody out, whatever address she has, and a line on which something is under way is never cut.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

/// How long somebody is waited for who works, before another is sought who waits.
const BREATH: Duration = Duration::from_millis(20);

pub struct Places {
    free: Arc<Semaphore>,
    all: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    /// By age.
    lines: BTreeMap<u64, Hold>,
}

/// What a line has as long as it has a place; whoever drops it lets the line go.
struct Hold {
    _permit: OwnedSemaphorePermit,
    tie: oneshot::Sender<()>,
}

/// Ends when the line is let go.
pub type LetGo = oneshot::Receiver<()>;

/// One line's place, until it is dropped or the line let go.
pub struct Place {
    places: Arc<Places>,
    number: u64,
    /// While something is under way; else it is with all who wait.
    working: Mutex<Option<Hold>>,
}

impl Places {
    pub fn new(all: usize) -> Arc<Places> {
        Arc::new(Places {
            free: Arc::new(Semaphore::new(all)),
            all,
            waiting: Mutex::default(),
        })
    }

    /// A place for a line that waits; another's, where there is none.
    pub async fn take(self: &Arc<Places>) -> io::Result<(Place, LetGo)> {
        let permit = loop {
            if self.free.available_permits() == 0 {
                drop(lock(&self.waiting).lines.pop_first());
            }
            if let Ok(permit) = timeout(BREATH, self.free.clone().acquire_owned()).await {
                break permit.map_err(io::Error::other)?;
            }
        };
        let (tie, let_go) = oneshot::channel();
        let hold = Hold {
            _permit: permit,
            tie,
        };
        let mut waiting = lock(&self.waiting);
        let number = waiting.next;
        waiting.next += 1;
        waiting.lines.insert(number, hold);
        let place = Place {
            places: self.clone(),
            number,
            working: Mutex::default(),
        };
        Ok((place, let_go))
    }

    /// Fewer than half are free: a line that has been answered should not stay for a next request.
    pub fn are_short(&self) -> bool {
        self.free.available_permits() < self.all / 2
    }
}

impl Place {
    /// A whole head has come: from now on the line is not let go.
    pub fn works(&self) {
        if let Some(hold) = lock(&self.places.waiting).lines.remove(&self.number) {
            *lock(&self.working) = Some(hold);
        }
    }

    /// Nothing is under way any more; nothing, when the line was let go.
    pub fn waits(&self) -> Option<LetGo> {
        let mut waiting = lock(&self.places.waiting);
        let working = lock(&self.working).take();
        let mut hold = working.or_else(|| waiting.lines.remove(&self.number))?;
        let (tie, let_go) = oneshot::channel();
        hold.tie = tie;
        waiting.lines.insert(self.number, hold);
        Some(let_go)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(lock(&self.places.waiting).lines.remove(&self.number));
    }
}

/// A panic elsewhere leaves them as good as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_go(line: &mut LetGo) -> bool {
        line.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    #[tokio::test]
    async fn the_oldest_that_waits_gives_its_place_and_none_that_works() {
        let places = Places::new(2);
        let (working, mut first) = places.take().await.expect("a place");
        working.works();
        let (waiting, mut second) = places.take().await.expect("a place");
        assert!(places.are_short() && !is_let_go(&mut second));
        let (third, mut newest) = places.take().await.expect("another's place");
        assert!(is_let_go(&mut second) && waiting.waits().is_none());
        assert!(!is_let_go(&mut first) && !is_let_go(&mut newest));
        // Done, it is the oldest that waits.
        let mut again = working.waits().expect("a place still");
        let (_fourth, _) = places.take().await.expect("another's place");
        assert!(is_let_go(&mut again) && !is_let_go(&mut newest));
        drop(third);
        places.take().await.expect("a free place");
    }
}

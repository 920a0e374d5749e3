//! Places for lines: so many, whose is given to another once all are taken, and how many one address may work on at once.
//!
//! A line waits as long as it has sent no whole head, and again once it has its answer or is only listened to. Whoever waits
//! keeps a place while there is another; when there is none, the oldest who waits is let go, and first one of an address that
//! has more than its share. So somebody who opens thousands of lines and asks nothing on them keeps nobody out, and a line on
//! which something is under way is never cut.
//!
//! That alone would leave all places to whoever begins requests and never ends them. So of the places on which nobody else
//! works, one address works on a quarter at most; what it asks beyond waits for its own to end, and can be let go meanwhile.
//! Two dozen addresses that do their worst leave a place to the next one.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

use crate::gate::Bucket;

/// How long somebody is waited for who works, before another is sought who waits.
const BREATH: Duration = Duration::from_millis(20);
/// One address works on one place in so many.
const SHARE: usize = 4;

pub struct Places {
    free: Arc<Semaphore>,
    all: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// Those that wait, by age.
    waiting: BTreeMap<u64, Hold>,
    /// Places on which somebody works.
    working: usize,
    of: HashMap<Bucket, Of>,
}

/// What one address has.
#[derive(Default)]
struct Of {
    lines: usize,
    working: usize,
    /// Requests that wait for another to end.
    queue: VecDeque<oneshot::Sender<()>>,
}

/// What a line has as long as it has a place; whoever drops it lets the line go.
struct Hold {
    _permit: OwnedSemaphorePermit,
    tie: oneshot::Sender<()>,
    from: Option<Bucket>,
}

/// Ends when the line is let go.
pub type LetGo = oneshot::Receiver<()>;

/// One line's place, until it is dropped or the line let go.
pub struct Place {
    places: Arc<Places>,
    number: u64,
    from: Option<Bucket>,
    /// While something is under way; else it is with all who wait.
    working: Mutex<Option<Hold>>,
}

impl Places {
    pub fn new(all: usize) -> Arc<Places> {
        Arc::new(Places {
            free: Arc::new(Semaphore::new(all)),
            all,
            taken: Mutex::default(),
        })
    }

    /// A place for a line that waits; another's, where there is none. `from`: whose it is, where that can be told.
    pub async fn take(self: &Arc<Places>, from: Option<Bucket>) -> io::Result<(Place, LetGo)> {
        let permit = loop {
            if self.free.available_permits() == 0 {
                lock(&self.taken).let_one_go(self.all / SHARE);
            }
            if let Ok(permit) = timeout(BREATH, self.free.clone().acquire_owned()).await {
                break permit.map_err(io::Error::other)?;
            }
        };
        let (tie, let_go) = oneshot::channel();
        let hold = Hold {
            _permit: permit,
            tie,
            from,
        };
        let mut taken = lock(&self.taken);
        let number = taken.next;
        taken.next += 1;
        taken.waiting.insert(number, hold);
        if let Some(from) = from {
            taken.of.entry(from).or_default().lines += 1;
        }
        let place = Place {
            places: self.clone(),
            number,
            from,
            working: Mutex::default(),
        };
        Ok((place, let_go))
    }

    /// Fewer than half are free: a line that has been answered should not stay for a next request.
    pub fn are_short(&self) -> bool {
        self.free.available_permits() < self.all / 2
    }
}

impl Taken {
    /// Lets one go that waits: the oldest of those whose address has more than its share, else the oldest.
    fn let_one_go(&mut self, share: usize) {
        let has_more = |hold: &Hold| {
            let of = hold.from.and_then(|from| self.of.get(&from));
            of.is_some_and(|of| of.lines > share)
        };
        let mut waiting = self.waiting.iter();
        let greedy = waiting.find(|(_, hold)| has_more(hold));
        match greedy.map(|(number, _)| *number) {
            Some(number) => drop(self.waiting.remove(&number)),
            None => drop(self.waiting.pop_first()),
        }
    }

    /// How many more this address may work on.
    fn room(&self, of: &Of, all: usize) -> usize {
        let free_of_others = all.saturating_sub(self.working - of.working);
        (free_of_others / SHARE).max(1).saturating_sub(of.working)
    }

    /// Calls whoever waits for one of this address's own to end.
    fn call(&mut self, from: Bucket, all: usize) {
        let Some(of) = self.of.get(&from) else { return };
        let mut room = self.room(of, all);
        let Some(of) = self.of.get_mut(&from) else {
            return;
        };
        while room > 0 {
            let Some(next) = of.queue.pop_front() else {
                break;
            };
            // One whose line was let go takes nobody's turn.
            room -= usize::from(next.send(()).is_ok());
        }
    }
}

impl Place {
    /// A whole head has come: once its address may work on one more, the line works, and is not let go.
    pub async fn works(&self) {
        while let Some(turn) = self.begin() {
            // Ends as well when nobody is left to call.
            drop(turn.await);
        }
    }

    /// Begins to work, or says what to wait for.
    fn begin(&self) -> Option<oneshot::Receiver<()>> {
        let mut taken = lock(&self.places.taken);
        if let Some(from) = self.from {
            let of = taken.of.get(&from)?;
            if taken.waiting.contains_key(&self.number) && taken.room(of, self.places.all) == 0 {
                let (turn, mine) = oneshot::channel();
                taken.of.get_mut(&from)?.queue.push_back(turn);
                return Some(mine);
            }
        }
        if let Some(hold) = taken.waiting.remove(&self.number) {
            taken.working += 1;
            if let Some(of) = self.from.and_then(|from| taken.of.get_mut(&from)) {
                of.working += 1;
            }
            *lock(&self.working) = Some(hold);
        }
        None
    }

    /// The answer was given: the line waits for another request, or for its end.
    pub fn rests(&self) {
        let mut taken = lock(&self.places.taken);
        if let Some(hold) = self.ends(&mut taken) {
            taken.waiting.insert(self.number, hold);
        }
    }

    /// The line is only listened to from now on; nothing, when it was let go.
    pub fn waits(&self) -> Option<LetGo> {
        self.rests();
        let mut taken = lock(&self.places.taken);
        let hold = taken.waiting.get_mut(&self.number)?;
        let (tie, let_go) = oneshot::channel();
        hold.tie = tie;
        Some(let_go)
    }

    fn ends(&self, taken: &mut Taken) -> Option<Hold> {
        let hold = lock(&self.working).take()?;
        taken.working -= 1;
        if let Some(from) = self.from {
            if let Some(of) = taken.of.get_mut(&from) {
                of.working -= 1;
            }
            taken.call(from, self.places.all);
        }
        Some(hold)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.places.taken);
        let hold = self.ends(&mut taken);
        drop(hold.or_else(|| taken.waiting.remove(&self.number)));
        let Some(from) = self.from else { return };
        let Some(of) = taken.of.get_mut(&from) else {
            return;
        };
        of.lines -= 1;
        if of.lines == 0 {
            taken.of.remove(&from);
        } else {
            // It may have been called, and not have heard it.
            taken.call(from, self.places.all);
        }
    }
}

/// A panic elsewhere leaves them as good as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr},
        sync::LazyLock,
    };

    use futures::FutureExt;

    use super::*;
    use crate::{gate::Gate, limits::Limits};

    fn is_let_go(line: &mut LetGo) -> bool {
        line.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    fn address(n: u8) -> Option<Bucket> {
        // One gate, for another knows the address by another salt.
        static GATE: LazyLock<Gate> = LazyLock::new(|| Gate::new(Limits::default(), 1, false));
        GATE.line_from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, n)))
    }

    #[tokio::test]
    async fn the_oldest_that_waits_gives_its_place_and_none_that_works() {
        let places = Places::new(2);
        let (working, mut first) = places.take(None).await.expect("a place");
        working.works().await;
        let (waiting, mut second) = places.take(None).await.expect("a place");
        assert!(places.are_short() && !is_let_go(&mut second));
        let (third, mut newest) = places.take(None).await.expect("another's place");
        assert!(is_let_go(&mut second) && waiting.waits().is_none());
        assert!(!is_let_go(&mut first) && !is_let_go(&mut newest));
        // Done, it is the oldest that waits.
        working.rests();
        assert!(!is_let_go(&mut first));
        let mut again = working.waits().expect("a place still");
        let (_fourth, _) = places.take(None).await.expect("another's place");
        assert!(is_let_go(&mut again) && !is_let_go(&mut newest));
        drop(third);
        places.take(None).await.expect("a free place");
    }

    #[tokio::test]
    async fn of_whoever_waits_the_first_to_go_is_of_an_address_that_has_more_than_its_share() {
        let places = Places::new(4);
        let (_honest, mut honest) = places.take(address(1)).await.expect("a place");
        let mut greedy = Vec::new();
        for _ in 0..3 {
            greedy.push(places.take(address(2)).await.expect("a place"));
        }
        let (_next, _) = places.take(address(3)).await.expect("another's place");
        assert!(is_let_go(&mut greedy[0].1) && !is_let_go(&mut honest));
    }

    #[tokio::test]
    async fn one_address_works_on_a_quarter_of_what_others_leave_and_the_rest_of_it_waits_its_turn()
    {
        let places = Places::new(16);
        let mut lines = Vec::new();
        for _ in 0..6 {
            lines.push(places.take(address(1)).await.expect("a place").0);
        }
        let works = |line: &Place| line.works().now_or_never().is_some();
        assert_eq!(
            lines.iter().map(works).collect::<Vec<_>>(),
            [true, true, true, true, false, false]
        );
        // Nobody's in particular: this computer's, or a proxy's.
        let mut others = Vec::new();
        for _ in 0..4 {
            others.push(places.take(None).await.expect("a place").0);
            assert!(works(others.last().expect("one")));
        }
        let (third, _) = places.take(address(2)).await.expect("a place");
        let (fourth, _) = places.take(address(2)).await.expect("a place");
        let (fifth, _) = places.take(address(2)).await.expect("a place");
        assert_eq!([&third, &fourth, &fifth].map(works), [true, true, false]);
        // Of three that wait, one begins as one ends, whether it answered or was cut; one that was let go has no turn.
        let waits = lines.split_off(4);
        let mut waits: Vec<_> = waits.iter().map(|line| Box::pin(line.works())).collect();
        assert!(waits.iter_mut().all(|turn| turn.now_or_never().is_none()));
        drop(waits.remove(0));
        lines[0].rests();
        assert!(
            waits[0].as_mut().now_or_never().is_none(),
            "four others came meanwhile"
        );
        drop(others);
        drop(lines.pop());
        waits.remove(0).await;
    }
}

//! Letters that come together share a commit, and its fate.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::executor::block_on;
use vigie_exchange::{Response, api::Code};
use vigie_mailbox::{
    limits::Limits,
    mailbox::{BeforeCommit, now},
};

use crate::common::{World, bundle_id, key, problem, put};

/// Commits that are counted, may be held back, and may be undone.
#[derive(Clone, Default)]
struct Commits(Arc<Inner>);

#[derive(Default)]
struct Inner {
    count: AtomicUsize,
    undone: AtomicBool,
    held: Mutex<bool>,
    let_go: Condvar,
}

impl Commits {
    fn ask(&self) -> bool {
        self.0.count.fetch_add(1, Ordering::SeqCst);
        let held = self.0.held.lock().expect("a hold");
        drop(
            self.0
                .let_go
                .wait_while(held, |held| *held)
                .expect("let go"),
        );
        !self.0.undone.load(Ordering::SeqCst)
    }

    fn hold(&self, held: bool) {
        *self.0.held.lock().expect("a hold") = held;
        self.0.let_go.notify_all();
    }

    fn count(&self) -> usize {
        self.0.count.load(Ordering::SeqCst)
    }
}

const LETTERS: u8 = 20;

fn letter(round: u8, n: u8) -> Vec<u8> {
    [vec![round], vec![n; 300]].concat()
}

/// Twenty devices put a letter each, while the commit of the first to come is held back.
fn all_put_while_one_commit_is_held(world: &World, commits: &Commits, round: u8) -> Vec<Response> {
    commits.hold(true);
    let before = (commits.count(), world.ground.bundles());
    let wait = |so_far: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !so_far() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "they do not come"
            );
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        let put = |n| {
            let request = put(&letter(round, n), &world.mission).sign(&key(100 + n), now());
            scope.spawn(move || world.server.send(request))
        };
        let mut putting = vec![put(0)];
        wait(&|| commits.count() > before.0);
        putting.extend((1..LETTERS).map(put));
        wait(&|| world.ground.bundles() >= before.1 + usize::from(LETTERS));
        commits.hold(false);
        putting
            .into_iter()
            .map(|thread| thread.join().expect("answered"))
            .collect()
    })
}

#[test]
fn letters_that_come_together_share_a_commit_and_are_refused_together_when_it_fails() {
    let commits = Commits::default();
    let world = World::with(|config| {
        let commits = commits.clone();
        config.before_commit = Some(BeforeCommit::new(move || commits.ask()));
    });
    for n in 0..LETTERS {
        world.enrol(&key(100 + n), 100 + n);
    }
    let held = |n: u8| {
        let state = block_on(world.server.client(&key(100 + n)).state(now())).expect("state");
        state.bundles
    };

    commits.0.undone.store(true, Ordering::SeqCst);
    let before = commits.count();
    for answer in all_put_while_one_commit_is_held(&world, &commits, 1) {
        assert_eq!(problem(&answer).code, Code::Internal);
    }
    let refused = commits.count() - before;
    assert!(refused < usize::from(LETTERS) / 2, "{refused} commits");
    assert!((0..LETTERS).all(|n| held(n).is_empty()));

    // Each may be sent again.
    commits.0.undone.store(false, Ordering::SeqCst);
    for n in 0..LETTERS {
        let again = put(&letter(1, n), &world.mission).sign(&key(100 + n), now());
        assert_eq!(world.server.send(again).status, 201);
    }

    let before = commits.count();
    for answer in all_put_while_one_commit_is_held(&world, &commits, 2) {
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    let done = commits.count() - before;
    assert!(done < usize::from(LETTERS) / 2, "{done} commits");
    for n in 0..LETTERS {
        assert_eq!(held(n), [1, 2].map(|round| bundle_id(&letter(round, n))));
    }
    println!("{LETTERS} letters in {done} commits; refused in {refused}");
}

/// What a durable answer costs: `cargo test --release -p vigie-mailbox -- --ignored --nocapture senders`.
#[test]
#[ignore = "a measure"]
fn sixteen_senders_put_letters() {
    const SENDERS: u8 = 16;
    const EACH: u32 = 125;
    let world = World::with(|config| config.limits = Limits::without_rates());
    for sender in 0..SENDERS {
        world.enrol(&key(100 + sender), 100 + sender);
    }
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let world = &world;
            scope.spawn(move || {
                for n in 0..EACH {
                    let bytes = [&[sender][..], &n.to_le_bytes(), &[7; 2000]].concat();
                    let request = put(&bytes, &world.mission).sign(&key(100 + sender), now());
                    assert_eq!(world.server.send(request).status, 201);
                }
            });
        }
    });
    let all = u32::from(SENDERS) * EACH;
    let rate = f64::from(all) / begun.elapsed().as_secs_f64();
    println!("{SENDERS} senders × {EACH} letters: {rate:.0} letters/s");
}

//! A line as there is in the field: slow, cut, silent for half a minute.
//!
//! It stands between a browser and the server, and shapes whole connections: the page's, its workers' and its service
//! worker's alike, which a browser's own throttle does not.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use anyhow::Result;

/// Bytes passed on at a time.
const PART: usize = 2 * 1024;
/// How much passes between two chances of being cut.
const STRETCH: usize = 128 * 1024;

/// What the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// In both directions together; 0: as fast as it goes.
    pub bytes_a_second: u32,
    /// How often a connection is cut at the end of a stretch, out of a hundred; the first time for sure.
    pub cut_of_hundred: u32,
    /// Once, in the middle of what passes next, nothing passes for this long.
    pub stall: Duration,
}

impl Weather {
    pub const CLEAR: Weather = Weather {
        bytes_a_second: 0,
        cut_of_hundred: 0,
        stall: Duration::ZERO,
    };
}

/// What happened on the line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Passed {
    pub connections: usize,
    pub cuts: usize,
    pub stalls: usize,
    pub bytes: usize,
}

struct State {
    weather: Weather,
    passed: Passed,
    /// When the next part may pass.
    free_at: Instant,
    dice: u64,
}

impl State {
    /// A number below `below`, the same in each run.
    fn draw(&mut self, below: u32) -> u32 {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.dice >> 33) as u32) % below.max(1)
    }
}

/// A line to one server.
pub struct Line {
    port: u16,
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    /// A clear line to the server at this address (`http://127.0.0.1:…`).
    pub fn to(server: &str) -> Result<Line> {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::new(State {
            weather: Weather::CLEAR,
            passed: Passed::default(),
            free_at: Instant::now(),
            dice: 7,
        }));
        let line = Line {
            port,
            state: Arc::clone(&state),
        };
        // Ends with the test's process.
        spawn(move || {
            for near in listener.incoming().flatten() {
                lock(&state).passed.connections += 1;
                if let Ok(far) = TcpStream::connect(&server) {
                    join(near, far, &state);
                }
            }
        });
        Ok(line)
    }

    /// What to open in place of the server's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on, also for connections that are open.
    pub fn set(&self, weather: Weather) {
        lock(&self.state).weather = weather;
    }

    pub fn passed(&self) -> Passed {
        lock(&self.state).passed
    }
}

fn join(near: TcpStream, far: TcpStream, state: &Arc<Mutex<State>>) {
    let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else {
        return;
    };
    for (from, to) in [(near, far), (far_too, near_too)] {
        let state = Arc::clone(state);
        spawn(move || carry(from, to, &state));
    }
}

/// Carries one direction until it ends or is cut; then the other ends too.
fn carry(mut from: TcpStream, mut to: TcpStream, state: &Mutex<State>) {
    let mut part = [0; PART];
    let mut stretch = 0;
    while let Ok(count @ 1..) = from.read(&mut part) {
        let (wait, cut) = {
            let mut state = lock(state);
            let now = Instant::now();
            let weather = state.weather;
            state.passed.bytes += count;
            let mut wait = state.free_at.max(now) - now;
            if weather.bytes_a_second > 0 {
                let takes =
                    Duration::from_secs_f64(count as f64 / f64::from(weather.bytes_a_second));
                state.free_at = state.free_at.max(now) + takes;
            }
            if !weather.stall.is_zero() {
                state.weather.stall = Duration::ZERO;
                state.passed.stalls += 1;
                wait += weather.stall;
            }
            stretch += count;
            let mut cut = false;
            if stretch >= STRETCH {
                stretch = 0;
                let sure = state.passed.cuts == 0 && weather.cut_of_hundred > 0;
                cut = sure || state.draw(100) < weather.cut_of_hundred;
            }
            state.passed.cuts += usize::from(cut);
            (wait, cut)
        };
        sleep(wait);
        if cut || to.write_all(&part[..count]).is_err() {
            break;
        }
    }
    for stream in [&from, &to] {
        drop(stream.shutdown(Shutdown::Both));
    }
}

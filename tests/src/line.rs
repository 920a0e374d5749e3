//! A line as there is in the field: slow, far, cut, silent for half a minute.
//!
//! It stands between a browser and the server, and shapes whole connections: the page's, its workers' and its service
//! worker's alike, which a browser's own throttle does not. Each connection has one part under way at a time, so that those
//! which are open share the line evenly, as on a true one.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;

/// Bytes passed on at a time.
const PART: usize = 2 * 1024;
/// How much passes between two chances of being cut.
const STRETCH: usize = 128 * 1024;

/// What the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Each way, for all connections together; 0: as fast as it goes.
    pub bytes_a_second: u32,
    /// How long everything is under way there and back, half of it each way; a new connection takes as long to be made.
    pub round_trip: Duration,
    /// How often a connection is cut at the end of a stretch, out of a hundred; the first time for sure.
    pub cut_of_hundred: u32,
    /// Once, in the middle of what passes next, nothing passes for this long.
    pub stall: Duration,
}

impl Weather {
    pub const CLEAR: Weather = Weather {
        bytes_a_second: 0,
        round_trip: Duration::ZERO,
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
    /// When each way is free for the next part: to the server, and from it.
    free_at: [Instant; 2],
    /// When so many bytes had passed.
    told: Vec<(SystemTime, usize)>,
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
            free_at: [Instant::now(); 2],
            told: Vec::new(),
            dice: 7,
        }));
        let line = Line {
            port,
            state: Arc::clone(&state),
        };
        // Ends with the test's process.
        spawn(move || {
            for near in listener.incoming().flatten() {
                let round_trip = {
                    let mut state = lock(&state);
                    state.passed.connections += 1;
                    state.weather.round_trip
                };
                let (server, state) = (server.clone(), Arc::clone(&state));
                spawn(move || {
                    sleep(round_trip);
                    if let Ok(far) = TcpStream::connect(&server) {
                        join(near, far, &state);
                    }
                });
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

    /// How many bytes had passed by then, both ways.
    pub fn bytes_by(&self, then: SystemTime) -> usize {
        let state = lock(&self.state);
        let before = state.told.partition_point(|(at, _)| *at <= then);
        before
            .checked_sub(1)
            .and_then(|last| state.told.get(last))
            .map_or(0, |(_, bytes)| *bytes)
    }
}

fn join(near: TcpStream, far: TcpStream, state: &Arc<Mutex<State>>) {
    let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else {
        return;
    };
    for (way, from, to) in [(0, near, far), (1, far_too, near_too)] {
        let state = Arc::clone(state);
        spawn(move || carry(way, from, to, &state));
    }
}

/// Carries one way until it ends or is cut; then the other ends too.
fn carry(way: usize, mut from: TcpStream, to: TcpStream, state: &Arc<Mutex<State>>) {
    let mut part = [0; PART];
    let mut stretch = 0;
    let (under_way, arriving) = channel();
    let arrives = {
        let (from, state) = (from.try_clone(), Arc::clone(state));
        spawn(move || {
            deliver(&arriving, &to, &state);
            for stream in [from.as_ref().ok(), Some(&to)].into_iter().flatten() {
                drop(stream.shutdown(Shutdown::Both));
            }
        })
    };
    while let Ok(count @ 1..) = from.read(&mut part) {
        let (through, far, cut) = {
            let mut state = lock(state);
            let weather = state.weather;
            let mut through = state.free_at[way].max(Instant::now());
            if weather.bytes_a_second > 0 {
                through +=
                    Duration::from_secs_f64(count as f64 / f64::from(weather.bytes_a_second));
                state.free_at[way] = through;
            }
            if !weather.stall.is_zero() {
                state.weather.stall = Duration::ZERO;
                state.passed.stalls += 1;
                through += weather.stall;
            }
            stretch += count;
            let mut cut = false;
            if stretch >= STRETCH {
                stretch = 0;
                let sure = state.passed.cuts == 0 && weather.cut_of_hundred > 0;
                cut = sure || state.draw(100) < weather.cut_of_hundred;
            }
            state.passed.cuts += usize::from(cut);
            (through, weather.round_trip / 2, cut)
        };
        sleep(through.saturating_duration_since(Instant::now()));
        let bytes = part[..count].to_vec();
        if cut || under_way.send((through + far, bytes)).is_err() {
            break;
        }
    }
    drop(under_way);
    drop(arrives.join());
}

/// Hands over each part when it is due.
fn deliver(arriving: &Receiver<(Instant, Vec<u8>)>, mut to: &TcpStream, state: &Mutex<State>) {
    for (due, bytes) in arriving {
        sleep(due.saturating_duration_since(Instant::now()));
        {
            let mut state = lock(state);
            state.passed.bytes += bytes.len();
            let passed = state.passed.bytes;
            state.told.push((SystemTime::now(), passed));
        }
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
}

//! Thousands of lines on which nobody asks anything: the server's memory stays, and whoever does ask is served as before.
//!
//! More than twice as many as the server has places for; ten thousand with `VIGIE_FAULTS_LONG=1`.

#![cfg(target_os = "linux")]

#[path = "../../../crates/mailbox/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/mailbox/tests/ground/folder.rs"]
mod ground;
mod program;

use std::{
    io::Write,
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use common::{World, put};
use futures::executor::block_on;
use program::Program;
use vigie_exchange::Transport;
use vigie_mailbox::mailbox::now;
use vigie_wire::Wire;

const OPENING: usize = 50;
/// How much more memory the server may hold while they stand.
const MORE_KB: u64 = 48 * 1024;
/// Letters that are timed at once, and how often they are before it is the lines' fault and not that of a busy machine.
const LETTERS: u32 = 41;
const ROUNDS: usize = 6;

/// This process may open so many files.
fn allow_files(count: usize) {
    let own = std::process::id().to_string();
    let raised = Command::new("prlimit")
        .args(["--pid", &own, &format!("--nofile={count}:{count}")])
        .status();
    let raised = raised.expect("prlimit, of util-linux");
    assert!(raised.success(), "{count} open files are not allowed here");
}

/// Lines that say nothing, and lines that say half of a head.
fn open(address: &str, count: usize) -> Vec<TcpStream> {
    let lines = (0..count).map(|n| {
        let mut line = TcpStream::connect(address).expect("a line");
        if n % 2 == 0 {
            let half = b"PUT /v1/bundles/00 HTTP/1.1\r\nhost: x\r\nvigie-key: 0";
            // It may be let go already.
            drop(line.write_all(half));
        }
        line
    });
    lines.collect()
}

#[test]
fn lines_by_the_thousand_that_ask_nothing_keep_nobody_waiting() {
    let is_long = std::env::var_os("VIGIE_FAULTS_LONG").is_some_and(|long| long == "1");
    let count = if is_long { 10_000 } else { 2_000 };
    allow_files(count + 1_000);
    // One that is left alone, beside which the other is measured: a machine that is busy is so for both.
    let worlds = [World::new(), World::new()];
    let [beset, alone] = worlds.map(|world| {
        let World { ground, server, .. } = world;
        drop(server);
        (Program::on(ground.folder()), ground)
    });
    let World {
        device, mission, ..
    } = &World::new();
    let mut sent = 0_u32;
    let mut letters = || {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..LETTERS {
            sent += 1;
            for ((program, _), times) in [&beset, &alone].into_iter().zip(&mut times) {
                let letter = put(&sent.to_le_bytes(), mission).sign(device, now());
                let url = program.url.clone();
                let begun = Instant::now();
                let answer = block_on(Wire::new().send(&url, letter)).expect("an answer");
                assert_eq!(answer.status, 201);
                times.push(begun.elapsed());
            }
        }
        times.map(|mut times| {
            times.sort();
            times[times.len() / 2]
        })
    };
    letters();
    let program = &beset.0;
    let resident = program.status("VmRSS:");

    let begun = Instant::now();
    // Many at once: a system whose queue is full has a line wait a second.
    let lines: Vec<TcpStream> = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..OPENING)
            .map(|_| scope.spawn(|| open(program.address(), count / OPENING)))
            .collect();
        let opened = opening.into_iter();
        opened
            .flat_map(|some| some.join().expect("opened"))
            .collect()
    });
    let opened = begun.elapsed();

    let is_slowed = |[beset, alone]: &[Duration; 2]| *beset > *alone * 2;
    let mut medians = Vec::new();
    while medians.len() < ROUNDS && medians.last().is_none_or(is_slowed) {
        medians.push(letters());
    }
    let more = program.status("VmRSS:").saturating_sub(resident);
    println!(
        "counted | half-open lines | {count} in {opened:.1?}: a letter, and beside it one to a server left alone, takes {medians:.1?}; {more} kB more, of {resident}"
    );
    assert!(!medians.last().is_none_or(is_slowed), "people are slowed");
    assert!(more <= MORE_KB, "{more} kB more");
    drop(lines);
}

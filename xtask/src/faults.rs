//! Everything that may break, at every point where it may: `cargo xtask faults`.
//!
//! The tests of the crates walk the same loops in a short form; here all outcomes of all points are tried, for as long as that
//! takes, and counted in one table.

use std::{process::ExitCode, time::Instant};

use anyhow::Result;

use crate::process::cargo;

/// What a loop prints before its counts, parted by bars: what, operations, points, cases, failed, outcomes.
const COUNTED: &str = "counted |";
/// How a loop ends that says its counts in a sentence.
const SAID: &str = "none lost, none doubled";
/// Package, test programme, which of its tests, what they break.
const LOOPS: [(&str, &str, &str, &str); 11] = [
    (
        "vigie-desk",
        "devices",
        "faults::",
        "the store, at every commit",
    ),
    (
        "vigie-desk",
        "devices",
        "cuts::",
        "the line, at every request",
    ),
    (
        "vigie-desk",
        "devices",
        "interleavings::",
        "the order of what goes on at once",
    ),
    (
        "vigie-command",
        "cuts",
        "",
        "the line of the command line, at every request",
    ),
    (
        "vigie-mailbox",
        "folder",
        "only::disk::",
        "the server's disk",
    ),
    (
        "vigie-mailbox",
        "folder",
        "faults::",
        "the server over a folder, at every write",
    ),
    (
        "vigie-mailbox",
        "servers",
        "faults::",
        "the server over PostgreSQL and a bucket, at every write",
    ),
    (
        "vigie-command",
        "process",
        "",
        "the server, killed at any instant",
    ),
    (
        "vigie-command",
        "replicas",
        "",
        "two servers over one database, one killed while many send",
    ),
    (
        "vigie-command",
        "half_open",
        "",
        "ten thousand lines on which nobody asks anything",
    ),
    (
        "vigie-mailbox",
        "folder",
        "restored::",
        "the server, put back from each earlier backup",
    ),
];

/// Runs each loop in full; the table comes last.
pub fn faults() -> Result<ExitCode> {
    let mut table = Vec::new();
    let mut failed = 0;
    for (package, test, which, what) in LOOPS {
        println!("\n=== {what}");
        let begun = Instant::now();
        let mut counted = Vec::new();
        let run = cargo("test")
            .args(["--release", "--quiet", "--package", package, "--test", test])
            .args(["--", which, "--nocapture", "--test-threads", "1"])
            .env("VIGIE_FAULTS_LONG", "1")
            .env("RUST_BACKTRACE", "0")
            .lines(|line| {
                if let Some((_, counts)) = line.split_once(COUNTED) {
                    counted.push(counts.trim().to_owned());
                } else if line.ends_with(SAID) {
                    counted.push(line.to_owned());
                }
            });
        if let Err(error) = run {
            println!("{error:#}");
            failed += 1;
        }
        let seconds = begun.elapsed().as_secs();
        table.push((what, seconds, counted));
    }
    println!("\nwhat | operations | points | cases | lost, doubled or otherwise | outcomes");
    for (what, seconds, counted) in table {
        println!("--- {what} ({seconds} s)");
        for counts in counted {
            println!("{counts}");
        }
    }
    if failed == 0 {
        println!("\n{SAID}");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("\n{failed} of {} loops failed", LOOPS.len());
        Ok(ExitCode::FAILURE)
    }
}

//! Everything goes wrong at once, by a seed: `cargo xtask chaos`.
//!
//! The runs are a test of the command line's package, which has the programme; the workspace's tests do fifty of them.

use anyhow::Result;
use lexopt::prelude::*;

use crate::process::cargo;

const RUNS: u64 = 1_000;

pub struct Options {
    runs: u64,
    /// That one alone, with what happened in order.
    seed: Option<u64>,
}

impl Options {
    pub fn read(arguments: &mut lexopt::Parser) -> Result<Options> {
        let mut options = Options {
            runs: RUNS,
            seed: None,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("runs") => options.runs = arguments.value()?.parse()?,
                Long("seed") => options.seed = Some(arguments.value()?.parse()?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Runs them one after the other; whatever fails is told, and its seed named at the end.
pub fn chaos(options: &Options) -> Result<()> {
    // As the tests compile it: a run waits for processes and sockets more than it computes.
    let mut test = cargo("test")
        .args(["--quiet", "--package", "vigie-command", "--test", "chaos"])
        .args(["--", "--nocapture"])
        .env("VIGIE_CHAOS_RUNS", options.runs.to_string())
        .env("RUST_BACKTRACE", "0");
    if let Some(seed) = options.seed {
        test = test.env("VIGIE_CHAOS_SEED", seed.to_string());
    }
    test.check()
}

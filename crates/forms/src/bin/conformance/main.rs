//! Holds the engine against the public cases of ODK, Enketo and pyxform, read in place.

use std::path::Path;

mod xlsform;

/// How one kind of case went.
#[derive(Default)]
pub struct Tally {
    /// As the case says.
    pub passed: usize,
    /// Otherwise: one line each, said by `--failures`.
    pub failures: Vec<String>,
    /// Counted apart (disputed, unreplayed, left out), by reason.
    pub apart: std::collections::BTreeMap<String, usize>,
}

fn main() {
    let mut dir = String::from("../shared/conformance");
    let mut list = false;
    for arg in std::env::args().skip(1) {
        if arg == "--failures" {
            list = true;
        } else {
            dir = arg;
        }
    }
    let dir = Path::new(&dir);
    if !dir.is_dir() {
        println!("no conformance cases at {}: nothing to hold the engine against", dir.display());
        return;
    }
    let mut short = false;
    for (kind, tally, mark) in [
        ("xlsforms", xlsform::workbooks(dir), 0.96),
        ("xlsform-cases", xlsform::cases(dir), 0.96),
    ] {
        let Some(tally) = tally else { continue };
        println!("{kind}: {} passed, {} failed", tally.passed, tally.failures.len());
        if list {
            for failure in &tally.failures {
                println!("  {failure}");
            }
        }
        let all = tally.passed + tally.failures.len();
        short |= (tally.passed as f64) < mark * all as f64;
    }
    if short {
        std::process::exit(1);
    }
}

//! Holds the engine against the public cases of ODK, Enketo and pyxform, read in place.

use std::path::Path;

mod xlsform;
mod xpath;

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

/// The rows of a file of JSON lines; none where the file is absent.
pub fn rows(path: &Path) -> Option<Vec<serde_json::Value>> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
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
        ("xpath", xpath::expressions(dir), 0.98),
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

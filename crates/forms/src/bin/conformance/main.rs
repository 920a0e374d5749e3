//! Holds the engine against the public cases of ODK, Enketo and pyxform, and against what real forms and public reports brought up; all read in place.

use std::path::Path;

mod findings;
mod replay;
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
    Some(
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
    )
}

/// Runs one kind of case on what a folder has of it.
type Run = fn(&Path) -> Option<Tally>;

/// Each kind of case, and the part of it that must pass.
const KINDS: [(&str, Run, f64); 8] = [
    ("xpath", xpath::expressions, 0.98),
    ("forms", replay::forms, 1.0),
    ("xlsforms", xlsform::workbooks, 0.96),
    ("xlsform-cases", xlsform::cases, 0.96),
    ("scenarios", replay::scenarios, 0.98),
    ("traces", replay::traces, 0.98),
    ("findings", findings::forms, 1.0),
    ("reports", findings::reports, 1.0),
];

/// Does one case. A panic is a case that failed, and no reason to leave out those after it.
pub fn guarded<T>(case: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(case)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(format!("PANIC: {}", said.unwrap_or_default()))
    })
}

/// `conformance [DIR] [--failures] [--whole] [KIND…]`; `--whole`: every case must pass, whatever its kind's mark.
fn main() {
    let mut dir = String::from("../shared/conformance");
    let mut list = false;
    let mut whole = false;
    let mut only: Vec<String> = Vec::new();
    for arg in std::env::args().skip(1) {
        if arg == "--failures" {
            list = true;
        } else if arg == "--whole" {
            whole = true;
        } else if KINDS.iter().any(|(kind, ..)| *kind == arg) {
            only.push(arg);
        } else {
            dir = arg;
        }
    }
    let dir = Path::new(&dir);
    if !dir.is_dir() {
        println!(
            "no conformance cases at {}: nothing to hold the engine against",
            dir.display()
        );
        return;
    }
    let mut short = false;
    for (kind, run, mark) in KINDS {
        if !only.is_empty() && !only.iter().any(|wanted| wanted == kind) {
            continue;
        }
        let Some(tally) = run(dir) else { continue };
        println!(
            "{kind}: {} passed, {} failed",
            tally.passed,
            tally.failures.len()
        );
        for (reason, count) in &tally.apart {
            println!("  counted apart: {count} {reason}");
        }
        if list {
            for failure in &tally.failures {
                println!("  {failure}");
            }
        }
        let mark = if whole { 1.0 } else { mark };
        let all = tally.passed + tally.failures.len();
        short |= (tally.passed as f64) < mark * all as f64;
    }
    if short {
        std::process::exit(1);
    }
}

//! Walks every point of every operation, counts what came of it, and says all that failed, not the first alone.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// True when all outcomes of all points are asked for: `cargo xtask faults`.
pub fn long() -> bool {
    std::env::var("VIGIE_FAULTS_LONG").is_ok_and(|value| value == "1")
}

/// Only the operations whose name has this, when one works on a single one.
pub fn asked(name: &str) -> bool {
    std::env::var("VIGIE_FAULTS_ONLY").map_or(true, |only| name.contains(&only))
}

/// Which of `all` outcomes are tried at this point: each in the long form; in the short one a single one, at every other point of
/// an operation of many, so that neighbours and operations take turns.
pub fn outcomes<T>(all: &[T], place: usize, point: usize, points: usize) -> &[T] {
    if long() {
        all
    } else if points > 2 && (place + point) % 2 == 1 {
        &[]
    } else {
        std::slice::from_ref(&all[(place + point / 2) % all.len()])
    }
}

/// What was walked.
pub struct Count {
    title: &'static str,
    operations: usize,
    points: usize,
    /// By outcome, how many times.
    outcomes: BTreeMap<String, usize>,
    failed: Vec<String>,
}

impl Count {
    pub fn new(title: &'static str) -> Count {
        Count {
            title,
            operations: 0,
            points: 0,
            outcomes: BTreeMap::new(),
            failed: Vec::new(),
        }
    }

    pub fn operation(&mut self, points: usize) {
        self.operations += 1;
        self.points += points;
    }

    /// One case: an operation, a point, an outcome.
    pub fn case(&mut self, outcome: &str, what: &str, run: impl FnOnce()) {
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            let said = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
                .unwrap_or_default();
            self.failed.push(format!("{what}: {said}"));
        }
    }

    /// Prints the table, and fails when a case did.
    #[track_caller]
    pub fn end(self) {
        let cases: usize = self.outcomes.values().sum();
        let outcomes: Vec<String> = self
            .outcomes
            .iter()
            .map(|(outcome, times)| format!("{outcome} {times}"))
            .collect();
        // `cargo xtask faults` reads this line.
        println!(
            "counted | {} | {} | {} | {} | {} | {}",
            self.title,
            self.operations,
            self.points,
            cases,
            self.failed.len(),
            outcomes.join(", ")
        );
        assert!(
            self.failed.is_empty(),
            "{} of {cases} failed:\n{}",
            self.failed.len(),
            self.failed.join("\n")
        );
    }
}

//! Our questionnaires as others read them: each is taken by pyxform without a word, runs in ODK's own engine, and says
//! the same in ours.
//!
//! pyxform converts the workbooks (`yardstick.py`); ODK's engine answers its XForms at random and writes down every
//! node's state after each answer (`yardstick.mjs`); then `conformance` compares, as it does with the published cases:
//! our XForm in meaning, and our engine's state at each step (value, relevant, required, readonly, violation, choices,
//! label, rows).

use anyhow::Result;

use crate::folders::{self, root, target_dir};
use crate::process::{Step, linting_cargo};
use crate::tally::Tally;
use crate::tools;

pub fn like_the_others(tally: &mut Tally) -> Result<()> {
    tools::for_yardstick()?;
    let cases = target_dir().join("questionnaires");
    let scripts = root().join("xtask/src");
    Step::new(tools::python())
        .args([scripts.join("yardstick.py"), root().join("forms")])
        .args([cases.join("xlsforms")])
        .check()?;
    Step::new("node")
        .args([scripts.join("yardstick.mjs"), folders::tools()])
        .args([&cases])
        .check()?;
    conformance_programme()?
        .args(["--", "--whole", "--failures"])
        .args([&cases])
        .lines(|line| count(tally, line))
}

/// Adds what a line such as `traces: 5000 passed, 0 failed` says.
fn count(tally: &mut Tally, line: &str) {
    let numbers = || {
        let (passed, failed) = line.split_once(": ")?.1.split_once(" passed, ")?;
        let failed = failed.strip_suffix(" failed")?;
        Some((passed.parse::<u64>().ok()?, failed.parse::<u64>().ok()?))
    };
    if let Some((passed, failed)) = numbers() {
        tally.passed += passed;
        tally.failed += failed;
    }
}

/// The programme that holds the form engine to recorded cases, as the tests have compiled it.
pub fn conformance_programme() -> Result<Step> {
    linting_cargo("test")
        .args(["--workspace", "--quiet", "--no-run", "--test", "supported"])
        .check()?;
    Ok(Step::new(target_dir().join("debug/conformance")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_adds_what_conformance_says() {
        let mut tally = Tally::default();
        count(&mut tally, "xlsforms: 7 passed, 0 failed");
        count(&mut tally, "traces: 5027 passed, 13 failed");
        count(
            &mut tally,
            "  traces.jsonl:3: /data/a value: 1 passed, not 2",
        );
        assert_eq!((tally.passed, tally.failed), (5034, 13));
    }
}

//! Everything that must hold, step by step, each with the time it took.
//!
//! The steps go from cheap to dear, and all are run even when one fails, so that one run says all that is wrong.
//!
//! The app is built from the first long step on, beside the others. Browsers are not given more to do at once than two.
//!
//! What is compiled for this machine is compiled for the whole workspace, whatever is then run of it: cargo would otherwise choose other
//! features for each package, and compile most dependencies once more for each choice.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use lexopt::prelude::*;

use crate::folders::{self, dist, target_dir};
use crate::process::{self, cargo, linting_cargo};
use crate::tally::Tally;
use crate::{browsers, build, circles, questionnaires, rooms, tools};

/// One step: its name, what it does, and the tests it ran.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&mut Tally) -> Result<()>,
}

const STEPS: [Step; 11] = [
    Step {
        name: "tools",
        what: "compiler target, bundler, browsers and drivers",
        run: install,
    },
    Step {
        name: "format",
        what: "every file as rustfmt writes it",
        run: format,
    },
    Step {
        name: "rooms",
        what: "what each package may link, and no modules in a circle",
        run: rooms,
    },
    Step {
        name: "lint",
        what: "all is compiled for this machine, and no lint warns",
        run: lint,
    },
    Step {
        name: "unit",
        what: "pure crates and server",
        run: unit,
    },
    Step {
        name: "conformance",
        what: "the form engine against its published cases",
        run: conformance,
    },
    Step {
        name: "questionnaires",
        what: "our questionnaires in pyxform and ODK's engine, and ours the same",
        run: questionnaires::like_the_others,
    },
    Step {
        name: "build",
        what: "the app, linted as it is compiled, and the server",
        run: build_all,
    },
    Step {
        name: "wasm",
        what: "the device's tests inside a browser",
        run: wasm,
    },
    Step {
        name: "story",
        what: "the whole story in Chromium, its short form in Firefox and WebKitGTK",
        run: story,
    },
    Step {
        name: "captures",
        what: "every screen drawn and checked for accessibility",
        run: captures,
    },
];

/// What `test` was asked.
pub struct Options {
    only: Option<Vec<String>>,
    list: bool,
}

impl Options {
    pub fn read(arguments: &mut lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            only: None,
            list: false,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("only") => {
                    let names = arguments.value()?.string()?;
                    options.only = Some(names.split(',').map(str::to_owned).collect());
                }
                Long("list") => options.list = true,
                other => return Err(other.unexpected().into()),
            }
        }
        if let Some(unknown) = options
            .only
            .iter()
            .flatten()
            .find(|name| STEPS.iter().all(|step| step.name != *name))
        {
            bail!("no step is called {unknown}; `cargo xtask test --list` names them");
        }
        Ok(options)
    }

    /// Drawing every screen, with what that needs.
    pub fn captures() -> Self {
        Self {
            only: Some(["tools", "build", "captures"].map(str::to_owned).to_vec()),
            list: false,
        }
    }
}

/// Runs the steps; the last line counts what passed and failed.
pub fn test(options: Options) -> Result<ExitCode> {
    if options.list {
        for step in &STEPS {
            println!("{:12} {}", step.name, step.what);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let start = Instant::now();
    let mut whole = Tally::default();
    let mut outcomes = Vec::new();
    let mut begun = BTreeMap::new();
    // Asked now: the tests' own build of this programme takes its place, and then it is said to be gone.
    let own = std::env::current_exe()?;
    let is_asked = |name: &str| {
        let only = options.only.as_ref();
        only.is_none_or(|only| only.iter().any(|asked| asked == name))
    };
    for step in STEPS.iter().filter(|step| is_asked(step.name)) {
        for (beside, from) in BESIDE {
            if from == step.name && is_asked(beside) {
                begun.insert(beside, Begun::begin(&own, beside)?);
            }
        }
        println!("\n=== {}: {}", step.name, step.what);
        let began = Instant::now();
        let mut tally = Tally::default();
        let outcome = match begun.remove(step.name) {
            Some(begun) => begun.end(&mut tally),
            None => (step.run)(&mut tally),
        };
        match &outcome {
            Ok(()) if tally.passed + tally.failed == 0 => tally.passed = 1,
            // A step that failed for another reason than a failed test (it did not compile) is a failure too.
            Err(_) if tally.failed == 0 => tally.failed = 1,
            _ => {}
        }
        let seconds = began.elapsed().as_secs_f64();
        match &outcome {
            Ok(()) => println!("=== {}: ok in {seconds:.1} s", step.name),
            Err(error) => println!("=== {}: FAILED in {seconds:.1} s: {error:#}", step.name),
        }
        whole.passed += tally.passed;
        whole.failed += tally.failed;
        outcomes.push((step.name, outcome.is_ok(), seconds, tally));
    }
    println!(
        "\n{:12} {:>8} {:>8} {:>9}",
        "step", "passed", "failed", "seconds"
    );
    for (name, ok, seconds, tally) in &outcomes {
        let mark = if *ok { "" } else { "  FAILED" };
        println!(
            "{name:12} {:>8} {:>8} {seconds:>9.1}{mark}",
            tally.passed, tally.failed
        );
    }
    println!("in {:.1} min", start.elapsed().as_secs_f64() / 60.0);
    println!("{} passed, {} failed", whole.passed, whole.failed);
    Ok(if whole.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn install(_: &mut Tally) -> Result<()> {
    tools::for_building()?;
    tools::for_testing()?;
    browsers::for_testing()
}

fn format(_: &mut Tally) -> Result<()> {
    cargo("fmt").args(["--all", "--check"]).check()
}

fn rooms(_: &mut Tally) -> Result<()> {
    rooms::check()?;
    circles::check()
}

fn lint(_: &mut Tally) -> Result<()> {
    // The tests in browsers are compiled when they are asked for.
    for which in [&[][..], &["--test", "e2e-*"]] {
        linting_cargo("test")
            .args(["--quiet", "--workspace", "--no-run"])
            .args(which)
            .check()?;
    }
    Ok(())
}

fn unit(tally: &mut Tally) -> Result<()> {
    linting_cargo("test")
        .args(["--workspace", "--no-fail-fast"])
        .lines(|line| tally.count(line))
}

fn conformance(_: &mut Tally) -> Result<()> {
    questionnaires::conformance_programme()?.check()?;
    questionnaires::conformance_programme()?
        .args(["../shared/findings"])
        .check()
}

/// Steps that run beside others, from the beginning of one on: it leaves a core free for minutes.
const BESIDE: [(&str, &str); 1] = [("build", "lint")];

/// A step that was begun before its turn, by another run of this programme that keeps what it says.
struct Begun {
    run: Child,
    says: PathBuf,
}

impl Begun {
    fn begin(own: &Path, step: &str) -> Result<Self> {
        fs::create_dir_all(target_dir())?;
        let says = target_dir().join(format!("{step}.log"));
        let log = File::create(&says)?;
        let run = process::Step::new(own)
            .args(["test", "--only", step])
            .into_command()
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { run, says })
    }

    /// Waits for its end, and says what it said.
    fn end(mut self, tally: &mut Tally) -> Result<()> {
        let status = self.run.wait()?;
        for line in fs::read_to_string(&self.says)?.lines() {
            println!("{line}");
            tally.count(line);
        }
        if !status.success() {
            bail!("it failed ({status})");
        }
        Ok(())
    }
}

fn build_all(_: &mut Tally) -> Result<()> {
    build::app()?;
    build::tested_programme().map(drop)
}

fn wasm(tally: &mut Tally) -> Result<()> {
    let device = cargo("test").args([
        "--package",
        "vigie-device",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    tools::in_browser(device).lines(|line| tally.count(line))?;
    // Patterns are read by the browser's own expressions there.
    let patterns = cargo("test").args([
        "--package",
        "vigie-forms",
        "--lib",
        "--no-default-features",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    tools::in_browser(patterns).lines(|line| tally.count(line))
}

fn story(tally: &mut Tally) -> Result<()> {
    // A slow line is mostly waited for, and a long questionnaire is one page's work: beside them, the others run.
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let mut tally = Tally::default();
            let outcome = end_to_end(&["lines", "questionnaires"], &mut tally);
            (tally, outcome)
        });
        let outcome = end_to_end(
            &[
                "story",
                "library",
                "partner",
                "phone",
                "short",
                "shell",
                "tabs",
                "forensics",
                "controls",
                "workbooks",
            ],
            tally,
        );
        let (long, of_long) = beside
            .join()
            .map_err(|_| anyhow!("the run beside stopped"))?;
        tally.passed += long.passed;
        tally.failed += long.failed;
        outcome.and(of_long)
    })
}

fn captures(tally: &mut Tally) -> Result<()> {
    end_to_end(&["captures"], tally)
}

/// Every screen in every size and setting, in these languages, into `target/captures-all/`.
pub fn all_captures(languages: &str) -> Result<()> {
    let mut tally = Tally::default();
    install(&mut tally)?;
    build_all(&mut tally)?;
    in_browsers(&["captures"])
        .args(["the_partner_link", "the_phone", "the_desk"])
        .env("VIGIE_CAPTURES_IN", languages)
        .check()
}

fn end_to_end(names: &[&str], tally: &mut Tally) -> Result<()> {
    in_browsers(names).lines(|line| tally.count(line))
}

/// Tests in browsers, one at a time: each has browsers of its own, and machines are small.
fn in_browsers(names: &[&str]) -> process::Step {
    linting_cargo("test")
        .args(["--workspace", "--no-fail-fast"])
        .args(names.iter().map(|name| format!("--test=e2e-{name}")))
        .args(["--", "--test-threads=1", "--nocapture"])
        // What failed is said in words, with the page and its picture: stacks would bury that.
        .env("RUST_BACKTRACE", "0")
        .env("VIGIE_TOOLS", folders::tools())
        .env("VIGIE_APP", dist())
        .env("VIGIE_SERVER", target_dir().join("debug/vigie"))
}

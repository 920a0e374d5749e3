//! How large and how fast, as a table and as `target/bench.json`.
//!
//! Sizes are those of the files just built. Times are taken in Chromium on the page itself, and most are ratios of two
//! things done in the same run, because the clocks of the machines this runs on are noisy. The server's are taken by programmes
//! of its own (`crates/mailbox/examples/speed.rs`; `fetching.rs`, `replication.rs` in `apps/vigie/tests/`), beside others' in the same run.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::folders::{self, dist, files_under, root, target_dir};
use crate::process::{Step, cargo, linting_cargo};
use crate::{browsers, build, bundle, tools};

/// What a phone may download before it can work, in bytes of brotli.
const PHONE_BYTES: f64 = 480_000.0;
/// What may be needed before something useful is painted.
const FIRST_PAINT_BYTES: f64 = 20_000.0;
/// How many times longer the office may take than opening and parsing alone.
const IMPORT_RATIO: f64 = 3.0;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    All,
    /// Sizes, and the first minute on a poor line.
    FirstMinute,
    /// The server, beside what it can't be faster than and beside replication.
    Server,
}

/// Measures and returns failure when a figure misses its goal.
pub fn bench(what: What) -> Result<ExitCode> {
    let mut rows = Vec::new();
    if what != What::Server {
        tools::for_building()?;
        tools::for_testing()?;
        browsers::for_testing()?;
        rows.extend(sizes()?);
        build::tested_programme()?;
        if what == What::All {
            rows.extend(imports()?);
        }
        rows.extend(times(what)?);
    }
    if what != What::FirstMinute {
        rows.extend(server()?);
    }
    show(&rows);
    let file = target_dir().join("bench.json");
    fs::write(&file, serde_json::to_string_pretty(&rows)? + "\n")
        .with_context(|| format!("{} could not be written", file.display()))?;
    println!("\nwritten to {}", file.display());
    let missed = rows.iter().filter(|row| row["met"] != true).count();
    Ok(if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn sizes() -> Result<Vec<Value>> {
    let assets = build::app()?;
    let ends = [".html", ".css", ".js", ".wasm", ".txt"];
    let code = |asset: &&crate::assets::Asset| ends.iter().any(|end| asset.path.ends_with(end));
    let phone: u64 = assets
        .iter()
        .filter(|asset| asset.of_a_phone())
        .filter(code)
        .map(|asset| asset.brotli)
        .sum();
    let first: u64 = assets
        .iter()
        .filter(|asset| {
            asset.shell && (asset.path == "/index.html" || asset.path.ends_with(".css"))
        })
        .map(|asset| asset.brotli)
        .sum();
    let mut rows = vec![
        row(
            "what a phone downloads (brotli)",
            phone as f64,
            "bytes",
            None,
            PHONE_BYTES,
        ),
        row(
            "page and style, enough for a first paint (brotli)",
            first as f64,
            "bytes",
            None,
            FIRST_PAINT_BYTES,
        ),
    ];
    for asset in assets
        .iter()
        .filter(code)
        .filter(|asset| asset.path.ends_with(".wasm"))
    {
        rows.push(row(
            &format!("module {} (brotli)", asset.path),
            asset.brotli as f64,
            "bytes",
            None,
            f64::INFINITY,
        ));
    }
    Ok(rows)
}

/// What the measures in Chromium left behind: the first minute's and the engine's beside others', the notebook's, the long
/// questionnaire's.
fn times(what: What) -> Result<Vec<Value>> {
    let folder = target_dir().join("bench");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    // What is measured is the app in the browser: who drives it, and the server, may be as the tests build them.
    let mut measures = linting_cargo("test").args(["--workspace", "--test=e2e-first"]);
    if what == What::All {
        measures = measures
            .args([
                "--test=e2e-measures",
                "--test=e2e-table",
                "--test=e2e-engine",
            ])
            .env("VIGIE_ENGINES", engines()?);
    }
    let measures = measures
        .args(["--", "--ignored", "--nocapture", "--test-threads=1"])
        .env("VIGIE_TOOLS", folders::tools())
        .env("VIGIE_APP", dist())
        .env("VIGIE_SERVER", target_dir().join("debug/vigie"))
        .env("VIGIE_MEASURES", &folder);
    let measures = match pages() {
        Ok(pages) => measures.env("VIGIE_PEERS", pages),
        Err(error) => {
            println!("Without the others' pages: {error:#}");
            measures
        }
    };
    measures.check()?;
    let mut rows = Vec::new();
    for file in files_under(&folder) {
        let told: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file)?)?;
        for one in &told {
            rows.push(measured(one)?);
        }
    }
    Ok(rows)
}

fn measured(told: &Value) -> Result<Value> {
    let name = told["name"].as_str().context("a figure without a name")?;
    let value = told["value"]
        .as_f64()
        .with_context(|| format!("{name} was not measured"))?;
    let unit = told["unit"].as_str().unwrap_or_default();
    let against = told["against"].as_f64();
    let mut row = match (told["faster"].as_f64(), told["goal"].as_f64()) {
        (Some(times), _) => faster(name, value, unit, against, times),
        (None, Some(goal)) => row(name, value, unit, against, goal),
        (None, None) => row(name, value, unit, against, f64::INFINITY),
    };
    row["beside"] = told["beside"].clone();
    Ok(row)
}

/// A folder with the pages that a partner's is held against, and our questionnaire as they read it.
fn pages() -> Result<PathBuf> {
    let folder = target_dir().join("peers");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for file in files_under(&tools::pages()?) {
        let name = file.file_name().context("a file's name")?;
        fs::copy(&file, folder.join(name))?;
    }
    let converted = target_dir().join("peers-xlsforms");
    Step::new(tools::python())
        .args([root().join("xtask/src/yardstick.py"), root().join("forms")])
        .args([&converted])
        .check()?;
    fs::copy(
        converted.join("conditions_travail_court.xlsx.xform.xml"),
        folder.join("form.xml"),
    )?;
    Ok(folder)
}

/// A folder with our engine as a phone gets it, and those it is held against, for one page.
fn engines() -> Result<PathBuf> {
    let folder = target_dir().join("engines");
    fs::create_dir_all(&folder)?;
    let yardsticks = tools::yardsticks()?;
    fs::copy(&yardsticks, folder.join("yardsticks.js"))
        .with_context(|| format!("{} could not be copied", yardsticks.display()))?;
    cargo("build")
        .args(["--profile", "wasm", "--target", "wasm32-unknown-unknown"])
        .args(["--package", "vigie-forms", "--example", "engine"])
        .args(["--no-default-features", "--features", "xform"])
        .check()?;
    Step::new("wasm-bindgen")
        .args(["--target", "web", "--no-typescript", "--out-name", "vigie"])
        .args(["--out-dir".as_ref(), folder.as_os_str()])
        .args([target_dir().join("wasm32-unknown-unknown/wasm/examples/engine.wasm")])
        .check()?;
    let module = folder.join("vigie_bg.wasm");
    Step::new("wasm-opt")
        .args(["-Oz"])
        .args(bundle::FEATURES)
        .args(["-o".as_ref(), module.as_os_str(), module.as_os_str()])
        .check()?;
    Ok(folder)
}

/// What the server's own programmes of measure say.
fn server() -> Result<Vec<Value>> {
    let speed = cargo("run")
        .args(["--release", "--quiet", "--package", "vigie-mailbox"])
        .args(["--example", "speed"]);
    let of_the_command = |test: &str| {
        cargo("test")
            .args(["--release", "--quiet", "--package", "vigie-command"])
            .args(["--test", test, "--", "--ignored", "--nocapture"])
    };
    let mut programmes = vec![speed, of_the_command("fetching")];
    match tools::replication() {
        Ok(folder) => {
            programmes.push(of_the_command("replication").env("VIGIE_REPLICATION", folder));
        }
        Err(error) => println!("Without replication: {error:#}"),
    }
    let mut rows = Vec::new();
    for programme in programmes {
        let mut told = Vec::new();
        programme.lines(|line| {
            if let Some((_, json)) = line.split_once("measured: ") {
                told.push(serde_json::from_str::<Value>(json.trim()));
            }
        })?;
        for one in told {
            rows.push(measured(&one?)?);
        }
    }
    Ok(rows)
}

/// The office's import, on this machine and inside a browser, against merely opening and parsing the same bytes.
fn imports() -> Result<Vec<Value>> {
    let native = cargo("test").args([
        "--release",
        "--package",
        "vigie-e2e",
        "--test",
        "e2e-import",
        "--",
        "--nocapture",
    ]);
    let browser = cargo("test")
        .args([
            "--profile",
            "wasm",
            "--package",
            "vigie-e2e",
            "--test",
            "e2e-import",
        ])
        .args(["--target", "wasm32-unknown-unknown", "--", "--nocapture"]);
    let places = [
        ("on this machine", native),
        ("in a browser", tools::in_browser(browser)),
    ];
    places
        .into_iter()
        .map(|(place, run)| {
            let mut told = None;
            run.lines(|line| {
                if let Some((_, json)) = line.split_once("measured: ") {
                    told = serde_json::from_str::<Value>(json.trim()).ok();
                }
            })?;
            let told = told.with_context(|| format!("the import {place} said no figure"))?;
            let figure = |name: &str| {
                told[name]
                    .as_f64()
                    .with_context(|| format!("no {name} of the import {place}"))
            };
            let name =
                format!("office import of 10,000 ops {place}, against open, gunzip and parse");
            Ok(row(
                &name,
                figure("value")?,
                "ms",
                Some(figure("against")?),
                IMPORT_RATIO,
            ))
        })
        .collect()
}

/// One figure: `goal` is the most that `value` (or the ratio to `against`) may be.
fn row(name: &str, value: f64, unit: &str, against: Option<f64>, goal: f64) -> Value {
    let ratio = against.map(|against| value / against);
    let met = ratio.unwrap_or(value) <= goal;
    let goal = goal.is_finite().then_some(goal);
    json!({ "name": name, "value": value, "unit": unit, "against": against, "ratio": ratio, "goal": goal, "met": met })
}

/// One figure that must be `times` smaller than what it is held against, where there is such a thing.
fn faster(name: &str, value: f64, unit: &str, against: Option<f64>, times: f64) -> Value {
    let ratio = against.map(|against| against / value);
    let met = ratio.is_none_or(|ratio| ratio >= times);
    let less = if unit == "ms" { "faster" } else { "fewer" };
    json!({ "name": format!("{name}, times {less}"), "value": value, "unit": unit, "against": against, "ratio": ratio, "goal": times, "met": met })
}

fn show(rows: &[Value]) {
    let number = |value: &Value| match value.as_f64() {
        Some(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Some(number) => format!("{number:.2}"),
        None => value.as_str().unwrap_or("–").to_owned(),
    };
    println!(
        "\n{:>11} {:8} {:>10} {:>7} {:>9} met what",
        "value", "unit", "against", "ratio", "goal"
    );
    for row in rows {
        let beside = row["beside"].as_object().into_iter().flatten();
        let beside: String = beside
            .map(|(other, value)| format!("; {other} {}", number(value)))
            .collect();
        println!(
            "{:>11} {:8} {:>10} {:>7} {:>9} {:3} {}{beside}",
            number(&row["value"]),
            row["unit"].as_str().unwrap_or_default(),
            number(&row["against"]),
            number(&row["ratio"]),
            number(&row["goal"]),
            if row["met"] == true { "yes" } else { "NO" },
            row["name"].as_str().unwrap_or_default(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_held_to_its_ratio_when_it_has_one() {
        assert_eq!(row("put", 9.0, "ms", Some(4.0), 3.0)["met"], true);
        assert_eq!(row("put", 13.0, "ms", Some(4.0), 3.0)["met"], false);
        assert_eq!(faster("load", 2.0, "ms", Some(40.0), 20.0)["met"], true);
        assert_eq!(faster("load", 2.1, "ms", Some(40.0), 20.0)["met"], false);
        assert_eq!(
            row("bytes", 481_000.0, "bytes", None, 480_000.0)["met"],
            false
        );
    }
}

//! Hostile files and expressions, by libFuzzer: `fuzz/` names the targets.
//!
//! libFuzzer needs a nightly compiler; what is built stays in `target/fuzz`, and what it found worth keeping in
//! `target/fuzz/corpus`. It begins from our own questionnaires and, where they lie, the public cases.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use serde_json::Value as Json;

use crate::folders::{files_under, root, target_dir};
use crate::process::Step;
use crate::tools;

const TARGETS: [&str; 15] = [
    "workbook",
    "sheets",
    "xform",
    "expression",
    "bundle",
    "letter",
    "record",
    "card",
    "link",
    "team",
    "document",
    "receipt",
    "request",
    "keys",
    "tar",
];
const SECONDS: u64 = 60;
/// A phone has no more to give; a reader that asks for it is a reader to mend.
const MEMORY_MB: u32 = 2048;
/// Longer for one input is a hang.
const HANG_SECONDS: u32 = 20;
const CASES: &str = "../shared/conformance";

/// What `fuzz` was asked.
pub struct Options {
    seconds: u64,
    target: Option<String>,
}

impl Options {
    pub fn read(arguments: &mut lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            seconds: SECONDS,
            target: None,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("seconds") => options.seconds = arguments.value()?.parse()?,
                Value(name) if options.target.is_none() => options.target = Some(name.string()?),
                other => return Err(other.unexpected().into()),
            }
        }
        if let Some(target) = &options.target
            && !TARGETS.contains(&target.as_str())
        {
            bail!(
                "no target is called {target}; there are {}",
                TARGETS.join(", ")
            );
        }
        Ok(options)
    }
}

/// Runs each target, or the one named, for so many seconds; a crash, a hang or too much memory is a failure.
pub fn fuzz(options: &Options) -> Result<()> {
    let programme = tools::cargo_fuzz()?;
    let home = target_dir().join("fuzz");
    for target in TARGETS {
        if options.target.as_ref().is_some_and(|one| one != target) {
            continue;
        }
        let corpus = home.join("corpus").join(target);
        let found = home.join("found").join(target);
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&found)?;
        let seeds = seeds(target)?;
        for (name, content) in &seeds {
            fs::write(corpus.join(name), content)?;
        }
        println!(
            "\n=== {target}: {} seconds from {} seeds",
            options.seconds,
            seeds.len()
        );
        Step::new(&programme)
            .args(["run", "--fuzz-dir"])
            .args([root().join("fuzz")])
            .args(["--target-dir"])
            .args([home.join("build")])
            .args([target])
            .args([&corpus])
            .args(["--"])
            .args([
                format!("-max_total_time={}", options.seconds),
                format!("-rss_limit_mb={MEMORY_MB}"),
                format!("-timeout={HANG_SECONDS}"),
                format!("-artifact_prefix={}/", found.display()),
                "-max_len=65536".to_owned(),
                "-print_final_stats=1".to_owned(),
            ])
            .env("RUSTUP_TOOLCHAIN", "nightly")
            .check()
            .with_context(|| format!("{target}: what broke it is in {}", found.display()))?;
    }
    Ok(())
}

/// Where a target begins: a name and a content each.
fn seeds(target: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let cases = root().join(CASES);
    let files = |folder: PathBuf, ends: &[&str]| -> Vec<(String, Vec<u8>)> {
        files_under(&folder)
            .into_iter()
            .filter(|path| {
                let name = path.to_string_lossy();
                ends.iter().any(|end| name.ends_with(end))
            })
            .filter_map(|path| {
                let name = path.strip_prefix(&folder).ok()?.to_string_lossy();
                let name = name.replace('/', "-");
                Some((name, fs::read(&path).ok()?))
            })
            .collect()
    };
    let ours = || files(root().join("forms"), &[".xlsx"]);
    Ok(match target {
        "workbook" => {
            let mut seeds = ours();
            seeds.extend(files(cases.join("xlsforms"), &[".xls", ".xlsx"]));
            seeds
        }
        "xform" => {
            let mut seeds = converted("xform")?;
            seeds.extend(files(cases.join("xforms"), &[".xml"]));
            seeds.extend(files(cases.join("forms"), &[".xml"]));
            seeds
        }
        "sheets" => {
            let mut seeds = converted("sheets")?;
            let tables = lines(&cases.join("xlsform-cases.jsonl"), "md");
            seeds.extend(tables.into_iter().map(|(name, text)| (name, sheets(&text))));
            seeds
        }
        "expression" => {
            let mut seeds = converted("expression")?;
            let cases = lines(&cases.join("xpath.jsonl"), "expr");
            seeds.extend(
                cases
                    .into_iter()
                    .map(|(name, text)| (name, text.into_bytes())),
            );
            seeds
        }
        _ => inside(files(root().join("tests/vectors"), &[".json"])),
    })
}

/// The vectors, and all that lies in them: what is JSON within JSON is what a reader meets.
fn inside(vectors: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (name, content) in vectors {
        let Ok(vector) = serde_json::from_slice(&content) else {
            continue;
        };
        let mut found = vec![vector];
        let mut number = 0;
        while let Some(value) = found.pop() {
            let bytes = match &value {
                Json::String(text) => text.clone().into_bytes(),
                Json::Object(_) | Json::Array(_) => value.to_string().into_bytes(),
                _ => continue,
            };
            seeds.push((format!("{name}-{number}"), bytes));
            number += 1;
            match value {
                Json::Object(map) => found.extend(map.into_iter().map(|(_, value)| value)),
                Json::Array(values) => found.extend(values),
                Json::String(text) => found.extend(serde_json::from_str(&text).ok()),
                _ => {}
            }
        }
    }
    seeds
}

/// Our own questionnaires as something else than workbooks.
fn converted(what: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = target_dir().join("fuzz/seeds").join(what);
    fs::create_dir_all(&folder)?;
    crate::process::cargo("run")
        .args(["--quiet", "--bin", "seeds", "--manifest-path"])
        .args([root().join("fuzz/Cargo.toml")])
        .args(["--target-dir"])
        .args([target_dir().join("fuzz/build")])
        .args(["--", what])
        .args([&folder])
        .args(files_under(&root().join("forms")))
        .check()?;
    let read = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((name, fs::read(&path).ok()?))
    };
    Ok(files_under(&folder).into_iter().filter_map(read).collect())
}

/// One member of every row of a file of JSON lines; none where the file is absent.
fn lines(path: &Path, member: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .enumerate()
        .filter_map(|(number, line)| {
            let row: serde_json::Value = serde_json::from_str(line).ok()?;
            Some((format!("case-{number}"), row[member].as_str()?.to_owned()))
        })
        .collect()
}

/// Markdown tables as the target `sheets` reads them.
fn sheets(markdown: &str) -> Vec<u8> {
    let mut text = String::new();
    for line in markdown.lines().map(str::trim) {
        let Some(cells) = line.strip_prefix('|') else {
            continue;
        };
        let cells: Vec<&str> = cells.split('|').map(str::trim).collect();
        match cells.split_first() {
            Some((name, _)) if !name.is_empty() => text.push_str(&format!("*{name}\n")),
            Some((_, cells)) => text.push_str(&format!("{}\n", cells.join("|"))),
            None => {}
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_a_vector_is_a_seed_too() {
        let vector = br#"{"json":"{\"ops\":[[1]]}","id":"ab"}"#.to_vec();
        let seeds = inside(vec![("v".to_owned(), vector)]);
        let seeds: Vec<String> = seeds
            .into_iter()
            .map(|(_, bytes)| String::from_utf8(bytes).unwrap_or_default())
            .collect();
        for expected in ["ab", r#"{"ops":[[1]]}"#, "[[1]]", "[1]"] {
            assert!(
                seeds.iter().any(|seed| seed == expected),
                "{expected}: {seeds:?}"
            );
        }
    }

    #[test]
    fn a_markdown_table_becomes_lines_of_cells() {
        let markdown = "| survey |\n| | type | name |\n| | text | a |";
        assert_eq!(
            String::from_utf8(sheets(markdown)),
            Ok("*survey\ntype|name|\ntext|a|\n".to_owned())
        );
    }
}

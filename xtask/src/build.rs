//! The app, as a phone downloads it: `dist/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::assets::{self, Asset};
use crate::process::{Step, cargo, root, target_dir};
use crate::tools;

/// What the app is made from: when none of it changed, `dist/` is still good.
const SOURCES: [&str; 12] = [
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "rust-toolchain.toml",
    ".cargo/config.toml",
    "index.html",
    "public",
    "src",
    "style",
    "locales",
    "apps",
    "crates",
];

/// The folder that the server serves.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Builds the app with its tools, or finds that the last build is still good; returns what it is made of.
pub fn app() -> Result<Vec<Asset>> {
    tools::for_building()?;
    let stamp = target_dir().join("vigie-dist.sha256");
    let cache = target_dir().join("vigie-compressed");
    let sources = fingerprint()?;
    if dist().join("sw.js").exists() && fs::read_to_string(&stamp).is_ok_and(|last| last == sources)
    {
        return assets::finish(&dist(), &cache);
    }
    let start = Instant::now();
    println!("Building the app");
    // Trunk works with the network closed: the crates must be there before.
    cargo("fetch").args(["--quiet"]).check()?;
    Step::new("trunk")
        .args(["build", "--release", "--offline", "true"])
        .env("NO_COLOR", "true")
        .check()?;
    assets::write_languages(&dist())?;
    let assets = assets::finish(&dist(), &cache)?;
    fs::write(&stamp, sources)
        .with_context(|| format!("{} could not be written", stamp.display()))?;
    let shell: u64 = assets
        .iter()
        .filter(|asset| asset.of_a_phone())
        .map(|asset| asset.brotli)
        .sum();
    println!(
        "Built the app in {:.0?}: {} kB for a phone, version {}",
        start.elapsed(),
        shell / 1000,
        assets::version(&dist())?
    );
    Ok(assets)
}

/// The server, at the profile asked for; returns the programme's path.
pub fn server(release: bool) -> Result<PathBuf> {
    let mut step = cargo("build").args(["--package", "vigie-command", "--bin", "vigie"]);
    if release {
        step = step.args(["--release"]);
    }
    step.check()?;
    Ok(target_dir()
        .join(if release { "release" } else { "debug" })
        .join("vigie"))
}

/// One hash over every source of the app, by content: a fresh clone and a touched file are not a change.
fn fingerprint() -> Result<String> {
    let mut whole = Sha256::new();
    for source in SOURCES {
        let path = root().join(source);
        let files = if path.is_dir() {
            files_under(&path)
        } else {
            vec![path]
        };
        for file in files.into_iter().filter(|file| file.exists()) {
            whole.update(file.to_string_lossy().as_bytes());
            whole.update(Sha256::digest(fs::read(&file)?));
        }
    }
    Ok(assets::hex(&whole.finalize()))
}

/// Every file under `folder`, sorted; none when it does not exist.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    files
}

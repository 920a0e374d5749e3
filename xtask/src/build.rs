//! The app, as a phone downloads it: `dist/`.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::assets::{self, Asset};
use crate::bundle::{self, Made};
use crate::folders::{dist, files_under, root, target_dir};
use crate::process::{cargo, linting_cargo};
use crate::tools;

/// What the app is made from: when none of it changed, `dist/` is still good.
const SOURCES: [&str; 18] = [
    "Cargo.lock",
    "Cargo.toml",
    "clippy.toml",
    "rust-toolchain.toml",
    ".cargo/config.toml",
    "index.html",
    "q.html",
    "public",
    "src",
    "style",
    "locales",
    "apps",
    "crates",
    "build.rs",
    "xtask/src/alike.rs",
    "xtask/src/bundle.rs",
    "xtask/src/early.js",
    "xtask/src/names.rs",
];

/// What is beside them and never reaches a browser.
const ELSEWHERE: [&str; 3] = ["apps/vigie", "crates/mailbox", "crates/wire"];

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
    bundle::bundle(&dist(), Made::Small)?;
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

/// Builds the app to be looked at: large, and soon there.
pub fn quick_app() -> Result<()> {
    tools::for_building()?;
    let start = Instant::now();
    // The next true build makes it anew.
    let stamp = target_dir().join("vigie-dist.sha256");
    if stamp.exists() {
        fs::remove_file(stamp)?;
    }
    bundle::bundle(&dist(), Made::Quick)?;
    assets::write_languages(&dist())?;
    assets::list_offline(&dist())?;
    println!("Built the app in {:.0?}, to be looked at", start.elapsed());
    Ok(())
}

/// The `vigie` programme; returns its path. Not optimised as for a release: it compiles in half the time, and its dependencies are
/// (`Cargo.toml`).
pub fn programme() -> Result<PathBuf> {
    cargo("build")
        .args(["--package", "vigie-command", "--bin", "vigie"])
        .check()?;
    Ok(target_dir().join("debug/vigie"))
}

/// The same, as the tests have compiled it: see [`crate::test`].
pub fn tested_programme() -> Result<PathBuf> {
    linting_cargo("test")
        .args(["--workspace", "--no-run", "--test", "command_line"])
        .check()?;
    Ok(target_dir().join("debug/vigie"))
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
        let is_elsewhere =
            |file: &PathBuf| ELSEWHERE.iter().any(|of| file.starts_with(root().join(of)));
        let files = files.into_iter().filter(|file| !is_elsewhere(file));
        for file in files.filter(|file| file.exists()) {
            whole.update(file.to_string_lossy().as_bytes());
            whole.update(Sha256::digest(fs::read(&file)?));
        }
    }
    Ok(assets::hex(&whole.finalize()))
}

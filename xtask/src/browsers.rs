//! Browsers, their drivers and a database, from Debian.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::Step;

/// A programme and the Debian package that holds it.
type Wanted = (&'static str, &'static str);

/// What the tests in browsers run on, the public tools that open a bundle and what was printed, and the database and the authority for certificates of
/// the server's own tests.
const FOR_TESTING: [Wanted; 11] = [
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("firefox-esr", "firefox-esr"),
    ("WebKitWebDriver", "webkit2gtk-driver"),
    ("Xvfb", "xvfb"),
    ("age", "age"),
    ("jq", "jq"),
    ("pdftotext", "poppler-utils"),
    ("gunzip", "gzip"),
    ("/usr/lib/postgresql/*/bin/initdb", "postgresql"),
    ("pebble", "pebble"),
];

/// Makes sure that all of it is there.
pub fn for_testing() -> Result<()> {
    debian(&FOR_TESTING)
}

/// Installs the missing ones when we may, else names the one command that does.
pub fn debian(wanted: &[Wanted]) -> Result<()> {
    let missing: Vec<_> = wanted
        .iter()
        .filter(|(programme, _)| !is_there(programme))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let root = Step::new("id")
        .args(["-u"])
        .output()
        .is_ok_and(|id| id.trim() == "0");
    if !root || !is_there("apt-get") {
        bail!(
            "these are missing: {packages}. Install them with:\n\n    sudo apt-get install -y {packages}\n"
        );
    }
    println!("Installing from Debian: {packages}");
    let install = || {
        Step::new("apt-get")
            .args(["install", "-y", "-q", "--no-install-recommends"])
            .args(&missing)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .check()
    };
    // The lists of packages may be missing or old: fetch them, then try.
    Step::new("apt-get").args(["update", "-q"]).check().and_then(|()| install()).with_context(|| {
        format!("Debian's packages could not be had: is the network there? By hand: apt-get install -y {packages}")
    })
}

/// A path may have a star in it, where a version stands.
fn is_there(programme: &str) -> bool {
    Command::new("sh")
        .args(["-c", "command -v $0 >/dev/null 2>&1", programme])
        .status()
        .is_ok_and(|status| status.success())
}

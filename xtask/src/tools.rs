//! The tools that building and testing need, at the versions they were seen to work with.
//!
//! They are installed into a folder of their own and only when the right version is missing, so that a second run
//! starts at once and nothing of the machine's own is touched. Everything comes from crates.io and npm, by their
//! usual clients.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::folders::tools as folder;
use crate::process::{Step, cargo};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const BINARYEN: &str = "132.0.0";
const ESBUILD: &str = "0.28.2";
const AXE: &str = "4.14.1";
const PYXFORM: &str = "4.5.0";
const XFORMS_ENGINE: &str = "0.22.0";
const JSDOM: &str = "29.1.1";

/// A tool that `cargo install` builds.
struct Crate {
    name: &'static str,
    version: &'static str,
    programme: &'static str,
    /// Arguments of `cargo install` beside the name and version.
    how: &'static [&'static str],
    /// What it is needed for, in a person's words.
    purpose: &'static str,
}

/// Without `--locked`: its lock file names versions that a registry mirror may not hold any more. Without its default features: it
/// speaks to drivers on this machine alone, and TLS is a third of what it compiles.
const WASM_BINDGEN: Crate = Crate {
    name: "wasm-bindgen-cli",
    version: "0.2.130",
    programme: "wasm-bindgen",
    how: &["--no-default-features"],
    purpose: "joins Rust to the browser",
};
const GECKODRIVER: Crate = Crate {
    name: "geckodriver",
    version: "0.37.1",
    programme: "geckodriver",
    how: &["--locked"],
    purpose: "drives Firefox",
};
const CARGO_DENY: Crate = Crate {
    name: "cargo-deny",
    version: "0.19.9",
    programme: "cargo-deny",
    how: &["--locked"],
    purpose: "checks licences and bans",
};
const CARGO_FUZZ: Crate = Crate {
    name: "cargo-fuzz",
    version: "0.13.2",
    programme: "cargo-fuzz",
    how: &[],
    purpose: "makes hostile files",
};
/// What libFuzzer is built with; whichever is installed will do.
const NIGHTLY: &str = "nightly";

/// What building the app needs.
pub fn for_building() -> Result<()> {
    wasm_target()?;
    WASM_BINDGEN.ensure()?;
    npm("binaryen", BINARYEN, "makes the modules smaller")?;
    npm("esbuild", ESBUILD, "makes scripts and styles smaller")?;
    link("wasm-opt")?;
    link("esbuild")
}

/// Whether the standard library's sources are there, or could be added to the compiler.
pub fn std_sources() -> Result<bool> {
    let there = || -> Result<bool> {
        let sysroot = Step::new("rustc").args(["--print", "sysroot"]).output()?;
        Ok(Path::new(sysroot.trim())
            .join("lib/rustlib/src/rust/library/Cargo.lock")
            .is_file())
    };
    if there()? {
        return Ok(true);
    }
    println!("Adding the standard library's sources to the compiler");
    let added = Step::new("rustup")
        .args(["component", "add", "rust-src"])
        .check();
    Ok(added.is_ok() && there()?)
}

/// What the tests in browsers need, beside the browsers themselves.
pub fn for_testing() -> Result<()> {
    GECKODRIVER.ensure()?;
    npm("axe-core", AXE, "checks accessibility")?;
    for_yardstick()
}

/// What others read our questionnaires with: pyxform, and ODK's engine with the page that it expects around it.
pub fn for_yardstick() -> Result<()> {
    pyxform()?;
    npm("@getodk/xforms-engine", XFORMS_ENGINE, "ODK's form engine")?;
    npm("jsdom", JSDOM, "a page for ODK's form engine")
}

/// A Python that has pyxform, in an environment of its own.
pub fn python() -> PathBuf {
    folder().join("pyxform/bin/python")
}

/// The engines that ours is measured beside, at the versions that `yardsticks/package.json` names, as one module.
pub fn yardsticks() -> Result<PathBuf> {
    let files = [
        ("package.json", include_str!("../yardsticks/package.json")),
        ("yardsticks.js", include_str!("../yardsticks/yardsticks.js")),
    ];
    made("yardsticks", &files, "bundle.js", |home, bundle| {
        Step::new(home.join("node_modules/.bin/esbuild"))
            .args([home.join("yardsticks.js")])
            .args([
                "--bundle",
                "--format=esm",
                "--platform=browser",
                "--external:libxslt",
            ])
            .args([
                "--log-level=warning".to_owned(),
                format!("--outfile={}", bundle.display()),
            ])
            .check()
    })
}

/// The pages that a partner's is measured beside, at the versions that `yardsticks/pages/package.json` names: a folder.
pub fn pages() -> Result<PathBuf> {
    macro_rules! files {
        ($($name:literal),*) => { [$(($name, include_str!(concat!("../yardsticks/pages/", $name)))),*] };
    }
    let files = files!(
        "package.json",
        "bundle.mjs",
        "serve.mjs",
        "enketo.js",
        "odk.js",
        "transform.js"
    );
    made("pages", &files, "made", |home, pages| {
        Step::new("node")
            .args([home.join("bundle.mjs"), pages.to_owned()])
            .check()?;
        std::fs::copy(home.join("serve.mjs"), pages.join("serve.mjs"))?;
        Ok(())
    })
}

/// A database that speaks CouchDB's protocol, and what replicates to it and from it: a folder.
pub fn replication() -> Result<PathBuf> {
    macro_rules! files {
        ($($name:literal),*) => { [$(($name, include_str!(concat!("../yardsticks/replication/", $name)))),*] };
    }
    let files = files!("package.json", "serve.mjs", "replicate.mjs");
    made("replication", &files, "", |_, _| Ok(()))
}

/// What `make` makes of these files and of the packages that they name, in a folder of their own: made once.
fn made(
    name: &str,
    files: &[(&str, &str)],
    result: &str,
    make: impl FnOnce(&Path, &Path) -> Result<()>,
) -> Result<PathBuf> {
    let home = folder().join(name);
    let made = home.join(result);
    let same = |(name, text): &(&str, &str)| {
        std::fs::read_to_string(home.join(name)).is_ok_and(|found| found == *text)
    };
    let whole = home.join("whole");
    if whole.exists() && files.iter().all(same) {
        return Ok(made);
    }
    println!("Installing what to measure beside: {name} (from npm)");
    crate::browsers::debian(&[("npm", "npm"), ("node", "nodejs")])?;
    std::fs::create_dir_all(&home)?;
    if whole.exists() {
        std::fs::remove_file(&whole)?;
    }
    for (name, text) in files {
        std::fs::write(home.join(name), text)?;
    }
    Step::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
        .args(["--prefix".as_ref(), home.as_os_str()])
        .check()
        .with_context(|| {
            format!("{name} could not be installed. They come from npm: is the network there?")
        })?;
    make(&home, &made)?;
    std::fs::write(whole, "")?;
    Ok(made)
}

/// Lets a run of `cargo test` for WebAssembly happen inside Chromium.
pub fn in_browser(step: Step) -> Step {
    step.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        folder().join("bin/wasm-bindgen-test-runner"),
    )
    .env("CHROMEDRIVER", "/usr/bin/chromedriver")
}

/// cargo-deny's programme, installed when it is missing.
pub fn cargo_deny() -> Result<PathBuf> {
    CARGO_DENY.ensure()?;
    Ok(CARGO_DENY.path())
}

/// cargo-fuzz's programme, and the compiler that it needs, installed when they are missing.
pub fn cargo_fuzz() -> Result<PathBuf> {
    let there = Step::new("rustup").args(["toolchain", "list"]).output()?;
    if !there.lines().any(|line| line.starts_with(NIGHTLY)) {
        println!("Adding a nightly compiler, which libFuzzer needs");
        Step::new("rustup")
            .args(["toolchain", "install", NIGHTLY, "--profile", "minimal"])
            .check()
            .context("a nightly compiler could not be had: is the network there?")?;
    }
    CARGO_FUZZ.ensure()?;
    Ok(CARGO_FUZZ.path())
}

impl Crate {
    fn path(&self) -> PathBuf {
        folder().join("bin").join(self.programme)
    }

    fn is_there(&self) -> bool {
        let said = Step::new(self.path())
            .args(["--version"])
            .output()
            .unwrap_or_default();
        said.lines()
            .next()
            .is_some_and(|line| line.split_whitespace().any(|word| word == self.version))
    }

    fn ensure(&self) -> Result<()> {
        if self.is_there() {
            return Ok(());
        }
        println!(
            "Installing {} {} ({}); this happens once and takes minutes",
            self.name, self.version, self.purpose
        );
        cargo("install")
            .args(self.how)
            .args(["--force", "--root"])
            .args([folder()])
            .args([format!("{}@{}", self.name, self.version)])
            // Half the machine-code effort: the tool is used a few times, it is compiled each time a cache is cold.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_TARGET_DIR", folder().join("building"))
            .check()
            .with_context(|| {
                format!(
                    "{} {} could not be installed. It comes from crates.io: is the network there?",
                    self.name, self.version
                )
            })?;
        // What was compiled on the way is of no more use, and large.
        std::fs::remove_dir_all(folder().join("building"))
            .context("the tool's build folder could not be emptied")?;
        Ok(())
    }
}

fn wasm_target() -> Result<()> {
    let sysroot = Step::new("rustc").args(["--print", "sysroot"]).output()?;
    if Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(WASM_TARGET)
        .is_dir()
    {
        return Ok(());
    }
    println!("Adding the target {WASM_TARGET} to the compiler");
    Step::new("rustup")
        .args(["target", "add", WASM_TARGET])
        .check()
        .context("the WebAssembly target could not be added: is the compiler managed by rustup, and the network there?")
}

/// Installs pyxform from PyPI, into an environment of its own.
fn pyxform() -> Result<()> {
    let version = [
        "-c",
        "import importlib.metadata as packages; print(packages.version('pyxform'))",
    ];
    let found = Step::new(python()).args(version).output();
    if found.is_ok_and(|found| found.trim() == PYXFORM) {
        return Ok(());
    }
    println!("Installing pyxform {PYXFORM} (reads XLSForms as the rest of the world does)");
    crate::browsers::debian(&[("python3", "python3")])?;
    let home = folder().join("pyxform");
    let make = || {
        Step::new("python3")
            .args(["-m", "venv", "--clear"])
            .args([&home])
            .output()
    };
    if make().is_err() {
        // Debian's Python comes without the part that makes environments.
        crate::browsers::debian(&[("pip3", "python3-venv")])?;
        make()?;
    }
    Step::new(python())
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args([format!("pyxform=={PYXFORM}")])
        .check()
        .with_context(|| format!("pyxform {PYXFORM} could not be installed. It comes from PyPI: is the network there?"))
}

/// Installs a package of npm into the tools' folder.
fn npm(package: &str, version: &str, purpose: &str) -> Result<()> {
    let home = folder().join("npm");
    if npm_version(&home, package).is_some_and(|found| found == version) {
        return Ok(());
    }
    println!("Installing {package} {version} ({purpose})");
    crate::browsers::debian(&[("npm", "npm"), ("node", "nodejs")])?;
    std::fs::create_dir_all(&home)?;
    Step::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--save-exact", "--prefix"])
        .args([&home])
        .args([format!("{package}@{version}")])
        .check()
        .with_context(|| format!("{package} {version} could not be installed. It comes from npm: is the network there?"))
}

fn npm_version(home: &Path, package: &str) -> Option<String> {
    let text =
        std::fs::read_to_string(home.join("node_modules").join(package).join("package.json"))
            .ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(package.get("version")?.as_str()?.to_owned())
}

/// Puts a programme that npm brought beside the other tools.
fn link(programme: &str) -> Result<()> {
    let from = folder().join("npm/node_modules/.bin").join(programme);
    let to = folder().join("bin").join(programme);
    if !from.exists() {
        bail!("npm brought no {}", from.display());
    }
    if std::fs::read_link(&to).is_ok_and(|target| target == from) {
        return Ok(());
    }
    std::fs::create_dir_all(folder().join("bin"))?;
    if to.symlink_metadata().is_ok() {
        std::fs::remove_file(&to)?;
    }
    std::os::unix::fs::symlink(&from, &to)
        .with_context(|| format!("{} could not be made", to.display()))
}

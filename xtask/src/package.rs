//! What is carried to a server: the programme, linked to nothing, the app, and what installs them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

use crate::folders::{dist, files_under, root, target_dir};
use crate::process::{Step, cargo};
use crate::{browsers, build};

const TARGET: &str = "x86_64-unknown-linux-musl";
/// How the folder in the archive is called.
const NAME: &str = "vigie-server";
/// By these a bucket and a database are known where there is no system around the programme.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

#[derive(Default)]
pub struct Options {
    /// The app in `dist/` is taken as it is.
    as_built: bool,
}

impl Options {
    pub fn read(arguments: &mut lexopt::Parser) -> Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("as-built") => options.as_built = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Makes the folder and its archive; returns the archive.
pub fn package(options: &Options) -> Result<PathBuf> {
    if !options.as_built {
        build::app()?;
    } else if !dist().join("index.html").exists() {
        bail!("there is no app in dist/; leave --as-built out");
    }
    let programme = programme()?;
    let folder = target_dir().join(NAME);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("empty"))?;
    copy(&programme, &folder.join("vigie"))?;
    copy(Path::new(AUTHORITIES), &folder.join("ca-certificates.crt"))?;
    copy(&root().join("LICENSE"), &folder.join("LICENSE"))?;
    copy_all(&root().join("deploy"), &folder)?;
    copy_all(&dist(), &folder.join("app"))?;
    let archive = target_dir().join(format!("{NAME}.tar.gz"));
    Step::new("tar")
        .args(["--owner=0", "--group=0", "--sort=name", "-czf"])
        .args([&archive])
        .args(["-C".as_ref(), target_dir().as_os_str(), NAME.as_ref()])
        .check()?;
    println!("{}", archive.display());
    Ok(archive)
}

/// The programme for any Linux of this kind of processor.
fn programme() -> Result<PathBuf> {
    browsers::debian(&[("musl-gcc", "musl-tools")])?;
    Step::new("rustup")
        .args(["target", "add", TARGET])
        .check()?;
    cargo("build")
        .args(["--release", "--target", TARGET])
        .args(["--package", "vigie-command", "--bin", "vigie"])
        .check()?;
    let programme = target_dir().join(TARGET).join("release/vigie");
    // `ldd` fails on what is not to be joined to anything.
    let joined = Step::new("ldd").args([&programme]).output();
    if joined.is_ok_and(|told| !told.contains("statically linked")) {
        bail!("{} is not linked statically", programme.display());
    }
    Ok(programme)
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for file in files_under(from) {
        copy(&file, &to.join(file.strip_prefix(from)?))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("{} could not be copied", from.display()))?;
    Ok(())
}

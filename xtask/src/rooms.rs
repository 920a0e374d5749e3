//! The packages of this workspace, and what each may never link.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process::Step;

/// A promise about what is not inside.
struct Never {
    package: &'static str,
    /// How it is built.
    built: &'static [&'static str],
    links: &'static [&'static str],
    because: &'static str,
}

const NEVER: [Never; 1] = [Never {
    package: "vigie-mailbox",
    built: &[],
    links: &[
        "age",
        "vigie-seal",
        "vigie-join",
        "vigie-office",
        "vigie-forms",
        "calamine",
        "rpassword",
    ],
    because: "the server opens no letter, reads no workbook and asks for no passphrase",
}];

/// The name and folder of every package of this workspace.
pub fn packages() -> Result<Vec<(String, PathBuf)>> {
    let metadata = Step::new("cargo")
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .output()?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo names no package")?;
    packages
        .iter()
        .map(|package| {
            let name = package["name"]
                .as_str()
                .context("a package without a name")?;
            let manifest = package["manifest_path"]
                .as_str()
                .context("a package without a folder")?;
            let folder = PathBuf::from(manifest).parent().map(PathBuf::from);
            Ok((
                name.to_owned(),
                folder.context("a package without a folder")?,
            ))
        })
        .collect()
}

/// An error when a package links what it never may.
pub fn check() -> Result<()> {
    for Never {
        package,
        built,
        links,
        because,
    } in &NEVER
    {
        let tree = Step::new("cargo")
            .args([
                "tree",
                "--offline",
                "--edges",
                "normal",
                "--prefix",
                "none",
                "--format",
                "{p}",
            ])
            .args(["--package", package])
            .args(*built)
            .output()?;
        for line in tree.lines() {
            let linked = line.split_whitespace().next().unwrap_or_default();
            if links.contains(&linked) {
                bail!(
                    "{package} links {linked}, and {because}; `cargo tree --package {package} --invert {linked}` says how"
                );
            }
        }
    }
    Ok(())
}

//! The packages of this workspace, and what each may never link.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{folders::files_under, process::Step};

/// A promise about what is not inside.
struct Never {
    package: &'static str,
    /// How it is built.
    built: &'static [&'static str],
    links: &'static [&'static str],
    because: &'static str,
}

const NEVER: [Never; 5] = [
    PAGE,
    Never {
        built: &[
            "--target",
            "wasm32-unknown-unknown",
            "--features",
            "partner",
        ],
        links: &["calamine", "vigie-desk", "vigie-notebook", "vigie-office"],
        because: "a partner's page has no notebook and no desk",
        ..PAGE
    },
    Never {
        built: &["--target", "wasm32-unknown-unknown", "--features", "desk"],
        ..PAGE
    },
    Never {
        package: "vigie-worker",
        built: &["--target", "wasm32-unknown-unknown", "--features", "desk"],
        links: &["calamine", "rust_xlsxwriter"],
        because: "workbooks are read and written by a module that is downloaded when somebody does",
    },
    Never {
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
    },
];

/// The page of a phone.
const PAGE: Never = Never {
    package: "vigie",
    built: &["--target", "wasm32-unknown-unknown"],
    links: &[
        "age",
        "calamine",
        "fast_qr",
        "rust_xlsxwriter",
        "rxing",
        "vigie-desk",
        "vigie-exchange",
        "vigie-fountain",
        "vigie-join",
        "vigie-journal",
        "vigie-notebook",
        "vigie-office",
        "vigie-partner",
        "vigie-respondent",
        "vigie-seal",
        "vigie-sheets",
        "vigie-sign",
        "vigie-vault",
    ],
    because: "the page shows and asks: who answers, keeps and seals is the worker",
};

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

/// An error when a package links what it never may, or when a page asks for what it shows without its turn.
pub fn check() -> Result<()> {
    for file in files_under(Path::new("src/pages")) {
        let text = std::fs::read_to_string(&file)?;
        if ["Get", "List"]
            .iter()
            .any(|read| text.contains(&format!("client::ask({read}")))
        {
            bail!(
                "{} shows an answer that may be stale: ask by a Turn",
                file.display()
            );
        }
    }
    for Never {
        package,
        built,
        links,
        because,
    } in &NEVER
    {
        let tree = Step::new("cargo")
            .args([
                "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}",
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

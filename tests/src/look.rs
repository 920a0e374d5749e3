//! What a page looks like and keeps: pictures, accessibility, and the dump of a device.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::browser::Browser;
pub use crate::browser::picture;
pub use crate::processes::contains;

const DUMP: &str = include_str!("dump.js");
/// WCAG 2.2 AA, and axe's own list of good practice.
const AXE: &str = r#"
const done = arguments[arguments.length - 1];
axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
  .then((found) => done({ ok: found.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html + " — " + n.failureSummary) })) }))
  .catch((error) => done({ error: String(error) }));
"#;

/// One thing that a device keeps: where, and its bytes.
pub struct Kept {
    pub place: String,
    pub bytes: Vec<u8>,
}

/// Everything that the page's origin keeps on this device.
pub async fn dump(browser: &Browser) -> Result<Vec<Kept>> {
    let pieces = told(browser.run_async(DUMP, vec![]).await?)?;
    let pieces = pieces.as_array().context("the dump is not a list")?;
    pieces
        .iter()
        .map(|piece| {
            let place = piece[0].as_str().context("where")?.to_owned();
            let bytes = STANDARD.decode(piece[1].as_str().context("bytes")?)?;
            Ok(Kept { place, bytes })
        })
        .collect()
}

/// Everything in a folder, file by file, with the files' own names: what somebody reads who holds the disk.
pub fn on_disk(folder: &Path) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let place = path.to_string_lossy().into_owned();
            // A link leads elsewhere, or nowhere: a browser's own lock.
            if path.is_symlink() {
                continue;
            }
            let bytes = if path.is_dir() {
                waiting.push(path);
                Vec::new()
            } else {
                std::fs::read(path)?
            };
            kept.push(Kept {
                bytes: [place.as_bytes(), &bytes].concat(),
                place,
            });
        }
    }
    Ok(kept)
}

/// The places of `kept` where `secret` can be read, in UTF-8 or in UTF-16 as browsers write it.
pub fn readable_in<'a>(kept: &'a [Kept], secret: &str) -> Vec<&'a str> {
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    kept.iter()
        .filter(|piece| contains(&piece.bytes, secret.as_bytes()) || contains(&piece.bytes, &wide))
        .map(|piece| piece.place.as_str())
        .collect()
}

/// What axe has to say against the page: nothing, when it is well.
pub async fn violations(browser: &Browser) -> Result<Vec<String>> {
    let source = crate::given("VIGIE_TOOLS", ".tools").join("npm/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&source)
        .with_context(|| format!("{} is missing: run `cargo xtask tools`", source.display()))?;
    browser.run(&axe, vec![]).await?;
    let found = told(browser.run_async(AXE, vec![]).await?)?;
    let found = found.as_array().context("axe's list")?;
    Ok(found
        .iter()
        .map(|one| {
            let nodes: Vec<_> = one["nodes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            format!(
                "{}: {}\n    {}",
                one["id"],
                one["help"],
                nodes.join("\n    ")
            )
        })
        .collect())
}

fn told(answer: Value) -> Result<Value> {
    match answer.get("ok") {
        Some(found) => Ok(found.clone()),
        None => bail!("{}", answer["error"]),
    }
}

//! How fast the notebook is, in Chromium: what `cargo xtask bench` puts beside the sizes.
//!
//! The worker is asked directly, over a page that does nothing, so that what is measured is what every screen waits for.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vigie_e2e::processes::renderer_memory;
use vigie_e2e::{Browser, Server};

const WORKER: &str = include_str!("src/worker.js");
const MEASURE: &str = include_str!("src/measure.js");
const FEW: usize = 100;
const MANY: usize = 10_000;
/// Two frames at sixty a second.
const TWO_FRAMES: f64 = 33.4;
const MEMORY_MB: f64 = 150.0;

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask bench` runs it"]
async fn the_notebook_stays_fast_with_ten_thousand_entries() -> Result<()> {
    let folder = std::env::var_os("VIGIE_MEASURES").context("VIGIE_MEASURES names no folder")?;
    let server = Server::start("measures").await?;
    let browser = Browser::desk("measures").await?;
    browser
        .driver()
        .set_script_timeout(std::time::Duration::from_secs(3600))
        .await?;
    // A page of our origin on which the app does not run.
    browser
        .goto(&format!("{}/icons/vigie.svg", server.url()))
        .await?;
    browser
        .goto(&format!("{}/manifest.fr.webmanifest", server.url()))
        .await?;
    browser.run(WORKER, vec![]).await?;
    browser.run(MEASURE, vec![]).await?;

    browser.done("measure.begin()").await?;
    browser.done(&format!("measure.grow(0, {FEW})")).await?;
    let few = number(&browser.done("measure.unlock(9)").await?)?;
    let saved = browser.done("measure.saved(60)").await?;
    grow(&browser).await?;
    let many = number(&browser.done("measure.unlock(9)").await?)?;
    let search = number(&browser.done("measure.search()").await?)?;
    let memory = renderer_memory(browser.profile().folder())? as f64 / 1_000_000.0;

    let rows = json!([
        { "name": "unlock to notebook, key derivation apart: 10,000 entries against 100", "value": many, "unit": "ms", "against": few, "goal": 3.0 },
        { "name": "search as typed over 10,000 entries, 95th of 100", "value": search, "unit": "ms", "goal": TWO_FRAMES },
        { "name": "memory of page and worker with 10,000 entries (the worker is less)", "value": memory, "unit": "MB", "goal": MEMORY_MB },
        { "name": "one saved entry against a bare durable put", "value": saved["value"], "unit": "ms", "against": saved["against"], "goal": 3.0 },
    ]);
    std::fs::write(
        PathBuf::from(folder).join("notebook.json"),
        rows.to_string(),
    )?;
    browser.close().await?;
    Ok(())
}

/// In pieces, because a driver lets no script run for ever.
async fn grow(browser: &Browser) -> Result<()> {
    for from in (FEW..MANY).step_by(900) {
        browser
            .done(&format!("measure.grow({from}, {})", (from + 900).min(MANY)))
            .await?;
    }
    Ok(())
}

fn number(value: &Value) -> Result<f64> {
    value
        .as_f64()
        .with_context(|| format!("{value} is not a number"))
}

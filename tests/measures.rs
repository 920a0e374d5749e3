//! How fast the notebook is, in Chromium: what `cargo xtask bench` puts beside the sizes.
//!
//! The worker is asked directly, over a page that does nothing, so that what is measured is what every screen waits for.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vigie_e2e::browser::DESK;
use vigie_e2e::processes::renderer_memory;
use vigie_e2e::{Browser, Kind, Server};

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
    let browser = Browser::desk("measures-notebook").await?;
    browser
        .driver()
        .set_script_timeout(std::time::Duration::from_secs(3600))
        .await?;
    bare_page(&browser, &server).await?;
    begin(&browser).await?;
    browser.done("measure.begin()").await?;
    browser.done(&format!("measure.grow(0, {FEW})")).await?;
    let few = number(&browser.done("measure.unlock(9)").await?)?;
    let saved = browser.done("measure.saved(60)").await?;
    grow(&browser).await?;
    let many = number(&browser.done("measure.unlock(9)").await?)?;
    let search = number(&browser.done("measure.search()").await?)?;
    // As after a start, not after ten thousand entries were made here one by one.
    let browser = Browser::open(Kind::Chromium, browser.kill()?, DESK).await?;
    bare_page(&browser, &server).await?;
    let page = renderer_memory(browser.profile().folder())?;
    begin(&browser).await?;
    browser.done("measure.open()").await?;
    let with_worker = renderer_memory(browser.profile().folder())?;
    let memory = with_worker.saturating_sub(page) as f64 / 1_000_000.0;

    let rows = json!([
        { "name": "unlock to notebook, key derivation apart: 10,000 entries against 100", "value": many, "unit": "ms", "against": few, "goal": 3.0 },
        { "name": "search as typed over 10,000 entries, 95th of 100", "value": search, "unit": "ms", "goal": TWO_FRAMES },
        { "name": "memory that the worker takes with 10,000 entries", "value": memory, "unit": "MB", "goal": MEMORY_MB },
        { "name": "one saved entry against a bare durable put", "value": saved["value"], "unit": "ms", "against": saved["against"], "goal": 3.0 },
    ]);
    std::fs::write(
        PathBuf::from(folder).join("notebook.json"),
        rows.to_string(),
    )?;
    browser.close().await?;
    Ok(())
}

/// A page of our origin on which the app does not run.
async fn bare_page(browser: &Browser, server: &Server) -> Result<()> {
    for page in ["icons/vigie.svg", "manifest.fr.webmanifest"] {
        browser.goto(&format!("{}/{page}", server.url())).await?;
    }
    Ok(())
}

async fn begin(browser: &Browser) -> Result<()> {
    browser.run(WORKER, vec![]).await?;
    browser.run(MEASURE, vec![]).await.map(drop)
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

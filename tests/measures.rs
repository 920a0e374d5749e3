//! How fast the notebook is, in Chromium: what `cargo xtask bench` puts beside the sizes.
//!
//! The worker is asked directly, over a page that does nothing, so that what is measured is what every screen waits for.

use std::path::PathBuf;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vigie_e2e::browser::DESK;
use vigie_e2e::people::CommandLineOffice;
use vigie_e2e::processes::renderer_memory;
use vigie_e2e::workbook::{Sheet, workbook};
use vigie_e2e::{Browser, Kind, Server};

const WORKER: &str = include_str!("src/worker.js");
const MEASURE: &str = include_str!("src/measure.js");
const FEW: usize = 100;
const MANY: usize = 10_000;
/// Two frames at sixty a second.
const TWO_FRAMES: f64 = 33.4;
const MEMORY_MB: f64 = 150.0;
const PHOTOS: usize = 100;
const PHOTO_BYTES: usize = 4_000_000;
const KEPT_MS: f64 = 300.0;

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

/// What a delegate brings back from a week: recorded without network, sent when it returns.
#[tokio::test]
#[ignore = "takes minutes; `cargo xtask bench` runs it"]
async fn a_hundred_photos_leave_in_little_memory_and_a_note_is_kept_meanwhile() -> Result<()> {
    let folder = std::env::var_os("VIGIE_MEASURES").context("VIGIE_MEASURES names no folder")?;
    let mut server = Server::start("measures-photos").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let survey: [&[&str]; 2] = [&["type", "name", "label"], &["image", "photo", "Photo"]];
    let settings: [&[&str]; 2] = [&["form_id", "form_title"], &["photo", "Photo"]];
    let sheets: [Sheet<'_>; 2] = [("survey", &survey), ("settings", &settings)];
    let form = workbook(server.data(), "photo.xlsx", &sheets)?;
    let link = office.mission_and_invite_with(&form, "Photos", "Ana")?;
    let browser = Browser::desk("measures-photos").await?;
    browser
        .driver()
        .set_script_timeout(std::time::Duration::from_secs(3600))
        .await?;
    bare_page(&browser, &server).await?;
    begin(&browser).await?;
    browser.done(&format!("measure.join({link:?})")).await?;
    server.stop();
    for from in (0..PHOTOS).step_by(10) {
        let to = from + 10;
        browser
            .done(&format!("measure.photos({from}, {to}, {PHOTO_BYTES})"))
            .await?;
    }
    // As after a start: what recording took is given back.
    let browser = Browser::open(Kind::Chromium, browser.kill()?, DESK).await?;
    browser
        .driver()
        .set_script_timeout(std::time::Duration::from_secs(3600))
        .await?;
    server.restart().await?;
    bare_page(&browser, &server).await?;
    let page = renderer_memory(browser.profile().folder())?;
    begin(&browser).await?;
    browser.done("measure.open()").await?;
    let profile = browser.profile().folder().to_owned();
    let over = Arc::new(AtomicBool::new(false));
    let watching = std::thread::spawn({
        let over = Arc::clone(&over);
        move || {
            let mut most = 0;
            while !over.load(Ordering::Relaxed) {
                most = most.max(renderer_memory(&profile).unwrap_or_default());
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            most
        }
    });
    let told = browser.done("measure.leaving()").await;
    over.store(true, Ordering::Relaxed);
    let most = watching.join().ok().context("the watch over memory")?;
    let told = told?;
    anyhow::ensure!(told["left"] == 0, "not everything left: {told}");
    office.fetch()?;
    office.export_json()?;
    assert_eq!(office.exported_files()?, PHOTOS);
    let memory = most.saturating_sub(page) as f64 / 1_000_000.0;
    let rows = json!([
        { "name": "memory that the worker takes at most while 100 photos of 4 MB leave", "value": memory, "unit": "MB", "goal": MEMORY_MB },
        { "name": "a note kept durably meanwhile, 95th of a hundred", "value": number(&told["p95"])?, "unit": "ms", "goal": KEPT_MS },
    ]);
    std::fs::write(PathBuf::from(folder).join("photos.json"), rows.to_string())?;
    browser.close().await.map(drop)
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

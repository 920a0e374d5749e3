//! Draws a screen as it is on each device and in each setting, asks axe about each, and whether it is as wide as its window.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use vigie_e2e::Browser;
use vigie_e2e::browser::{DESK, PHONE};
use vigie_e2e::look::{picture, violations};
use vigie_e2e::wait::within;

type Sizes = &'static [(&'static str, (u32, u32))];

/// What stands in `docs/captures/`.
const FEW: Sizes = &[("390", PHONE), ("1280", DESK)];
/// The smallest phone, a phone held either way, a wide desk.
const ALL: Sizes = &[
    ("320", (320, 568)),
    ("390", PHONE),
    ("844", (844, 390)),
    ("1440", (1440, 900)),
];
/// Names the languages to draw every size and setting in.
const EVERYTHING: &str = "VIGIE_CAPTURES_IN";

/// Where the page asks something, that is what is to be seen.
const TO_THE_QUESTION: &str =
    "document.querySelector('[role=alertdialog]')?.scrollIntoView({ block: 'center' })";
const TEXT_SIZE: &str = "document.documentElement.toggleAttribute('data-text', !!arguments[0]);
    if (arguments[0]) document.documentElement.dataset.text = arguments[0]";

/// What makes the page wider than its window, so that all of it moves sideways.
const BEYOND: &str = "const wide = document.documentElement.scrollWidth;
    if (wide <= arguments[0]) return null;
    const scrolls = (one) => one && (getComputedStyle(one).overflowX !== 'visible' || scrolls(one.parentElement));
    const reaches = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > arguments[0] && !scrolls(one.parentElement));
    return `${wide} px wide: ${reaches.map((one) => `${one.tagName}.${one.getAttribute('class')}`).join(' ')}`";

/// Draws in each language that is asked for, French for `docs/captures/`; one that fails leaves the others their turn.
pub async fn in_each_language(draw: impl AsyncFn(&str) -> Result<()>) -> Result<()> {
    let asked = std::env::var(EVERYTHING).unwrap_or_else(|_| "fr".to_owned());
    let mut failed = Vec::new();
    for lang in asked.split(',') {
        if let Err(error) = draw(lang).await {
            failed.push(format!("{lang}: {error:#}"));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

/// Draws screens, and remembers what is wrong with them: what axe found, and what is wider than its window.
pub struct Captures {
    folder: PathBuf,
    sizes: Sizes,
    texts: &'static [(&'static str, &'static str)],
    found: Vec<String>,
    drawn: usize,
}

impl Captures {
    pub fn of(lang: &str) -> Captures {
        let everything = std::env::var_os(EVERYTHING).is_some();
        let folder = match everything {
            true => format!("target/captures-all/{lang}"),
            false => "docs/captures".to_owned(),
        };
        Captures {
            folder: vigie_e2e::root().join(folder),
            sizes: if everything { ALL } else { FEW },
            texts: match everything {
                true => &[("", ""), (".grand", "larger")],
                false => &[("", "")],
            },
            found: Vec::new(),
            drawn: 0,
        }
    }

    pub async fn screen(&mut self, browser: &Browser, name: &str) -> Result<()> {
        for (width, size) in self.sizes {
            for (suffix, text) in self.texts {
                browser.run(TEXT_SIZE, vec![(*text).into()]).await?;
                for (theme, dark) in [("light", false), ("dark", true)] {
                    let name = format!("{name}.{width}{suffix}.{theme}");
                    browser.theme(dark).await?;
                    self.draw(browser, *size, &name).await?;
                }
            }
        }
        browser.run(TEXT_SIZE, vec!["".into()]).await?;
        browser.theme(false).await
    }

    async fn draw(&mut self, browser: &Browser, size: (u32, u32), name: &str) -> Result<()> {
        browser.resize(size).await?;
        still(browser).await?;
        browser.run(TO_THE_QUESTION, vec![]).await?;
        picture(browser, &self.folder.join(format!("{name}.png"))).await?;
        self.drawn += 1;
        let beyond = browser.run(BEYOND, vec![size.0.into()]).await?;
        if let Some(fault) = beyond.as_str() {
            self.found.push(format!("{name}: {fault}"));
        }
        // The whole page at once: what a bar covers at one place of the scroll is not too small for that. Twice, as what is so
        // tall may be laid out anew.
        for _ in 0..2 {
            browser.resize(whole(browser, size).await?).await?;
            still(browser).await?;
        }
        for fault in violations(browser).await? {
            self.found.push(format!("{name}: {fault}"));
        }
        browser.resize(size).await
    }

    pub fn end(self) -> Result<()> {
        ensure!(
            self.found.is_empty(),
            "{} faults found:\n{}",
            self.found.len(),
            self.found.join("\n")
        );
        ensure!(self.drawn > 0, "nothing was drawn");
        Ok(())
    }
}

/// The measures of a window that shows the page from its head to its foot.
async fn whole(browser: &Browser, (width, height): (u32, u32)) -> Result<(u32, u32)> {
    let tall = browser
        .run("return document.documentElement.scrollHeight", vec![])
        .await?;
    let tall = tall
        .as_u64()
        .and_then(|tall| u32::try_from(tall).ok())
        .unwrap_or(height);
    Ok((width, height.max(tall + 200)))
}

/// Waits until nothing moves any more.
async fn still(browser: &Browser) -> Result<()> {
    let script = "const done = arguments[arguments.length - 1];
        requestAnimationFrame(() => requestAnimationFrame(() => done(document.getAnimations().every((one) => one.playState !== 'running'))));";
    within(
        Duration::from_secs(10),
        "a page that stands still",
        async || {
            Ok(browser
                .run_async(script, vec![])
                .await?
                .as_bool()
                .filter(|still| *still))
        },
    )
    .await
    .map(drop)
}

//! The first minute on a poor line and a slow phone, in Chromium, and the same of two others: what `cargo xtask bench` puts
//! beside the sizes.
//!
//! Everything passes by a line of ours, workers too (`src/line.rs`). The processor is slowed for pages only: Chromium slows no
//! worker. The others' pages are made by `xtask/yardsticks/pages/`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vigie_e2e::browser::PHONE;
use vigie_e2e::line::{Line, Weather};
use vigie_e2e::people::{CommandLineOffice, Delegate};
use vigie_e2e::processes::Running;
use vigie_e2e::wait::within;
use vigie_e2e::{Browser, Kind, Server, Words, files};

const SCRIPT: &str = include_str!("src/first.js");
/// 400 kbit/s each way, 400 ms there and back.
const POOR: Weather = Weather {
    bytes_a_second: 50_000,
    round_trip: Duration::from_millis(400),
    ..Weather::CLEAR
};
const SLOWED: u32 = 4;
/// Of each figure, the middle one of so many is told.
const TIMES: usize = 3;
/// What the slowest of the others took, twice over.
const LONG: Duration = Duration::from_secs(90);
const MISSION: &str = "Haïti – octobre 2026";
/// The first question that is answered by a choice, wherever it is shown.
const QUESTION: &str = "input[type=radio]";

/// When each step was painted, in milliseconds, and how many bytes had passed by the last one.
struct Seen {
    times: Vec<f64>,
    bytes: f64,
}

/// A page in a browser's hands, asked for over a poor line.
struct Visit<'a> {
    browser: &'a Browser,
    line: &'a Line,
}

impl Visit<'_> {
    /// Opens `url` and goes through `steps`.
    async fn go(&self, url: &str, steps: &[Value]) -> Result<Seen> {
        let Visit { browser, line } = self;
        let source = SCRIPT.replacen("STEPS", &json!(steps).to_string(), 1);
        browser
            .devtools(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": source }),
            )
            .await?;
        browser
            .devtools("Emulation.setCPUThrottlingRate", json!({ "rate": SLOWED }))
            .await?;
        line.set(POOR);
        let before = line.passed().bytes;
        browser.goto(url).await?;
        let told = within(LONG, "the last step", async || {
            // Each look takes time of the page's own.
            tokio::time::sleep(Duration::from_millis(400)).await;
            let told = browser.run("return window.firstMinute", vec![]).await?;
            Ok((told["done"] == true).then_some(told))
        })
        .await
        .with_context(|| format!("{url} at {steps:?}"))?;
        line.set(Weather::CLEAR);
        let number = |value: &Value| value.as_f64().context("a time");
        let times = steps
            .iter()
            .map(|step| number(&told["times"][step["name"].as_str().unwrap_or_default()]))
            .collect::<Result<Vec<_>>>()?;
        let last = number(&told["origin"])? + times.last().context("a step")?;
        let last = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(last / 1000.0);
        let bytes = line.bytes_by(last).saturating_sub(before) as f64;
        Ok(Seen { times, bytes })
    }
}

/// What is waited for, by its style's name and its words.
fn seen(name: &str, css: &str, text: &str) -> Value {
    json!({ "name": name, "css": css, "text": text })
}

/// The same, and pressed at once.
fn pressed(name: &str, css: &str, text: &str) -> Value {
    json!({ "name": name, "css": css, "text": text, "press": true })
}

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask bench` runs it"]
async fn a_partner_answers_within_seconds() -> Result<()> {
    let server = Server::start("first-partner").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    office.mission_and_invite_with(&questionnaire(), MISSION, "Ana")?;
    let steps = [
        pressed("languages", ".button[lang=fr]", ""),
        seen("question", &format!(".question {QUESTION}"), ""),
    ];
    let (mut languages, mut question, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for time in 0..TIMES {
        let line = Line::to(&server.url())?;
        let link = office.partner_link_for_one(MISSION, &format!("Affiche {time}"))?;
        let browser = Browser::phone(&format!("first-partner-{time}")).await?;
        let visit = Visit {
            browser: &browser,
            line: &line,
        };
        let link = link.replace(&server.url(), &line.url());
        let found = visit.go(&link, &steps).await?;
        languages.push(found.times[0]);
        question.push(found.times[1]);
        bytes.push(found.bytes);
        browser.close().await?;
    }
    let (mut others, mut of_others) = (json!({}), json!({}));
    for (name, page) in OTHERS {
        let Some(folder) = std::env::var_os("VIGIE_PEERS").map(PathBuf::from) else {
            others[name] = json!("could not be had");
            of_others[name] = json!("could not be had");
            continue;
        };
        let (time, bytes) = other(&folder, page)
            .await
            .with_context(|| name.to_owned())?;
        others[name] = json!(time);
        of_others[name] = json!(bytes);
    }
    keep(
        "partner",
        json!([
            { "name": "a partner's languages are shown", "value": median(&mut languages), "unit": "ms", "goal": 2_000.0 },
            { "name": "a partner's first question is shown", "value": median(&mut question), "unit": "ms", "goal": 9_000.0, "beside": others },
            { "name": "what has passed on the line by then", "value": median(&mut bytes), "unit": "bytes", "goal": 350_000.0, "beside": of_others },
        ]),
    )
}

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask bench` runs it"]
async fn a_delegate_begins_and_comes_back_within_seconds() -> Result<()> {
    let server = Server::start("first-delegate").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    office.mission(MISSION, &[&questionnaire()])?;
    let words = Words::read("fr")?;
    let first = [
        pressed("language", ".button[lang=fr]", ""),
        json!({ "name": "name", "css": "#name", "fill": "Ana" }),
        pressed("go on", "button:enabled", words.say("common.continue")),
        seen("passphrase", ".word", ""),
    ];
    let again = [seen("locked", "#passphrase", "")];
    let (mut passphrase, mut bytes, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    for time in 0..TIMES {
        let line = Line::to(&server.url())?;
        let invite = office.invite(MISSION, &format!("Ana {time}"))?;
        let link = invite.replace(&server.url(), &line.url());
        let browser = Browser::phone(&format!("first-delegate-{time}")).await?;
        let visit = Visit {
            browser: &browser,
            line: &line,
        };
        let found = visit.go(&link, &first).await?;
        passphrase.push(found.times[3]);
        bytes.push(found.bytes);
        browser
            .devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 1 }))
            .await?;
        let ana = Delegate::with_five_words(words.clone(), browser, "Ana", &link).await?;
        let browser = Browser::open(Kind::Chromium, ana.browser.close().await?, PHONE).await?;
        let visit = Visit {
            browser: &browser,
            line: &line,
        };
        let found = visit.go(&format!("{}/", line.url()), &again).await?;
        warm.push(found.times[0]);
        browser.close().await?;
    }
    keep(
        "delegate",
        json!([
            { "name": "a delegate's first run comes to the passphrase", "value": median(&mut passphrase), "unit": "ms", "goal": 18_000.0 },
            { "name": "what has passed on the line by then, for her", "value": median(&mut bytes), "unit": "bytes", "goal": 700_000.0 },
            { "name": "a notebook that is here already asks for its passphrase", "value": median(&mut warm), "unit": "ms", "goal": 1_500.0 },
        ]),
    )
}

/// Who is measured beside a partner's page, and the page that shows our questionnaire there.
const OTHERS: [(&str, &str); 2] = [("Enketo", "enketo.html"), ("ODK Web Forms", "odk.html")];

/// When another shows its first question, and what has passed by then.
async fn other(folder: &Path, page: &str) -> Result<(f64, f64)> {
    transformed(folder).await?;
    let (_server, url) = serve(folder)?;
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for time in 0..TIMES {
        let line = Line::to(&url)?;
        let browser = Browser::phone(&format!("first-{page}-{time}")).await?;
        let visit = Visit {
            browser: &browser,
            line: &line,
        };
        let steps = [seen("question", QUESTION, "")];
        let found = visit.go(&format!("{}/{page}", line.url()), &steps).await?;
        times.push(found.times[0]);
        bytes.push(found.bytes);
        browser.close().await?;
    }
    Ok((median(&mut times), median(&mut bytes)))
}

/// Enketo's page with our questionnaire in it, as its server makes it before anybody asks.
async fn transformed(folder: &Path) -> Result<()> {
    let browser = Browser::desk("first-transformed").await?;
    browser
        .goto(&format!("{}/transform.html", files::serve(folder)?))
        .await?;
    browser
        .comes("Enketo's transformer", "return !!window.transform")
        .await?;
    let made = browser.done("transform('form.xml')").await?;
    let part = |name: &str| made[name].as_str().context("a transformed form");
    let page = std::fs::read_to_string(folder.join("enketo.template"))?
        .replacen("FORM", part("form")?, 1)
        .replacen("MODEL", part("model")?, 1);
    std::fs::write(folder.join("enketo.html"), page)?;
    browser.close().await.map(drop)
}

/// The others' server and its address.
fn serve(folder: &Path) -> Result<(Running, String)> {
    let mut command = Command::new("node");
    command.arg(folder.join("serve.mjs")).arg(folder);
    let mut running = Running::start(command, Stdio::piped())?;
    let mut port = String::new();
    let said = running
        .child()
        .stdout
        .take()
        .context("the server's output")?;
    BufReader::new(said).read_line(&mut port)?;
    Ok((running, format!("http://127.0.0.1:{}", port.trim())))
}

fn questionnaire() -> PathBuf {
    vigie_e2e::root().join("forms/conditions_travail_court.xlsx")
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Leaves rows where `cargo xtask bench` reads them.
fn keep(part: &str, mut rows: Value) -> Result<()> {
    for row in rows.as_array_mut().into_iter().flatten() {
        let name = row["name"].as_str().unwrap_or_default();
        row["name"] = json!(format!(
            "{name} (400 kbit/s, 400 ms; page {SLOWED} × slower, workers not)"
        ));
    }
    let folder = std::env::var_os("VIGIE_MEASURES").context("VIGIE_MEASURES names no folder")?;
    let file = PathBuf::from(folder).join(format!("first-{part}.json"));
    std::fs::write(file, rows.to_string())?;
    Ok(())
}

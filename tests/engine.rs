//! How fast questionnaires are, in Chromium: what `cargo xtask bench` puts beside the sizes and the notebook.
//!
//! The engine runs beside two others in one page and one run (`src/engine.js`), because the clocks here are noisy and a
//! ratio is not. What a person sees is measured in the app itself, on a processor slowed down four times.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use vigie_e2e::browser::Role;
use vigie_e2e::people::CommandLineOffice;
use vigie_e2e::{Browser, Delegate, Kind, Profile, Server, files};

const PAGE: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Engines</title><body><script type="module" src="engine.js"></script></body></html>"#;
const SCRIPT: &str = include_str!("src/engine.js");
const ANSWERING: &str = include_str!("src/answering.js");
const VIGIE: &str = "Vigie";
/// One frame at sixty a second.
const FRAME: f64 = 16.7;
const SLOWED: u32 = 4;

/// A form, how many times faster than the fastest other one answer must be at each length, and how many times dearer it
/// may be at the greater.
struct Race {
    form: &'static str,
    answer: [f64; 2],
    answer_grows: f64,
}

const LENGTHS: [usize; 2] = [1_000, 5_000];
/// How many times faster than the fastest other a form must be there.
const LOAD: f64 = 20.0;
/// Five times longer, and a little for what does not fit a processor's cache.
const GROWS: f64 = 7.0;
const RACES: [Race; 3] = [
    Race {
        form: "questions",
        answer: [20.0, 20.0],
        // None, but for the clock, on a few microseconds.
        answer_grows: 1.25,
    },
    Race {
        form: "fan",
        answer: [50.0, 100.0],
        answer_grows: GROWS,
    },
    Race {
        form: "chain",
        answer: [50.0, 100.0],
        answer_grows: GROWS,
    },
];

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask bench` runs it"]
async fn the_engine_runs_faster_than_any_other() -> Result<()> {
    let folder = std::env::var_os("VIGIE_ENGINES").map(PathBuf::from);
    let folder = folder.context("VIGIE_ENGINES names no folder")?;
    std::fs::write(folder.join("index.html"), PAGE)?;
    std::fs::write(folder.join("engine.js"), SCRIPT)?;
    let browser = Browser::desk("engine").await?;
    let hour = std::time::Duration::from_secs(3600);
    browser.driver().set_script_timeout(hour).await?;
    browser
        .goto(&format!("{}/index.html", files::serve(&folder)?))
        .await?;
    browser
        .comes("the engines", "return !!window.engines")
        .await?;

    let mut rows = Vec::new();
    for race in &RACES {
        for (place, length) in LENGTHS.into_iter().enumerate() {
            let rounds = if place == 0 { 5 } else { 2 };
            let told = browser
                .done(&format!(
                    "engines.compare('{}', {length}, {rounds})",
                    race.form
                ))
                .await?;
            let error = &told[VIGIE]["error"];
            ensure!(error.is_null(), "{}: {error}", race.form);
            for (what, title, goal) in [
                ("load", "load", LOAD),
                ("answer", "one answer", race.answer[place]),
            ] {
                let title = format!("{}-{length}: {title}", race.form);
                rows.push(beside(&title, what, &told, goal));
            }
        }
        let grown = browser
            .done(&format!(
                "engines.grows('{}', {}, 21)",
                race.form,
                json!(LENGTHS)
            ))
            .await?;
        for (what, title, goal) in [
            ("load", "load", GROWS),
            ("answer", "one answer", race.answer_grows),
        ] {
            let [short, long] = LENGTHS;
            rows.push(json!({
                "name": format!("{}: {title} at {long} against {short}", race.form),
                "value": grown[1][what],
                "unit": "ms",
                "against": grown[0][what],
                "goal": goal,
            }));
        }
    }
    let search = browser.done("engines.search()").await?;
    let row = browser.done("engines.rows()").await?;
    rows.push(json!({ "name": "20,000 choices filtered at a keystroke, 95th of 100", "value": search, "unit": "ms", "goal": FRAME }));
    rows.push(json!({ "name": "the 500th row of a repeat against the 5th", "value": row["value"], "unit": "ms", "against": row["against"], "goal": 2.0 }));
    keep("engines", &rows)?;
    browser.close().await?;
    Ok(())
}

/// Ours against the fastest of the others that came through, and what became of those that did not.
fn beside(title: &str, what: &str, told: &Value, goal: f64) -> Value {
    let others = told
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != VIGIE);
    let (mut fastest, mut said) = (None::<f64>, Vec::new());
    for (name, other) in others {
        match (other["error"].as_str(), other[what].as_f64()) {
            (None, Some(time)) => {
                fastest = Some(fastest.map_or(time, |fastest| fastest.min(time)));
                said.push(format!("{name} {time:.1} ms"));
            }
            (error, _) => said.push(format!("{name} fails: {}", error.unwrap_or("no time"))),
        }
    }
    let name = format!("{title} ({})", said.join(", "));
    json!({ "name": name, "value": told[VIGIE][what], "unit": "ms", "against": fastest, "faster": goal })
}

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask bench` runs it"]
async fn the_long_questionnaire_opens_and_answers_at_once_on_a_slow_phone() -> Result<()> {
    let server = Server::start("long-form").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let form = vigie_e2e::root().join("forms/conditions_travail_long.xlsx");
    let link = office.mission_and_invite_with(&form, "Haïti", "téléphone")?;
    let phone = Profile::new("long-form")?;
    let delegate = Delegate::join(
        Kind::Chromium,
        phone,
        vigie_e2e::browser::PHONE,
        "Mireille",
        &link,
    )
    .await?;
    let browser = &delegate.browser;
    browser.run(ANSWERING, vec![]).await?;
    browser
        .devtools("Emulation.setCPUThrottlingRate", json!({ "rate": SLOWED }))
        .await?;

    // Read once before, as a phone has that has been in the field for a day.
    let (mut opened, mut answered, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..7 {
        delegate.add("kinds.response_add").await?;
        let name = "Conditions de travail";
        browser.find(Role::Button, name).await?;
        let opening = format!("answering.opening({})", json!(name));
        let opening = browser.done(&opening).await?;
        opened.push(opening.as_f64().context("it did not open")?);
        let times = browser
            .done(&format!(
                "answering.pages(40, {})",
                json!(delegate.words.say("form.next"))
            ))
            .await?;
        for time in times.as_array().into_iter().flatten() {
            answered.extend(time[0].as_f64());
            drawn.extend(time[1].as_f64());
        }
        browser.run("location.hash = '#/carnet'", vec![]).await?;
        browser
            .find(Role::Button, delegate.words.say("carnet.add"))
            .await?;
    }
    ensure!(answered.len() > 60, "{} answers only", answered.len());
    let rows = json!([
        { "name": "the long questionnaire opens, drawn, on a processor 4 × slower", "value": median(&mut opened), "unit": "ms", "goal": 300.0 },
        { "name": "an answer to the next paint there, 95th of 100", "value": p95(&mut answered), "unit": "ms", "goal": 50.0 },
        { "name": "an answer kept for good and all that it changes drawn there, half of the times", "value": median(&mut drawn), "unit": "ms" },
    ]);
    keep("answering", rows.as_array().context("rows")?)?;
    delegate.browser.close().await?;
    Ok(())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn p95(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = (times.len() * 95).div_ceil(100).saturating_sub(1);
    times.get(at).copied().unwrap_or(f64::NAN)
}

/// Leaves rows where `cargo xtask bench` reads them.
fn keep(part: &str, rows: &[Value]) -> Result<()> {
    let folder = std::env::var_os("VIGIE_MEASURES").context("VIGIE_MEASURES names no folder")?;
    let file = PathBuf::from(folder).join(format!("{part}.json"));
    std::fs::write(file, Value::from(rows).to_string())?;
    Ok(())
}

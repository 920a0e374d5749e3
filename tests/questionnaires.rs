//! Each of our questionnaires, in each language, filled to its end by the keyboard alone with the server stopped; then
//! the office finds every answer.

#[path = "questionnaires/answers.rs"]
mod answers;
#[path = "questionnaires/respondent.rs"]
mod respondent;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use answers::{Answers, Clock, below_root};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use vigie_e2e::people::CommandLineOffice;
use vigie_e2e::{Browser, Delegate, Server};
use vigie_forms::Now;

const MISSION: &str = "Sept questionnaires";

#[tokio::test]
async fn each_questionnaire_is_filled_by_keyboard_in_each_language_and_the_office_sees_every_answer()
-> Result<()> {
    let mut server = Server::start("questionnaires").await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let workbooks = workbooks()?;
    let paths: Vec<&Path> = workbooks.iter().map(PathBuf::as_path).collect();
    office.mission(MISSION, &paths)?;
    let mut filled = Vec::new();
    for (turn, lang) in ["fr", "en", "es"].into_iter().enumerate() {
        // One after another: a notebook that waits for its turn locks itself.
        let link = office.invite(MISSION, lang)?;
        let browser = Browser::phone(&format!("questionnaires-{lang}")).await?;
        let person = Delegate::join_in(lang, browser, lang, &link).await?;
        server.stop();
        let clock = clock(&person.browser).await?;
        for (seed, workbook) in workbooks.iter().enumerate() {
            let began = Instant::now();
            let form = answers::form(workbook)?;
            let id = form.id().to_owned();
            let mut answers = Answers::new(form, lang, clock, seed + 3 * turn);
            let done = respondent::fill(&person, &mut answers).await;
            done.with_context(|| format!("{id} in {lang}"))?;
            let expected = answers.expected();
            println!(
                "{id} in {lang}: {} values in {:.1} s",
                expected.len(),
                began.elapsed().as_secs_f64()
            );
            filled.push((id, lang, expected));
        }
        server.restart().await?;
        person.send().await?;
        person.strip_says(workbooks.len(), "stored").await?;
        person.browser.close().await?;
    }
    office.fetch()?;
    let export: Value = serde_json::from_str(&office.export_json()?)?;
    let records = export["records"].as_array().context("records")?;
    for (id, lang, expected) in &filled {
        let found = response(records, id, lang)?;
        for (path, value) in expected {
            let said = found.get(path).map_or("nothing", String::as_str);
            ensure!(
                is_the_same(said, value),
                "{id} in {lang}, {path}: the office has «{said}», not «{value}»"
            );
        }
        let known = |path: &String| expected.contains_key(path) || is_of_the_device(path);
        let more: Vec<_> = found.keys().filter(|path| !known(path)).collect();
        ensure!(more.is_empty(), "{id} in {lang}: nobody answered {more:?}");
    }
    Ok(())
}

fn workbooks() -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(vigie_e2e::root().join("forms"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "xlsx") {
            all.push(path);
        }
    }
    all.sort();
    ensure!(all.len() == 7, "there are seven questionnaires: {all:?}");
    Ok(all)
}

/// The day that the browser believes it is.
async fn clock(browser: &Browser) -> Result<Clock> {
    let script = "return [Date.now(), -new Date().getTimezoneOffset()];";
    let (millis, offset): (i64, i32) = serde_json::from_value(browser.run(script, vec![]).await?)?;
    Ok(Clock(Now { millis, offset }))
}

/// The one response to this questionnaire by the person of this name: its values, by path.
fn response(records: &[Value], form: &str, by: &str) -> Result<BTreeMap<String, String>> {
    let mut found = records
        .iter()
        .filter(|one| one["form"]["id"] == form && one["by"] == by);
    let one = found.next().with_context(|| format!("no {form} by {by}"))?;
    ensure!(found.next().is_none(), "{form} by {by} is there twice");
    let fields = one["fields"].as_object().context("fields")?;
    Ok(fields
        .iter()
        .map(|(path, value)| (below_root(&format!("/data/{path}")), as_text(value)))
        .collect())
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(as_text).collect::<Vec<_>>().join(" "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Equal as values: a number may be written in two ways, a photo may be kept as another format.
fn is_the_same(said: &str, typed: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    said == typed
        || (number(said).is_some() && number(said) == number(typed))
        || (typed == "photo.png" && said.starts_with("vigie-192."))
}

/// What the device adds: when it was begun and ended, in which language it was filled.
fn is_of_the_device(path: &str) -> bool {
    ["debut", "fin", "jour"].contains(&path) || path.starts_with("meta/") || path.starts_with('_')
}

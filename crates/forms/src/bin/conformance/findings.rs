//! Small forms after real workbooks and public reports: `forms.jsonl`, `reports.jsonl`.

use crate::{
    Tally, guarded,
    replay::{choices, label, open_with, perform, value, violation},
    rows,
    xlsform::from_markdown,
};
use serde_json::{Value as Json, json};
use std::path::Path;
use vigie_forms::{
    Session,
    xlsform::{self, Options},
};

/// What pyxform 4.5.0 refuses too, though the case expects a form of it.
const REFUSED: &[&str] = &["R36", "R41"];

/// Every row of `forms.jsonl`. What it expects is written for people: held is what reads `NAME 'value' then 'value'`
/// (after the last steps), a violation, or, where it says neither, that the form is read.
pub fn forms(dir: &Path) -> Option<Tally> {
    each(dir, "forms.jsonl", |case| {
        if case["form"].is_null() {
            return Ok(None);
        }
        let said = case["expected"].as_str().unwrap_or_default();
        let mut session = opened(dir, case)?;
        let empty = Vec::new();
        let steps = case["steps"].as_array().unwrap_or(&empty);
        let (name, values) = named_values(said);
        for (done, step) in steps.iter().enumerate() {
            perform(&mut session, step)?;
            let Some(place) = (done + values.len()).checked_sub(steps.len()) else {
                continue;
            };
            if let Some(wanted) = values.get(place) {
                hold(
                    &session,
                    &json!({"path": format!("/data/{name}"), "value": wanted}),
                )?;
            }
        }
        if said == "constraint violated" {
            let path = steps.last().map(|step| step["set"].clone());
            hold(&session, &json!({"path": path, "violation": "constraint"}))?;
        }
        Ok(Some(()))
    })
}

/// `c 'a' then 'b'`, or nothing.
fn named_values(said: &str) -> (&str, Vec<&str>) {
    let Some((name, quoted)) = said.split_once(' ') else {
        return ("", Vec::new());
    };
    let values: Option<Vec<&str>> = quoted
        .split(" then ")
        .map(|value| value.strip_prefix('\'')?.strip_suffix('\''))
        .collect();
    (name, values.unwrap_or_default())
}

/// Every row of `reports.jsonl`.
pub fn reports(dir: &Path) -> Option<Tally> {
    each(dir, "reports.jsonl", |case| {
        let expected = case["expected"].as_array().cloned().unwrap_or_default();
        let is_refused = REFUSED.iter().any(|id| case["id"] == *id);
        if is_refused || expected.iter().any(|wanted| wanted["refused"] == true) {
            return match opened(dir, case) {
                Ok(_) => Err("read, though it must be refused".to_owned()),
                Err(_) => Ok(Some(())),
            };
        }
        let mut session = opened(dir, case)?;
        let empty = Vec::new();
        let steps = case["steps"].as_array().unwrap_or(&empty);
        for done in 0..=steps.len() {
            if done > 0 {
                perform(&mut session, &steps[done - 1])
                    .map_err(|error| format!("step {done}: {error}"))?;
            }
            for wanted in expected.iter().filter(|wanted| wanted["after"] == done) {
                hold(&session, wanted).map_err(|error| format!("after {done}: {error}"))?;
            }
        }
        Ok(Some(()))
    })
}

fn each(
    dir: &Path,
    file: &str,
    judge: impl Fn(&Json) -> Result<Option<()>, String>,
) -> Option<Tally> {
    let mut tally = Tally::default();
    for case in rows(&dir.join(file))? {
        match guarded(|| judge(&case)) {
            Ok(Some(())) => tally.passed += 1,
            Ok(None) => *tally.apart.entry("without a form".into()).or_default() += 1,
            Err(error) => {
                let id = case["id"].as_str().unwrap_or_default();
                tally.failures.push(format!("{id}: {error}"));
            }
        }
    }
    Some(tally)
}

/// The form of a case: sheets as Markdown tables, an XForm, or a file beside the cases.
fn opened(dir: &Path, case: &Json) -> Result<Session, String> {
    let form = case["form"].as_str().unwrap_or_default();
    let said = |problems: &[xlsform::Problem]| {
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        said.join("; ")
    };
    let xml = if form.trim_start().starts_with('<') {
        form.to_owned()
    } else {
        let workbook = if form.trim_start().starts_with('|') {
            from_markdown(form)
        } else {
            let bytes = std::fs::read(dir.join(form)).map_err(|error| error.to_string())?;
            xlsform::read(&bytes).map_err(|problem| said(&[*problem]))?
        };
        let options = Options {
            name: "data".into(),
            id: "data".into(),
        };
        let converted = xlsform::convert(&workbook, &options).map_err(|found| said(&found))?;
        converted.xml
    };
    open_with(&xml, &|name| {
        Some(case["attachments"][name].as_str()?.as_bytes().to_vec())
    })
}

/// Whether one node, or the whole response, is as a case wants it.
fn hold(session: &Session, wanted: &Json) -> Result<(), String> {
    let mut differences = Vec::new();
    if let Some(text) = wanted["instance_lacks"].as_str()
        && session.instance_xml().contains(text)
    {
        differences.push(format!("the response has {text:?}"));
    }
    if let Some(path) = wanted["path"].as_str() {
        let id = session.find(path);
        // What is not relevant need not be there.
        let Some(id) = id else {
            return match wanted.get("value") {
                Some(Json::Null) => Ok(()),
                _ => Err(format!("no node at {path}")),
            };
        };
        let view = session.view(id).map_err(|error| error.to_string())?;
        let names = || {
            let names = choices(session, &view).into_iter().map(|(name, _)| name);
            json!(names.collect::<Vec<_>>())
        };
        for (key, wanted) in wanted.as_object().into_iter().flatten() {
            let found = match key.as_str() {
                "value" => value(&view),
                "label" => label(&view),
                "violation" => violation(&view),
                "relevant" => json!(view.relevant),
                "count" => json!(view.count),
                "choices" => names(),
                _ => continue,
            };
            if found != *wanted {
                differences.push(format!("{path} {key}: {found}, not {wanted}"));
            }
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join(" | "))
    }
}

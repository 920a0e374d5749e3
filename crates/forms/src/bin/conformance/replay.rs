//! Forms replayed step by step: `scenarios.jsonl`, `traces.jsonl`; and whether each form is read at all.

use crate::{Tally, guarded, rows, xpath::PHOENIX};
use serde_json::{Map, Value as Json, json};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vigie_forms::{Control, Env, NodeKind, NodeView, Now, Session, ViolationKind, xform};

struct Device {
    dice: Cell<u64>,
}

impl Env for Device {
    fn now(&self) -> Now {
        Now {
            millis: 1_764_000_000_123,
            offset: PHOENIX,
        }
    }
    fn random(&self) -> u64 {
        let mut x = self.dice.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.dice.set(x);
        x
    }
    fn property(&self, _: &str) -> Option<String> {
        None
    }
}

fn device() -> Box<Device> {
    Box::new(Device {
        dice: Cell::new(0x9e37_79b9_7f4a_7c15),
    })
}

/// The files beside a form.
type Files<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

fn open(text: &str, folder: Option<&Path>) -> Result<Session, String> {
    open_with(text, &|name| {
        folder.and_then(|folder| std::fs::read(folder.join(name)).ok())
    })
}

pub fn open_with(text: &str, files: Files<'_>) -> Result<Session, String> {
    let read = xform::read(text, &files);
    match read.form {
        Some(form) => {
            // By way of what a phone receives.
            let form =
                vigie_forms::Form::from_json(&form.to_json()).map_err(|error| error.to_string())?;
            Ok(Session::new(Arc::new(form), device()))
        }
        None => Err(read
            .problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")),
    }
}

/// Whether every form that the reference reads is read here. Those it refuses are told in `traces.jsonl`.
pub fn forms(dir: &Path) -> Option<Tally> {
    let found: Vec<PathBuf> = ["xforms", "forms"]
        .iter()
        .flat_map(|folder| files_under(&dir.join(folder)))
        .filter(|path| path.extension().is_some_and(|end| end == "xml"))
        .collect();
    if found.is_empty() {
        return None;
    }
    let refused: BTreeSet<PathBuf> = rows(&dir.join("traces.jsonl"))
        .unwrap_or_default()
        .iter()
        .filter(|trace| !trace["failure"].is_null())
        .filter_map(|trace| Some(dir.join(trace["form"].as_str()?)))
        .collect();
    let mut tally = Tally::default();
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // The lists that forms refer to are XML too.
        if !text.contains("http://www.w3.org/1999/xhtml") {
            continue;
        }
        match guarded(|| open(&text, path.parent())) {
            Ok(_) => tally.passed += 1,
            Err(error) if refused.contains(&path) && !error.starts_with("PANIC") => {
                tally.passed += 1;
            }
            Err(error) => tally.failures.push(format!("{}: {error}", path.display())),
        }
    }
    Some(tally)
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Every step of `scenarios.jsonl`.
pub fn scenarios(dir: &Path) -> Option<Tally> {
    let mut tally = Tally::default();
    for (line, case) in rows(&dir.join("scenarios.jsonl"))?.iter().enumerate() {
        let name = format!(
            "scenarios.jsonl:{} {}",
            line + 1,
            case["test"].as_str().unwrap_or_default()
        );
        if case["replayed"] == json!(false) {
            *tally
                .apart
                .entry("not replayed by the reference itself".into())
                .or_default() += 1;
            continue;
        }
        let xml = case["xml"].as_str().unwrap_or_default();
        replay(&mut tally, &name, || open(xml, None), case, &scenario_state);
    }
    Some(tally)
}

/// Every step of `traces.jsonl`.
pub fn traces(dir: &Path) -> Option<Tally> {
    let mut tally = Tally::default();
    for (line, case) in rows(&dir.join("traces.jsonl"))?.iter().enumerate() {
        if !case["failure"].is_null() {
            *tally
                .apart
                .entry("the reference refuses the form".into())
                .or_default() += 1;
            continue;
        }
        let form = case["form"].as_str().unwrap_or_default();
        let name = format!("traces.jsonl:{} {form} seed {}", line + 1, case["seed"]);
        let path = dir.join(form);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        replay(
            &mut tally,
            &name,
            || open(&text, path.parent()),
            case,
            &trace_state,
        );
    }
    Some(tally)
}

type State = Map<String, Json>;
type Describe = dyn Fn(&Session, &NodeView) -> State;

/// Every step of a case is one; those that a refusal or a panic left undone have failed.
fn replay(
    tally: &mut Tally,
    name: &str,
    open: impl FnOnce() -> Result<Session, String>,
    case: &Json,
    describe: &Describe,
) {
    let steps = case["trace"].as_array().map_or(0, Vec::len) + 1;
    let mut here = Tally::default();
    let outcome = guarded(|| {
        run(&mut here, name, open()?, case, describe);
        Ok(())
    });
    let done = here.passed + here.failures.len();
    tally.passed += here.passed;
    tally.failures.append(&mut here.failures);
    if let Err(error) = outcome {
        let left = (done..steps).map(|_| format!("{name}: {error}"));
        tally.failures.extend(left);
    }
}

fn run(tally: &mut Tally, name: &str, mut session: Session, case: &Json, describe: &Describe) {
    let empty = Vec::new();
    let steps = case["trace"].as_array().unwrap_or(&empty);
    let mut expected: BTreeMap<String, Json> = case["start"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    judge(
        tally,
        &format!("{name} at the start"),
        &session,
        &expected,
        describe,
    );
    for (number, step) in steps.iter().enumerate() {
        if let Err(reason) = perform(&mut session, step) {
            tally
                .failures
                .push(format!("{name} step {}: {reason}", number + 1));
            continue;
        }
        for gone in step["gone"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            expected.remove(gone);
        }
        for (path, state) in step["changed"].as_object().into_iter().flatten() {
            expected.insert(path.clone(), state.clone());
        }
        judge(
            tally,
            &format!("{name} step {}", number + 1),
            &session,
            &expected,
            describe,
        );
    }
}

pub fn perform(session: &mut Session, step: &Json) -> Result<(), String> {
    let find =
        |session: &Session, path: &str| session.find(path).ok_or(format!("no node at {path}"));
    let refused = |error: vigie_forms::Refused| error.to_string();
    if let Some(path) = step["set"].as_str() {
        let value = match &step["value"] {
            Json::String(text) => text.clone(),
            Json::Null => String::new(),
            other => other.to_string(),
        };
        let id = find(session, path)?;
        session.answer(id, &value).map_err(refused)?;
    } else if let Some(path) = step["addRepeat"].as_str() {
        let id = find(session, path)?;
        session.add_repeat(id).map_err(refused)?;
    } else if let Some(path) = step["add"].as_str() {
        let id = find(session, path)?;
        let place = (step["after"].as_i64().unwrap_or(-1) + 1).max(0) as usize;
        session.add_repeat_at(id, place).map_err(refused)?;
    } else if let Some(path) = step["removeRepeatInstance"].as_str() {
        let id = find(session, path)?;
        session.remove_repeat(id).map_err(refused)?;
    } else if let Some(path) = step["remove"].as_str().or(step["removeRepeat"].as_str()) {
        let id = find(
            session,
            &format!("{path}[{}]", step["index"].as_u64().unwrap_or(0) + 1),
        )?;
        session.remove_repeat(id).map_err(refused)?;
    } else if let Some(language) = step["language"].as_str() {
        session.set_language(language);
    }
    Ok(())
}

/// The metadata of a response is left out of the cases: it is made of chance.
fn is_meta(path: &str) -> bool {
    path.split('/')
        .nth(2)
        .is_some_and(|name| name == "meta" || name == "orx:meta")
}

fn judge(
    tally: &mut Tally,
    name: &str,
    session: &Session,
    expected: &BTreeMap<String, Json>,
    describe: &Describe,
) {
    let mut differences = Vec::new();
    let mut seen = BTreeSet::new();
    for id in session.nodes() {
        let Ok(view) = session.view(id) else { continue };
        if is_meta(&view.path) {
            continue;
        }
        seen.insert(view.path.clone());
        match expected.get(&view.path) {
            None => differences.push(format!("{} should not be there", view.path)),
            Some(wanted) => {
                let found = describe(session, &view);
                let keys: BTreeSet<&String> = wanted
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(k, _)| k)
                    .chain(found.keys())
                    .collect();
                for key in keys {
                    let nothing = Json::Null;
                    let (a, b) = (
                        found.get(key).unwrap_or(&nothing),
                        wanted.get(key).unwrap_or(&nothing),
                    );
                    if !same(key, a, b) {
                        differences.push(format!("{} {key}: {a}, not {b}", view.path));
                    }
                }
            }
        }
    }
    differences.extend(
        expected
            .keys()
            .filter(|path| !seen.contains(*path) && !is_meta(path))
            .map(|path| format!("{path} is missing")),
    );
    if differences.is_empty() {
        tally.passed += 1;
    } else {
        differences.truncate(3);
        tally
            .failures
            .push(format!("{name}: {}", differences.join(" | ")));
    }
}

/// Equal, or two ways of writing one value: `10` and `10.0` are one decimal (XML Schema part 2, §3.2.3).
fn same(key: &str, a: &Json, b: &Json) -> bool {
    if a == b {
        return true;
    }
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    match key {
        "value" if a.is_string() && b.is_string() => {
            let numbers = |text: &str| -> Option<Vec<f64>> {
                text.split([' ', ';'])
                    .filter(|part| !part.is_empty())
                    .map(|part| part.parse().ok())
                    .collect()
            };
            let (a, b) = (text(a), text(b));
            !a.is_empty() && !b.is_empty() && numbers(&a).is_some() && numbers(&a) == numbers(&b)
        }
        "label" | "hint" | "message" => text(a).is_empty() && text(b).is_empty(),
        _ => false,
    }
}

fn node_type(view: &NodeView) -> &'static str {
    match (view.kind, view.control) {
        (NodeKind::Group, _) => "group",
        (NodeKind::Repeat, _) if view.may_change => "repeat-range:uncontrolled",
        (NodeKind::Repeat, _) => "repeat-range:controlled",
        (NodeKind::Row, _) => "repeat-instance",
        (NodeKind::Value, _) => "model-value",
        (NodeKind::Question, control) => match control {
            Some(Control::Note) => "note",
            Some(Control::SelectOne | Control::SelectMultiple) => "select",
            Some(Control::Rank) => "rank",
            Some(Control::Range) => "range",
            Some(Control::Upload) => "upload",
            Some(Control::Trigger) => "trigger",
            _ => "input",
        },
    }
}

/// The value as expressions read it: what does not fit its type is shown to the person, and is nothing to the form.
pub fn value(view: &NodeView) -> Json {
    match violation_kind(view) {
        _ if !view.relevant => Json::Null,
        None if view.violation.is_some() => json!(""),
        Some(ViolationKind::Required) => json!(""),
        _ => json!(view.value),
    }
}

/// The reference empties an answer that does not fit its type; here it is kept, and says so until it is mended.
fn violation_kind(view: &NodeView) -> Option<ViolationKind> {
    match view.violation.as_ref()?.kind {
        ViolationKind::Type => view.required.then_some(ViolationKind::Required),
        other => Some(other),
    }
}

pub fn violation(view: &NodeView) -> Json {
    violation_kind(view).map_or(Json::Null, |kind| json!(kind))
}

fn is_value(view: &NodeView) -> bool {
    matches!(view.kind, NodeKind::Question | NodeKind::Value)
}

pub fn label(view: &NodeView) -> Json {
    view.label
        .as_ref()
        .map_or(Json::Null, |label| json!(label.text))
}

pub fn choices(session: &Session, view: &NodeView) -> Vec<(String, String)> {
    let all = session.search_choices(view.id, "", 0, usize::MAX);
    all.choices
        .into_iter()
        .map(|choice| (choice.value, choice.label.text))
        .collect()
}

fn has_choices(view: &NodeView) -> bool {
    matches!(
        view.control,
        Some(Control::SelectOne | Control::SelectMultiple | Control::Rank)
    )
}

fn scenario_state(session: &Session, view: &NodeView) -> State {
    let mut state = Map::new();
    state.insert("node".into(), json!(node_type(view)));
    state.insert("relevant".into(), json!(view.relevant));
    state.insert("readonly".into(), json!(view.readonly));
    if view.label.is_some() {
        state.insert("label".into(), label(view));
    }
    if let Some(hint) = &view.hint {
        state.insert("hint".into(), json!(hint.text));
    }
    if view.kind == NodeKind::Repeat {
        state.insert("count".into(), json!(view.count));
    }
    if is_value(view) {
        state.insert("type".into(), json!(view.data_type));
        state.insert("required".into(), json!(view.required));
        state.insert("value".into(), value(view));
        state.insert("valid".into(), json!(violation_kind(view).is_none()));
        if let Some(found) = view
            .violation
            .as_ref()
            .filter(|_| violation_kind(view).is_some())
        {
            state.insert("violation".into(), violation(view));
            if let Some(message) = &found.message {
                state.insert("message".into(), json!(message));
            }
        }
    }
    if has_choices(view) {
        let list: Vec<Json> = choices(session, view)
            .into_iter()
            .map(|(value, label)| json!({"value": value, "label": label}))
            .collect();
        state.insert("choices".into(), json!(list));
    }
    state
}

fn trace_state(session: &Session, view: &NodeView) -> State {
    let mut state = Map::new();
    state.insert("type".into(), json!(node_type(view)));
    state.insert("relevant".into(), json!(view.relevant));
    if view.kind == NodeKind::Repeat {
        state.insert("count".into(), json!(view.count));
    }
    if is_value(view) {
        state.insert("readonly".into(), json!(view.readonly));
        state.insert("required".into(), json!(view.required));
        state.insert("value".into(), value(view));
        state.insert("violation".into(), violation(view));
        if view.label.is_some() {
            state.insert("label".into(), label(view));
        }
    }
    if has_choices(view) {
        let list: Vec<String> = choices(session, view)
            .into_iter()
            .map(|(value, _)| value)
            .collect();
        state.insert("options".into(), json!(list));
    }
    state
}

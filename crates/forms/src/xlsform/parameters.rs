//! The `parameters` column: what each type takes, and what it does to the node.

use super::choices::Lists;
use super::form::{Node, Source};
use super::kinds::{self, Control, Role};
use super::names;
use super::problem::{Fault, Kind, Problems};
use super::settings::{bad, parameters, yes};
use super::table::{Row, Table};

/// The keys that a type takes; none where its parameters are not looked at.
fn accepted(kind: &kinds::Kind, source: Option<&Source>) -> Option<&'static [&'static str]> {
    Some(match (kind.control, kind.role) {
        (Control::Range, _) => &[
            "end",
            "placeholder",
            "start",
            "step",
            "tick_interval",
            "tick_labelset",
        ],
        (
            Control::SelectOne | Control::SelectMultiple | Control::Rank | Control::SelectExternal,
            _,
        ) => match source {
            Some(Source::File(..)) => &["label", "randomize", "seed", "value"],
            _ => &["randomize", "seed"],
        },
        (_, Role::Audit) => &[
            "identify-user",
            "location-max-age",
            "location-min-interval",
            "location-priority",
            "track-changes",
            "track-changes-reasons",
        ],
        (_, Role::BackgroundAudio) => &["quality"],
        _ => match kind.name {
            "text" => &["rows"],
            "image" => &["app", "max-pixels"],
            "audio" => &["quality"],
            "geopoint" => &[
                "allow-mock-accuracy",
                "capture-accuracy",
                "reference-geometry",
                "warning-accuracy",
            ],
            "geotrace" | "geoshape" => {
                &["allow-mock-accuracy", "incremental", "reference-geometry"]
            }
            _ => return None,
        },
    })
}

/// The parameters whose values are words of the reference, whatever their case.
const WORDS: [&str; 7] = [
    "allow-mock-accuracy",
    "identify-user",
    "incremental",
    "location-priority",
    "quality",
    "track-changes",
    "track-changes-reasons",
];

/// One row's parameters being read.
struct Cell<'a, 'p> {
    survey: &'a Table,
    row: &'a Row,
    column: String,
    text: &'a str,
    problems: &'p mut Problems,
}

impl Cell<'_, '_> {
    fn error(&mut self, kind: Kind) {
        self.problems.error(
            kind,
            self.survey.at(self.row.number, &self.column, self.text),
        );
    }
}

/// Reads a row's parameters into its node.
pub(super) fn apply(
    survey: &Table,
    row: &Row,
    lists: &Lists,
    kind: &kinds::Kind,
    node: &mut Node,
    problems: &mut Problems,
) {
    let text = survey.get(row, &["parameters"]).unwrap_or_default();
    let column = survey.header(&["parameters"]);
    let mut cell = Cell {
        survey,
        row,
        column,
        text,
        problems,
    };
    let Some(mut pairs) = parameters(text) else {
        cell.error(Kind::BadParameters);
        return;
    };
    // A spreadsheet writes TRUE. What is a name, of a list or a question, stays as it is.
    for (key, value) in &mut pairs {
        if WORDS.contains(&key.as_str()) {
            value.make_ascii_lowercase();
        }
    }
    let Some(accepted) = accepted(kind, node.source.as_ref()) else {
        return;
    };
    let unknown: Vec<String> = pairs
        .iter()
        .filter(|(key, _)| !accepted.contains(&key.as_str()))
        .map(|(key, _)| key.clone())
        .collect();
    if !unknown.is_empty() {
        let accepted = accepted.iter().map(ToString::to_string).collect();
        cell.error(Kind::UnknownParameters {
            keys: unknown,
            accepted,
        });
        return;
    }
    node.parameters = pairs;
    match (kind.control, kind.role) {
        (Control::Range, _) => range(&mut cell, lists, node),
        (
            Control::SelectOne | Control::SelectMultiple | Control::Rank | Control::SelectExternal,
            _,
        ) => {
            select(&mut cell, node);
        }
        (_, Role::Audit) => audit(&mut cell, node),
        (_, Role::BackgroundAudio) => quality(&mut cell, node, &["voice-only", "low", "normal"]),
        _ => match kind.name {
            "text" => rows(&mut cell, node),
            "image" => image(&mut cell, node),
            "audio" => {
                quality(
                    &mut cell,
                    node,
                    &["voice-only", "low", "normal", "external"],
                );
                if let Some(quality) = node.parameter("quality").map(str::to_string) {
                    node.set_bind("odk:quality", quality);
                }
            }
            _ => place(&mut cell, node),
        },
    }
}

fn one_of(values: &[&str]) -> Fault {
    Fault::NotOneOf(values.iter().map(ToString::to_string).collect())
}

fn quality(cell: &mut Cell<'_, '_>, node: &Node, values: &[&str]) {
    if let Some(value) = node.parameter("quality")
        && !values.contains(&value)
    {
        cell.error(bad("quality", one_of(values)));
    }
}

fn rows(cell: &mut Cell<'_, '_>, node: &mut Node) {
    let Some(value) = node.parameter("rows").map(str::to_string) else {
        return;
    };
    if value.parse::<u32>().is_err() {
        cell.error(bad("rows", Fault::NotAnInteger));
    }
    node.set_control("rows", value);
}

fn image(cell: &mut Cell<'_, '_>, node: &mut Node) {
    match node.parameter("max-pixels").map(str::to_string) {
        Some(value) => {
            if value.parse::<i64>().is_err() {
                cell.error(bad("max-pixels", Fault::NotAnInteger));
            }
            node.set_bind("orx:max-pixels", value);
        }
        None => {
            let at = cell.survey.at(cell.row.number, &cell.column, cell.text);
            cell.problems.warning(Kind::NoMaxPixels, at);
        }
    }
    let plain = ["", "annotate"].contains(&node.attribute("appearance").unwrap_or_default());
    if let Some(app) = node.parameter("app").map(str::to_string).filter(|_| plain) {
        let word = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if !app.contains('.') || !app.split('.').all(word) {
            cell.error(bad("app", Fault::NotAPackage));
        }
        node.set_control("intent", app);
    }
}

fn place(cell: &mut Cell<'_, '_>, node: &mut Node) {
    if let Some(value) = node.parameter("allow-mock-accuracy").map(str::to_string) {
        if !["true", "false"].contains(&value.as_str()) {
            cell.error(bad("allow-mock-accuracy", one_of(&["true", "false"])));
        }
        node.set_bind("odk:allow-mock-accuracy", value);
    }
    for (key, attribute) in [
        ("capture-accuracy", "accuracyThreshold"),
        ("warning-accuracy", "unacceptableAccuracyThreshold"),
    ] {
        if let Some(value) = node.parameter(key).map(str::to_string) {
            if value.parse::<f64>().is_err() {
                cell.error(bad(key, Fault::NotANumber));
            }
            node.set_control(attribute, value);
        }
    }
    if let Some(value) = node.parameter("incremental") {
        if yes(value) && value != "1" {
            node.set_control("incremental", "true");
        } else {
            cell.error(bad("incremental", one_of(&["true"])));
        }
    }
}

fn select(cell: &mut Cell<'_, '_>, node: &Node) {
    let randomize = node.parameter("randomize").map(str::to_lowercase);
    if let Some(value) = &randomize
        && !["true", "false"].contains(&value.as_str())
    {
        cell.error(bad("randomize", one_of(&["true", "false"])));
    }
    if let Some(seed) = node.parameter("seed") {
        if !randomize.is_some_and(|value| yes(&value)) {
            cell.error(bad("seed", Fault::Needs("randomize=true".into())));
        } else if !seed.starts_with("${") && seed.parse::<f64>().is_err() {
            cell.error(bad("seed", Fault::NotANumber));
        }
    }
    for key in ["value", "label"] {
        if node
            .parameter(key)
            .is_some_and(|value| !names::is_name(value))
        {
            cell.error(bad(key, Fault::NotAName));
        }
    }
}

fn audit(cell: &mut Cell<'_, '_>, node: &mut Node) {
    let location = [
        "location-priority",
        "location-min-interval",
        "location-max-age",
    ];
    if location.iter().any(|key| node.parameter(key).is_some()) {
        for key in location {
            if node.parameter(key).is_none() {
                cell.error(bad(key, Fault::Needs(location.join(", "))));
            }
        }
    }
    let priorities = ["no-power", "low-power", "balanced", "high-accuracy"];
    if let Some(value) = node.parameter("location-priority")
        && !priorities.contains(&value)
    {
        cell.error(bad("location-priority", one_of(&priorities)));
    }
    let seconds = |key: &str| node.parameter(key).map(|value| value.parse::<i64>());
    for key in ["location-min-interval", "location-max-age"] {
        match seconds(key) {
            Some(Err(_)) => cell.error(bad(key, Fault::NotAnInteger)),
            Some(Ok(value)) if value < 0 => cell.error(bad(key, Fault::NotPositive)),
            _ => {}
        }
    }
    if let (Some(Ok(least)), Some(Ok(most))) = (
        seconds("location-min-interval"),
        seconds("location-max-age"),
    ) && most < least
    {
        cell.error(bad(
            "location-max-age",
            Fault::LessThan("location-min-interval".into()),
        ));
    }
    for (key, values) in [
        ("track-changes", &["true", "false"][..]),
        ("identify-user", &["true", "false"][..]),
        ("track-changes-reasons", &["on-form-edit"][..]),
    ] {
        if node
            .parameter(key)
            .is_some_and(|value| !values.contains(&value))
        {
            cell.error(bad(key, one_of(values)));
        }
    }
    for (key, value) in node.parameters.clone() {
        node.set_bind(&format!("odk:{key}"), value);
    }
}

/// Whether `value` lies a whole number of `step`s from `from`.
fn on_step(value: f64, from: f64, step: f64) -> bool {
    let steps = (value - from) / step;
    (steps - steps.round()).abs() < 1e-9
}

fn range(cell: &mut Cell<'_, '_>, lists: &Lists, node: &mut Node) {
    let mut number = |key: &str, default: Option<f64>| match node.parameter(key) {
        None => default,
        Some(text) => match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Some(value),
            _ => {
                cell.error(bad(key, Fault::NotANumber));
                None
            }
        },
    };
    let (start, end) = (number("start", Some(1.0)), number("end", Some(10.0)));
    let (step, tick, placeholder) = (
        number("step", Some(1.0)),
        number("tick_interval", None),
        number("placeholder", None),
    );
    for (key, default) in [("start", "1"), ("end", "10"), ("step", "1")] {
        let value = node.parameter(key).unwrap_or(default).to_string();
        node.set_control(key, value);
    }
    let decimal = ["start", "end", "step"]
        .iter()
        .any(|key| node.parameter(key).is_some_and(|text| text.contains('.')));
    node.set_bind("type", if decimal { "decimal" } else { "int" });
    for (key, attribute) in [
        ("tick_interval", "odk:tick-interval"),
        ("placeholder", "odk:placeholder"),
    ] {
        if let Some(value) = node.parameter(key).map(str::to_string) {
            node.set_control(attribute, value);
        }
    }
    let appearance = node.attribute("appearance").unwrap_or_default().to_string();
    let scale = [
        "",
        "vertical",
        "no-ticks",
        "vertical no-ticks",
        "no-ticks vertical",
    ]
    .contains(&appearance.as_str());
    for key in ["tick_interval", "placeholder", "tick_labelset"] {
        if node.parameter(key).is_some() && !scale {
            cell.error(bad(key, Fault::Appearance));
        }
    }
    let (Some(start), Some(end), Some(step)) = (start, end, step) else {
        return;
    };
    let (low, high) = (start.min(end), start.max(end));
    let mut sized = |key: &str, value: f64, multiple: bool| {
        if value == 0.0 {
            cell.error(bad(key, Fault::NotPositive));
            false
        } else if value.abs() > high - low {
            cell.error(bad(key, Fault::BeyondRange));
            false
        } else if multiple && !on_step(value, 0.0, step) {
            cell.error(bad(key, Fault::NotAMultiple("step".into())));
            false
        } else {
            true
        }
    };
    if !sized("step", step, false) || tick.is_some_and(|tick| !sized("tick_interval", tick, true)) {
        return;
    }
    if let Some(value) = placeholder {
        if value < low || value > high {
            cell.error(bad("placeholder", Fault::OutsideRange));
        } else if !on_step(value, start, step) {
            cell.error(bad("placeholder", Fault::NotAMultiple("step".into())));
        }
    }
    if let Some(name) = node.parameter("tick_labelset").map(str::to_string) {
        let key = "tick_labelset";
        let Some(list) = lists.get(&name) else {
            cell.error(Kind::UnknownList(name));
            return;
        };
        let values: Option<Vec<f64>> = list
            .choices
            .iter()
            .map(|choice| choice.name.parse().ok())
            .collect();
        match values {
            None => cell.error(bad(key, Fault::ChoicesNotNumbers)),
            Some(values) => {
                if values.iter().any(|value| *value < low || *value > high) {
                    cell.error(bad(key, Fault::ChoicesOutside));
                } else if appearance.contains("no-ticks") {
                    if values.len() > 2
                        || values.iter().any(|value| *value != start && *value != end)
                    {
                        cell.error(bad(key, Fault::ChoicesNotEnds));
                    }
                } else if values
                    .iter()
                    .any(|value| !on_step(*value, start, tick.unwrap_or(step)))
                {
                    cell.error(bad(key, Fault::ChoicesOffStep));
                }
            }
        }
        node.source = Some(Source::List(name));
    }
}

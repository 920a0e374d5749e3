//! What someone answers: by a rule, so that a run is the same each time, and never against the questionnaire's own rules.
//!
//! The questionnaire is answered here first, by the engine alone: it says what is asked next, and whether an answer can
//! stand. Of the answers that can, the one is given that opens the most questions; each repeat gets two rows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use vigie_e2e::words::plain;
use vigie_forms::{
    Control, DataType, DatePart, Env, Form, NodeId, NodeKind, NodeView, Now, Session, xform,
    xlsform,
};
use vigie_model::Timestamp;

/// The day and the hours from UTC of the browser that is filled.
#[derive(Debug, Clone, Copy)]
pub struct Clock(pub Now);

impl Env for Clock {
    fn now(&self) -> Now {
        self.0
    }
    fn random(&self) -> u64 {
        4
    }
    fn property(&self, _: &str) -> Option<String> {
        None
    }
}

/// A questionnaire as one person answers it.
pub struct Answers {
    session: Session,
    title: String,
    clock: Clock,
    /// Moves the rule on, so that neighbours get different answers.
    turn: usize,
    /// Decided, by question.
    given: BTreeMap<NodeId, String>,
    /// Met on a page that was left.
    passed: BTreeSet<NodeId>,
    /// Met on this page.
    here: BTreeSet<NodeId>,
}

/// The form of a workbook.
pub fn form(workbook: &Path) -> Result<Form> {
    let name = workbook.file_stem().unwrap_or_default().to_string_lossy();
    let sheets =
        xlsform::read(&std::fs::read(workbook)?).map_err(|problem| anyhow!("{problem}"))?;
    let options = xlsform::Options {
        id: name.clone().into_owned(),
        ..xlsform::Options::default()
    };
    let converted =
        xlsform::convert(&sheets, &options).map_err(|problems| anyhow!("{name}: {problems:?}"))?;
    let read = xform::read_alone(&converted.xml);
    read.form
        .with_context(|| format!("{name}: {:?}", read.problems))
}

impl Answers {
    pub fn new(form: Form, lang: &str, clock: Clock, seed: usize) -> Self {
        let tag = format!("({lang})");
        let language = form.languages().iter().find(|name| name.ends_with(&tag));
        let language = language.cloned();
        let title = form.titles().remove(lang).unwrap_or_default();
        let mut session = Session::new(Arc::new(form), Box::new(clock));
        if let Some(language) = language {
            session.set_language(&language);
        }
        // As on the phone: no row that nobody asked for.
        for node in session.nodes() {
            let view = session.view(node);
            if view.is_ok_and(|view| view.kind == NodeKind::Row && view.may_change) {
                drop(session.remove_repeat(node));
            }
        }
        Self {
            session,
            title,
            clock,
            turn: seed,
            given: BTreeMap::new(),
            passed: BTreeSet::new(),
            here: BTreeSet::new(),
        }
    }

    /// The questionnaire's title in this person's language.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the first page says, as it is compared.
    pub fn opening(&self) -> String {
        let said = self.views(|view| view.kind == NodeKind::Question && view.relevant);
        said.first().map(words).unwrap_or_default()
    }

    /// What is asked now, in order.
    fn asked(&self) -> Vec<NodeView> {
        self.views(|view| {
            view.kind == NodeKind::Question
                && view.control != Some(Control::Note)
                && view.relevant
                && !view.readonly
        })
    }

    fn views(&self, which: impl Fn(&NodeView) -> bool) -> Vec<NodeView> {
        let nodes = self.session.nodes().into_iter();
        nodes
            .filter_map(|id| self.session.view(id).ok())
            .filter(which)
            .collect()
    }

    /// The question of which one of these names tells, among those not met on earlier pages; its row is the first
    /// that was not.
    pub fn question(&self, names: &[String]) -> Option<NodeView> {
        let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let mut found: Option<(usize, NodeView)> = None;
        for view in self.asked() {
            let label = words(&view);
            let told = !label.is_empty() && names.iter().any(|name| name.starts_with(&label));
            let longer = found
                .as_ref()
                .is_none_or(|(length, _)| label.len() > *length);
            if told && longer && !self.passed.contains(&view.id) {
                found = Some((label.len(), view));
            }
        }
        found.map(|(_, view)| view)
    }

    /// What to answer to a question that is met. Asked again, it says the same.
    pub fn answer(&mut self, view: &NodeView) -> Result<String> {
        self.here.insert(view.id);
        if let Some(given) = self.given.get(&view.id) {
            return Ok(given.clone());
        }
        let answer = self.best(view)?;
        self.session.answer(view.id, &answer)?;
        self.given.insert(view.id, answer.clone());
        Ok(answer)
    }

    /// Whether this was answered already.
    pub fn is_given(&self, view: &NodeView) -> bool {
        self.given.contains_key(&view.id)
    }

    /// A question that is still to be met, of those that a page shows; `shown`: its labels.
    pub fn unmet(&self, shown: &[String]) -> Option<NodeView> {
        let shown: Vec<String> = shown.iter().map(|line| plain(line)).collect();
        let met: BTreeSet<String> = self
            .here
            .iter()
            .filter_map(|id| self.session.view(*id).ok())
            .map(|view| words(&view))
            .collect();
        self.asked().into_iter().find(|view| {
            let label = words(view);
            !self.passed.contains(&view.id)
                && !met.contains(&label)
                && shown.iter().any(|line| line.starts_with(&label))
        })
    }

    /// The page is left.
    pub fn turn_page(&mut self) {
        self.passed.append(&mut self.here);
    }

    /// Whether one of these headings is of a repeat that should have another row; then it has.
    pub fn add_row(&mut self, headings: &[String]) -> Result<bool> {
        let headings: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
        let repeats = self.views(|view| view.kind == NodeKind::Repeat && view.may_change);
        let here = repeats
            .into_iter()
            .find(|view| view.count < 2 && view.relevant && headings.contains(&words(view)));
        if let Some(repeat) = &here {
            self.session.add_repeat(repeat.id)?;
        }
        Ok(here.is_some())
    }

    /// What was never met.
    pub fn never_met(&self) -> Vec<String> {
        let asked = self.asked().into_iter();
        asked
            .filter(|view| !self.given.contains_key(&view.id))
            .map(|view| view.path)
            .collect()
    }

    /// The whole response by path below the root, what the device itself adds apart.
    pub fn expected(&self) -> BTreeMap<String, String> {
        let kept = self.views(|view| {
            let from_the_device = ["debut", "fin", "jour", "instanceID", "instanceName"];
            matches!(view.kind, NodeKind::Question | NodeKind::Value)
                && view.relevant
                && !view.value.is_empty()
                && !from_the_device.contains(&view.name.as_str())
        });
        kept.into_iter()
            .map(|view| (below_root(&view.path), view.value))
            .collect()
    }

    /// The answer that opens the most questions; of equals the first after the rule's turn.
    fn best(&mut self, view: &NodeView) -> Result<String> {
        self.turn += 7;
        let candidates = self.candidates(view);
        let mut best: Option<((usize, Reverse<usize>), String)> = None;
        for candidate in candidates {
            self.session.answer(view.id, &candidate)?;
            if self.session.view(view.id)?.violation.is_some() {
                continue;
            }
            let asked = self.asked();
            let fields: BTreeSet<String> =
                asked.iter().map(|one| without_rows(&one.path)).collect();
            // Other rows of the same questions tell nothing new.
            let worth = (fields.len(), Reverse(asked.len()));
            if best.as_ref().is_none_or(|(known, _)| worth > *known) {
                best = Some((worth, candidate));
            }
        }
        self.session.answer(view.id, &view.value)?;
        best.map(|(_, answer)| answer)
            .with_context(|| format!("no answer can stand at {}", view.path))
    }

    fn candidates(&self, view: &NodeView) -> Vec<String> {
        let turn = self.turn;
        let turned = |mut all: Vec<String>| {
            if !all.is_empty() {
                let by = turn % all.len();
                all.rotate_left(by);
            }
            all
        };
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let codes: Vec<String> = view
            .choices
            .iter()
            .map(|choice| choice.value.clone())
            .collect();
        match (view.control, view.data_type) {
            (Some(Control::SelectOne), _) => turned(codes),
            (Some(Control::SelectMultiple), _) => several(&codes, turn),
            (Some(Control::Rank), _) => {
                let mut order = codes;
                if order.len() > 1 {
                    order.swap(0, 1);
                }
                vec![order.join(" ")]
            }
            (Some(Control::Range), _) => {
                let scale = view.parameters.scale.unwrap_or_default();
                let value = |n: i32| scale.start + scale.step * f64::from(n);
                turned((1..=4).map(|n| value(n).to_string()).collect())
            }
            (Some(Control::Trigger), _) => owned(&["OK"]),
            (Some(Control::Upload), _) => owned(&["photo.png"]),
            (_, DataType::Int) => turned(owned(&["2", "5", "11", "3", "0"])),
            (_, DataType::Decimal) => turned(owned(&["9.5", "20", "40.25", "0.5", "3"])),
            (_, DataType::Date) => {
                let day = |days: i64| day_of(self.clock.0, days);
                let mut days = turned(vec![day(-40), day(-3), day(-400)]);
                days.push(day(30));
                if view.appearance.date == DatePart::Month {
                    days = days
                        .iter()
                        .map(|day| format!("{}-01", day.get(..7).unwrap_or(day)))
                        .collect();
                }
                days
            }
            (_, DataType::Time) => {
                let (sign, offset) = match self.clock.0.offset {
                    west if west < 0 => ('-', -west),
                    east => ('+', east),
                };
                let zone = format!("{sign}{:02}:{:02}", offset / 60, offset % 60);
                let times = ["07:30", "10:15"].map(|time| format!("{time}:00.000{zone}"));
                turned(times.to_vec())
            }
            (_, DataType::Geopoint) => owned(&["45.5 -73.6 0 0"]),
            _ => owned(&[
                &format!("Réponse {turn} : « l’été à l’atelier », ¿sí?"),
                &format!("F{}", turn % 100),
                "HTG",
                "https://example.org/politique",
                "HT2021123ABC123",
            ]),
        }
    }
}

/// Sets of choices: everything that does not shut others out, then two, then one.
fn several(codes: &[String], turn: usize) -> Vec<String> {
    let mut all = vec![codes.join(" ")];
    for start in 0..codes.len() {
        let at = (turn + start) % codes.len();
        let two = BTreeSet::from([at, (at + 2) % codes.len()]);
        all.push(
            two.iter()
                .filter_map(|at| codes.get(*at))
                .cloned()
                .collect::<Vec<_>>()
                .join(" "),
        );
        all.extend(codes.get(at).cloned());
    }
    // All but the first, or the last: most often one of these excludes the others.
    for rest in [codes.get(1..), codes.get(..codes.len().saturating_sub(1))] {
        all.extend(rest.map(|rest| rest.join(" ")));
    }
    all.rotate_left(1);
    all
}

/// A day so many days from today, as the browser counts them.
fn day_of(now: Now, days: i64) -> String {
    let there = Timestamp(now.millis).plus(i64::from(now.offset) * 60_000);
    there.plus(days * 24 * 60 * 60 * 1000).day()
}

/// What a node asks, as it is compared.
pub fn words(view: &NodeView) -> String {
    let label = view.label.as_ref().map(|label| label.text.as_str());
    plain(&label.unwrap_or_default().replace("**", ""))
}

/// `/data/equipe[2]/age` is `equipe[2]/age`; a first row has no number.
pub fn below_root(path: &str) -> String {
    let below = path.trim_start_matches('/').split_once('/');
    below.map_or(path, |(_, rest)| rest).replace("[1]", "")
}

fn without_rows(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => out.push(letter),
            _ => {}
        }
    }
    out
}

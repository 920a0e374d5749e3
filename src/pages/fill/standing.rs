//! How a page stands, what it asks in a line, and what is inside what: read from the nodes, without asking the worker.

use std::collections::{BTreeMap, HashSet};

use leptos::prelude::*;
use vigie_forms::{Control, NodeKind, NodeView, ViolationKind};

use super::filling::Filling;
use crate::{
    components::{
        icon::lu,
        question::{Row, chosen_labels},
    },
    i18n::{form, t},
    markdown,
};

/// An answer in words: labels for choices.
pub fn said(node: &NodeView) -> String {
    if node.choices.is_empty() {
        node.value.clone()
    } else {
        chosen_labels(node)
    }
}

/// How a page stands in the list of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing is asked there.
    Nothing,
    Answered,
    Hole,
    Missing,
    Wrong,
}

impl Mark {
    pub fn signs(self) -> (&'static str, icondata_core::Icon, &'static str) {
        match self {
            Mark::Nothing => ("state state--draft", lu::LuInfo, ""),
            Mark::Answered => ("state state--received", lu::LuCheck, t(form::MARK_ANSWERED)),
            Mark::Hole => ("state state--draft", lu::LuCircle, t(form::MARK_HOLE)),
            Mark::Missing => (
                "state state--here",
                lu::LuTriangleAlert,
                t(form::MARK_MISSING),
            ),
            Mark::Wrong => (
                "state state--failed",
                lu::LuTriangleAlert,
                t(form::MARK_WRONG),
            ),
        }
    }
}

/// The questions that a page asks now, by path.
pub fn asked_on(filling: Filling, at: usize) -> Vec<String> {
    let page = filling.pages.read_untracked().get(at).cloned();
    let paths = page.into_iter().flat_map(|page| page.nodes);
    paths
        .filter(|path| {
            let node = filling.node(path);
            node.is_some_and(|node| {
                let node = node.read_untracked();
                node.kind == NodeKind::Question && node.relevant
            })
        })
        .collect()
}

/// How a page stands; none when there is no such page.
pub fn page_state(filling: Filling, at: usize) -> Option<Mark> {
    let paths = filling.pages.read_untracked().get(at)?.nodes.clone();
    let (mut asked, mut answered, mut missing, mut wrong) = (0, 0, false, false);
    for node in paths.iter().filter_map(|path| filling.node(path)) {
        let node = node.read_untracked();
        let header = node.appearance.iter().any(|word| word == "label");
        if node.kind != NodeKind::Question
            || !node.relevant
            || node.control == Some(Control::Note)
            || header
        {
            continue;
        }
        asked += 1;
        answered += usize::from(!node.value.is_empty());
        match node.violation.as_ref().map(|violation| violation.kind) {
            Some(ViolationKind::Required) => missing = true,
            Some(_) => wrong = true,
            None => {}
        }
    }
    Some(match (wrong, missing) {
        (true, _) => Mark::Wrong,
        (_, true) => Mark::Missing,
        _ if asked == 0 => Mark::Nothing,
        _ if answered == asked => Mark::Answered,
        _ => Mark::Hole,
    })
}

/// What a page asks, in a line.
pub fn page_title(filling: Filling, at: usize) -> String {
    let Some(page) = filling.pages.read_untracked().get(at).cloned() else {
        return String::new();
    };
    let label = |notes: bool| {
        page.nodes
            .iter()
            .filter_map(|path| filling.node(path))
            .find_map(|node| {
                let node = node.read_untracked();
                let is_note =
                    node.kind == NodeKind::Question && node.control == Some(Control::Note);
                let label = node.label.as_ref().filter(|_| notes || !is_note)?;
                Some(markdown::plain(&label.text)).filter(|label| !label.trim().is_empty())
            })
    };
    label(false)
        .or_else(|| label(true))
        .unwrap_or_else(|| page.section.clone())
}

/// The rows of a repeat, each told by its first answers.
pub fn rows(filling: Filling, repeat: &NodeView) -> Vec<Row> {
    let start = format!("{}[", repeat.path);
    filling.nodes.with_value(|nodes| {
        let mut rows = Vec::new();
        let mut answers: BTreeMap<usize, Vec<(u32, String)>> = BTreeMap::new();
        for (path, node) in nodes {
            let Some((index, _)) = path
                .strip_prefix(&start)
                .and_then(|rest| rest.split_once(']'))
            else {
                continue;
            };
            let Ok(index) = index.parse::<usize>() else {
                continue;
            };
            let node = node.read_untracked();
            if node.kind == NodeKind::Row && node.parent == Some(repeat.id) {
                rows.push(Row {
                    path: path.clone(),
                    index: node.index,
                    summary: String::new(),
                    may_remove: node.may_change,
                });
            } else if node.kind == NodeKind::Question && node.relevant && !node.value.is_empty() {
                answers
                    .entry(index)
                    .or_default()
                    .push((node.id.0, said(&node)));
            }
        }
        rows.sort_by_key(|row| row.index);
        for row in &mut rows {
            let mut answers = answers.remove(&row.index).unwrap_or_default();
            answers.sort();
            let first: Vec<String> = answers.into_iter().take(3).map(|(_, said)| said).collect();
            row.summary = first.join(" · ");
        }
        rows
    })
}

/// All that the long page shows, in order: what each page does, after the groups and rows around it.
pub fn all_on_one(filling: Filling) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    filling.nodes.with_value(|nodes| {
        for path in filling.pages.read().iter().flat_map(|page| &page.nodes) {
            let around = path
                .match_indices('/')
                .filter_map(|(at, _)| path.get(..at))
                .filter(|around| nodes.contains_key(*around));
            for path in around.chain([path.as_str()]) {
                if seen.insert(path.to_owned()) {
                    out.push(path.to_owned());
                }
            }
        }
    });
    out
}

/// Of `nodes`, in order, those right inside `of` (none: inside nothing); `holds` says which hold others.
pub fn right_inside(
    nodes: &[String],
    of: Option<&str>,
    holds: impl Fn(&str) -> Option<NodeKind>,
) -> Vec<String> {
    let of_kind = of.and_then(&holds);
    let mut out = Vec::new();
    let mut passed: Option<(&str, NodeKind)> = None;
    for node in nodes {
        if of.is_some_and(|of| !is_inside(node, of, of_kind))
            || passed.is_some_and(|(by, kind)| is_inside(node, by, Some(kind)))
        {
            continue;
        }
        out.push(node.clone());
        if let Some(kind) = holds(node) {
            passed = Some((node, kind));
        }
    }
    out
}

/// Rows of a repeat are inside it, though their path has its name with a number.
fn is_inside(path: &str, of: &str, kind: Option<NodeKind>) -> bool {
    let next = if kind == Some(NodeKind::Repeat) {
        '['
    } else {
        '/'
    };
    path.strip_prefix(of)
        .is_some_and(|rest| rest.starts_with(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_stands_in_the_innermost_group_or_row_around_it() {
        let nodes: Vec<String> = [
            "/d/a",
            "/d/g",
            "/d/g/b",
            "/d/g/r",
            "/d/g/r[1]",
            "/d/g/r[1]/c",
            "/d/g2",
            "/d/e",
        ]
        .map(str::to_owned)
        .to_vec();
        let holds = |path: &str| match path {
            "/d/g" => Some(NodeKind::Group),
            "/d/g/r" => Some(NodeKind::Repeat),
            "/d/g/r[1]" => Some(NodeKind::Row),
            _ => None,
        };
        assert_eq!(
            right_inside(&nodes, None, holds),
            ["/d/a", "/d/g", "/d/g2", "/d/e"]
        );
        assert_eq!(
            right_inside(&nodes, Some("/d/g"), holds),
            ["/d/g/b", "/d/g/r"]
        );
        assert_eq!(right_inside(&nodes, Some("/d/g/r"), holds), ["/d/g/r[1]"]);
        assert_eq!(
            right_inside(&nodes, Some("/d/g/r[1]"), holds),
            ["/d/g/r[1]/c"]
        );
    }
}

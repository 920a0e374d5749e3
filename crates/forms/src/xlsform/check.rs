//! What only shows once the whole form is read: names twice, references to nothing, circles, missing languages.

use super::form::{Form, Found, Source, What};
use super::kinds::{Control, Role};
use super::names;
use super::problem::{At, Fault, Kind, Problems};
use super::table::{Column, Table};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Names: one of a kind in their group, repeats in the whole form.
pub(super) fn names(form: &Form, survey: &Table, problems: &mut Problems) {
    let column = survey.header(&["name"]);
    let mut repeats: HashMap<&str, usize> = HashMap::new();
    for index in form.in_order() {
        if form.nodes[index].what == What::Repeat {
            repeats.entry(&form.nodes[index].name).or_insert(index);
        }
    }
    let root = form.settings.root.as_str();
    for parent in form.in_order() {
        let mut taken: HashSet<&str> = HashSet::new();
        let mut meta: HashSet<&str> = HashSet::new();
        let mut lower: HashSet<String> = HashSet::new();
        for index in &form.nodes[parent].children {
            let node = &form.nodes[*index];
            let name = node.name.as_str();
            let at = survey.at(node.row, &column, name);
            if node.meta {
                if !meta.insert(name) {
                    problems.error(Kind::DuplicateName, at);
                }
                continue;
            }
            let again = !taken.insert(name);
            let repeat = node.what == What::Repeat;
            let repeated = repeat && repeats.get(name).is_some_and(|first| first != index);
            if again {
                problems.error(Kind::DuplicateName, at);
            } else if repeated {
                problems.error(Kind::DuplicateRepeat, at);
            } else if !lower.insert(name.to_lowercase()) {
                problems.warning(Kind::NameDiffersByCase, at);
            }
            if repeat && name == root {
                problems.error(Kind::NamedAsRoot, at);
            }
            if name == "meta" {
                problems.error(Kind::ReservedName, at);
            }
        }
    }
}

/// Whether references in a column's cells are looked up.
fn refers(column: &Column) -> bool {
    let other = ["type", "name", "disabled", "sensible", "list_name"];
    column.known && !other.contains(&column.path[0].as_str())
}

/// Every `${name}` of a sheet.
pub(super) fn references(form: &Form, table: &Table, problems: &mut Problems) {
    for row in &table.rows {
        for (column, cell) in table.cells(row) {
            if !refers(column) || !cell.contains("${") {
                continue;
            }
            let at = table.at(row.number, &column.header, cell);
            if column.is(&["trigger"]) && !names::is_list(cell) {
                continue;
            }
            expression(form, cell, at, problems);
        }
    }
}

/// Every `${name}` of one cell.
pub(super) fn expression(form: &Form, cell: &str, at: At<'_>, problems: &mut Problems) {
    for reference in names::references(cell) {
        match reference.map(|reference| (reference.name, form.find(reference.name))) {
            Err(_) => problems.error(Kind::BadReference, at),
            Ok((name, Found::None)) => problems.error(Kind::UnknownReference(name.into()), at),
            // The form has one of its own.
            Ok(("instanceID", Found::One(_))) if form.settings.instance_id.is_some() => {
                problems.error(Kind::AmbiguousReference("instanceID".into()), at);
            }
            Ok((name, Found::Several)) => problems.error(Kind::AmbiguousReference(name.into()), at),
            Ok((_, Found::One(_))) => {}
        }
    }
}

/// What a row's type and triggers refer to.
pub(super) fn sources(form: &Form, survey: &Table, problems: &mut Problems) {
    let mut searched: HashMap<&str, &str> = HashMap::new();
    let mut listed: HashMap<&str, &str> = HashMap::new();
    let (type_column, trigger_column) = (survey.header(&["type"]), survey.header(&["trigger"]));
    for index in form.in_order() {
        let node = &form.nodes[index];
        match &node.source {
            Some(Source::Repeat(name)) => {
                let at = survey.at(node.row, &type_column, name);
                match form.find(name) {
                    Found::None => problems.error(Kind::UnknownReference(name.clone()), at),
                    Found::Several => problems.error(Kind::AmbiguousReference(name.clone()), at),
                    Found::One(_) => {}
                }
            }
            Some(Source::List(list)) => {
                let uses = if node.searches() {
                    &mut searched
                } else {
                    &mut listed
                };
                uses.insert(list, &node.name);
            }
            Some(Source::File(..)) if node.searches() => {
                problems.error(
                    Kind::SearchOnFile,
                    survey.at(node.row, &type_column, &node.name),
                );
            }
            _ => {}
        }
        for trigger in &node.triggers {
            let at = survey.at(node.row, &trigger_column, &node.name);
            let Found::One(target) = form.find(trigger) else {
                continue;
            };
            match &form.nodes[target].what {
                What::Question(kind)
                    if kind.role == Role::Calculate || !form.nodes[target].is_asked() =>
                {
                    problems.error(Kind::HiddenTrigger(trigger.clone()), at);
                }
                What::Question(kind) if kind.control == Control::None => {
                    problems.warning(Kind::HiddenTrigger(trigger.clone()), at);
                }
                What::Question(_) => {}
                What::Group | What::Repeat => {
                    problems.error(Kind::UnknownReference(trigger.clone()), at)
                }
            }
        }
    }
    for (list, question) in searched {
        if let Some(other) = listed.get(list) {
            let kind = Kind::SearchClash {
                list: list.into(),
                other: (*other).into(),
            };
            let row = form
                .nodes
                .iter()
                .find(|node| node.name == question)
                .map_or(0, |node| node.row);
            problems.error(kind, survey.at(row, &type_column, question));
        }
    }
}

/// Names of choices where several may be chosen.
pub(super) fn choices(form: &Form, table: &Table, problems: &mut Problems) {
    let column = table.header(&["name"]);
    for list in &form.lists.lists {
        let several = form.nodes.iter().any(|node| {
            matches!(&node.what, What::Question(kind) if kind.control == Control::SelectMultiple)
                && matches!(&node.source, Some(Source::List(name)) if *name == list.name)
        });
        for choice in list
            .choices
            .iter()
            .filter(|choice| several && choice.name.contains(' '))
        {
            let at = table.at(choice.row, &column, &choice.name);
            problems.error(Kind::ChoiceWithSpace(list.name.clone()), at);
        }
    }
}

/// Columns that one language has and another lacks; languages without a code.
pub(super) fn languages(default: &str, tables: &[&Table], problems: &mut Problems) {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    let mut seen: Vec<BTreeMap<&str, BTreeSet<&str>>> = Vec::new();
    for table in tables {
        let mut columns: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for column in &table.columns {
            let text = matches!(
                column.path[0].as_str(),
                "label" | "hint" | "guidance_hint" | "media"
            ) || column.is(&["bind", "jr:constraintMsg"])
                || column.is(&["bind", "jr:requiredMsg"]);
            if let Some(name) = column.path.last().filter(|_| text && column.known) {
                let language = column.language.as_deref().unwrap_or(default);
                columns.entry(name).or_default().insert(language);
                all.insert(language);
            }
        }
        seen.push(columns);
    }
    for (table, columns) in tables.iter().zip(&seen) {
        for language in &all {
            let missing: Vec<String> = columns
                .iter()
                .filter(|(_, languages)| !languages.contains(language))
                .map(|(name, _)| (*name).to_string())
                .collect();
            if all.len() > 1 && !missing.is_empty() {
                let kind = Kind::MissingTranslations {
                    language: (*language).into(),
                    columns: missing,
                };
                problems.warning(kind, At::sheet(&table.name));
            }
        }
    }
    for language in all {
        let code = language
            .rsplit_once('(')
            .map_or(language, |(_, code)| code.trim_end_matches(')'));
        let code = code.split('-').next().unwrap_or(code);
        let coded = (2..=3).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphabetic());
        if language != "default" && !(coded && (code.len() == 2 || language.contains('('))) {
            problems.warning(Kind::LanguageWithoutCode(language.into()), At::form());
        }
    }
}

/// Calculations and relevances that hang on each other in a circle.
///
/// What stands in brackets or in `indexed-repeat` is another row, most often the one before: it makes no circle.
pub(super) fn cycles(form: &Form, survey: &Table, problems: &mut Problems) {
    let edges: Vec<Vec<usize>> = form.nodes.iter().map(|node| depends(form, node)).collect();
    // 0 not seen, 1 on the path, 2 done.
    let mut state = vec![0u8; form.nodes.len()];
    for start in form.in_order() {
        if state[start] != 0 {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        state[start] = 1;
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let Some(target) = edges[node].get(*next).copied() else {
                state[node] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            match state[target] {
                0 => {
                    state[target] = 1;
                    path.push((target, 0));
                }
                1 => {
                    let from = path
                        .iter()
                        .position(|(other, _)| *other == target)
                        .unwrap_or(0);
                    let mut circle: Vec<String> = path[from..]
                        .iter()
                        .map(|(other, _)| form.nodes[*other].name.clone())
                        .collect();
                    circle.push(form.nodes[target].name.clone());
                    let attribute = if form.nodes[node].bound("calculate").is_some() {
                        "calculate"
                    } else {
                        "relevant"
                    };
                    let column = survey.header(&["bind", attribute]);
                    let cell = form.nodes[node].bound(attribute).unwrap_or_default();
                    problems.error(
                        Kind::Cycle(circle),
                        survey.at(form.nodes[node].row, &column, cell),
                    );
                }
                _ => {}
            }
        }
    }
}

fn depends(form: &Form, node: &super::form::Node) -> Vec<usize> {
    let mut targets = Vec::new();
    for attribute in ["calculate", "relevant"] {
        // A triggered calculation runs once, when its trigger changes.
        if attribute == "calculate" && !node.triggers.is_empty() {
            continue;
        }
        let Some(text) = node.bound(attribute) else {
            continue;
        };
        if text.contains("indexed-repeat") || text.contains("once(") || text.contains("position(") {
            continue;
        }
        let (mut seen, mut depth) = (0, 0);
        for reference in names::references(text).into_iter().flatten() {
            depth += super::references::brackets(&text[seen..reference.start]);
            seen = reference.start;
            if let Found::One(target) = form.find(reference.name)
                && depth == 0
                && !reference.last_saved
                && !text[reference.end..].starts_with('[')
                && !targets.contains(&target)
            {
                targets.push(target);
            }
        }
    }
    targets
}

/// What maps are to show behind a place: a list, a file of the form, or a repeat.
pub(super) fn geometries(form: &Form, survey: &Table, problems: &mut Problems) {
    let column = survey.header(&["parameters"]);
    for index in form.in_order() {
        let node = &form.nodes[index];
        let Some(source) = node.parameter("reference-geometry") else {
            continue;
        };
        let known = match names::only_reference(source) {
            Some(name) => matches!(form.find(name), Found::One(target) if form.nodes[target].what == What::Repeat),
            None => {
                form.lists.get(source).is_some()
                    || form.nodes.iter().any(|other| {
                        matches!(&other.source, Some(Source::File(name, _)) if name == source)
                            || (other.name == source
                                && matches!(&other.what, What::Question(kind) if matches!(kind.role, Role::External(..))))
                    })
            }
        };
        if !known {
            let kind = super::settings::bad("reference-geometry", Fault::NoSuchSource);
            problems.error(kind, survey.at(node.row, &column, source));
        }
    }
}

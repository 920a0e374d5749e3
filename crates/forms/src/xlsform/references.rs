//! `${name}` into paths, absolute or relative to where they stand.
//!
//! A reference from one place in a repeat to another in the same repeat means the same row, and so becomes relative; any
//! other is absolute. Where brackets filter the rows of an instance, a relative path would start from the row being
//! tried: it starts from `current()` instead.

use super::form::{Form, Found};
use super::names;
use super::text::balanced;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A bind, a label, a default.
    Plain,
    /// The filter of a list of choices.
    Filter,
    /// The filter of choices that are rows of this repeat or group.
    RowFilter(usize),
}

/// `text` with every `${name}` as the path from `context`. Unknown names, reported elsewhere, stay as they are.
pub(super) fn resolve(form: &Form, context: usize, text: &str, place: Place) -> String {
    let mut resolved = String::with_capacity(text.len() + 32);
    let mut from = 0;
    for reference in names::references(text).into_iter().flatten() {
        let Found::One(target) = form.find(reference.name) else {
            continue;
        };
        resolved.push_str(&text[from..reference.start]);
        from = reference.end;
        let path = if reference.last_saved {
            format!("instance('__last-saved'){}", form.path(target))
        } else if let Place::RowFilter(rows) = place
            && form.ancestors(target).contains(&rows)
        {
            format!(".{}", &form.path(target)[form.path(rows).len()..])
        } else if repeat_argument(text, &reference) {
            form.path(target).to_string()
        } else {
            let above = matches!(place, Place::RowFilter(_));
            match relative(form, context, target, above) {
                None => form.path(target).to_string(),
                Some(path)
                    if place != Place::Plain || in_instance_filter(text, reference.start) =>
                {
                    format!("current()/{path}")
                }
                Some(path) => path,
            }
        };
        resolved.push(' ');
        resolved.push_str(&path);
        resolved.push(' ');
    }
    resolved.push_str(&text[from..]);
    resolved
}

/// The path from one node to another in the same repeat; none where they share no repeat.
///
/// `above`: by way of the repeat's parent, as choices from rows need, so that all rows are meant and not one.
pub(super) fn relative(form: &Form, context: usize, target: usize, above: bool) -> Option<String> {
    let (here, there) = (form.ancestors(context), form.ancestors(target));
    let mut shared = here.iter().zip(there).take_while(|(a, b)| a == b).count();
    let repeats = |nodes: &[usize]| {
        nodes
            .iter()
            .filter(|node| form.nodes[**node].what == super::form::What::Repeat)
            .count()
    };
    if repeats(&here[..shared]) == 0 {
        return None;
    }
    let (around_here, around_there) = (form.repeat_around(context), form.repeat_around(target));
    if above
        && let (Some(outer), Some(inner)) = (around_there, around_here)
        && (form.ancestors(inner).contains(&outer)
            || (outer == inner && form.repeat_around(inner).is_none()))
    {
        shared = here.iter().position(|node| *node == outer)?;
    }
    let steps = vec![".."; here.len() - shared + 1].join("/");
    let ancestor = here.get(shared.checked_sub(1)?)?;
    Some(format!(
        "{steps}{}",
        &form.path(target)[form.path(*ancestor).len()..]
    ))
}

/// In brackets, with an instance before them.
fn in_instance_filter(text: &str, at: usize) -> bool {
    let before = &text[..at];
    if !before.contains("instance(") {
        return false;
    }
    let depth = before.chars().fold(0i32, |depth, c| match c {
        '[' => depth + 1,
        ']' => depth - 1,
        _ => depth,
    });
    depth > 0
}

/// An argument of `indexed-repeat` that names a question or a repeat rather than a row: it stays absolute.
fn repeat_argument(text: &str, reference: &names::Reference<'_>) -> bool {
    let call = "indexed-repeat";
    let mut from = 0;
    while let Some(start) = text[from..].find(call).map(|at| from + at) {
        let open = start + call.len();
        if text[open..].starts_with('(')
            && let Some(end) = balanced(text, open)
            && reference.start > open
            && reference.end < end
        {
            let written = &text[reference.start..reference.end];
            let arguments = arguments(&text[open + 1..end - 1]);
            let index = arguments
                .iter()
                .rposition(|argument| argument.contains(written));
            return index.is_some_and(|index| [0, 1, 3, 5].contains(&index));
        }
        from = open;
    }
    false
}

/// The arguments of a call, without those of calls within.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (index, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[from..index]);
                from = index + 1;
            }
            _ => {}
        }
    }
    found.push(&text[from..]);
    found
}

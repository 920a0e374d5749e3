//! `${name}` into paths, absolute or relative to where they stand.
//!
//! A reference from one place in a repeat to another in the same repeat means the same row, and so becomes relative; any
//! other is absolute. Where brackets filter the rows of an instance, a relative path would start from the row being
//! tried: it starts from `current()` instead.

use super::form::{Form, Found, What};
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
    let calls = repeat_calls(text);
    let instance = text.find("instance(");
    let (mut from, mut seen, mut depth) = (0, 0, 0i64);
    for reference in names::references(text).into_iter().flatten() {
        depth += brackets(&text[seen..reference.start]);
        seen = reference.start;
        let Found::One(target) = form.find(reference.name) else {
            continue;
        };
        resolved.push_str(&text[from..reference.start]);
        from = reference.end;
        // In brackets with an instance before them: a row of the instance is being tried.
        let filtered = depth > 0 && instance.is_some_and(|at| at < reference.start);
        let path = if reference.last_saved {
            format!("instance('__last-saved'){}", form.path(target))
        } else if let Place::RowFilter(rows) = place
            && in_row(form, context, target, rows)
        {
            format!(".{}", &form.path(target)[form.path(rows).len()..])
        } else if names_rows(
            &calls,
            &text[reference.start..reference.end],
            reference.start,
        ) {
            form.path(target).to_string()
        } else {
            let above = matches!(place, Place::RowFilter(_));
            match relative(form, context, target, above) {
                None => form.path(target).to_string(),
                Some(path) if place != Place::Plain || filtered => format!("current()/{path}"),
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

/// Whether a target is a part of the row being tried: in it, and in no repeat further in.
fn in_row(form: &Form, context: usize, target: usize, rows: usize) -> bool {
    let is_repeat = form.nodes[rows].what == What::Repeat;
    if target == rows && is_repeat {
        let shared = form
            .repeat_around(target)
            .is_some_and(|outer| form.ancestors(context).contains(&outer));
        return !shared && !form.ancestors(context).contains(&rows);
    }
    let repeat = if is_repeat {
        Some(rows)
    } else {
        form.repeat_around(rows)
    };
    let asked_elsewhere = repeat.is_none_or(|repeat| !form.ancestors(context).contains(&repeat));
    (target == rows || form.ancestors(target).contains(&rows))
        && (asked_elsewhere || form.repeat_around(target) == repeat)
}

/// How many square brackets `text` opens, less those it closes.
pub(super) fn brackets(text: &str) -> i64 {
    text.bytes()
        .map(|byte| match byte {
            b'[' => 1,
            b']' => -1,
            _ => 0,
        })
        .sum()
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
            .filter(|node| form.nodes[**node].what == What::Repeat)
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

/// A call of `indexed-repeat`: where its arguments begin and end, and what they are.
struct RepeatCall<'a> {
    start: usize,
    end: usize,
    arguments: Vec<&'a str>,
}

/// The calls of `indexed-repeat` that stand in no other.
fn repeat_calls(text: &str) -> Vec<RepeatCall<'_>> {
    let call = "indexed-repeat";
    let (mut calls, mut from) = (Vec::new(), 0);
    while let Some(open) = text[from..].find(call).map(|at| from + at + call.len()) {
        from = open;
        if text[open..].starts_with('(')
            && let Some(end) = balanced(text, open)
        {
            let arguments = arguments(&text[open + 1..end - 1]);
            calls.push(RepeatCall {
                start: open,
                end,
                arguments,
            });
            from = end;
        }
    }
    calls
}

/// Whether a reference is an argument of `indexed-repeat` that names a question or a repeat, rather than a row: it
/// stays absolute.
fn names_rows(calls: &[RepeatCall<'_>], written: &str, at: usize) -> bool {
    let Some(call) = calls.iter().find(|call| call.start < at && at < call.end) else {
        return false;
    };
    let index = call
        .arguments
        .iter()
        .rposition(|argument| argument.contains(written));
    index.is_some_and(|index| [0, 1, 3, 5].contains(&index))
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

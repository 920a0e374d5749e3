//! Names of questions, and `${name}` found in cells.

/// Whether this may name a question: a letter or `_`, then letters, digits, `_`, `-`, `.`; a prefix and a colon may
/// stand before it.
pub(super) fn is_name(text: &str) -> bool {
    match text.split_once(':') {
        Some((prefix, local)) => is_part(prefix) && is_part(local),
        None => is_part(text),
    }
}

fn is_part(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}'))
}

/// One `${…}` of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Where `$` is, and one past `}`.
    pub start: usize,
    pub end: usize,
    pub name: &'a str,
    /// `${last-saved#name}`.
    pub last_saved: bool,
}

/// Every `${…}` in order; an error is where one is malformed.
pub(super) fn references(text: &str) -> Vec<Result<Reference<'_>, usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        let inside = &text[start + 2..];
        let Some(length) = inside.find('}') else {
            found.push(Err(start));
            break;
        };
        let whole = &inside[..length];
        let (name, last_saved) = whole
            .strip_prefix("last-saved#")
            .map_or((whole, false), |name| (name, true));
        let end = start + 2 + length + 1;
        found.push(if is_name(name) {
            Ok(Reference {
                start,
                end,
                name,
                last_saved,
            })
        } else {
            Err(start)
        });
        from = if is_name(name) { end } else { start + 2 };
    }
    found
}

/// The whole cell is one reference, not to a saved answer: the name.
pub(super) fn only_reference(text: &str) -> Option<&str> {
    match references(text).as_slice() {
        [Ok(reference)]
            if reference.start == 0 && reference.end == text.len() && !reference.last_saved =>
        {
            Some(reference.name)
        }
        _ => None,
    }
}

/// Whether a cell is nothing but references with commas between them.
pub(super) fn is_list(text: &str) -> bool {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .all(|part| only_reference(part).is_some())
}

/// How alike two words are: the changes of one letter from one to the other.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

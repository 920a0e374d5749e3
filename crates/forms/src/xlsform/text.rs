//! Text that holds references: which defaults are expressions, and what a label shows.

/// An expression being cut into words, as far as it takes to tell one from plain text.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// A name with `(` right behind it.
    Call,
    /// `+`, `-`, `*`, `|`, ` div `, ` mod `.
    Operator(char),
    Other,
}

fn words(text: &str) -> Vec<Word> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    let name_start = |c: char| c.is_alphabetic() || c == '_';
    let name_rest = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    while at < chars.len() {
        let c = chars[at];
        let negative = c == '-' && chars.get(at + 1).is_some_and(char::is_ascii_digit);
        if c == '\'' || c == '"' {
            let end = chars[at + 1..].iter().position(|other| *other == c);
            at = end.map_or(at + 1, |end| at + end + 2);
            words.push(Word::Other);
        } else if c.is_ascii_digit() || negative {
            at += 1;
            while chars
                .get(at)
                .is_some_and(|c| c.is_ascii_digit() || *c == '.')
            {
                at += 1;
            }
            words.push(Word::Other);
        } else if name_start(c) {
            let start = at;
            while chars.get(at).is_some_and(|c| name_rest(*c)) {
                at += 1;
            }
            let name: String = chars[start..at].iter().collect();
            let spaced = start > 0 && chars[start - 1] == ' ' && chars.get(at) == Some(&' ');
            words.push(if chars.get(at) == Some(&'(') {
                Word::Call
            } else if spaced && (name == "div" || name == "mod") {
                Word::Operator('/')
            } else {
                Word::Other
            });
        } else {
            if matches!(c, '+' | '-' | '*' | '|') {
                words.push(Word::Operator(c));
            }
            at += 1;
        }
    }
    words
}

/// Whether a default is an expression to calculate, rather than a value to put in.
///
/// A hyphen is part of dates and places, and no sign of an expression there.
pub(super) fn is_dynamic(text: &str, data: &str) -> bool {
    let hyphen = ["date", "dateTime", "geopoint", "geotrace", "geoshape"].contains(&data);
    if is_moment(text) {
        return false;
    }
    text.contains("${")
        || words(text).iter().any(|word| match word {
            Word::Call => true,
            Word::Operator(c) => *c != '-' || !hyphen,
            Word::Other => false,
        })
}

/// Whether it is a time of day, with a date before it or not: the sign of its offset is no sum.
fn is_moment(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let time = shape.strip_prefix("0000-00-00T").unwrap_or(&shape);
    time.strip_prefix("00:00:00").is_some_and(|rest| {
        let offset = rest
            .strip_prefix('.')
            .map_or(rest, |rest| rest.trim_start_matches('0'));
        matches!(offset, "" | "Z" | "+00:00" | "-00:00")
    })
}

/// A part of a label.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Plain(&'a str),
    /// What to calculate and show.
    Output(&'a str),
}

/// Whether a label shows anything calculated.
pub(super) fn has_output(text: &str) -> bool {
    parts(text)
        .iter()
        .any(|part| matches!(part, Part::Output(_)))
}

/// A label cut into what it says and what it shows: `${name}`, and paths from `instance('…')` with a predicate.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("${") {
            rest.find('}').map(|end| end + 1)
        } else if rest.starts_with("instance(") {
            instance_path(rest)
        } else {
            None
        };
        match length {
            Some(length) => {
                if plain < at {
                    parts.push(Part::Plain(&text[plain..at]));
                }
                parts.push(Part::Output(&text[at..at + length]));
                at += length;
                plain = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    if plain < text.len() {
        parts.push(Part::Plain(&text[plain..]));
    }
    parts
}

/// How long the path from `instance('…')` at the start of `text` is; none where it is no path.
fn instance_path(text: &str) -> Option<usize> {
    let mut at = balanced(text, "instance".len())?;
    let mut steps = false;
    loop {
        let rest = &text[at..];
        if let Some(step) = rest.strip_prefix('/') {
            let name: usize = step
                .chars()
                .take_while(|c| {
                    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '*' | '@' | '/')
                })
                .map(char::len_utf8)
                .sum();
            if name == 0 {
                break;
            }
            steps = true;
            at += 1 + name;
        } else if rest.starts_with('[') {
            at = balanced(text, at)?;
        } else {
            break;
        }
    }
    steps.then_some(at)
}

/// Where the bracket that opens at `at` is closed: one past it.
pub(super) fn balanced(text: &str, at: usize) -> Option<usize> {
    let mut depth = 0;
    let mut quote = None;
    for (index, c) in text[at..].char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_an_expression_when_it_calls_or_reckons() {
        for text in [
            "today()", "1 - 2", "a*b", "2 div 3", "${q}", "+33 123", "if(1,2", "10 * -3", "-a",
        ] {
            assert!(is_dynamic(text, "string"), "{text}");
        }
        for text in [
            "a-b",
            "1-2",
            "-1",
            "foo (x)",
            "N/A",
            "2022-03-14",
            "e-mail",
            "'abc'",
            "you & me",
            "3 mod",
            "$x",
        ] {
            assert!(!is_dynamic(text, "string"), "{text}");
        }
        assert!(!is_dynamic("a - b", "date"));
        for text in [
            "01:02:55+00:00",
            "2022-03-14T01:02:55.123+10:00",
            "23:59:00Z",
        ] {
            assert!(!is_dynamic(text, "time"), "{text}");
        }
        for text in ["01:02:55+1", "2022-03-14 + 1", "1:02:55 + 00:00"] {
            assert!(is_dynamic(text, "time"), "{text}");
        }
    }

    #[test]
    fn a_label_is_cut_into_what_it_says_and_what_it_shows() {
        let text = "Hi ${a} of instance('l')/root/item[name = \"]\"]/label!";
        assert_eq!(
            parts(text),
            [
                Part::Plain("Hi "),
                Part::Output("${a}"),
                Part::Plain(" of "),
                Part::Output("instance('l')/root/item[name = \"]\"]/label"),
                Part::Plain("!"),
            ]
        );
        assert!(!has_output("the instance(x) of é"));
    }
}

//! The answers to one question: whether they are as somebody asks, and by what they are sorted.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;
use vigie_journal::Record;
use vigie_model::{Condition, Wanted, fold::fold};

use super::row::text;
use crate::questions::{FormQuestions, Question, pick};

/// What a record answers to a question: one value, or one for each row of the repeat that it is in.
pub fn answers<'a>(record: &'a Record, question: &str) -> Vec<&'a Value> {
    if let Some(value) = record.value(question) {
        return vec![value];
    }
    record
        .fields
        .keys()
        .filter(|field| is_in_a_row_of(field, question))
        .filter_map(|field| record.value(field))
        .collect()
}

/// Whether a field is the question, in some row: `equipe[2]/age` of `equipe/age`.
fn is_in_a_row_of(field: &str, question: &str) -> bool {
    let mut rest = question;
    let mut pieces = field.split('[');
    let first = pieces.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first).filter(|_| field.contains('[')) else {
        return false;
    };
    rest = after;
    for piece in pieces {
        let after = piece
            .split_once(']')
            .and_then(|(_, plain)| rest.strip_prefix(plain));
        let Some(after) = after else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

/// Whether one of a record's answers is as it is asked.
pub fn holds(record: &Record, asked: &Condition) -> bool {
    let answers = answers(record, &asked.question);
    let mut answers = answers.into_iter().map(text);
    match &asked.wanted {
        Wanted::Is(code) => answers.any(|answer| {
            let mut codes = answer.split_ascii_whitespace();
            answer == *code || codes.any(|chosen| chosen == code)
        }),
        Wanted::Says(words) => {
            let words = fold(words);
            answers.any(|answer| {
                let answer = fold(&answer);
                words.split(' ').all(|word| answer.contains(word))
            })
        }
        Wanted::Between(from, to) => {
            answers.any(|answer| !is_less(&answer, from) && !is_more(&answer, to))
        }
    }
}

/// Against a number, what is no number is neither; days and times as far as the bound says: `2026-11` has all of November.
fn compared(answer: &str, bound: &str) -> Option<Ordering> {
    match bound.parse::<f64>() {
        Ok(bound) => answer.parse::<f64>().ok()?.partial_cmp(&bound),
        Err(_) => {
            let mut end = bound.len().min(answer.len());
            while !answer.is_char_boundary(end) {
                end -= 1;
            }
            Some(answer[..end].cmp(bound))
        }
    }
}

fn is_less(answer: &str, from: &str) -> bool {
    !from.is_empty() && compared(answer, from).is_none_or(Ordering::is_lt)
}

fn is_more(answer: &str, to: &str) -> bool {
    !to.is_empty() && compared(answer, to).is_none_or(Ordering::is_gt)
}

/// By what something is sorted.
pub(super) enum Key<'a> {
    Number(f64),
    Text(Cow<'a, str>),
    /// Last, from whichever end.
    Nothing,
}

impl<'a> Key<'a> {
    pub(super) fn of(text: &'a str) -> Key<'a> {
        match text {
            "" => Key::Nothing,
            text => Key::Text(Cow::Borrowed(text)),
        }
    }

    pub(super) fn folded(text: &str) -> Key<'a> {
        match fold(text) {
            text if text.is_empty() => Key::Nothing,
            text => Key::Text(Cow::Owned(text)),
        }
    }

    pub(super) fn cmp(&self, other: &Key<'_>) -> Ordering {
        match (self, other) {
            (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
            (Key::Text(a), Key::Text(b)) => a.as_ref().cmp(b.as_ref()),
            (one, other) => one.place().cmp(&other.place()),
        }
    }

    fn place(&self) -> u8 {
        match self {
            Key::Number(_) => 0,
            Key::Text(_) => 1,
            Key::Nothing => 2,
        }
    }
}

/// By what an answer is sorted, of several rows the first: a number as a number, a choice by what a person reads.
pub(super) fn answer_key<'a>(
    record: &Record,
    question: &str,
    form: Option<&FormQuestions>,
    lang: &str,
) -> Key<'a> {
    let answers = answers(record, question);
    let Some(answer) = answers.first().map(|value| text(value)) else {
        return Key::Nothing;
    };
    let question = form.and_then(|form| form.question(question));
    match question {
        Some(question) if !question.choices.is_empty() => {
            Key::folded(&labels(question, &answer, lang))
        }
        Some(question) if is_number(question) => answer
            .parse()
            .map_or_else(|_| Key::folded(&answer), Key::Number),
        _ => Key::folded(&answer),
    }
}

fn is_number(question: &Question) -> bool {
    matches!(
        question.kind.as_str(),
        "integer" | "decimal" | "range" | "calculate"
    )
}

fn labels(question: &Question, answer: &str, lang: &str) -> String {
    let chosen = question.chosen(answer);
    let labels: Vec<&str> = chosen
        .map(|choice| pick(&choice.labels, lang).unwrap_or(&choice.code))
        .collect();
    match labels.is_empty() {
        true => answer.to_owned(),
        false => labels.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_row_is_the_question_without_its_numbers() {
        for (field, question, is) in [
            ("equipe[2]/age", "equipe/age", true),
            ("equipe[2]/outils[10]/nom", "equipe/outils/nom", true),
            ("equipe/age", "equipe/age", false),
            ("equipe[2]/age", "equipe/ages", false),
            ("equipe[2]/ages", "equipe/age", false),
            ("equipe[2", "equipe", false),
            ("[1]", "", true),
        ] {
            assert_eq!(is_in_a_row_of(field, question), is, "{field}");
        }
    }

    #[test]
    fn a_bound_is_a_number_or_as_much_of_a_day_or_time_as_it_says() {
        let is_in =
            |answer: &str, from: &str, to: &str| !is_less(answer, from) && !is_more(answer, to);
        for (answer, from, to, expected) in [
            ("9", "10", "", false),
            ("9.5", "9", "10", true),
            ("-3", "", "0", true),
            ("beaucoup", "1", "", false),
            ("", "1", "", false),
            (
                "2026-11-24T09:30:00.000-05:00",
                "2026-11-24",
                "2026-11-24",
                true,
            ),
            ("2026-11-24", "2026-11-25", "", false),
            ("2026-11-24", "", "2026-11", true),
            ("07:00:00.000-05:00", "06:30", "07:00", true),
            ("é", "2026-11-24", "", true),
        ] {
            assert_eq!(is_in(answer, from, to), expected, "{answer} {from}..{to}");
        }
    }
}

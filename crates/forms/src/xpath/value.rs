//! Values, and how one kind becomes another. Source: XPath 1.0 §§3.2–4; ODK XForms, data types.

use super::date;
use crate::number::written;
use std::borrow::Cow;

/// A node of one of the documents of a [`super::World`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeRef {
    /// Which document; 0 is the form's own instance.
    pub doc: u32,
    /// Which node of it.
    pub node: u32,
}

/// What an expression gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nodes in document order, once each (but in the order of chance after `randomize()`).
    Nodes(Vec<NodeRef>),
    /// A number.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// True or false.
    Bool(bool),
    /// A date or a date and time; none for what could not be read as one.
    Instant(Option<i64>),
}

/// A number as XPath writes it: no exponent, no trailing zero.
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else if number == 0.0 {
        "0".into()
    } else {
        written(number)
    }
}

/// The number a text says, a date counting as days since 1970-01-01; else not a number.
pub fn text_number(text: &str, offset_at: impl Fn(i64) -> i32) -> f64 {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    if let Some(number) = plain_number(text) {
        return number;
    }
    date::read_instant(text, false, offset_at).map_or(f64::NAN, |millis| millis as f64 / date::DAY)
}

fn plain_number(text: &str) -> Option<f64> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return match text {
            "Infinity" => Some(f64::INFINITY),
            _ => None,
        };
    }
    if text == "-Infinity" {
        return Some(f64::NEG_INFINITY);
    }
    let allowed = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    if !text.bytes().all(allowed) || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    crate::number(text)
}

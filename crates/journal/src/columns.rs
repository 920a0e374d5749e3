//! A run of ops by columns: what ops say alike stands once, what differs stands side by side, so that it compresses well.
//!
//! An op's text is cut at its values: numbers, strings that are no keys, `true`, `false`, `null`, wherever in it they are. Between them are its *texts*, of
//! which a run has few; the numbers of an op's texts, in their order, are its *shape*, of which a run has fewer still. Each text has a
//! *column*: the values that follow it, in the order of the ops. Put together again, an op has the very bytes that it had.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use vigie_model::{OpId, hex};

use crate::{BadOp, StoredOp};

/// 4 MiB: longer ones are neither written nor read, nor ops that are longer together, for a few bytes of columns can stand for many.
const MOST_BYTES: usize = 4 << 20;

/// What columns are read as, borrowed from the text of a bundle.
#[derive(Deserialize)]
pub(crate) struct Columns<'a> {
    texts: Vec<String>,
    shapes: Vec<Vec<usize>>,
    /// The shape of each op.
    order: Vec<usize>,
    /// By text.
    #[serde(borrow)]
    values: Vec<Vec<&'a RawValue>>,
}

/// What can't be put together again.
pub(crate) enum BadColumns {
    Malformed(String),
    Op { index: usize, reason: BadOp },
}

/// Writes ops by columns; none where there are fewer than two, or they are too long for it.
pub(crate) fn write(ops: &[(OpId, &str)]) -> Option<Box<RawValue>> {
    #[derive(Serialize)]
    struct Written<'a> {
        texts: Vec<&'a str>,
        shapes: Vec<Vec<usize>>,
        order: Vec<usize>,
        values: Vec<Box<RawValue>>,
    }

    let bytes: usize = ops.iter().map(|(_, op)| op.len()).sum();
    if ops.len() < 2 || bytes > MOST_BYTES {
        return None;
    }
    let (mut texts, mut shapes, mut before) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut order, mut columns) = (Vec::new(), Vec::<String>::new());
    for (index, (id, op)) in ops.iter().enumerate() {
        let mut shape = Vec::new();
        for (text, value) in cut(op) {
            let next = texts.len();
            let number = *texts.entry(text).or_insert(next);
            shape.push(number);
            if number == next {
                columns.push(String::new());
            }
            let Some(value) = value else { continue };
            let column = &mut columns[number];
            column.push(if column.is_empty() { '[' } else { ',' });
            match before.get(value) {
                Some(at) => column.push_str(&format!("[{}]", index - at)),
                None => column.push_str(value),
            }
        }
        let next = shapes.len();
        order.push(*shapes.entry(shape).or_insert(next));
        before.insert(named(id), index);
    }
    let values = columns.into_iter().map(|mut column| {
        column.push_str(if column.is_empty() { "[]" } else { "]" });
        RawValue::from_string(column).expect("values of JSON between commas")
    });
    let written = Written {
        texts: by_number(texts),
        shapes: by_number(shapes),
        order,
        values: values.collect(),
    };
    let written = to_raw_value(&written).expect("texts and numbers");
    (written.get().len() <= MOST_BYTES).then_some(written)
}

fn named(id: &OpId) -> String {
    format!("\"{}\"", hex::encode(id.as_bytes()))
}

fn by_number<T>(numbers: BTreeMap<T, usize>) -> Vec<T> {
    let mut numbered: Vec<(T, usize)> = numbers.into_iter().collect();
    numbered.sort_unstable_by_key(|(_, number)| *number);
    numbered.into_iter().map(|(one, _)| one).collect()
}

/// Cuts JSON at its values: each with the text before it, and what comes after the last.
fn cut(json: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut left = Some(json);
    std::iter::from_fn(move || {
        let from = left?;
        let mut at = 0;
        while let Some(next) = from[at..].find(|c: char| !" \t\r\n{}[],:".contains(c)) {
            let begin = at + next;
            let end = begin + token(&from[begin..]);
            if !from[end..].trim_start().starts_with(':') {
                left = Some(&from[end..]);
                return Some((&from[..begin], Some(&from[begin..end])));
            }
            at = end;
        }
        left = None;
        Some((from, None))
    })
}

/// How long the string or number is that JSON begins with here.
fn token(json: &str) -> usize {
    let Some(rest) = json.strip_prefix('"') else {
        let end = json.find([' ', '\t', '\r', '\n', '}', ']', ',']);
        return end.unwrap_or(json.len());
    };
    let mut is_escaped = false;
    let end = rest.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    end.map_or(json.len(), |quote| quote + 2)
}

impl Columns<'_> {
    pub(crate) fn read(json: &RawValue) -> Result<Columns<'_>, BadColumns> {
        if json.get().len() > MOST_BYTES {
            return Err(malformed("too long"));
        }
        serde_json::from_str(json.get()).map_err(|error| BadColumns::Malformed(error.to_string()))
    }

    /// Puts the ops together again, with their exact bytes.
    pub(crate) fn ops(&self) -> Result<Vec<StoredOp>, BadColumns> {
        let mut columns: Vec<_> = self.values.iter().map(|column| column.iter()).collect();
        let mut ops: Vec<StoredOp> = Vec::new();
        let mut bytes = 0;
        for (index, shape) in self.order.iter().enumerate() {
            let shape = self.shapes.get(*shape);
            let shape = shape.ok_or_else(|| malformed("no such shape"))?;
            let mut op = String::new();
            for (place, text) in shape.iter().enumerate() {
                let words = self.texts.get(*text);
                op.push_str(words.ok_or_else(|| malformed("no such text"))?);
                if place + 1 < shape.len() {
                    let value = columns.get_mut(*text).and_then(Iterator::next);
                    let value = value.ok_or_else(|| malformed("a column is too short"))?;
                    match value.get() {
                        back if back.starts_with('[') => op.push_str(&earlier(back, &ops)?),
                        object if object.starts_with('{') => {
                            return Err(malformed("a value that is an object"));
                        }
                        value => op.push_str(value),
                    }
                }
                if bytes + op.len() > MOST_BYTES {
                    return Err(malformed("too long"));
                }
            }
            bytes += op.len();
            let parsed = StoredOp::parse(&op);
            ops.push(parsed.map_err(|reason| BadColumns::Op { index, reason })?);
        }
        match columns.iter_mut().all(|column| column.next().is_none()) {
            true => Ok(ops),
            false => Err(malformed("a column is too long")),
        }
    }
}

fn malformed(what: &str) -> BadColumns {
    BadColumns::Malformed(what.to_owned())
}

/// `[1]` is the id of the op before, `[2]` of the one before that.
fn earlier(value: &str, ops: &[StoredOp]) -> Result<String, BadColumns> {
    let back = serde_json::from_str::<[usize; 1]>(value).ok();
    let at = back.and_then(|[back]| ops.len().checked_sub(back));
    let op = at.and_then(|at| ops.get(at));
    op.map(|op| named(&op.id))
        .ok_or_else(|| malformed("names no op before it"))
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn json_is_cut_at_its_values_and_not_at_its_keys() {
        let json = r#"{"a" : "b\"c:\\" , "d\"":[1.50,{"e":null,"é":"x"}, true],"f":{},"g":[]}"#;
        let cut: Vec<_> = cut(json).collect();
        assert_eq!(
            cut,
            [
                (r#"{"a" : "#, Some(r#""b\"c:\\""#)),
                (r#" , "d\"":["#, Some("1.50")),
                (r#",{"e":"#, Some("null")),
                (r#","é":"#, Some(r#""x""#)),
                ("}, ", Some("true")),
                (r#"],"f":{},"g":[]}"#, None),
            ]
        );
    }
}

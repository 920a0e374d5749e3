//! What a text of an answer is: a number, a day, a time, a moment, yes or no; or the text itself.

use serde_json::Value;
use vigie_model::Timestamp;
use vigie_sheets::Cell;

use crate::entries;

/// Of a question of this type, as an XLSForm calls it.
pub(super) fn cell(value: &Value, kind: &str) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(truth) => Cell::Truth(*truth),
        Value::Number(number) => {
            let text = number.to_string();
            self::number(&text).map_or(Cell::Text(text), Cell::Number)
        }
        Value::String(text) => of_text(text, kind).unwrap_or_else(|| Cell::text(text)),
        other => Cell::text(entries::text(other)),
    }
}

/// A moment that a device wrote down.
pub(super) fn instant(at: Timestamp) -> Cell {
    let iso = at.iso();
    moment(&iso).unwrap_or(Cell::Text(iso))
}

fn of_text(text: &str, kind: &str) -> Option<Cell> {
    match kind {
        "integer" | "decimal" | "range" => number(text).map(Cell::Number),
        "date" => is_day(text).then(|| Cell::Day(text.to_owned())),
        "time" => {
            let time = without_offset(text);
            is_time(time).then(|| Cell::Time(time.to_owned()))
        }
        "dateTime" => moment(text),
        "boolean" | "acknowledge" => match text {
            "true" | "OK" => Some(Cell::Truth(true)),
            "false" => Some(Cell::Truth(false)),
            _ => None,
        },
        // A form says of no calculation what it gives. A long row of digits is a number of something.
        "calculate" => number(text)
            .filter(|_| text.len() < 12)
            .map(Cell::Number)
            .or_else(|| is_day(text).then(|| Cell::Day(text.to_owned())))
            .or_else(|| moment(text)),
        _ => None,
    }
}

/// A number that comes back to the letter, but for zeros at its end: at most fifteen digits, as spreadsheets keep them.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = are_digits(whole)
        && are_digits(fraction)
        && (whole == "0" || !whole.starts_with('0'))
        && digits.len() <= 16;
    text.parse().ok().filter(|_| is_number)
}

/// `2026-11-24`
fn is_day(text: &str) -> bool {
    has_shape(text, "0000-00-00")
}

/// `09:30`, `09:30:05`, `09:30:05.250`
fn is_time(text: &str) -> bool {
    let (time, fraction) = text.split_once('.').unwrap_or((text, "0"));
    has_shape(time, "00:00") && text == time
        || has_shape(time, "00:00:00") && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether digits stand where `shape` has zeros, and all else is the same.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, at)| match at {
            b'0' => byte.is_ascii_digit(),
            _ => byte == at,
        })
}

/// A day and a time with `T` between, with or without their distance from UTC.
fn moment(text: &str) -> Option<Cell> {
    let (day, time) = text.split_once('T')?;
    let plain = without_offset(time);
    if !is_day(day) || !is_time(plain) {
        return None;
    }
    let at = format!("{day}T{plain}");
    Some(if time.ends_with('Z') {
        Cell::Instant(at)
    } else {
        Cell::Moment(at)
    })
}

/// `09:30:00.000` of `09:30:00.000-05:00`.
fn without_offset(time: &str) -> &str {
    time.split(['Z', '+', '-']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_typed_has_its_type_or_stays_a_text() {
        let text = |text: &str| Cell::Text(text.into());
        for (kind, typed, typed_as) in [
            ("integer", "17", Cell::Number(17.0)),
            ("integer", "-3", Cell::Number(-3.0)),
            ("integer", "007", text("007")),
            (
                "integer",
                "12345678901234567890",
                text("12345678901234567890"),
            ),
            ("decimal", "0.50", Cell::Number(0.5)),
            ("decimal", "1,5", text("1,5")),
            ("decimal", "NaN", text("NaN")),
            ("decimal", "1e5", text("1e5")),
            ("decimal", ".5", text(".5")),
            ("text", "17", text("17")),
            ("select_one", "1", text("1")),
            ("date", "2026-11-24", Cell::Day("2026-11-24".into())),
            ("date", "hier", text("hier")),
            (
                "time",
                "09:30:00.000-05:00",
                Cell::Time("09:30:00.000".into()),
            ),
            ("time", "9 h 30", text("9 h 30")),
            (
                "dateTime",
                "2026-11-24T09:30",
                Cell::Moment("2026-11-24T09:30".into()),
            ),
            (
                "dateTime",
                "2026-11-24T09:30:00.000-05:00",
                Cell::Moment("2026-11-24T09:30:00.000".into()),
            ),
            (
                "dateTime",
                "2026-11-24T14:30:00Z",
                Cell::Instant("2026-11-24T14:30:00".into()),
            ),
            (
                "dateTime",
                "2026-11-24 vers midi",
                text("2026-11-24 vers midi"),
            ),
            ("acknowledge", "OK", Cell::Truth(true)),
            ("calculate", "42.5", Cell::Number(42.5)),
            ("calculate", "50955550101", Cell::Number(50_955_550_101.0)),
            ("calculate", "509555501012", text("509555501012")),
            ("calculate", "2026-11-24", Cell::Day("2026-11-24".into())),
            ("calculate", "uuid:1-2", text("uuid:1-2")),
            ("text", "", Cell::Empty),
        ] {
            assert_eq!(cell(&json!(typed), kind), typed_as, "{kind} {typed}");
        }
        assert_eq!(cell(&json!(true), "text"), Cell::Truth(true));
        assert_eq!(cell(&json!(3), "text"), Cell::Number(3.0));
        assert_eq!(cell(&json!(["a", "b"]), "select_multiple"), text("a b"));
        assert_eq!(cell(&Value::Null, "integer"), Cell::Empty);
        assert_eq!(
            instant(Timestamp(1_456_704_000_123)),
            Cell::Instant("2016-02-29T00:00:00.123".into())
        );
    }
}

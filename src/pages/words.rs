//! Names of fields and their values, in the person's words.

use serde_json::Value;
use vigie_model::fields::{any, note};

use crate::i18n::{self, fields, note as of_note, t};

/// The label of a built-in field; a question's path as it is.
pub fn field_name(field: &str) -> String {
    let key = match field {
        any::DELETED => Some(of_note::DELETION),
        "_lang" => Some(of_note::RESPONSE_LANG),
        "_finished" => Some(of_note::FINISHED_AT),
        other => ["note", "contact"]
            .iter()
            .find_map(|kind| fields::named(&format!("{kind}_{other}"))),
    };
    key.map_or_else(|| field.to_owned(), |key| t(key).to_owned())
}

/// A value of a field, as a person reads it; empty when there is none.
pub fn value_words(field: &str, value: &Value) -> String {
    match (field, value) {
        (_, Value::Null) => String::new(),
        (any::DELETED, Value::Bool(deleted)) => t(if *deleted {
            of_note::DELETED_YES
        } else {
            of_note::DELETED_NO
        })
        .to_owned(),
        ("_finished", Value::Number(millis)) => {
            crate::format::date_time(millis.as_i64().unwrap_or_default())
        }
        (note::SOURCE | note::CREDIBILITY, Value::String(code)) => i18n::label(field, code)
            .map_or_else(|| code.clone(), |words| format!("{code} · {words}")),
        (note::SENSITIVITY, Value::String(code)) => {
            i18n::label(field, code).unwrap_or(code).to_owned()
        }
        (note::AT, Value::String(at)) => at.replace('T', " "),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Bool(yes)) => t(if *yes {
            i18n::common::YES
        } else {
            i18n::common::NO
        })
        .to_owned(),
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Array(items)) => items
            .iter()
            .map(|item| match item.as_str() {
                Some(code) => i18n::label("theme", code).unwrap_or(code).to_owned(),
                None => item.to_string(),
            })
            .collect::<Vec<_>>()
            .join(", "),
        (_, Value::Object(_)) => value.to_string(),
    }
}

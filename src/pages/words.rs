//! Names of fields and their values, in the person's words.

use serde_json::Value;
use vigie_model::{
    Credibility, Sensitivity, SourceReliability, Theme,
    fields::{any, contact, note},
};

use crate::i18n::{self, contact as of_contact, note as of_note, t};

/// The label of a built-in field; a question's path as it is.
pub fn field_name(field: &str) -> String {
    let key = match field {
        note::TITLE => of_note::TITLE,
        note::TEXT => of_note::TEXT,
        note::AT => of_note::AT,
        note::PLACE => of_note::PLACE,
        note::THEMES => of_note::THEMES,
        note::PRESENT => of_note::PRESENT,
        note::SOURCE => of_note::SOURCE,
        note::CREDIBILITY => of_note::CREDIBILITY,
        note::SENSITIVITY => of_note::SENSITIVITY,
        contact::NAME => of_contact::NAME,
        contact::ROLE => of_contact::ROLE,
        contact::ORGANISATION => of_contact::ORGANISATION,
        contact::LANGUAGES => of_contact::LANGUAGES,
        contact::PHONE => of_contact::PHONE,
        contact::EMAIL => of_contact::EMAIL,
        contact::MESSAGING => of_contact::MESSAGING,
        contact::REACH => of_contact::REACH,
        contact::CONSENT_AT => of_contact::CONSENT_AT,
        contact::CONSENT_FOR => of_contact::CONSENT_FOR,
        contact::NOTES => of_contact::NOTES,
        any::DELETED => of_note::DELETION,
        "_lang" => of_note::RESPONSE_LANG,
        "_finished" => of_note::FINISHED_AT,
        other => return other.to_owned(),
    };
    t(key).to_owned()
}

/// A value of a field, as a person reads it; empty when there is none.
pub fn value_words(field: &str, value: &Value) -> String {
    let lang = i18n::lang();
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
        (note::SOURCE, Value::String(code)) => code.parse::<SourceReliability>().map_or_else(
            |_| code.clone(),
            |grade| format!("{code} · {}", grade.label(lang)),
        ),
        (note::CREDIBILITY, Value::String(code)) => code.parse::<Credibility>().map_or_else(
            |_| code.clone(),
            |grade| format!("{code} · {}", grade.label(lang)),
        ),
        (note::SENSITIVITY, Value::String(code)) => code
            .parse::<Sensitivity>()
            .map_or_else(|_| code.clone(), |level| level.label(lang).to_owned()),
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
                Some(code) => code
                    .parse::<Theme>()
                    .map_or_else(|_| code.to_owned(), |theme| theme.label(lang).to_owned()),
                None => item.to_string(),
            })
            .collect::<Vec<_>>()
            .join(", "),
        (_, Value::Object(_)) => value.to_string(),
    }
}

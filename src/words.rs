//! What kinds of record, their fields and their values are called, in the person's words.

use serde_json::Value;
use vigie_model::{
    fields::any,
    kinds::{self, FieldSpec, Input, KindSpec, List},
};
use vigie_protocol::{Asked, FormInfo, Said};

use crate::{
    i18n::{self, kinds as of_kinds, note as of_note, t},
    markdown,
};

/// The text of this name, if there is one.
fn named(name: &str) -> Option<&'static str> {
    of_kinds::named(name).map(t)
}

/// The title of a form, in the person's language, else in the reference, else in any.
pub fn title_of(form: &FormInfo) -> String {
    i18n::pick(&form.title)
        .unwrap_or(form.id.as_str())
        .to_owned()
}

/// One record of this kind.
pub fn kind_name(kind: &str) -> &'static str {
    named(kind).unwrap_or_else(|| t(of_kinds::OTHER))
}

/// The records of this kind.
pub fn kind_names(kind: &str) -> &'static str {
    named(&format!("{kind}_many")).unwrap_or_else(|| t(of_kinds::OTHER_MANY))
}

/// What a kind is for, where one is begun.
pub fn kind_hint(kind: &str) -> &'static str {
    named(&format!("{kind}_add")).unwrap_or_default()
}

/// What the button says that finishes a record of this kind.
pub fn finish(kind: &str) -> &'static str {
    named(&format!("{kind}_finish")).unwrap_or_else(|| t(of_kinds::FINISH))
}

/// What heads the fields of a group.
pub fn group_name(kind: &KindSpec, group: &str) -> &'static str {
    named(&format!("{}_group_{group}", kind.kind)).unwrap_or_default()
}

/// What a page asks for a field: in its own words, or by the field's name.
pub fn field_ask(kind: &KindSpec, field: &FieldSpec) -> String {
    named(&format!("{}_{}_ask", kind.kind, field.name))
        .map_or_else(|| field_name(kind.kind.as_str(), field.name), str::to_owned)
}

/// What helps to answer; empty where nothing need be said.
pub fn field_hint(kind: &KindSpec, field: &FieldSpec) -> &'static str {
    named(&format!("{}_{}_hint", kind.kind, field.name)).unwrap_or_default()
}

/// The name of a field; a question's path as it is.
pub fn field_name(kind: &str, field: &str) -> String {
    let key = match field {
        any::DELETED => of_note::DELETION,
        "_lang" => of_note::RESPONSE_LANG,
        "_finished" => of_note::FINISHED_AT,
        other => {
            let known = named(&format!("{kind}_{field}"));
            return known.unwrap_or(other).to_owned();
        }
    };
    t(key).to_owned()
}

/// The label of a code, after the code where that is a grade; one that is not in the list is a person's own words.
pub fn code_label(list: List, code: &str) -> String {
    let label = i18n::label(list.name(), code);
    match (list, label) {
        (_, None) => code.to_owned(),
        (List::SourceReliability | List::Credibility, Some(label)) => format!("{code} · {label}"),
        (_, Some(label)) => label.to_owned(),
    }
}

/// What a field is called where a questionnaire may ask it.
pub fn asked_name(kind: &str, field: &str, asked: &Asked) -> String {
    i18n::pick(&asked.label).map_or_else(|| field_name(kind, field), markdown::plain)
}

/// What was answered, as a person reads it; empty when nothing was.
pub fn said_words(kind: &str, field: &str, asked: &Asked, said: &Said) -> String {
    if let Some(shown) = i18n::pick(&said.shown) {
        return markdown::plain(shown);
    }
    match &said.value {
        Value::String(text) if !asked.kind.is_empty() => crate::format::typed(&asked.kind, text),
        value => value_words(kind, field, value),
    }
}

/// A value of a field, as a person reads it; empty when there is none.
pub fn value_words(kind: &str, field: &str, value: &Value) -> String {
    let input = kinds::spec(kind).field(field).map(|known| known.input);
    match (field, input, value) {
        (_, _, Value::Null) => String::new(),
        (any::DELETED, _, Value::Bool(deleted)) => t(if *deleted {
            of_note::DELETED_YES
        } else {
            of_note::DELETED_NO
        })
        .to_owned(),
        ("_finished", _, Value::Number(millis)) => {
            crate::format::date_time(millis.as_i64().unwrap_or_default())
        }
        (_, Some(Input::One(list)), Value::String(code)) => code_label(list, code),
        (_, Some(Input::Moment), Value::String(at)) => crate::format::typed("dateTime", at),
        (_, _, Value::String(text)) => text.clone(),
        (_, _, Value::Bool(yes)) => t(if *yes {
            i18n::common::YES
        } else {
            i18n::common::NO
        })
        .to_owned(),
        (_, _, Value::Number(number)) => number.to_string(),
        (_, input, Value::Array(items)) => items
            .iter()
            .map(|item| match (input, item.as_str()) {
                (Some(Input::Many(list)), Some(code)) => code_label(list, code),
                (_, Some(text)) => text.to_owned(),
                (_, None) => item.to_string(),
            })
            .collect::<Vec<_>>()
            .join(", "),
        (_, _, Value::Object(_)) => value.to_string(),
    }
}

//! What the columns that every note, contact, … has are called: their types here, their labels in `locales/`.

use vigie_model::{
    Kind,
    kinds::{self as table, Input},
};
use vigie_words::{Embedded, Key, codes, fields, kinds};

use crate::questions::{Choice, Labels};

/// A column that comes with Vigie, not with a questionnaire.
pub(super) struct Known {
    /// As in an XLSForm: `text`, `date`, `select_multiple`, …
    pub(super) kind: &'static str,
    pub(super) labels: Labels,
}

/// In every language that is whole.
fn labels(of: &Embedded, key: Key) -> Labels {
    vigie_words::complete()
        .map(|lang| (lang.to_owned(), of.say(lang, key).to_owned()))
        .collect()
}

/// What is known of a column that Vigie adds.
pub(super) fn added(column: &str) -> Option<Known> {
    let name = format!("added{column}");
    let key = fields::named(&name).filter(|_| column.starts_with('_'))?;
    let kind = match column {
        "_created" | "_updated" | "_finished" | "_consented" => "dateTime",
        "_conflicts" => "json",
        "_row" => "integer",
        _ => "text",
    };
    let labels = labels(&fields::TEXTS, key);
    Some(Known { kind, labels })
}

/// What is known of a field that every record of its kind has.
pub(super) fn typed(kind: &Kind, field: &str) -> Option<Known> {
    let key = kinds::named(&format!("{kind}_{field}"))?;
    let kind = match table::spec(kind.as_str()).field(field)?.input {
        Input::Line | Input::Text | Input::Phone | Input::Email | Input::Bytes => "text",
        Input::Day => "date",
        Input::Moment => "dateTime",
        Input::One(_) => "select_one",
        Input::Many(_) => "select_multiple",
        Input::Number => "integer",
    };
    let labels = labels(&kinds::TEXTS, key);
    Some(Known { kind, labels })
}

/// The list that a field's codes stand in.
pub(super) fn choices(kind: &Kind, field: &str) -> Vec<Choice> {
    let list = table::spec(kind.as_str())
        .field(field)
        .map(|known| known.input);
    let Some(Input::One(list) | Input::Many(list)) = list else {
        return Vec::new();
    };
    let choice = |code: &str| Choice {
        code: code.to_owned(),
        labels: codes::named(&format!("{}_{code}", list.name()))
            .map(|key| labels(&codes::TEXTS, key))
            .unwrap_or_default(),
    };
    list.codes().into_iter().map(choice).collect()
}

//! What the columns that every note, contact, … has are called: their types here, their labels in `locales/`.

use vigie_model::{Credibility, Kind, Sensitivity, SourceReliability, Theme};
use vigie_words::{Embedded, Key, codes, fields};

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

fn known(name: &str) -> Option<Known> {
    let labels = labels(&fields::TEXTS, fields::named(name)?);
    let kind = match name {
        "added_created" | "added_updated" | "note_at" => "dateTime",
        "added_conflicts" => "json",
        "added_finished" | "added_consented" | "attachment_size" => "integer",
        "note_themes" => "select_multiple",
        "note_source" | "note_credibility" | "note_sensitivity" => "select_one",
        "contact_consent_at" => "date",
        _ => "text",
    };
    Some(Known { kind, labels })
}

/// What is known of a column that Vigie adds.
pub(super) fn added(column: &str) -> Option<Known> {
    known(&format!("added{column}")).filter(|_| column.starts_with('_'))
}

/// What is known of a field that every record of its kind has.
pub(super) fn typed(kind: &Kind, field: &str) -> Option<Known> {
    known(&format!("{kind}_{field}"))
}

/// The list that a field's codes stand in.
pub(super) fn choices(kind: &Kind, field: &str) -> Vec<Choice> {
    fn list<T: Copy>(all: &[T], name: &str, code: fn(T) -> &'static str) -> Vec<Choice> {
        let choice = |code: &str| Choice {
            code: code.to_owned(),
            labels: codes::named(&format!("{name}_{code}"))
                .map(|key| labels(&codes::TEXTS, key))
                .unwrap_or_default(),
        };
        all.iter().map(|item| choice(code(*item))).collect()
    }
    match (kind.as_str(), field) {
        ("note", "themes") => list(Theme::ALL, "theme", Theme::code),
        ("note", "source") => list(SourceReliability::ALL, field, SourceReliability::code),
        ("note", "credibility") => list(Credibility::ALL, field, Credibility::code),
        ("note", "sensitivity") => list(Sensitivity::ALL, field, Sensitivity::code),
        _ => Vec::new(),
    }
}

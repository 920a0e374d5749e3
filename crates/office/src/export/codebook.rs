//! What each column of each file, or sheet, means: a line per column, and one more per choice where it is a list of codes.
//!
//! `file, column, field, type, label_<lang>…, choice, choice_<lang>…`, with the languages of the questionnaires beside
//! those that Vigie is whole in. `field` is the name inside Vigie, which the column's differs from only when two would
//! have been the same.

use std::collections::BTreeSet;

use super::{
    labels,
    sheet::{Column, Holds, Sheet},
};
use crate::questions::{Choice, Labels, Questions};

/// The header and the lines. `first` is what its first column is called, `named` what a sheet is called there.
pub(super) fn codebook(
    sheets: &[Sheet<'_>],
    questions: &Questions,
    first: &str,
    named: impl Fn(usize) -> String,
) -> (Vec<String>, Vec<Vec<String>>) {
    let langs = langs(sheets, questions);
    let header = [first, "column", "field", "type"].map(str::to_owned);
    let header = header.into_iter();
    let header = header.chain(langs.iter().map(|lang| format!("label_{lang}")));
    let header = header
        .chain(["choice".to_owned()])
        .chain(langs.iter().map(|lang| format!("choice_{lang}")));
    let mut lines = Vec::new();
    for (at, sheet) in sheets.iter().enumerate() {
        let file = named(at);
        for column in &sheet.columns {
            let Meaning {
                field,
                kind,
                labels,
                choices,
            } = meaning(sheet, column);
            let mut line = |choice: Option<&Choice>| {
                let empty = Labels::new();
                let (code, words) = choice.map_or(("", &empty), |choice| {
                    (choice.code.as_str(), &choice.labels)
                });
                let first = [file.as_str(), &column.name, &field, &kind].into_iter();
                let asked = langs.iter().map(|lang| text(&labels, lang));
                let chosen = langs.iter().map(|lang| text(words, lang));
                let cells = first.chain(asked).chain([code]).chain(chosen);
                lines.push(cells.map(str::to_owned).collect());
            };
            line(None);
            for choice in &choices {
                line(Some(choice));
            }
        }
    }
    (header.collect(), lines)
}

/// What a column means.
pub(super) struct Meaning {
    field: String,
    /// As in an XLSForm.
    pub(super) kind: String,
    pub(super) labels: Labels,
    choices: Vec<Choice>,
}

pub(super) fn meaning(sheet: &Sheet<'_>, column: &Column<'_>) -> Meaning {
    match &column.holds {
        Holds::Field {
            field,
            question: Some(question),
            ..
        } => Meaning {
            field: field.clone(),
            kind: question.kind.clone(),
            labels: question.labels.clone(),
            choices: question.choices.clone(),
        },
        Holds::Field {
            field,
            question: None,
            ..
        } => {
            let known = labels::typed(&sheet.kind, field).or_else(|| labels::added(field));
            Meaning {
                field: field.clone(),
                kind: known.as_ref().map_or("text", |known| known.kind).to_owned(),
                labels: known.map(|known| known.labels).unwrap_or_default(),
                choices: labels::choices(&sheet.kind, field),
            }
        }
        // Its codes are explained where they stand.
        Holds::Beside {
            field, question, ..
        } => Meaning {
            field: field.clone(),
            kind: "text".to_owned(),
            labels: match question {
                Some(question) => question.labels.clone(),
                None => labels::typed(&sheet.kind, field)
                    .map(|known| known.labels)
                    .unwrap_or_default(),
            },
            choices: Vec::new(),
        },
        _ => {
            let known = labels::added(&column.name);
            Meaning {
                field: String::new(),
                kind: known.as_ref().map_or("text", |known| known.kind).to_owned(),
                labels: known.map(|known| known.labels).unwrap_or_default(),
                choices: Vec::new(),
            }
        }
    }
}

fn text<'a>(labels: &'a Labels, lang: &str) -> &'a str {
    labels.get(lang).map_or("", String::as_str)
}

/// Those that Vigie is whole in, then whatever else the questionnaires of these files speak.
fn langs(sheets: &[Sheet<'_>], questions: &Questions) -> Vec<String> {
    let mut langs: Vec<String> = vigie_words::complete().map(str::to_owned).collect();
    let forms = sheets
        .iter()
        .filter_map(|sheet| sheet.form)
        .flat_map(|form| questions.versions(form));
    let spoken: BTreeSet<&String> = forms
        .flat_map(|form| &form.questions)
        .flat_map(|question| {
            question.labels.keys().chain(
                question
                    .choices
                    .iter()
                    .flat_map(|choice| choice.labels.keys()),
            )
        })
        .collect();
    langs.extend(
        spoken
            .into_iter()
            .filter(|lang| vigie_words::complete().all(|known| known != lang.as_str()))
            .cloned(),
    );
    langs
}

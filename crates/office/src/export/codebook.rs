//! What each column of each file means: a line per column, and one more per choice where it is a list of codes.
//!
//! `file, column, field, type, label_<lang>…, choice, choice_<lang>…`, with the languages of the questionnaires beside
//! those that Vigie is whole in. `field` is the name inside Vigie, which the column's differs from only when two would
//! have been the same.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    labels,
    sheet::{Column, Holds, Sheet},
    table::Table,
};
use crate::questions::{Choice, Labels, Questions};

pub(super) fn table(sheets: &[Sheet<'_>], questions: &Questions) -> Table {
    let langs = langs(sheets, questions);
    let mut table = Table::new();
    let header = ["file", "column", "field", "type"]
        .into_iter()
        .map(str::to_owned);
    let header = header.chain(langs.iter().map(|lang| format!("label_{lang}")));
    let header = header
        .chain(["choice".to_owned()])
        .chain(langs.iter().map(|lang| format!("choice_{lang}")));
    table.line(header.map(Cow::Owned));
    for sheet in sheets {
        let file = format!("{}.csv", sheet.name);
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
                table.line(
                    first
                        .chain(asked)
                        .chain([code])
                        .chain(chosen)
                        .map(Cow::Borrowed),
                );
            };
            line(None);
            for choice in &choices {
                line(Some(choice));
            }
        }
    }
    table
}

struct Meaning {
    field: String,
    kind: String,
    labels: Labels,
    choices: Vec<Choice>,
}

fn meaning(sheet: &Sheet<'_>, column: &Column<'_>) -> Meaning {
    match &column.holds {
        Holds::Field {
            field,
            question: Some(question),
        } => Meaning {
            field: (*field).to_owned(),
            kind: question.kind.clone(),
            labels: question.labels.clone(),
            choices: question.choices.clone(),
        },
        Holds::Field {
            field,
            question: None,
        } => {
            let known = labels::typed(&sheet.kind, field).or_else(|| labels::added(field));
            Meaning {
                field: (*field).to_owned(),
                kind: known.as_ref().map_or("text", |known| known.kind).to_owned(),
                labels: known.map(|known| known.labels).unwrap_or_default(),
                choices: labels::choices(&sheet.kind, field),
            }
        }
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

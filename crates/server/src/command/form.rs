//! A questionnaire, from its workbook to what a card carries.

use std::path::Path;

use serde_json::Value;
use vigie_forms::{xform, xlsform};
use vigie_model::{CardForm, Lang};
use vigie_office::mission::card_form;

use super::{Failure, folder};

/// Compiles a workbook. What is wrong with it is told all at once, by sheet, row and column; what is only doubtful goes
/// to standard error.
pub fn compile(path: &Path) -> Result<CardForm, Failure> {
    let refused = |problems: &[String]| Failure::Form {
        path: path.to_owned(),
        problems: problems.join("\n"),
    };
    let name = path
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let workbook =
        xlsform::read(&folder::read(path)?).map_err(|problem| refused(&[line(&problem)]))?;
    let options = xlsform::Options {
        id: name,
        ..xlsform::Options::default()
    };
    let converted = xlsform::convert(&workbook, &options)
        .map_err(|problems| refused(&problems.iter().map(line).collect::<Vec<_>>()))?;
    let read = xform::read_alone(&converted.xml);
    let doubts = converted
        .warnings
        .iter()
        .map(line)
        .chain(read.problems.iter().map(line));
    let Some(form) = read.form else {
        return Err(refused(&doubts.collect::<Vec<_>>()));
    };
    for doubt in doubts {
        eprintln!("vigie: {}: {doubt}", path.display());
    }
    let compiled: Value =
        serde_json::from_str(&form.to_json()).map_err(|error| refused(&[error.to_string()]))?;
    let titles = form.titles().into_iter();
    let title = titles
        .map(|(lang, title)| (Lang::new(lang), title))
        .collect();
    Ok(card_form(form.id(), form.version(), title, compiled))
}

fn line(problem: &impl std::fmt::Display) -> String {
    format!("  {problem}")
}

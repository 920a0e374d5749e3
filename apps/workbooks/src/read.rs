//! Files become what the library keeps, or the list of all that is wrong with them.

#![cfg(any(target_arch = "wasm32", test))]

use std::collections::BTreeSet;

use vigie_forms::{
    Form, Place,
    form::source::BodyKind,
    library::{
        import::{Found, Imported, import, is_xform},
        words::tag,
    },
    media::media_type,
};
use vigie_model::ExactJson;
use vigie_protocol::{ChosenFile, FormInfo, NewForm, ReadForm, WorkbookProblem};

use crate::words::Words;

/// Reads every questionnaire among `files`, each with the others beside it. When none of them is one, each file that is
/// no list is read all the same, so that something is said of it.
pub fn read_forms(files: &[ChosenFile], lang: &str) -> Vec<ReadForm> {
    let words = Words::of(lang);
    let is_form = |ChosenFile { name, bytes }: &&ChosenFile| {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "csv" | "geojson" => false,
            _ if media_type(name).is_some() => false,
            "xml" => is_xform(bytes),
            _ => true,
        }
    };
    let mut forms: Vec<&ChosenFile> = files.iter().filter(is_form).collect();
    if forms.is_empty() {
        forms = files.iter().collect();
    }
    forms
        .into_iter()
        .map(|form| one(form, files, &words))
        .collect()
}

fn one(chosen: &ChosenFile, files: &[ChosenFile], words: &Words) -> ReadForm {
    let asked = std::cell::RefCell::new(BTreeSet::new());
    let beside = |wanted: &str| {
        let found = files.iter().find(|file| file.name == wanted);
        found.map(|file| {
            asked.borrow_mut().insert(file.name.clone());
            file.bytes.clone()
        })
    };
    let Imported {
        form,
        xform,
        itemsets,
        problems,
    } = import(&chosen.name, &chosen.bytes, &beside);
    let asked = asked.into_inner();
    let is_asked = |file: &&ChosenFile| asked.contains(&file.name);
    let mut kept: Vec<ChosenFile> = files.iter().filter(is_asked).cloned().collect();
    kept.extend(itemsets.map(|text| ChosenFile {
        name: "itemsets.csv".to_owned(),
        bytes: text.into_bytes(),
    }));
    let compiled = form
        .as_ref()
        .and_then(|form| ExactJson::in_order(&form.to_json()).ok());
    ReadForm {
        file: chosen.name.clone(),
        info: form.as_ref().map(info),
        form: compiled.map(|compiled| NewForm {
            compiled,
            xform,
            files: kept,
        }),
        problems: problems.iter().map(|found| problem(found, words)).collect(),
    }
}

fn info(form: &Form) -> FormInfo {
    let languages: Vec<String> = form
        .languages()
        .iter()
        .map(|written| tag(written).to_owned())
        .collect();
    let questions = form
        .source()
        .body
        .iter()
        .filter(|node| matches!(node.kind, BodyKind::Control(_)));
    FormInfo {
        id: form.id().into(),
        version: form.version().to_owned(),
        title: form.titles(),
        questions: questions.count(),
        languages,
    }
}

fn problem(found: &Found, words: &Words) -> WorkbookProblem {
    let (sheet, row, column, cell) = match found {
        Found::Workbook(problem) => (
            problem.sheet.clone(),
            problem.row,
            problem.column.clone(),
            problem.cell.clone(),
        ),
        Found::Form(problem) => {
            let (sheet, row, column) = match &problem.place {
                Place::Cell { sheet, row, column } => (sheet.clone(), *row, column.clone()),
                Place::Xml { line, column } => (String::new(), *line, column.to_string()),
                Place::Node(_) | Place::Form => (String::new(), 0, String::new()),
            };
            (sheet, row, column, problem.subject.clone())
        }
    };
    WorkbookProblem {
        severity: found.severity(),
        sheet,
        row,
        column,
        cell,
        message: words.say(found),
    }
}

//! Files become what the library keeps, or the list of all that is wrong with them.

#![cfg(any(target_arch = "wasm32", test))]

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use vigie_backend::protocol::{FileBeside, FormInfo, NewForm, ReadForm, WorkbookProblem};
use vigie_forms::{
    Form, Place, Severity,
    form::source::BodyKind,
    library::{
        import::{Found, Imported, import, is_xform},
        words::tag,
    },
    media::media_type,
};

use crate::words::Words;

/// Reads every questionnaire among `files`, each with the others beside it. When none of them is one, each file that is
/// no list is read all the same, so that something is said of it.
pub fn read_forms(files: &[(String, &[u8])], lang: &str) -> Vec<ReadForm> {
    let words = Words::of(lang);
    let is_form = |(name, bytes): &&(String, &[u8])| {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "csv" | "geojson" => false,
            _ if media_type(name).is_some() => false,
            "xml" => is_xform(bytes),
            _ => true,
        }
    };
    let mut forms: Vec<&(String, &[u8])> = files.iter().filter(is_form).collect();
    if forms.is_empty() {
        forms = files.iter().collect();
    }
    forms
        .into_iter()
        .map(|(name, bytes)| one(name, bytes, files, &words))
        .collect()
}

fn one(name: &str, bytes: &[u8], files: &[(String, &[u8])], words: &Words) -> ReadForm {
    let asked = std::cell::RefCell::new(BTreeSet::new());
    let beside = |wanted: &str| {
        let found = files.iter().find(|(name, _)| name == wanted);
        found.map(|(name, bytes)| {
            asked.borrow_mut().insert(name.clone());
            bytes.to_vec()
        })
    };
    let Imported {
        form,
        xform,
        itemsets,
        problems,
    } = import(name, bytes, &beside);
    let file = |name: &str, bytes: &[u8]| FileBeside {
        name: name.to_owned(),
        data: STANDARD.encode(bytes),
    };
    let asked = asked.into_inner();
    let mut kept: Vec<FileBeside> = files
        .iter()
        .filter(|(name, _)| asked.contains(name))
        .map(|(name, bytes)| file(name, bytes))
        .collect();
    kept.extend(itemsets.map(|text| file("itemsets.csv", text.as_bytes())));
    let compiled = form
        .as_ref()
        .and_then(|form| serde_json::from_str(&form.to_json()).ok());
    ReadForm {
        file: name.to_owned(),
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
        id: form.id().to_owned(),
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
        severity: match found.severity() {
            Severity::Error => "error".to_owned(),
            Severity::Warning => "warning".to_owned(),
        },
        sheet,
        row,
        column,
        cell,
        message: words.say(found),
        code: found.code().to_owned(),
    }
}

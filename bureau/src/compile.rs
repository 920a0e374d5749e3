//! A workbook becomes what goes into a card, or the list of all that is wrong with it.

#![cfg(any(target_arch = "wasm32", test))]

use vigie_backend::protocol::{CompiledForm, FormInfo, WorkbookProblem};
use vigie_forms::{
    Place, Severity,
    form::source::BodyKind,
    xform,
    xlsform::{self, Options},
};

/// Reads, converts and compiles.
pub fn compile(name: &str, bytes: &[u8]) -> CompiledForm {
    let workbook = match xlsform::read(bytes) {
        Ok(workbook) => workbook,
        Err(problem) => return refused(vec![of_workbook(&problem)]),
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let options = Options {
        id: stem.to_owned(),
        ..Options::default()
    };
    let converted = match xlsform::convert(&workbook, &options) {
        Ok(converted) => converted,
        Err(problems) => return refused(problems.iter().map(of_workbook).collect()),
    };
    let mut problems: Vec<WorkbookProblem> = converted.warnings.iter().map(of_workbook).collect();
    let read = xform::read(&converted.xml, &|_| None);
    problems.extend(read.problems.iter().map(of_form));
    let Some(form) = read.form else {
        return refused(problems);
    };
    let languages: Vec<String> = form
        .languages()
        .iter()
        .map(|written| code(written))
        .collect();
    let questions = form
        .source()
        .body
        .iter()
        .filter(|node| matches!(node.kind, BodyKind::Control(_)))
        .count();
    let info = FormInfo {
        id: form.id().to_owned(),
        version: form.version().to_owned(),
        title: form.titles(),
        languages,
        questions,
    };
    CompiledForm {
        form: serde_json::from_str(&form.to_json()).ok(),
        info: Some(info),
        problems,
    }
}

fn refused(problems: Vec<WorkbookProblem>) -> CompiledForm {
    CompiledForm {
        form: None,
        info: None,
        problems,
    }
}

/// `Français (fr)` → `fr`.
fn code(written: &str) -> String {
    let inside = written
        .trim()
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('));
    inside.map_or(written, |(_, code)| code.trim()).to_owned()
}

fn severity(severity: Severity) -> String {
    match severity {
        Severity::Error => "error".to_owned(),
        Severity::Warning => "warning".to_owned(),
    }
}

fn of_workbook(problem: &xlsform::Problem) -> WorkbookProblem {
    WorkbookProblem {
        severity: severity(problem.severity),
        sheet: problem.sheet.clone(),
        row: problem.row,
        column: problem.column.clone(),
        cell: problem.cell.clone(),
        message: problem.kind.to_string(),
        code: problem.kind.code().to_owned(),
    }
}

fn of_form(problem: &vigie_forms::Problem) -> WorkbookProblem {
    let (sheet, row, column) = match &problem.place {
        Place::Cell { sheet, row, column } => (sheet.clone(), *row, column.clone()),
        Place::Node(path) => (path.clone(), 0, String::new()),
        Place::Xml { .. } | Place::Form => (String::new(), 0, String::new()),
    };
    WorkbookProblem {
        severity: severity(problem.severity),
        sheet,
        row,
        column,
        cell: problem.subject.clone(),
        message: problem.detail.clone(),
        code: problem.code.clone(),
    }
}

//! XForm XML, read into a form.
//!
//! Start at [`read`].

mod body;
mod lists;
mod read;
mod texts;
pub mod xml;

pub use lists::Files;

use crate::form::Form;
use crate::problem::{Place, Problem, Severity};

/// A form, if it can be used, and all that is wrong with it.
#[derive(Debug, Clone)]
pub struct Read {
    /// The form; absent where a problem is an error.
    pub form: Option<Form>,
    /// Every problem found.
    pub problems: Vec<Problem>,
}

/// Reads XForm XML. `files` gives the bytes of a file that the form names, such as a list of choices.
pub fn read(text: &str, files: Files) -> Read {
    let drafted = match read::read(text, files) {
        Ok(drafted) => drafted,
        Err(problem) => {
            return Read {
                form: None,
                problems: vec![*problem],
            };
        }
    };
    let mut problems = drafted.problems;
    let (form, found) = Form::compile(drafted.source);
    problems.extend(found.into_iter().map(|(expr, mut problem)| {
        if let Some(&start) = expr.and_then(|expr| drafted.starts.get(expr as usize)) {
            let (line, column) = xml::line_and_column(text, start);
            problem.place = Place::Xml { line, column };
        }
        problem
    }));
    let failed = problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    Read {
        form: (!failed).then_some(form),
        problems,
    }
}

/// Reads XForm XML that needs no other file.
pub fn read_alone(text: &str) -> Read {
    read(text, &|_| None)
}

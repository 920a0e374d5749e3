//! What is wrong with a form, said so that a person can mend it.
//!
//! Readers list every problem they find, not the first alone. The interface translates `code`; `detail` is for the
//! person who knows XForms.

use serde::{Deserialize, Serialize};

/// One thing wrong in a form, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Whether the form can be used in spite of it.
    pub severity: Severity,
    /// What is wrong, as a key of the locale files: `unknown-function`, `cycle`, `missing-list`, …
    pub code: String,
    /// Where.
    pub place: Place,
    /// The text at fault: the cell, the expression, the name.
    pub subject: String,
    /// The same in plain technical English.
    pub detail: String,
}

/// Whether a form can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The form can't be used until it is mended.
    Error,
    /// The form can be used; something in it is left out or doubtful.
    Warning,
}

/// Where in a form a problem is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A cell of a workbook; rows count from 1, the header is row 1.
    Cell {
        /// The sheet's name as written.
        sheet: String,
        /// The row, from 1; 0 for the sheet as a whole.
        row: u32,
        /// The column's header as written; empty for the row as a whole.
        column: String,
    },
    /// A position in an XML file, both from 1.
    Xml {
        /// Line.
        line: u32,
        /// Column, in characters.
        column: u32,
    },
    /// A node of the form by its path, where no position in a file is known.
    Node(String),
    /// The form as a whole.
    Form,
}

impl Problem {
    /// A problem that forbids using the form.
    pub fn error(
        code: &str,
        place: Place,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Problem {
        Problem {
            severity: Severity::Error,
            code: code.into(),
            place,
            subject: subject.into(),
            detail: detail.into(),
        }
    }

    /// A problem that the form survives.
    pub fn warning(
        code: &str,
        place: Place,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Problem {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(code, place, subject, detail)
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Cell { sheet, row, column } => write!(f, "[{sheet} {row} {column}] ")?,
            Place::Xml { line, column } => write!(f, "[{line}:{column}] ")?,
            Place::Node(path) => write!(f, "[{path}] ")?,
            Place::Form => {}
        }
        write!(f, "{}", self.detail)
    }
}

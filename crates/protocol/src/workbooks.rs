//! What is asked of the desk's own module: workbooks in, QR codes and workbooks out.

use serde::{Deserialize, Serialize};
use vigie_forms::Severity;

use crate::{ChosenFile, File, FormInfo, NewForm, question::questions};

questions! {
    /// What is asked of the module.
    pub enum WorkbookQuestion;

    /// Reads the questionnaires among these files, each with the others beside it: workbooks, XForms, and the lists that
    /// they name. What is wrong is said in `lang`.
    Read ReadForms { files: Vec<ChosenFile>, lang: String } -> Vec<ReadForm>;
    /// A QR code as SVG text.
    Read DrawQr { text: String } -> String;
    /// The workbook that holds this, as [`FillBook`](crate::FillBook) answered.
    Read WriteBook { name: String, #[serde(with = "serde_bytes")] book: Vec<u8> } -> File;
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadForm {
    /// The file's name.
    pub file: String,
    /// None when there are errors.
    pub form: Option<NewForm>,
    pub info: Option<FormInfo>,
    pub problems: Vec<WorkbookProblem>,
}

/// One thing wrong in a file, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkbookProblem {
    pub severity: Severity,
    /// Empty for an XForm, and for the file as a whole.
    pub sheet: String,
    /// From 1; of an XForm, the line. 0 for the sheet as a whole.
    pub row: u32,
    /// Header of the column; empty for the row as a whole.
    pub column: String,
    /// The text at fault.
    pub cell: String,
    /// In the language asked for.
    pub message: String,
}

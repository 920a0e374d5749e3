//! Filling a questionnaire, whose engine comes behind what a first note needs: a module of its own, which the build splits from a
//! phone's worker.

use vigie_notebook::Notebook;
use vigie_protocol::{FillingQuestion, Reply};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::browser::Browser;

/// Answers one question.
pub type Fill = for<'a> fn(&'a Notebook<Browser>, FillingQuestion) -> Reply<'a>;

/// What fills; fails when it is neither here nor to be had, and may be asked again.
#[wasm_split(rest, fallible)]
pub fn fill() -> Result<Fill, SplitLoaderError> {
    Ok(|notebook, question| Box::pin(notebook.fill(question)))
}

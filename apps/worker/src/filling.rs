//! Filling a questionnaire, whose engine comes behind what a first note needs: a module of its own, which the build splits from a
//! phone's worker.

use std::{pin::Pin, rc::Rc};

use vigie_protocol::FillingQuestion;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::serve::Worker;

/// Answers one question.
pub type Fill = fn(Rc<Worker>, FillingQuestion) -> Pin<Box<dyn Future<Output = Vec<u8>>>>;

/// What fills; fails when it is neither here nor to be had, and may be asked again.
#[wasm_split(rest, fallible)]
pub fn fill() -> Result<Fill, SplitLoaderError> {
    Ok(|worker, question| Box::pin(async move { worker.answerer.fill(question).await }))
}

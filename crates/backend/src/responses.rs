//! Questionnaires being filled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_model::RecordId;

use crate::{Host, backend::Backend, protocol::{Answer, Answered, Failure, FormInfo, FormProblem, FormView, Saved}};

#[derive(Debug, Default)]
pub(crate) struct LiveResponse {}

/// The part of a draft that only a response has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FormDraft {
    pub id: String,
    pub title: String,
    pub progress: (usize, usize),
    pub draft: vigie_forms::Draft,
    pub files: BTreeMap<String, String>,
}

impl FormDraft {
    pub fn blobs(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The part of a record that only a response has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ResponsePart {
    pub title: String,
    pub progress: (usize, usize),
    pub draft: vigie_forms::Draft,
    pub children: BTreeMap<String, RecordId>,
}

impl<H: Host> Backend<H> {
    pub(crate) async fn forms(&self) -> Result<Vec<FormInfo>, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn start_response(&self, _form: &str, _lang: &str) -> Result<FormView, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn open_response(&self, _rec: RecordId) -> Result<FormView, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn set_answer(&self, _rec: RecordId, _node: &str, _value: &str) -> Result<Answered, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn attach_file(&self, _rec: RecordId, _node: &str, _name: &str, _mime: &str, _bytes: Vec<u8>) -> Result<Answered, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn add_repeat(&self, _rec: RecordId, _node: &str) -> Result<Answered, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn remove_repeat(&self, _rec: RecordId, _node: &str) -> Result<Answered, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn go_to(&self, _rec: RecordId, _page: usize) -> Result<Saved, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn form_language(&self, _rec: RecordId, _lang: &str) -> Result<FormView, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn check_response(&self, _rec: RecordId) -> Result<Vec<FormProblem>, Failure> { Err(Failure::NotFound) }
    pub(crate) async fn finish_response(&self, _rec: RecordId) -> Result<Answer, Failure> { Err(Failure::NotFound) }
}

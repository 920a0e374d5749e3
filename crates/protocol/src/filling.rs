//! Questionnaires: a response being filled, by a delegate, by a partner, or tried at the desk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_forms::ChoicePage;
use vigie_model::{FormId, RecordId};

use crate::{File, Millis, Saved, question::questions};

questions! {
    /// What is asked of a questionnaire. `node` is a path as in [`vigie_forms::NodeView::path`].
    pub enum FillingQuestion;

    Write ListForms -> Vec<FormInfo>;
    /// Begins a response to this form.
    Write StartResponse { form: FormId, lang: String } -> FormView;
    /// Comes back to a draft, or corrects a finished response.
    Write OpenResponse { rec: RecordId } -> FormView;
    /// Saved before it answers.
    Write SetAnswer { rec: RecordId, node: String, value: String } -> Answered;
    /// A file for a media question; at most 8 MiB.
    Write AttachFile { rec: RecordId, node: String, file: File } -> Answered;
    Write AddRepeat { rec: RecordId, node: String } -> Answered;
    /// A row, by its path.
    Write RemoveRepeat { rec: RecordId, node: String } -> Answered;
    /// Brings back the row removed last, while nothing else was changed.
    Write UndoRemove { rec: RecordId } -> FormView;
    /// Choices of a long list whose label has every word of `query`.
    Read SearchChoices { rec: RecordId, node: String, query: String, offset: usize } -> ChoicePage;
    /// The file that answers a media question.
    Read ReadFile { rec: RecordId, node: String } -> File;
    /// A picture, sound or film that the questionnaire shows, by its file's name.
    Read ReadMedia { rec: RecordId, name: String } -> File;
    /// Remembers the page a person is at.
    Write GoTo { rec: RecordId, page: usize } -> Saved;
    Write FormLanguage { rec: RecordId, lang: String } -> FormView;
    /// What is missing or wrong; nothing is changed.
    Write CheckResponse { rec: RecordId } -> Vec<FormProblem>;
    /// Makes the op.
    Write FinishResponse { rec: RecordId } -> Finished;
}

/// What became of a response that was to be finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Finished {
    Saved(Saved),
    /// Something required is missing, or something is wrong: nothing was made.
    Problems(Vec<FormProblem>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormInfo {
    pub id: FormId,
    pub version: String,
    pub title: BTreeMap<String, String>,
    pub languages: Vec<String>,
    pub questions: usize,
}

/// A response being filled: what is asked now, once; afterwards only what changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormView {
    pub rec: RecordId,
    pub form: FormId,
    pub title: String,
    pub lang: String,
    /// Language codes and names as the form gives them.
    pub languages: Vec<(String, String)>,
    pub nodes: Vec<vigie_forms::NodeView>,
    pub plan: FormPlan,
    pub page: usize,
    pub progress: (usize, usize),
    pub finished: bool,
    /// Something was answered since that is not finished.
    pub draft: bool,
    pub saved_at: Option<Millis>,
    /// Answers that the form's present version has no place for: kept, shown.
    pub orphans: Vec<(String, String)>,
}

/// What is asked now: the pages in order, and what is inside what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormPlan {
    pub pages: Vec<FormPage>,
    pub outline: Vec<vigie_forms::OutlineNode>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormPage {
    pub kind: vigie_forms::PageKind,
    /// The nearest group's label, if any.
    pub section: String,
    /// The number of its first question among all that are asked, from 1.
    pub first: usize,
    pub counts: vigie_forms::Counts,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The nodes whose view changed.
    pub nodes: Vec<vigie_forms::NodeView>,
    /// True when `nodes` are all there are: a row went, and others have its path.
    pub whole: bool,
    /// Present when questions or rows came or went.
    pub plan: Option<FormPlan>,
    /// The pages that stand otherwise than before, by number; none beside a plan.
    pub counts: Vec<(usize, vigie_forms::Counts)>,
    pub progress: (usize, usize),
    pub saved_at: Millis,
    /// True after a row was removed: it can be brought back.
    pub undo: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormProblem {
    pub node: String,
    pub page: usize,
    pub label: String,
    pub kind: vigie_forms::ViolationKind,
    pub message: String,
}

//! What is kept of a response: its draft while it is being filled, and what a finished one needs to be corrected.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_forms::Draft as Answers;
use vigie_model::{FormHash, FormId, Kind, RecordId};
use vigie_respondent::{FileChosen, below_root};

use crate::{
    Host,
    backend::Tx,
    drafts::{draft_of, put_draft},
    open::Open,
    protocol::{Failure, Fields, Millis},
};

/// The part of a draft that only a response has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FormDraft {
    pub id: FormId,
    pub version: String,
    pub hash: FormHash,
    pub title: String,
    pub progress: (usize, usize),
    pub draft: Answers,
    /// Files chosen since the edit began, by their question's path.
    pub files: BTreeMap<String, FileChosen>,
    /// Attachments of the finished response by their question's path now; none: as the record says.
    #[serde(default)]
    pub attached: Option<BTreeMap<String, RecordId>>,
}

impl FormDraft {
    pub fn blobs(&self) -> Vec<String> {
        self.files.values().map(|file| file.blob.clone()).collect()
    }

    /// The answers, as far as a list or a search needs them.
    pub fn values(&self) -> Fields {
        let answers = self
            .draft
            .answers
            .iter()
            .filter(|(_, value)| !value.is_empty());
        answers
            .map(|(path, value)| (below_root(path).to_owned(), Value::from(value.as_str())))
            .collect()
    }
}

/// The part of a record that only a response has: all that is needed to correct it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ResponsePart {
    pub title: String,
    pub progress: (usize, usize),
    pub draft: Answers,
    /// Attachments by their question's path.
    pub files: BTreeMap<String, RecordId>,
}

/// The draft of a live response, in memory, and kept.
pub(super) fn draft_response<H: Host>(
    tx: &mut Tx<'_, H>,
    open: &mut Open,
    rec: RecordId,
    now: Millis,
) -> Result<(), Failure> {
    let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
    let form = FormDraft {
        id: live.form.id.clone(),
        version: live.form.version.clone(),
        hash: live.form.hash.clone(),
        title: live.title.clone(),
        progress: live.progress(),
        draft: live.snapshot(),
        files: live.files.clone(),
        attached: Some(live.attached.clone()),
    };
    live.keep.put(rec, tx);
    let draft = draft_of(&mut open.drafts, &open.editing, rec, now)?;
    draft.kind = Kind::RESPONSE;
    draft.form = Some(form);
    put_draft(tx, draft);
    Ok(())
}

//! What is kept of a response: its draft while it is being filled, and what a finished one needs to be corrected.

use vigie_model::{Kind, RecordId};

use crate::{
    Host,
    drafts::{draft_of, put_draft},
    memory::{FormDraft, Open},
    notebook::Tx,
    protocol::{Failure, Millis},
};

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
        labels: live.labels(),
    };
    live.keep.put(rec, tx);
    let draft = draft_of(&mut open.drafts, &open.editing, rec, now)?;
    draft.kind = Kind::RESPONSE;
    draft.form = Some(form);
    put_draft(tx, draft);
    Ok(())
}

//! Finishing a response: one op, a field per answer.

use serde_json::{Value, json};
use vigie_forms::Submission;
use vigie_model::{
    Kind, RecordId,
    fields::{is_reserved, response},
};

use super::{below_root, draft::ResponsePart};
use crate::{
    Host,
    backend::Backend,
    open::delete,
    protocol::{Failure, Fields, Finished},
    records::NewOp,
    store::Table,
};

/// The fields of a finished response.
pub(crate) fn fields_of(submission: &Submission) -> Fields {
    let mut fields = Fields::new();
    for answer in &submission.answers {
        fields.insert(
            below_root(&answer.field).to_owned(),
            Value::from(answer.value.as_str()),
        );
    }
    for row in &submission.rows {
        for answer in &row.answers {
            let rest = answer
                .field
                .strip_prefix(&row.repeat)
                .unwrap_or(&answer.field);
            let path = format!("{}{rest}", row.path);
            fields.insert(
                below_root(&path).to_owned(),
                Value::from(answer.value.as_str()),
            );
        }
    }
    fields
}

impl<H: Host> Backend<H> {
    /// Makes the op, or says what stands in the way.
    pub(crate) async fn finish_response(&self, rec: RecordId) -> Result<Finished, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        let row = self.record(rec).await?;
        let before = row
            .as_ref()
            .and_then(|row| row.response.as_ref())
            .map(|part| part.files.clone())
            .unwrap_or_default();
        let now = self.host().now().0;
        let (member, set, over, form, mut part, files, answers, mut also) = {
            let mut open = self.open()?;
            let open = &mut *open;
            let base = open
                .drafts
                .get(&rec)
                .map(|draft| &draft.base)
                .or(open.editing.get(&rec))
                .cloned();
            let base = base.ok_or(Failure::NotFound)?;
            let moment = self.now_of(open, base.member)?;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            live.moment.now.set(moment);
            let submission = match live.session.finish() {
                Ok(submission) => submission,
                Err(invalid) => return Ok(Finished::Problems(live.problems(invalid))),
            };
            let mut fields = fields_of(&submission);
            // An answer whose question the form has no more stays the response's.
            for (path, value) in live.session.orphans() {
                let field = below_root(path).to_owned();
                fields
                    .entry(field)
                    .or_insert_with(|| Value::from(value.as_str()));
            }
            fields.insert(response::LANG.to_owned(), json!(live.lang()));
            fields.insert(response::FINISHED.to_owned(), json!(moment.millis));
            let record = row.as_ref().map(|row| &row.record);
            let set = changed_fields(record, &base.values, fields.clone());
            let mut over = base.over.clone();
            over.retain(|field, _| set.contains_key(field));
            let part = ResponsePart {
                title: live.title.clone(),
                progress: live.session.progress(),
                draft: live.session.snapshot(),
                files: live.attached.clone(),
            };
            let mut also = vec![delete(Table::Drafts, rec.to_string())];
            if let Some(undo) = live.undo.take() {
                also.extend(live.let_go(&undo));
            }
            (
                base.member,
                set,
                over,
                live.form.clone(),
                part,
                live.files.clone(),
                fields,
                also,
            )
        };
        let (mut ops, attached) = self
            .attachment_ops(rec, &files, &part.files, &before, &answers)
            .await?;
        part.files = attached;
        also.extend(
            files
                .values()
                .map(|file| delete(Table::Blobs, file.blob.as_str())),
        );
        let new = NewOp {
            rec,
            kind: Kind::RESPONSE,
            form: Some(form),
            set,
            over,
            row,
            listed: true,
            response: Some(part),
        };
        ops.push(new);
        self.write(member, ops, also).await?;
        self.forget_draft(rec)?;
        self.open()?.responses.remove(&rec);
        let mut saved = self.saved(rec)?;
        saved.at = now;
        Ok(Finished::Saved(saved))
    }
}

/// What an op must say so that the record comes to `fields`: what differs from what was seen, and what went.
fn changed_fields(record: Option<&vigie_journal::Record>, seen: &Fields, fields: Fields) -> Fields {
    let mut set: Fields = seen
        .keys()
        .filter(|field| !is_reserved(field) && !fields.contains_key(*field))
        .map(|field| (field.clone(), Value::Null))
        .collect();
    let same = |field: &str, value: &Value| record.is_some() && seen.get(field) == Some(value);
    set.extend(
        fields
            .into_iter()
            .filter(|(field, value)| !same(field, value)),
    );
    set
}

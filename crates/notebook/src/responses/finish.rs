//! Finishing a response: one op, a field per answer.

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_model::{Kind, RecordId, fields::is_reserved};
use vigie_vault::Table;

use crate::{
    Host,
    drafts::{drop_draft, forget_draft},
    memory::{Draft, ResponsePart, called},
    notebook::Notebook,
    protocol::{Failure, Fields, Finished},
    records::NewOp,
};

impl<H: Host> Notebook<H> {
    /// Whether an answer of a finished response was changed, or one of its files. What the form fills by itself, such as the
    /// time when it ends, is no change.
    fn is_corrected(
        &self,
        rec: RecordId,
        before: &BTreeMap<String, RecordId>,
    ) -> Result<bool, Failure> {
        let open = self.open()?;
        let base = open.drafts.get(&rec).map(|draft| &draft.base);
        let base = base.or(open.editing.get(&rec)).ok_or(Failure::NotFound)?;
        let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
        let answers = live.answers();
        let is_same = |field: &String| answers.get(field) == base.values.get(field);
        let mut fields = answers.keys().chain(base.values.keys());
        let is_answered_alike = fields.all(|field| !live.is_asked(field) || is_same(field));
        Ok(!is_answered_alike || !live.files.is_empty() || live.attached != *before)
    }

    /// Makes the op, or says what stands in the way.
    pub(crate) async fn finish_response(&self, rec: RecordId) -> Result<Finished, Failure> {
        let mut tx = self.vault.transaction().await;
        self.revive(rec).await?;
        let row = self.record(rec).await?;
        let before = row
            .as_ref()
            .and_then(|row| row.response.as_ref())
            .map(|part| part.files.clone())
            .unwrap_or_default();
        let now = self.host().now().0;
        // A correction that corrects nothing leaves nothing.
        if row.is_some() && !self.is_corrected(rec, &before)? {
            drop_draft(&mut tx, rec)?;
            tx.commit().await?;
            self.changed();
            return Ok(Finished::Saved(self.saved(rec)?));
        }
        let (member, set, over, form, mut part, files, answers) = {
            let mut open = tx.memory()?;
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
            let fields = match live.at(moment).finish() {
                Ok(fields) => fields,
                Err(problems) => return Ok(Finished::Problems(problems)),
            };
            let record = row.as_ref().map(|row| &row.record);
            let set = changed_fields(record, &base.values, fields.clone());
            let mut over = base.over.clone();
            over.retain(|field, _| set.contains_key(field));
            let part = ResponsePart {
                title: called(&fields, &live.title).to_owned(),
                progress: live.progress(),
                draft: live.snapshot(),
                files: live.attached.clone(),
                labels: live.labels(),
            };
            live.keep.put(rec, &mut tx);
            tx.delete::<Draft>(&rec);
            (
                base.member,
                set,
                over,
                live.form.clone(),
                part,
                live.files.clone(),
                fields,
            )
        };
        let (mut ops, attached) = self
            .attachment_ops(rec, &files, &part.files, &before, &answers)
            .await?;
        part.files = attached;
        for file in files.values() {
            tx.delete_at(Table::Blobs, file.blob.as_str());
        }
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
        self.write(&mut tx, member, ops)?;
        forget_draft(&mut tx, rec);
        tx.then(move |open| open.responses.remove(&rec));
        tx.commit().await?;
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

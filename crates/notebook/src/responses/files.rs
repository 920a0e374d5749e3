//! Files that answer a question: chosen, read back, and at the end records of their own.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vigie_journal::Record;
use vigie_model::{
    Kind, RecordId,
    fields::{any::DELETED, attachment},
};
use vigie_respondent::{FIELD, FileChosen, attachment_fields, below_root};
use vigie_vault::Table;

use crate::{
    Host,
    notebook::Notebook,
    protocol::{Answered, Failure, Fields, File},
    records::NewOp,
};

/// The file that an attachment is, as it was given.
pub fn attached_file(record: &Record) -> Result<File, Failure> {
    let text = |field: &str| record.text(field).unwrap_or_default();
    let bytes = STANDARD.decode(text(attachment::DATA));
    let bytes = bytes.map_err(|_| Failure::Damaged(attachment::DATA.to_owned()))?;
    Ok(File::new(
        text(attachment::NAME),
        text(attachment::TYPE),
        bytes,
    ))
}

impl<H: Host> Notebook<H> {
    pub(crate) async fn attach_file(
        &self,
        rec: RecordId,
        node: &str,
        file: File,
    ) -> Result<Answered, Failure> {
        let blob = format!(
            "draft.{rec}.{}",
            self.vault.draw(|random| RecordId::random(random))
        );
        self.change_response(rec, |live, at| live.attach(node, file, blob, at))
            .await
    }

    /// The file that answers `node`: just chosen, or of the finished response; its name, its type, its bytes.
    pub(crate) async fn read_file(&self, rec: RecordId, node: &str) -> Result<File, Failure> {
        let (chosen, child) = {
            let open = self.open()?;
            let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
            (
                live.files.get(node).cloned(),
                live.attached.get(node).copied(),
            )
        };
        if let Some(file) = chosen {
            let bytes = self.chosen_bytes(rec, &file).await?;
            return Ok(File::new(file.name, file.mime, bytes));
        }
        let row = self.record(child.ok_or(Failure::NotFound)?).await?;
        attached_file(&row.ok_or(Failure::NotFound)?.record)
    }

    async fn chosen_bytes(&self, rec: RecordId, file: &FileChosen) -> Result<Vec<u8>, Failure> {
        let unsaved = {
            let open = self.open()?;
            let live = open.responses.get(&rec);
            live.and_then(|live| live.keep.bytes(file).map(<[u8]>::to_vec))
        };
        if let Some(bytes) = unsaved {
            return Ok(bytes);
        }
        let bytes = self.vault.get_bytes(Table::Blobs, &file.blob).await?;
        bytes.ok_or_else(|| Failure::Damaged(Table::Blobs.row_name(&file.blob)))
    }

    /// Ops for files that were chosen or replaced, that moved with their row, or whose question has no answer any more.
    ///
    /// `attached` says where the attachments of the finished response are now; `before` where they were.
    pub(super) async fn attachment_ops(
        &self,
        rec: RecordId,
        files: &BTreeMap<String, FileChosen>,
        attached: &BTreeMap<String, RecordId>,
        before: &BTreeMap<String, RecordId>,
        answers: &Fields,
    ) -> Result<(Vec<NewOp>, BTreeMap<String, RecordId>), Failure> {
        let answered = |path: &str| answers.get(below_root(path)).and_then(Value::as_str);
        let mut changes: Vec<(RecordId, Fields)> = Vec::new();
        let mut kept = attached.clone();
        kept.retain(|path, _| answered(path).is_some());
        for (path, file) in files {
            if answered(path) != Some(&file.name) {
                continue;
            }
            let bytes = self.chosen_bytes(rec, file).await?;
            let set = attachment_fields(rec, path, file, &bytes);
            let new = self.vault.draw(|random| RecordId::random(random));
            let child = *kept.entry(path.clone()).or_insert(new);
            changes.push((child, set));
        }
        for (path, child) in &kept {
            let moved = before.get(path) != Some(child);
            if moved && !changes.iter().any(|(changed, _)| changed == child) {
                let set = Fields::from([(FIELD.to_owned(), json!(below_root(path)))]);
                changes.push((*child, set));
            }
        }
        let staying: BTreeSet<RecordId> = kept.values().copied().collect();
        for child in before.values().filter(|child| !staying.contains(child)) {
            let set = Fields::from([(DELETED.to_owned(), json!(true))]);
            changes.push((*child, set));
        }
        let mut ops = Vec::new();
        for (rec, set) in changes {
            let row = self.record(rec).await?;
            let over = row
                .as_ref()
                .map(|row| row.record.seen(set.keys().map(String::as_str)))
                .unwrap_or_default();
            ops.push(NewOp {
                rec,
                kind: Kind::ATTACHMENT,
                form: None,
                set,
                over,
                row,
                listed: false,
                response: None,
            });
        }
        Ok((ops, kept))
    }
}

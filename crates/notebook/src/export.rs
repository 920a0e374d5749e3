//! Everything readable on this device, for the person who owns it: one JSON file.

use serde_json::{Value, json};
use vigie_vault::{Store, Table};

use crate::{
    Host,
    error::of_store,
    memory::RecordRow,
    notebook::Notebook,
    protocol::{Failure, File},
};

impl<H: Host> Notebook<H> {
    pub(crate) async fn export_all(&self) -> Result<File, Failure> {
        let rows = self
            .host()
            .store()
            .all(Table::Records)
            .await
            .map_err(of_store)?;
        let (open, keys) = (self.open()?, self.vault.keys()?);
        let mut entries = Vec::with_capacity(rows.len());
        let mut damaged = Vec::new();
        for (row, sealed) in rows {
            match keys.read::<RecordRow>(Table::Records, &row, &sealed) {
                Ok(row) => entries.push(entry(&row)),
                Err(_) => damaged.push(row),
            }
        }
        let drafts: Vec<Value> = open
            .drafts
            .values()
            .map(|draft| {
                let answers = draft.form.as_ref().map(|form| &form.draft);
                json!({"rec": draft.rec, "kind": draft.kind, "fields": draft.shown(), "answers": answers, "saved": draft.saved})
            })
            .collect();
        let missions: Vec<Value> = open
            .missions()
            .into_iter()
            .map(|mission| json!({"id": mission.id, "name": mission.name}))
            .collect();
        let day = self.host().now().day();
        let file = json!({
            "vigie": "export", "v": 1, "made": self.host().now(), "name": open.profile.name,
            "missions": missions, "entries": entries, "drafts": drafts, "damaged": damaged,
        });
        let bytes = serde_json::to_vec_pretty(&file).map_err(crate::error::internal)?;
        Ok(File::new(
            format!("vigie-{day}.json"),
            "application/json",
            bytes,
        ))
    }
}

fn entry(row: &RecordRow) -> Value {
    let record = &row.record;
    let conflicts: serde_json::Map<String, Value> = record
        .conflicts()
        .into_iter()
        .filter_map(|field| {
            let heads = &record.fields.get(field)?.heads;
            Some((
                field.to_owned(),
                heads
                    .iter()
                    .map(|head| json!({"value": head.value, "by": head.by, "at": head.hlc.ms}))
                    .collect(),
            ))
        })
        .collect();
    json!({
        "rec": record.rec, "kind": record.kind, "mission": record.mission, "form": record.form,
        "created": record.created.ms, "updated": record.updated.ms, "by": record.by,
        "deleted": record.is_deleted(), "fields": crate::memory::values(record), "conflicts": conflicts,
    })
}

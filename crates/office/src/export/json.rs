//! Everything about the chosen records as one JSON document, for `jq` and other programmes.
//!
//! ```json
//! {"format": "vigie export", "v": 1, "made": 1795000000000,
//!  "missions": [{"id": …, "name": …, …}],
//!  "records": [{"rec": …, "kind": "note", "mission": …, "created": ms, "updated": ms, "by": …,
//!               "fields": {"title": …}, "conflicts": {"phone": [{"value": …, "by": …, "at": ms, "dev": …, "op": …}]},
//!               "deleted": false, "survived_deletion": false,
//!               "history": [{"op": …, "at": ms, "dev": …, "by": …, "changes": [{"field", "before", "after"}]}]}]}
//! ```
//! Values are those of the ops, untouched. `fields` has the shown value of each field; `conflicts` every value of those
//! with several. History is newest first, and left out for attachments, whose content would be there twice.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use vigie_journal::{Change, FormRef, Journal, Record};
use vigie_model::{DeviceId, Kind, Mission, MissionId, OpId, RecordId, Timestamp};

use crate::{
    Registry,
    entries::{Side, conflicts},
};

#[derive(Serialize)]
struct Export<'a> {
    format: &'static str,
    v: u32,
    made: Timestamp,
    missions: Vec<&'a Mission>,
    records: Vec<ExportedRecord<'a>>,
}

#[derive(Serialize)]
struct ExportedRecord<'a> {
    rec: RecordId,
    kind: &'a Kind,
    mission: MissionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'a FormRef>,
    created: Timestamp,
    updated: Timestamp,
    by: &'a str,
    deleted: bool,
    survived_deletion: bool,
    fields: BTreeMap<&'a str, &'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    conflicts: BTreeMap<String, Vec<Side>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<ExportedVersion>,
}

#[derive(Serialize)]
struct ExportedVersion {
    op: OpId,
    at: Timestamp,
    dev: DeviceId,
    by: String,
    changes: Vec<Change>,
}

/// The document, with line breaks and indents.
pub fn json<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    journal: &Journal,
    registry: &Registry,
    made: Timestamp,
) -> Vec<u8> {
    let records: Vec<ExportedRecord<'_>> = records
        .into_iter()
        .map(|record| exported(record, journal))
        .collect();
    let mut missions: Vec<MissionId> = records.iter().map(|record| record.mission).collect();
    missions.sort_unstable();
    missions.dedup();
    let missions = missions
        .iter()
        .filter_map(|id| registry.card(id))
        .map(|card| &card.mission)
        .collect();
    serde_json::to_vec_pretty(&Export {
        format: "vigie export",
        v: 1,
        made,
        missions,
        records,
    })
    .expect("an export has string keys and no failing serialiser")
}

fn exported<'a>(record: &'a Record, journal: &Journal) -> ExportedRecord<'a> {
    let history = if record.kind == Kind::ATTACHMENT {
        Vec::new()
    } else {
        journal.history(&record.rec)
    };
    ExportedRecord {
        rec: record.rec,
        kind: &record.kind,
        mission: record.mission,
        form: record.form.as_ref(),
        created: record.created.time(),
        updated: record.updated.time(),
        by: &record.by,
        deleted: record.is_deleted(),
        survived_deletion: record.survived_deletion(),
        fields: record.values().collect(),
        conflicts: conflicts(record)
            .into_iter()
            .map(|conflict| (conflict.field, conflict.values))
            .collect(),
        history: history
            .into_iter()
            .map(|version| ExportedVersion {
                op: version.op,
                at: version.hlc.time(),
                dev: version.dev,
                by: version.by,
                changes: version.changes,
            })
            .collect(),
    }
}

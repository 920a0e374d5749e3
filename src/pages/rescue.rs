//! What a person typed, as a file, where it can't be kept.

use vigie_model::RecordId;
use vigie_protocol::{Fields, File, RescueFile};

use crate::{client, file::save};

/// What is on the screen, as a file: made by the worker, or else by the page itself.
pub async fn rescue(rec: Option<RecordId>, kind: &str, fields: Fields) {
    if let Some(rec) = rec
        && let Ok(file) = client::ask(RescueFile {
            rec,
            fields: fields.clone(),
        })
        .await
        && save(&file)
    {
        return;
    }
    let all = serde_json::json!({ "rec": rec, "kind": kind, "fields": fields });
    let bytes = all.to_string().into_bytes();
    save(&File::new("vigie.json", "application/json", bytes));
}

//! Carnet and répertoire: entries, read and written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_model::{DeviceId, FormId, Kind, MissionId, OpId, RecordId};

use crate::{Fields, File, Millis, question::questions};

questions! {
    /// What is asked of the notebook.
    pub enum NotebookQuestion;

    /// A page of entries, newest first, drafts on top.
    Read ListEntries { filter: Filter, offset: usize, limit: usize } -> Page;
    Read GetCounts -> Counts;
    /// Opens a record for editing; `None` begins a new one of `kind`.
    Write Edit { rec: Option<RecordId>, kind: Kind } -> Editing;
    /// Keeps a draft of these fields, durably; only those changed since the edit began need be sent.
    Write SaveDraft { rec: RecordId, #[serde(with = "crate::codec::json")] fields: Fields } -> Saved;
    /// Makes one op of the draft.
    Write Finish { rec: RecordId } -> Saved;
    /// Throws away the draft, not what was finished before.
    Write DropDraft { rec: RecordId } -> ();
    Write Delete { rec: RecordId } -> Saved;
    Write Restore { rec: RecordId } -> Saved;
    /// Every version, newest first.
    Write ListVersions { rec: RecordId } -> Vec<Version>;
    /// Settles a conflict: an op over all heads, with a reason.
    Write Settle { rec: RecordId, field: String, #[serde(with = "crate::codec::json")] value: Value, reason: String } -> Saved;
    /// The entry with drafts, as one JSON file that a person may keep when nothing can be saved.
    Read RescueFile { rec: RecordId, #[serde(with = "crate::codec::json")] fields: Fields } -> File;
    /// Everything readable on this device as JSON, for the person who owns it.
    Write ExportAll -> File;
}

/// Which entries. Everything empty: all that is not deleted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Accents and case are ignored.
    pub search: String,
    /// Kinds of record (`note`, `response`, `contact`, …); empty: all.
    pub kinds: Vec<Kind>,
    pub states: Vec<EntryState>,
    pub themes: Vec<String>,
    /// `YYYY-MM-DD`, both included.
    pub from: Option<String>,
    pub to: Option<String>,
    pub mission: Option<MissionId>,
    pub form: Option<FormId>,
    pub deleted: bool,
    pub conflicts_only: bool,
}

/// State of an entry (`interface.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    Draft,
    /// Final, on this device only.
    Here,
    /// Sealed, waiting or sending.
    Going,
    /// Stored by the server.
    Stored,
    /// Received by the office.
    Received,
    /// Refused; it stays here and says why.
    Refused,
    /// Another person's, and nothing on it is ours: bringing it to the office is her own device's business.
    Team,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    pub draft: usize,
    pub here: usize,
    pub going: usize,
    pub stored: usize,
    pub received: usize,
    pub refused: usize,
    pub team: usize,
    pub conflicts: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    pub entries: Vec<Summary>,
    pub total: usize,
    /// False while older entries are still being opened in the background.
    pub complete: bool,
}

/// One line of the notebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub rec: RecordId,
    pub kind: Kind,
    /// Title of a note, name of a contact, title of a form.
    pub title: String,
    pub place: String,
    /// When it happened, as the person said (local `YYYY-MM-DDTHH:MM`), else empty.
    pub at: String,
    pub created: Millis,
    pub updated: Millis,
    pub by: String,
    pub themes: Vec<String>,
    pub state: EntryState,
    pub conflict: bool,
    pub deleted: bool,
    /// Deleted by somebody who had not seen a later edit: still here, and said.
    pub survived_deletion: bool,
    /// The office had all of it erased for good.
    pub erased: bool,
    /// Answered and relevant questions of a response.
    pub progress: Option<(usize, usize)>,
    pub form: Option<FormId>,
    pub mission: Option<MissionId>,
    pub sensitive: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Editing {
    pub rec: RecordId,
    pub kind: Kind,
    #[serde(with = "crate::codec::json")]
    pub fields: Fields,
    /// True when there are unfinished changes.
    pub draft: bool,
    pub conflicts: Vec<Conflict>,
    pub versions: usize,
    pub deleted: bool,
    /// The office had all of it erased for good.
    pub erased: bool,
    pub state: EntryState,
    pub saved_at: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    pub field: String,
    pub values: Vec<Side>,
}

/// One of the values of a conflict: who, when, what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    #[serde(with = "crate::codec::json")]
    pub value: Value,
    pub by: String,
    pub at: Millis,
    /// Ours, on this device.
    pub mine: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    pub rec: RecordId,
    pub at: Millis,
    pub state: EntryState,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub op: OpId,
    pub at: Millis,
    pub by: String,
    pub device: DeviceId,
    pub changes: Vec<Change>,
    pub reason: Option<String>,
}

/// What a version did to one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub field: String,
    pub asked: Asked,
    pub before: Said,
    pub after: Said,
}

/// What a questionnaire says of a field; nothing of a built-in one, which the interface names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The question in each language the form has.
    pub label: BTreeMap<String, String>,
    /// What heads the questions around it.
    pub group: BTreeMap<String, String>,
    /// As in an XLSForm: `date`, `select_one`, …
    pub kind: String,
    /// Nobody is asked it: the form or the device fills it.
    pub technical: bool,
}

/// A value of a field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    #[serde(with = "crate::codec::json")]
    pub value: Value,
    /// Labels of the chosen codes, by language.
    pub shown: BTreeMap<String, String>,
}

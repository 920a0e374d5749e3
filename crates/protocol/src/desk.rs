//! What only the desk asks: the office's keys, missions and invites, reception, entries, exports. A phone's worker knows
//! none of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_model::{
    BundleId, DeviceId, FormId, InviteId, Kind, MissionId, MissionKind, Order, QuarantineReason,
    RecordId, Warning,
};

use crate::{
    Asked, ChosenFile, ChosenForm, Conflict, File, Filter, FormInfo, Millis, Said, Status, Version,
    question::questions,
};

questions! {
    /// What is asked of the desk.
    pub enum DeskQuestion;

    /// Makes the office's keys and vault from the one-time set-up token.
    Write CreateOffice { token: String, server: String, name: String, passphrase: String } -> Status;
    /// Opens an office on this browser from its key backup.
    Write RestoreOffice { #[serde(with = "serde_bytes")] backup: Vec<u8>, file_passphrase: String, passphrase: String } -> Status;
    /// The key as an `age` passphrase file.
    Write BackUpKey { file_passphrase: String } -> File;
    /// Proves that a backup opens: the office may be used from then on.
    Write ProveBackup { #[serde(with = "serde_bytes")] backup: Vec<u8>, file_passphrase: String } -> Status;
    /// What the printable sheet shows.
    Read GetKeySheet -> KeySheet;
    Read ListOfficeMissions -> Vec<OfficeMission>;
    /// Answers the id of the mission made.
    Network CreateMission { mission: NewMission } -> MissionId;
    /// Adds or replaces a questionnaire in a mission's card and publishes the card.
    Network AssignForm { mission: MissionId, form: ChosenForm } -> ();
    Read ListInvites { mission: MissionId } -> Vec<InviteView>;
    /// The new one is first.
    Network CreateInvite { mission: MissionId, label: String, days: u32 } -> Vec<InviteView>;
    /// Nobody takes part by it any more, and who did stays.
    Network CancelInvite { mission: MissionId, invite: InviteId } -> Vec<InviteView>;
    /// A lost phone: from now on the server refuses it, and what it signs later is put aside.
    Network RemoveDevice { device: DeviceId } -> Vec<OfficeMission>;
    /// The mission's partner links.
    Read ListLinks { mission: MissionId } -> Vec<DeskLink>;
    /// The new one is first.
    Network CreateLink { mission: MissionId, link: NewLink } -> Vec<DeskLink>;
    /// Nobody begins by it any more.
    Network CloseLink { mission: MissionId, link: InviteId } -> Vec<DeskLink>;
    /// Fetches, opens, verifies and imports what the server holds, sends receipts. Progress comes as events.
    Network Fetch -> Vec<InboxItem>;
    /// Imports dropped files.
    Write ImportFiles { files: Vec<ChosenFile> } -> Vec<InboxItem>;
    Read ListInbox -> Vec<InboxItem>;
    Read GetTable { filter: Filter, view: TableView, offset: usize, limit: usize } -> Table;
    Read GetEntry { rec: RecordId } -> EntryView;
    /// The file that answers a question of an entry.
    Read GetAttachment { rec: RecordId, field: String } -> File;
    /// Erases for good, everywhere, all that an entry ever said, and the files that go with it.
    Network Erase { rec: RecordId, reason: String } -> EntryView;
    /// The office's signed word on what was erased of an entry.
    Read GetErasureProof { rec: RecordId } -> File;
    /// Entries as files, in one archive.
    Write Export { format: ExportFormat, filter: Filter } -> File;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    Json,
    Csv,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeySheet {
    pub name: String,
    pub recipient: String,
    pub fingerprint: String,
    pub secret: String,
    pub made: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewMission {
    pub name: String,
    pub kind: MissionKind,
    pub starts: String,
    pub ends: String,
    pub languages: Vec<String>,
    pub keep_readable: bool,
    pub share_with_team: bool,
    pub record_time: bool,
    pub forms: Vec<ChosenForm>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficeMission {
    pub id: MissionId,
    pub name: String,
    pub kind: MissionKind,
    pub starts: String,
    pub ends: String,
    pub languages: Vec<String>,
    pub forms: Vec<FormInfo>,
    pub devices: Vec<DeviceView>,
    pub keep_readable: bool,
    pub share_with_team: bool,
    pub record_time: bool,
    pub invites: usize,
    pub entries: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceView {
    pub device: DeviceId,
    pub name: String,
    pub enrolled: Millis,
    pub last_bundle: Option<Millis>,
    /// Since when the office takes nothing from it.
    pub removed: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InviteView {
    pub id: InviteId,
    pub label: String,
    /// As it is read out, or printed.
    pub code: String,
    pub link: String,
    pub expires: Millis,
    pub made: Millis,
    pub used_by: Option<String>,
    pub expired: bool,
    pub cancelled: bool,
}

/// What the office says of a partner link to make it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewLink {
    pub form: FormId,
    pub label: String,
    pub days: u32,
    /// How many people may answer; 0: any number.
    pub uses: u32,
    pub kiosk: bool,
    /// For how many days the server keeps an answer that a person means to go on with; 0: not at all.
    pub later_days: u32,
    /// By language.
    pub consent: BTreeMap<String, String>,
}

/// A partner link, as the office sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskLink {
    pub id: InviteId,
    pub label: String,
    pub form: FormId,
    /// As it is read out, or printed.
    pub code: String,
    pub link: String,
    pub made: Millis,
    pub expires: Millis,
    /// 0: any number.
    pub uses: u32,
    /// How many answers came in.
    pub came: usize,
    pub kiosk: bool,
    pub state: LinkState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Open,
    /// As many answered as may.
    Full,
    Expired,
    Closed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxItem {
    /// SHA-256 of the sealed bytes.
    pub bundle: BundleId,
    /// File name when dropped, else empty.
    pub name: String,
    pub from: String,
    pub mission: String,
    pub size: u64,
    pub stored: Millis,
    pub imported: Millis,
    pub verdict: VerdictView,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictView {
    Accepted {
        ops: usize,
        new: usize,
        known: usize,
        warnings: Vec<Warning>,
    },
    AlreadyThere,
    Quarantined {
        reason: QuarantineReason,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub rows: Vec<Row>,
    pub total: usize,
    pub all: usize,
    pub conflicts: usize,
    /// Whoever wrote an entry, and the questionnaires that were answered: what the table may be narrowed to.
    pub people: Vec<String>,
    pub forms: Vec<(FormId, String)>,
}

/// How the table is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableView {
    /// Entries of one person.
    pub by: Option<String>,
    pub order: Order,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub rec: RecordId,
    pub kind: Kind,
    pub title: String,
    pub place: String,
    pub at: String,
    pub created: Millis,
    pub updated: Millis,
    pub received: Millis,
    pub by: String,
    pub mission: String,
    pub form: Option<FormId>,
    pub conflict: bool,
    pub deleted: bool,
    pub versions: usize,
    /// Nothing is left of it.
    pub erased: Option<Erasure>,
}

/// When something was erased for good, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Erasure {
    pub at: Millis,
    pub reason: String,
}

/// One entry at the desk, with labels from its questionnaire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub row: Row,
    pub facts: Vec<Fact>,
    /// The questions that have no answer: left out, or not asked.
    pub unanswered: Vec<BTreeMap<String, String>>,
    pub conflicts: Vec<Conflict>,
    pub history: Vec<Version>,
    pub survived_deletion: bool,
    /// The latest first.
    pub erasures: Vec<Erasure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub field: String,
    pub asked: Asked,
    pub said: Said,
    pub sensitive: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_desk_keeps_of_a_bundle_is_written_as_it_always_was() {
        let accepted = VerdictView::Accepted {
            ops: 3,
            new: 2,
            known: 1,
            warnings: vec![Warning::Gap { from: 4, to: 6 }, Warning::Fork { seq: 9 }],
        };
        let reason = QuarantineReason::BadSignature;
        for (verdict, kept) in [
            (
                accepted,
                json!({"accepted": {"ops": 3, "new": 2, "known": 1, "warnings": ["gap 4-6", "fork 9"]}}),
            ),
            (
                VerdictView::Quarantined { reason },
                json!({"quarantined": {"reason": "bad_signature"}}),
            ),
            (VerdictView::AlreadyThere, json!("already_there")),
        ] {
            assert_eq!(serde_json::to_value(&verdict).expect("JSON"), kept);
            let read: VerdictView = serde_json::from_value(kept).expect("a verdict");
            assert_eq!(read, verdict);
        }
    }
}

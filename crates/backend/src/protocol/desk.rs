//! What only the desk asks: the office's keys, missions and invites, reception, entries, exports, and the questions to the
//! `bureau` module. A phone's worker knows none of it.

mod library;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use library::{FileBeside, FormDetail, LibraryAnswer, LibraryForm, LibraryRequest, NewForm};

use super::{Answer, Conflict, Filter, FormInfo, Millis, Request, Version};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskRequest {
    /// Makes the office's keys and vault from the one-time set-up token. → [`Answer::Status`]
    OfficeCreate {
        token: String,
        server: String,
        name: String,
        passphrase: String,
    },
    /// Opens an office on this browser from its key backup (bytes beside). → [`Answer::Status`]
    OfficeRestore {
        file_passphrase: String,
        passphrase: String,
    },
    /// The key as an `age` passphrase file. → [`Answer::File`] and bytes
    OfficeBackup { file_passphrase: String },
    /// Proves that a backup (bytes beside) opens: the office may be used from then on. → [`Answer::Status`]
    OfficeTrial { file_passphrase: String },
    /// What the printable sheet shows. → [`DeskAnswer::KeySheet`]
    OfficeKeySheet,
    /// → [`DeskAnswer::OfficeMissions`]
    OfficeMissions,
    /// → [`DeskAnswer::OfficeMissions`]
    CreateMission { mission: NewMission },
    /// Adds or replaces a questionnaire in a mission's card and publishes the card. → [`DeskAnswer::OfficeMissions`]
    AssignForm { mission: String, form: Value },
    /// The questionnaires that the office keeps. → [`DeskAnswer::Library`], a file, or as for a request previewed
    Library(LibraryRequest),
    /// → [`DeskAnswer::Invites`]
    Invites { mission: String },
    /// → [`DeskAnswer::Invites`]; the new one is first.
    CreateInvite {
        mission: String,
        label: String,
        days: u32,
    },
    /// Nobody takes part by it any more, and who did stays. → [`DeskAnswer::Invites`]
    CancelInvite { mission: String, code: String },
    /// A lost phone: from now on the server refuses it, and what it signs later is put aside. → [`DeskAnswer::OfficeMissions`]
    RemoveDevice { mission: String, device: String },
    /// The mission's partner links. → [`DeskAnswer::Links`]
    Links { mission: String },
    /// → [`DeskAnswer::Links`]; the new one is first.
    CreateLink { mission: String, link: NewLink },
    /// Nobody begins by it any more. → [`DeskAnswer::Links`]
    CloseLink { mission: String, code: String },
    /// Fetches, opens, verifies and imports what the server holds, sends receipts. Progress comes as events. → [`DeskAnswer::Inbox`]
    Fetch,
    /// Imports dropped files: `sizes` cuts the bytes beside into files. → [`DeskAnswer::Inbox`]
    ImportFiles {
        names: Vec<String>,
        sizes: Vec<usize>,
    },
    /// → [`DeskAnswer::Inbox`]
    Inbox,
    /// → [`DeskAnswer::Table`]
    Table {
        filter: Filter,
        offset: usize,
        limit: usize,
    },
    /// → [`DeskAnswer::Entry`]
    Entry { rec: String },
    /// All that the exports need; the bureau module makes files of it. → [`Answer::File`] and bytes (zip)
    Export {
        format: ExportFormat,
        filter: Filter,
    },
}

impl From<DeskRequest> for Request {
    fn from(request: DeskRequest) -> Request {
        Request::Desk(request)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    Json,
    Csv,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskAnswer {
    KeySheet(KeySheet),
    OfficeMissions(Vec<OfficeMission>),
    Library(LibraryAnswer),
    Invites(Vec<InviteView>),
    Links(Vec<DeskLink>),
    Inbox(Vec<InboxItem>),
    Table(Table),
    Entry(EntryView),
}

impl From<DeskAnswer> for Answer {
    fn from(answer: DeskAnswer) -> Answer {
        Answer::Desk(answer)
    }
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
    pub kind: String,
    pub starts: String,
    pub ends: String,
    pub languages: Vec<String>,
    pub keep_readable: bool,
    pub share_with_team: bool,
    pub record_time: bool,
    /// Questionnaires: the hash of one in the library, or one as the bureau module compiled it.
    pub forms: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficeMission {
    pub id: String,
    pub name: String,
    pub kind: String,
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
    pub device: String,
    pub name: String,
    pub enrolled: Millis,
    pub last_bundle: Option<Millis>,
    /// Since when the office takes nothing from it.
    pub removed: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InviteView {
    pub label: String,
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
    pub form: String,
    pub label: String,
    pub days: u32,
    /// How many people may answer; 0: any number.
    pub uses: u32,
    pub kiosk: bool,
    /// By language.
    pub consent: BTreeMap<String, String>,
}

/// A partner link, as the office sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskLink {
    pub label: String,
    pub form: String,
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
    pub bundle: String,
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
        warnings: Vec<String>,
    },
    AlreadyThere,
    /// `reason` is a code of `vigie_office::QuarantineReason`: not_sealed, not_for_us, damaged, too_large, malformed,
    /// bad_signature, unknown_device, wrong_mission, beyond_link, newer, revoked, disagrees; or `missing`: the server lost the
    /// bytes, and is asked again.
    Quarantined {
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub rows: Vec<Row>,
    pub total: usize,
    pub all: usize,
    pub conflicts: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub rec: String,
    pub kind: String,
    pub title: String,
    pub place: String,
    pub at: String,
    pub updated: Millis,
    pub received: Millis,
    pub by: String,
    pub mission: String,
    pub form: Option<String>,
    pub conflict: bool,
    pub deleted: bool,
    pub versions: usize,
}

/// One entry at the desk, with labels from its questionnaire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub row: Row,
    pub facts: Vec<Fact>,
    pub conflicts: Vec<Conflict>,
    pub history: Vec<Version>,
    pub survived_deletion: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub field: String,
    /// The question in each language the form has; empty for built-in fields, which the interface names.
    pub label: BTreeMap<String, String>,
    pub value: Value,
    /// Labels of the chosen codes, by language.
    pub shown: BTreeMap<String, String>,
    pub sensitive: bool,
}

/// A question to the desk-only module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BureauRequest {
    /// Reads the questionnaires among these files, each with the others beside it: workbooks, XForms, and the lists that
    /// they name. `files` cuts the bytes beside; what is wrong is said in `lang`.
    ReadForms {
        files: Vec<(String, usize)>,
        lang: String,
    },
    /// A QR code as SVG text.
    Qr { text: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BureauAnswer {
    Forms(Vec<ReadForm>),
    Qr { svg: String },
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadForm {
    /// The file's name.
    pub file: String,
    /// None when there are errors.
    pub form: Option<NewForm>,
    pub info: Option<FormInfo>,
    pub problems: Vec<WorkbookProblem>,
}

/// One thing wrong in a file, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkbookProblem {
    /// `error` or `warning`
    pub severity: String,
    /// Empty for an XForm, and for the file as a whole.
    pub sheet: String,
    /// From 1; of an XForm, the line. 0 for the sheet as a whole.
    pub row: u32,
    /// Header of the column; empty for the row as a whole.
    pub column: String,
    /// The text at fault.
    pub cell: String,
    /// In the language asked for.
    pub message: String,
    pub code: String,
}

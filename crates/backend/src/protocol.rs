//! All that the interface may ask of the worker, and all that the worker answers or tells.
//!
//! One enum of questions, one of answers, one of events; each travels as JSON beside an optional run of bytes
//! (a file chosen, a file to save). The interface knows nothing else of keys, journal, storage or exchange.

mod library;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use library::{FileBeside, FormDetail, LibraryAnswer, LibraryForm, LibraryRequest, NewForm};

/// Milliseconds since 1970, UTC.
pub type Millis = i64;
/// Field name → value; `null` clears the field.
pub type Fields = BTreeMap<String, Value>;

/// A question from the interface. Bytes, where a variant speaks of some, travel beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    // --- Door -------------------------------------------------------------------------------------------------
    /// Where the device stands. → [`Answer::Status`]
    Status,
    /// `count` words picked at random from `list` (fetched by the passphrase screen). → [`Answer::Words`]
    PickWords {
        list: Vec<String>,
        count: usize,
    },
    /// What an invite is for, without using it. `text` is a link, a code, or a code in any spelling; `origin` is the
    /// server the page came from, used when `text` is a bare code. → [`Answer::Invite`]
    LookInvite {
        text: String,
        origin: String,
    },
    /// First vault of this device. With an invite: enrols now, or by itself later when the network is away.
    /// Without: a trial with no office. `name` is how the mission will know this person. → [`Answer::Status`]
    CreateVault {
        passphrase: String,
        name: String,
        invite: Option<InviteText>,
        lang: String,
    },
    /// Takes part in one more mission, or in a first one after a trial. → [`Answer::Status`]
    Join {
        invite: InviteText,
    },
    /// → [`Answer::Status`]; [`Failure::WrongPassphrase`] carries the delay before the next try.
    Unlock {
        passphrase: String,
    },
    /// Forgets every key. What was being typed has been kept, sealed. → [`Answer::Status`]
    Lock,
    ChangePassphrase {
        old: String,
        new: String,
    },
    /// Minutes without a touch before the notebook locks itself; 0: never. → [`Answer::Done`]
    AutoLock {
        minutes: u32,
    },
    /// A touch or a key: puts auto-lock off. → [`Answer::Done`]
    Awake,
    /// Destroys the wrapped key first, then everything. `typed` must be the word the screen asked for. → [`Answer::Status`]
    Wipe,

    // --- Carnet and répertoire --------------------------------------------------------------------------------
    /// A page of entries, newest first, drafts on top. → [`Answer::Entries`]
    Entries {
        filter: Filter,
        offset: usize,
        limit: usize,
    },
    /// → [`Answer::Counts`]
    Counts,
    /// Opens a record for editing; `None` begins a new one of `kind`. → [`Answer::Editing`]
    Edit {
        rec: Option<String>,
        kind: String,
    },
    /// Keeps a draft of these fields, durably. Only the fields changed since the edit began need be sent. → [`Answer::Saved`]
    SaveDraft {
        rec: String,
        fields: Fields,
    },
    /// Makes one op of the draft. → [`Answer::Saved`]
    Finish {
        rec: String,
    },
    /// Throws away the draft, not what was finished before. → [`Answer::Done`]
    DropDraft {
        rec: String,
    },
    /// → [`Answer::Saved`]
    Delete {
        rec: String,
    },
    /// → [`Answer::Saved`]
    Restore {
        rec: String,
    },
    /// Every version, newest first. → [`Answer::History`]
    History {
        rec: String,
    },
    /// Settles a conflict: an op over all heads, with a reason. → [`Answer::Saved`]
    Settle {
        rec: String,
        field: String,
        value: Value,
        reason: String,
    },
    /// The entry with drafts, as one JSON file that a person may keep when nothing can be saved. → [`Answer::File`] and bytes
    RescueFile {
        rec: String,
        fields: Fields,
    },

    // --- Questionnaires ---------------------------------------------------------------------------------------
    /// → [`Answer::Forms`]
    Forms,
    /// Begins a response to this form. → [`Answer::Form`]
    StartResponse {
        form: String,
        lang: String,
    },
    /// Comes back to a draft, or corrects a finished response. → [`Answer::Form`]
    OpenResponse {
        rec: String,
    },
    /// `node` is a path as in `NodeView::path`. Saved before it answers. → [`Answer::Answered`]
    SetAnswer {
        rec: String,
        node: String,
        value: String,
    },
    /// A file for a media question, its bytes beside; at most 8 MiB. → [`Answer::Answered`]
    AttachFile {
        rec: String,
        node: String,
        name: String,
        mime: String,
    },
    AddRepeat {
        rec: String,
        node: String,
    },
    RemoveRepeat {
        rec: String,
        node: String,
    },
    /// Remembers the page a person is at. → [`Answer::Saved`]
    GoTo {
        rec: String,
        page: usize,
    },
    /// → [`Answer::Form`]
    FormLanguage {
        rec: String,
        lang: String,
    },
    /// What is missing or wrong; nothing is changed. → [`Answer::Problems`]
    CheckResponse {
        rec: String,
    },
    /// Makes the op. Answers `Problems` when something required is missing or wrong, else `Saved`.
    FinishResponse {
        rec: String,
    },

    // --- Envoi ------------------------------------------------------------------------------------------------
    /// → [`Answer::Exchange`]
    Exchange,
    /// Tries at once, whatever the backoff says. → [`Answer::Exchange`]
    SendNow,
    /// → [`Answer::Exchange`]
    Pause {
        on: bool,
    },
    /// The sealed bytes of everything not yet received, as one file to carry. → [`Answer::File`] and bytes
    SaveFile,
    /// Told by the page: `online`, `visible`, … → [`Answer::Done`]
    Nudge,

    // --- ⋯ ----------------------------------------------------------------------------------------------------
    /// → [`Answer::Missions`]
    Missions,
    /// → [`Answer::Done`]
    ChooseMission {
        mission: String,
    },
    /// Everything readable on this device as JSON, for the person who owns it. → [`Answer::File`] and bytes
    ExportAll,
    /// → [`Answer::Storage`]
    StorageInfo,

    // --- Office (desk) ----------------------------------------------------------------------------------------
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
    OfficeBackup {
        file_passphrase: String,
    },
    /// Proves that a backup (bytes beside) opens: the office may be used from then on. → [`Answer::Status`]
    OfficeTrial {
        file_passphrase: String,
    },
    /// What the printable sheet shows. → [`Answer::KeySheet`]
    OfficeKeySheet,
    /// → [`Answer::OfficeMissions`]
    OfficeMissions,
    /// → [`Answer::OfficeMissions`]
    CreateMission {
        mission: NewMission,
    },
    /// Adds or replaces a questionnaire in a mission's card and publishes the card. → [`Answer::OfficeMissions`]
    AssignForm {
        mission: String,
        form: Value,
    },
    /// The questionnaires that the office keeps. → [`Answer::Library`], a file, or as for a request previewed
    Library {
        of: LibraryRequest,
    },
    /// → [`Answer::Invites`]
    Invites {
        mission: String,
    },
    /// → [`Answer::Invites`]; the new one is first.
    CreateInvite {
        mission: String,
        label: String,
        days: u32,
    },
    /// Fetches, opens, verifies and imports what the server holds, sends receipts. Progress comes as events. → [`Answer::Inbox`]
    Fetch,
    /// Imports dropped files: `sizes` cuts the bytes beside into files. → [`Answer::Inbox`]
    ImportFiles {
        names: Vec<String>,
        sizes: Vec<usize>,
    },
    /// → [`Answer::Inbox`]
    Inbox,
    /// → [`Answer::Table`]
    Table {
        filter: Filter,
        offset: usize,
        limit: usize,
    },
    /// → [`Answer::Entry`]
    Entry {
        rec: String,
    },
    /// All that the exports need; the bureau module makes files of it. → [`Answer::File`] and bytes (zip)
    Export {
        format: ExportFormat,
        filter: Filter,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    Json,
    Csv,
}

/// An invite as typed or followed, and the page's own server for a bare code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InviteText {
    pub text: String,
    pub origin: String,
}

/// Which entries. Everything empty: all that is not deleted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Accents and case are ignored.
    pub search: String,
    /// Kinds of record (`note`, `response`, `contact`, …); empty: all.
    pub kinds: Vec<String>,
    pub states: Vec<EntryState>,
    pub themes: Vec<String>,
    /// `YYYY-MM-DD`, both included.
    pub from: Option<String>,
    pub to: Option<String>,
    pub mission: Option<String>,
    pub form: Option<String>,
    pub deleted: bool,
    pub conflicts_only: bool,
}

/// What the worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "of", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "answers are made once and read once"
)]
pub enum Answer {
    Done,
    Status(Status),
    Words(Vec<String>),
    Invite(InvitePreview),
    Entries(Page),
    Counts(Counts),
    Editing(Editing),
    Saved(Saved),
    History(Vec<Version>),
    Forms(Vec<FormInfo>),
    Form(FormView),
    Answered(Answered),
    Problems(Vec<FormProblem>),
    Exchange(ExchangeView),
    Missions(Vec<MissionInfo>),
    Storage(StorageView),
    /// A file to save; its bytes travel beside.
    File {
        name: String,
        mime: String,
    },
    KeySheet(KeySheet),
    OfficeMissions(Vec<OfficeMission>),
    Library(LibraryAnswer),
    Invites(Vec<InviteView>),
    Inbox(Vec<InboxItem>),
    Table(Table),
    Entry(EntryView),
}

/// Why not. Each has a sentence in the three languages that says what happened, what is safe, what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "failure", content = "of", rename_all = "snake_case")]
pub enum Failure {
    #[error("wrong passphrase; next try in {wait_ms} ms")]
    WrongPassphrase { wait_ms: Millis },
    #[error("locked")]
    Locked,
    /// Another tab holds the writer's lock.
    #[error("another tab is writing")]
    Elsewhere,
    #[error("this browser gives no storage")]
    NoStorage,
    /// The device is full: nothing was lost, nothing was saved.
    #[error("the device is full")]
    Full,
    /// Storage broke and did not come back after three tries; what was typed is still in memory.
    #[error("not saved: {0}")]
    NotSaved(String),
    /// A newer Vigie wrote this store: reload the page.
    #[error("the store was written by a newer version")]
    NewerStore,
    #[error("no network, or the server does not answer")]
    Unreachable,
    #[error("invite: {0:?}")]
    Invite(InviteProblem),
    #[error("the set-up link was used or is wrong")]
    SetupUsed,
    #[error("the file does not open with this passphrase")]
    BackupDoesNotOpen,
    #[error("the backup is another office's")]
    BackupOfAnother,
    #[error("too large: {size} bytes, at most {limit}")]
    TooLarge { size: u64, limit: u64 },
    #[error("not found")]
    NotFound,
    /// The server refused, in its own code (`docs/format.md`).
    #[error("refused: {0}")]
    Refused(String),
    /// A row on this device does not open with the key: kept as it is, and named.
    #[error("damaged: {0}")]
    Damaged(String),
    #[error("{0}")]
    Internal(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteProblem {
    Unreadable,
    Unknown,
    Used,
    Expired,
}

/// What the worker tells without being asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "of", rename_all = "snake_case")]
pub enum Event {
    /// Lists and counts may have changed.
    Changed(Counts),
    /// The exchange moved.
    Exchange(ExchangeView),
    /// Locked by itself, or in another tab.
    Status(Status),
    /// A long task: `done` of `total` (bytes, bundles), named.
    Progress { task: Task, done: u64, total: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Sending,
    Fetching,
    Importing,
    Exporting,
    Indexing,
}

/// Where the device stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub phase: Phase,
    /// Known once open.
    pub mission: Option<MissionInfo>,
    pub name: String,
    pub auto_lock_minutes: u32,
    /// True while the invite could not be used yet for want of network.
    pub enrolment_pending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No vault yet.
    New,
    Locked,
    /// A delegate's notebook is open.
    Open,
    /// An office is open, and its key has a proven backup.
    Office,
    /// An office is open, whose key backup was never tried: nothing else may be done before.
    OfficeUnproven,
    /// Another tab has the writer's lock.
    Elsewhere,
    NoStorage,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvitePreview {
    pub mission: String,
    pub server: String,
    pub languages: Vec<String>,
    pub expires: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissionInfo {
    /// Empty for the trial without office.
    pub id: String,
    pub name: String,
    /// One of the seven kinds, or `trial`.
    pub kind: String,
    pub starts: String,
    pub ends: String,
    pub current: bool,
    pub forms: usize,
    pub keep_readable: bool,
    pub server: String,
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
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    pub draft: usize,
    pub here: usize,
    pub going: usize,
    pub stored: usize,
    pub received: usize,
    pub refused: usize,
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
    pub rec: String,
    pub kind: String,
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
    /// Answered and relevant questions of a response.
    pub progress: Option<(usize, usize)>,
    pub form: Option<String>,
    pub mission: String,
    pub sensitive: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Editing {
    pub rec: String,
    pub kind: String,
    pub fields: Fields,
    /// True when there are unfinished changes.
    pub draft: bool,
    pub conflicts: Vec<Conflict>,
    pub versions: usize,
    pub deleted: bool,
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
    pub value: Value,
    pub by: String,
    pub at: Millis,
    /// Ours, on this device.
    pub mine: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    pub rec: String,
    pub at: Millis,
    pub state: EntryState,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub op: String,
    pub at: Millis,
    pub by: String,
    pub device: String,
    /// field, before, after
    pub changes: Vec<(String, Value, Value)>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormInfo {
    pub id: String,
    pub version: String,
    pub title: BTreeMap<String, String>,
    pub languages: Vec<String>,
    pub questions: usize,
}

/// A response being filled: all nodes once; afterwards only what changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormView {
    pub rec: String,
    pub form: String,
    pub title: String,
    pub lang: String,
    /// Language codes and names as the form gives them.
    pub languages: Vec<(String, String)>,
    pub nodes: Vec<vigie_forms::NodeView>,
    /// Which nodes stand on each page, in order; pages without a relevant node are skipped by the interface.
    pub pages: Vec<FormPage>,
    pub page: usize,
    pub progress: (usize, usize),
    pub finished: bool,
    pub saved_at: Option<Millis>,
    /// Answers that the form's present version has no place for: kept, shown.
    pub orphans: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormPage {
    /// The nearest group's label, if any.
    pub section: String,
    /// Paths of the nodes on this page.
    pub nodes: Vec<String>,
    pub relevant: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The nodes whose view changed.
    pub nodes: Vec<vigie_forms::NodeView>,
    pub gone: Vec<String>,
    /// Present when pages appeared, went, or changed relevance.
    pub pages: Option<Vec<FormPage>>,
    pub progress: (usize, usize),
    pub saved_at: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormProblem {
    pub node: String,
    pub page: usize,
    pub label: String,
    /// `required` or `constraint`
    pub kind: String,
    pub message: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExchangeView {
    pub counts: Counts,
    pub bundles: Vec<BundleView>,
    pub paused: bool,
    pub busy: bool,
    /// When the next try is due by itself.
    pub next_try: Option<Millis>,
    pub last: Option<Outcome>,
    pub last_received: Option<Millis>,
    /// There is an office to send to.
    pub has_office: bool,
    /// Everything is received: this device may be wiped.
    pub all_received: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundleView {
    pub id: String,
    pub state: BundleState,
    pub size: u64,
    pub sent: u64,
    pub made: Millis,
    pub entries: Vec<String>,
    /// For a refused bundle: the server's code.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BundleState {
    Waiting,
    Sending,
    Stored,
    Received,
    Parked,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub at: Millis,
    pub result: OutcomeKind,
    pub sent: usize,
    pub received: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    Fine,
    Unreachable,
    Refused(String),
    NeedsEnrol,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StorageView {
    pub used: Option<u64>,
    pub quota: Option<u64>,
    pub persisted: Option<bool>,
    pub entries: usize,
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
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum VerdictView {
    Accepted {
        ops: usize,
        new: usize,
        known: usize,
        warnings: Vec<String>,
    },
    AlreadyThere,
    /// `reason` is a code of `vigie_office::QuarantineReason`: not_sealed, not_for_us, damaged, too_large, malformed,
    /// bad_signature, unknown_device, wrong_mission.
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
#[serde(tag = "ask", rename_all = "snake_case")]
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
#[serde(tag = "answer", content = "of", rename_all = "snake_case")]
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

/// A question to the passphrase judge, loaded on the passphrase screen only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrengthRequest {
    pub passphrase: String,
}

/// zxcvbn's judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrengthAnswer {
    /// 0 (guessed at once) to 4 (very strong).
    pub score: u8,
    /// log10 of the number of guesses.
    pub guesses_log10: f64,
}

/// What travels from the page to a worker; bytes travel beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call<Q> {
    pub id: u32,
    pub request: Q,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message<A> {
    Reply { id: u32, result: Result<A, Failure> },
    Event(Event),
}

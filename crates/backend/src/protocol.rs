//! All that the interface may ask of the worker, and all that the worker answers or tells.
//!
//! One enum of questions, one of answers, one of events; each travels as JSON beside an optional run of bytes
//! (a file chosen, a file to save). The interface knows nothing else of keys, journal, storage or exchange.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(feature = "desk")]
mod desk;
#[cfg(feature = "desk")]
pub use desk::*;

/// Milliseconds since 1970, UTC.
pub type Millis = i64;
/// Field name → value; `null` clears the field.
pub type Fields = BTreeMap<String, Value>;

/// A question from the interface. Bytes, where a variant speaks of some, travel beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Takes part in one more mission, or in a first one after a trial. An invite that waits for a network stays beside
    /// it, unless `replace` names it by its mission. → [`Answer::Status`]
    Join {
        invite: InviteText,
        #[serde(default)]
        replace: Option<String>,
    },
    /// → [`Answer::Status`]; [`Failure::WrongPassphrase`] carries the delay before the next try.
    Unlock {
        passphrase: String,
    },
    /// Forgets every key. What was being typed has been kept, sealed. → [`Answer::Status`]
    Lock,
    /// With `renew`, under a new key too: every row is sealed again in the background, and what somebody copied of the old
    /// key opens nothing written later. → [`Answer::Done`]
    ChangePassphrase {
        old: String,
        new: String,
        #[serde(default)]
        renew: bool,
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
    /// A row, by its path. → [`Answer::Answered`]
    RemoveRepeat {
        rec: String,
        node: String,
    },
    /// Brings back the row removed last, while nothing else was changed. → [`Answer::Form`]
    UndoRemove {
        rec: String,
    },
    /// Choices of a long list whose label has every word of `query`. → [`Answer::Choices`]
    SearchChoices {
        rec: String,
        node: String,
        query: String,
        offset: usize,
    },
    /// The file that answers a media question. → [`Answer::File`] and bytes
    ReadFile {
        rec: String,
        node: String,
    },
    /// A picture, sound or film that the questionnaire shows, by its file's name. → [`Answer::File`] and bytes
    ReadMedia {
        rec: String,
        name: String,
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

    // --- Partner link -----------------------------------------------------------------------------------------
    /// Opens a partner link, from the server or as it was kept here, and locks an open notebook: this phone is about to be
    /// handed over. → [`Answer::Link`]
    OpenLink {
        code: String,
        origin: String,
    },
    /// A person agreed: begins her answer, which no storage sees. The requests on questionnaires above then take its
    /// record; finishing it seals it for the office. → [`Answer::Form`]
    StartLink {
        lang: String,
    },
    /// Forgets the answer being given. → [`Answer::Done`]
    LeaveLink,
    /// → [`Answer::Waiting`]
    Waiting,
    /// Tries at once to send the sealed answers that wait, those refused before too. → [`Answer::Waiting`]
    SendWaiting,
    /// Gives up the sealed answers that the server refused. → [`Answer::Waiting`]
    DropRefused,

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

    // --- The desk ---------------------------------------------------------------------------------------------
    #[cfg(feature = "desk")]
    Desk(DeskRequest),
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
#[serde(rename_all = "snake_case")]
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
    Link(LinkView),
    Waiting(Waiting),
    Choices(vigie_forms::ChoicePage),
    Exchange(ExchangeView),
    Missions(Vec<MissionInfo>),
    Storage(StorageView),
    /// A file to save; its bytes travel beside.
    File {
        name: String,
        mime: String,
    },
    #[cfg(feature = "desk")]
    Desk(DeskAnswer),
}

/// Why not. Each has a sentence in the three languages that says what happened, what is safe, what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
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
    /// The vault is an office's, and this worker is a phone's: open it with the desk's.
    #[error("this vault is an office's")]
    Desk,
    /// The device is full: nothing was lost, nothing was saved.
    #[error("the device is full")]
    Full,
    /// Opening or making the notebook takes memory that the device has not free now.
    #[error("not enough memory")]
    NoMemory,
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
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Lists and counts may have changed.
    Changed(Counts),
    /// The exchange moved.
    Exchange(ExchangeView),
    /// Locked by itself, or in another tab.
    Status(Status),
    /// Sealed answers of partners went, or were refused.
    Waiting(Waiting),
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
    /// Rows being sealed again under a new key.
    Renewing,
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
    /// The invite waits for a network.
    pub pending: bool,
    /// The office removed this device from it: nothing is sent any more, and a file is still offered.
    pub revoked: bool,
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

/// A response being filled: what is asked now, once; afterwards only what changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormView {
    pub rec: String,
    pub form: String,
    pub title: String,
    pub lang: String,
    /// Language codes and names as the form gives them.
    pub languages: Vec<(String, String)>,
    pub nodes: Vec<vigie_forms::NodeView>,
    pub plan: FormPlan,
    pub page: usize,
    pub progress: (usize, usize),
    pub finished: bool,
    pub saved_at: Option<Millis>,
    /// Answers that the form's present version has no place for: kept, shown.
    pub orphans: Vec<(String, String)>,
}

/// What is asked now: the pages in order, and what is inside what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormPlan {
    pub pages: Vec<FormPage>,
    pub outline: Vec<vigie_forms::OutlineNode>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormPage {
    pub kind: vigie_forms::PageKind,
    /// The nearest group's label, if any.
    pub section: String,
    /// The number of its first question among all that are asked, from 1.
    pub first: usize,
    pub counts: vigie_forms::Counts,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The nodes whose view changed.
    pub nodes: Vec<vigie_forms::NodeView>,
    /// True when `nodes` are all there are: a row went, and others have its path.
    pub whole: bool,
    /// Present when questions or rows came or went.
    pub plan: Option<FormPlan>,
    /// The pages that stand otherwise than before, by number; none beside a plan.
    pub counts: Vec<(usize, vigie_forms::Counts)>,
    pub progress: (usize, usize),
    pub saved_at: Millis,
    /// True after a row was removed: it can be brought back.
    pub undo: bool,
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
    /// What did not work in the last round, each step by itself: nothing else waited for it.
    pub troubles: Vec<Trouble>,
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

/// One step of a round that failed, for one mission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The mission's name.
    pub mission: String,
    pub step: Step,
    pub why: Why,
}

/// The steps of a round that a person may hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Using an invite that waited.
    Joining,
    /// Reading what is on this device to seal it.
    Composing,
    Sending,
    Receipts,
    Card,
    Media,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Unreachable,
    /// The server's code.
    Refused(String),
    /// These rows of the device do not open: kept as they are, and passed over.
    Damaged(Vec<String>),
    /// A card of a newer version: it waits for an update of Vigie.
    Newer,
    /// Not what the office signed.
    Forged,
    Full,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    Fine,
    Unreachable,
    Refused(String),
    NeedsEnrol,
    /// The office removed this device.
    Revoked,
}

/// A partner link, as the person sees it who follows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkView {
    pub title: BTreeMap<String, String>,
    /// Codes and names.
    pub languages: Vec<(String, String)>,
    pub consent: BTreeMap<String, String>,
    pub questions: usize,
    pub kiosk: bool,
    pub waiting: Waiting,
}

/// Partners' sealed answers on this device, which nobody here can open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// On their way.
    pub waiting: usize,
    /// Stored by the server since the page was opened.
    pub sent: usize,
    /// The server refused them, in its own code.
    pub refused: usize,
    pub reason: Option<String>,
    /// Some are in memory only: the page must stay open until they are sent.
    pub unsaved: bool,
    pub busy: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StorageView {
    pub used: Option<u64>,
    pub quota: Option<u64>,
    pub persisted: Option<bool>,
    pub entries: usize,
    /// Rows that do not open with the key: kept as they are, and named.
    pub damaged: Vec<String>,
    /// Rows still to be sealed again under a new key.
    pub renewing: usize,
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

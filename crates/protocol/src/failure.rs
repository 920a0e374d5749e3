//! Why a question was not answered.

use serde::{Deserialize, Serialize};

use crate::Millis;

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
    #[error("the file does not open with this passphrase")]
    BackupDoesNotOpen,
    #[error("the backup is another office's")]
    BackupOfAnother,
    #[error("too large: {size} bytes, at most {limit}")]
    TooLarge { size: u64, limit: u64 },
    #[error("not found")]
    NotFound,
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// A row on this device does not open with the key: kept as it is, and named.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A worker stopped before it answered.
    #[error("the worker stopped")]
    Stopped,
    /// A worker never began: its files are not here, or are another version's.
    #[error("the worker did not begin")]
    Absent,
    /// It is a file that stopped the desk's module: another is no worse for it.
    #[error("the file stopped its reader")]
    Unreadable,
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

impl From<InviteProblem> for Failure {
    fn from(problem: InviteProblem) -> Failure {
        Failure::Refused(Refusal::Invite(problem))
    }
}

/// Why a person does not go on with an answer, or it is not kept for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftProblem {
    /// What was typed is no code.
    Unreadable,
    /// Nothing is kept under this code: mistyped, over, erased, or its answer was sent.
    Absent,
    /// A newer version kept it: load the page again.
    Newer,
    /// The code opens it, and it is damaged.
    Damaged,
    /// Somebody with the code kept something newer, or erased it.
    Elsewhere,
    /// Too large even without its files.
    TooLarge,
    /// The server is from before there were drafts.
    OlderServer,
}

impl From<DraftProblem> for Failure {
    fn from(problem: DraftProblem) -> Failure {
        Failure::Refused(Refusal::Draft(problem))
    }
}

/// What is refused, by the server or here. The page has words for each: one without them does not compile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// This device's clock is too far from the server's.
    Clock,
    /// The server does not accept the signature.
    Signature,
    /// The server knows no such device.
    UnknownDevice,
    Invite(InviteProblem),
    Draft(DraftProblem),
    /// The set-up link was used, or is wrong.
    SetupUsed,
    /// More bytes than the server takes.
    TooLarge,
    /// The server could not read it.
    Malformed,
    /// The office removed this device.
    Revoked,
    /// Only the office may do this.
    NotOffice,
    /// The server has nothing of this name.
    Absent,
    /// Another desk published first.
    Stale,
    /// The server answers too many at once.
    Busy,
    /// Too many requests in a while.
    TooMany,
    /// The server has no room.
    ServerFull,
    ServerFailed,
    /// A word that this version does not know, of a newer server.
    Unknown(String),
    /// The server is older than what it is asked.
    OlderServer,
    /// A card that the office did not sign.
    Forged,
    /// A card under a key that the office has not given this device yet.
    KeyTurned,
    /// This device has a vault.
    VaultThere,
    /// The office's key has no backup that was tried.
    BackupNotProven,
    /// What was given as a questionnaire is none.
    NotAForm,
    MissionWithoutName,
    MissionWithoutLanguage,
    MissionEndsBeforeStart,
    /// Two questionnaires of a mission have one id.
    TwoFormsOfOneId,
    /// The office closed the mission: nothing new is begun in it.
    MissionClosed,
    /// What was given as an office's calling card is none, or not all of it.
    NotACallingCard,
    CallingCardNewer,
    CallingCardAltered,
    OwnCallingCard,
    /// More offices than may read one mission.
    TooManyOffices,
    /// The office is not at this server, or the server is older than that.
    OfficeElsewhere,
    /// A mission of this office, or of another, has the same name to the machine.
    MissionOfAnother,
    LinkWithoutForm,
    LinkWithoutLabel,
    LinkWithoutConsent,
    ViewWithoutName,
    /// More codes than a sheet may have.
    SheetTooLong,
    /// Nothing may be answered there now.
    NotAnswerable,
    /// The questionnaire decides how many rows there are.
    FixedRows,
}

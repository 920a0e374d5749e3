//! A partner link, and the sealed answers that wait on this device.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_model::RecordId;

use crate::{Fields, File, FormView, Millis, Refusal, question::questions};

questions! {
    /// What is asked by whoever follows a partner link, of her own page.
    pub enum LinkQuestion;

    /// Opens a partner link, from the server or as it was kept here.
    Network OpenLink { code: String, origin: String } -> LinkView;
    /// Has it seen that the office signed the link which is open, and the link kept for a time without network.
    Network ProveLink -> ();
    /// A person agreed: begins her answer, which no storage sees. The questions on questionnaires then take its record;
    /// finishing it seals it for the office.
    Write StartLink { lang: String } -> FormView;
    /// Forgets the answer being given.
    Write LeaveLink -> ();
    /// Keeps the answer being given at the server, as it stands, for whoever has its code. `anew`: under another code than
    /// before, when somebody went on with that one elsewhere.
    Network KeepDraft { anew: bool } -> KeptDraft;
    /// Erases what the server keeps of the answer being given.
    Network EraseDraft -> ();
    /// Goes on with the answer that the server keeps under this code; opens its link, where it is another than the open one.
    Network GoOn { code: String, origin: String } -> WentOn;
}

questions! {
    /// What is asked of whoever sends partners' sealed answers.
    pub enum WaitingQuestion;

    Read GetWaiting -> Waiting;
    /// Tries at once to send the sealed answers that wait, those refused before too.
    Network SendWaiting -> Waiting;
    /// Gives up the sealed answers that the server refused.
    Write DropRefused -> Waiting;
}

questions! {
    /// What a partner's page asks of the worker that comes behind it. `code` is the link's; `sealed`, its box as it came.
    pub enum SealerQuestion;

    /// The box of a link, as it was kept here.
    Read KeptLink { code: String } -> Option<Vec<u8>>;
    /// Keeps the box of a link, once it is seen that its office signed what is in it.
    Write KeepLink { code: String, #[serde(with = "serde_bytes")] sealed: Vec<u8> } -> ();
    Write ForgetLink { code: String } -> ();
    /// Seals an answer for the office, and keeps it until it is sent; says its record. `seed`: of the key that this one answer is
    /// signed with, so that what is asked twice, because nobody heard the answer, is one answer.
    Write Seal { code: String, server: String, #[serde(with = "serde_bytes")] sealed: Vec<u8>, seed: [u8; 32], given: Given } -> RecordId;
    /// Seals an answer that a person means to go on with under her code `draft`, and puts it at the server for so many days, in
    /// place of that of an earlier `rev`; says until when it is there.
    Network PutDraft { draft: String, rev: u32, code: String, server: String, days: u32, kept: String } -> Millis;
    /// What the server keeps under a person's code, opened.
    Network FetchDraft { draft: String, server: String } -> FoundDraft;
    /// Has the server erase it; where it has nothing, that is done.
    Network DeleteDraft { draft: String, server: String } -> ();
    /// The network is back, or somebody looks at the page again: what waits goes, if it is time.
    Network Retry -> ();
}

/// All that the worker behind a partner's page is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SealerRequest {
    Sealer(SealerQuestion),
    Waiting(WaitingQuestion),
}

impl From<SealerQuestion> for SealerRequest {
    fn from(question: SealerQuestion) -> SealerRequest {
        SealerRequest::Sealer(question)
    }
}

impl From<WaitingQuestion> for SealerRequest {
    fn from(question: WaitingQuestion) -> SealerRequest {
        SealerRequest::Waiting(question)
    }
}

/// An answer that is finished and not sealed yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Given {
    #[serde(with = "crate::codec::json")]
    pub fields: Fields,
    pub files: Vec<AnswerFile>,
    pub consented: Millis,
    /// The code under which the server keeps it as it stood before: erased there once the answer is sent.
    pub draft: Option<String>,
}

/// An answer that the server keeps for whoever has its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDraft {
    /// What the person takes with her.
    pub code: String,
    /// The page where she says it.
    pub page: String,
    /// That page with the code in its address.
    pub link: String,
    pub until: Millis,
    /// How many files found no room.
    pub left_out: usize,
}

/// An answer that a person goes on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WentOn {
    pub rec: RecordId,
    /// The link's code.
    pub code: String,
    pub link: LinkView,
    pub lang: String,
    /// As the server has it.
    pub kept: KeptDraft,
    /// The questionnaire is not what it was.
    pub changed: bool,
}

/// What was in a draft's box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundDraft {
    pub rev: u32,
    /// The code of the link that is answered.
    pub code: String,
    pub until: Millis,
    pub kept: String,
}

/// A file that answers the question at a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerFile {
    pub path: String,
    pub file: File,
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
    /// The language that the office opens it in, where the questionnaire has it.
    pub lang: Option<String>,
    /// What is said once the answer is sealed.
    pub thanks: BTreeMap<String, String>,
    /// Answers may be printed, or kept in a file.
    pub may_keep: bool,
    /// A person may stop, and go on later.
    pub may_go_on: bool,
    /// The offices that read the answer, where it is not one alone.
    pub readers: Vec<String>,
}

/// Partners' sealed answers on this device, which nobody here can open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// On their way.
    pub waiting: usize,
    /// Stored by the server since the page was opened.
    pub sent: usize,
    /// The server refused them.
    pub refused: usize,
    /// Why it refused the first of them.
    pub reason: Option<Refusal>,
    /// Some are in memory only: the page must stay open until they are sent.
    pub unsaved: bool,
    pub busy: bool,
}

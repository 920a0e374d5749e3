//! What one desk of the office must know of what another did.
//!
//! Missions, invites, questionnaires and partner links are documents sealed with `age` for the office itself and kept by the server, which can't read
//! them: two browsers and the command line of one office then know the same. A document is never changed; a newer one
//! of the same mission has a greater revision, and a partner link that was closed once stays closed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_model::{Card, CardForm, Lang, MissionId, Timestamp};
use vigie_seal::{InviteCode, OpenError, envelope, invite::MissionKey};
use zeroize::Zeroizing;

use crate::OfficeKeys;

/// The largest document that is opened, in bytes: cards hold questionnaires.
const DOC_LIMIT: usize = 32 * 1024 * 1024;

/// One document of the office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "doc", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "a handful of documents, each read once"
)]
pub enum OfficeDoc {
    Mission(MissionDoc),
    Invite(InviteDoc),
    Form(FormDoc),
    Link(LinkDoc),
    /// What a newer version of Vigie wrote: kept aside, not understood.
    #[serde(untagged)]
    Unknown(Value),
}

/// A mission as the office knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MissionDoc {
    pub card: Card,
    pub mission_key: MissionKey,
    /// The revision of the card; the greatest of a mission counts.
    pub rev: u32,
}

/// An invite that the office made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteDoc {
    /// As shown: `XXXX-XXXX-XXXX-XXXX`.
    pub code: String,
    pub mission: MissionId,
    /// For whom, in the office's own words.
    pub label: String,
    pub expires: Timestamp,
    pub made: Timestamp,
}

impl InviteDoc {
    /// The code; `None` when the document holds something else.
    pub fn code(&self) -> Option<InviteCode> {
        self.code.parse().ok()
    }
}

/// One version of a questionnaire in the office's library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormDoc {
    /// As a card carries it.
    pub form: CardForm,
    /// The same as XForm XML, so that other tools may take it.
    pub xform: String,
    /// The files that it names.
    #[serde(default)]
    pub files: Vec<FormFile>,
    /// Of several documents on one version, the latest counts.
    pub added: Timestamp,
    /// The office does not offer it any more; missions that have it keep it.
    #[serde(default)]
    pub put_away: bool,
}

/// A file that a questionnaire names, such as a list of places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFile {
    pub name: String,
    pub data: vigie_exchange::api::Base64,
}

/// A partner link that the office made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkDoc {
    /// As shown: `XXXX-XXXX-XXXX-XXXX`.
    pub code: String,
    pub mission: MissionId,
    /// The id of its questionnaire.
    pub form: String,
    /// What the office calls it: its answers are said to be from that.
    pub label: String,
    /// What a person agrees to before the first question.
    pub consent: BTreeMap<Lang, String>,
    /// How many people may answer; 0: any number.
    pub uses: u32,
    pub kiosk: bool,
    /// The last moment at which a person may begin.
    pub expires: Timestamp,
    pub made: Timestamp,
    /// The office closed it.
    #[serde(default)]
    pub closed: bool,
}

impl LinkDoc {
    /// The code; `None` when the document holds something else.
    pub fn code(&self) -> Option<InviteCode> {
        self.code.parse().ok()
    }
}

/// A document that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadDoc {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("not a document of the office")]
    Malformed,
}

impl OfficeDoc {
    /// Seals the document for the office itself.
    pub fn seal(&self, keys: &OfficeKeys) -> Vec<u8> {
        let plain =
            serde_json::to_vec(self).expect("documents have string keys and no failing serialiser");
        envelope::seal(&Zeroizing::new(plain), &[keys.recipient()])
            .expect("one recipient: the office")
    }

    /// Opens what [`seal`](OfficeDoc::seal) made.
    pub fn open(sealed: &[u8], keys: &OfficeKeys) -> Result<OfficeDoc, BadDoc> {
        let plain = Zeroizing::new(envelope::open(sealed, &keys.identity, DOC_LIMIT)?);
        serde_json::from_slice(&plain).map_err(|_| BadDoc::Malformed)
    }
}

//! The *carte de mission*: what a device needs to take part.
//!
//! The office signs the exact bytes of the card's JSON. A device takes recipients and members from nowhere else, so nobody
//! but the office can make a device seal for one more reader.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{DeviceId, ExactJson, Lang, Mission, hex};

/// What a device needs to take part in a mission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// 1.
    pub v: u32,
    /// Grows by one at each change; a device never goes back to a lower one.
    pub rev: u32,
    pub mission: Mission,
    /// Whom bundles are sealed for: `age1…`.
    pub recipients: Vec<String>,
    /// The office's Ed25519 public key, in hex: receipts and later cards must be signed by it.
    pub office: String,
    /// Where to send: `https://…`.
    pub server: String,
    #[serde(default)]
    pub forms: Vec<CardForm>,
    /// The mission is over: what is there may still be sent, nothing new is begun.
    #[serde(default)]
    pub closed: bool,
    /// Every office that reads what comes, the card's own first; none: it alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offices: Vec<CardOffice>,
    /// Who else the mission's people seal for, where it [shares](crate::Policy::shares) with its team.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<CardMember>,
    /// The greatest version of bundle that the desk reads which made this card; none: version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundles: Option<u32>,
}

/// A device of the mission's team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardMember {
    pub device: DeviceId,
    /// What bundles are sealed for, so that it reads them: `age1…`.
    pub recipient: String,
}

/// An office that reads what comes of a mission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardOffice {
    pub name: String,
    /// Its Ed25519 public key, in hex: its receipts are signed by it.
    pub office: String,
    /// What bundles are sealed for, so that it reads them: `age1…`.
    pub recipient: String,
}

impl Card {
    /// The format that this version writes and reads.
    pub const VERSION: u32 = 1;

    pub fn form(&self, id: &FormId) -> Option<&CardForm> {
        self.forms.iter().find(|form| form.id == *id)
    }
}

/// A questionnaire in a card, already compiled: a phone never reads a workbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardForm {
    pub id: FormId,
    pub version: String,
    pub title: BTreeMap<Lang, String>,
    /// Of the bytes of `compiled`.
    pub hash: FormHash,
    /// A `vigie_forms::Form`.
    pub compiled: ExactJson,
    /// The pictures, sounds and films of its texts. The server holds them beside the card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<CardFile>,
}

/// What all versions of a questionnaire are called: its workbook's `form_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormId(String);

impl FormId {
    pub fn new(text: impl Into<String>) -> FormId {
        FormId(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for FormId {
    fn from(id: &str) -> FormId {
        FormId::new(id)
    }
}

impl fmt::Display for FormId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What names one version of a questionnaire: the SHA-256, in hex, of the exact bytes of its compiled form.
///
/// Whoever compiles a form makes it, and nobody makes it again. What came from elsewhere may hold any text; that names no form
/// which is known, and refuses nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormHash(String);

impl FormHash {
    pub fn from_sha256(hash: &[u8; 32]) -> FormHash {
        FormHash(hex::encode(hash))
    }

    /// As an address of the desk has it.
    pub fn named(text: impl Into<String>) -> FormHash {
        FormHash(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FormHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file that a questionnaire shows, boxed under the mission's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFile {
    pub name: String,
    /// SHA-256, in hex, of the box.
    #[serde(rename = "box")]
    pub sealed: String,
}

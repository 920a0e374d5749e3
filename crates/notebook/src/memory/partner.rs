//! What partners do on this device: no part of the vault.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_exchange::{
    Sending,
    api::{Enrol, Hex},
};
use vigie_model::{InviteId, Link, MissionId, Timestamp};
use vigie_respondent::{InMemory, Respondent};
use vigie_seal::{InviteCode, sign::SigningKey};

use super::profile::SecretSeed;

/// What a sealed answer is written as.
pub const SEALED_VERSION: u32 = 2;

/// What partners do on this device.
#[derive(Default)]
pub struct Partner {
    pub link: Option<Opened>,
    pub live: Option<Live>,
    /// Sealed, by what their rows are called; as in the store, once that was read.
    pub sealed: BTreeMap<String, Sealed>,
    pub read: bool,
    pub sent: usize,
    pub busy: bool,
    pub attempt: u32,
    pub until: Option<Timestamp>,
}

/// A link that was followed.
pub struct Opened {
    pub code: InviteCode,
    pub server: String,
    pub link: Link,
    /// The server's clock less ours.
    pub offset: i64,
}

/// An answer being given.
pub struct Live {
    pub key: SigningKey,
    pub consented: i64,
    pub respondent: Respondent<InMemory>,
}

/// A sealed answer that the server does not have yet. In the clear at `meta/answer.…`: what sending it needs, and nothing of
/// the answer, of the questionnaire, or of who asks.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Sealed {
    pub v: u32,
    pub server: String,
    pub mission: MissionId,
    /// The device that the answer has for itself.
    pub key: SecretSeed,
    pub invite: InviteId,
    /// That whoever owns the device had the code.
    pub proof: Hex<32>,
    /// One for each bundle; the bytes are in `blobs`.
    pub bundles: Vec<Sending>,
    /// The server's code, once it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The sealed bytes, where the store did not take them.
    #[serde(skip)]
    pub unsaved: Option<Vec<Vec<u8>>>,
}

/// As a row has it, now or as it was written first.
#[derive(Deserialize)]
pub struct Written {
    pub server: String,
    pub mission: MissionId,
    pub key: SecretSeed,
    #[serde(flatten)]
    pub enrolling: Enrolling,
    pub bundles: Vec<Sending>,
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Enrolling {
    Second { invite: InviteId, proof: Hex<32> },
    First { enrol: Enrol },
}

impl From<Written> for Sealed {
    fn from(written: Written) -> Sealed {
        let (invite, proof) = match written.enrolling {
            Enrolling::Second { invite, proof } => (invite, proof),
            Enrolling::First { enrol } => (enrol.invite, enrol.proof),
        };
        Sealed {
            v: SEALED_VERSION,
            server: written.server,
            mission: written.mission,
            key: written.key,
            invite,
            proof,
            bundles: written.bundles,
            refused: written.refused,
            unsaved: None,
        }
    }
}

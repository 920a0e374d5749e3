//! A sealed answer that waits, and its rows.

use serde::{Deserialize, Serialize};
use vigie_exchange::{
    Sending,
    api::{Base64, Enrol, Hex},
};
use vigie_model::{DeviceId, InviteId, MissionId};
use vigie_protocol::{Failure, InviteProblem};
use vigie_seal::{InviteCode, SecretSeed};
use vigie_vault::{Ground, Table, Transaction};

use crate::{Rows, error::internal};

/// Rows of `meta`: one for each sealed answer that waits.
pub const ANSWER: &str = "answer.";

pub fn answer_row(name: &str) -> String {
    format!("{ANSWER}{name}")
}

pub fn bundle_row(name: &str, number: usize) -> String {
    format!("{ANSWER}{name}.{number}")
}

/// What a sealed answer is written as.
pub const SEALED_VERSION: u32 = 2;

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
    /// Signs that the server shall erase the draft of it, which this opens no more than the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<SecretSeed>,
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
    #[serde(default)]
    pub draft: Option<SecretSeed>,
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
            draft: written.draft,
            unsaved: None,
        }
    }
}

impl Sealed {
    /// Keeps all of it: the answer, and its bundles' bytes.
    pub fn put<G: Ground, M: Rows>(
        &self,
        tx: &mut Transaction<'_, G, M>,
        name: &str,
        bytes: &[Vec<u8>],
    ) -> Result<(), Failure> {
        self.put_state(tx, name)?;
        for (number, bytes) in bytes.iter().enumerate() {
            tx.put_clear(Table::Blobs, bundle_row(name, number), bytes.clone());
        }
        Ok(())
    }

    /// Keeps how far it got.
    pub fn put_state<G: Ground, M: Rows>(
        &self,
        tx: &mut Transaction<'_, G, M>,
        name: &str,
    ) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(self).map_err(internal)?;
        tx.put_clear(Table::Meta, answer_row(name), bytes);
        Ok(())
    }

    /// Whether the server has all of it.
    pub fn is_sent(&self) -> bool {
        let is_stored = |state: &Sending| matches!(state, Sending::Stored { .. });
        self.bundles.iter().all(is_stored)
    }

    pub fn remove<G: Ground, M: Rows>(&self, tx: &mut Transaction<'_, G, M>, name: &str) {
        for number in 0..self.bundles.len() {
            tx.delete_at(Table::Blobs, bundle_row(name, number));
        }
        tx.delete_at(Table::Meta, answer_row(name));
    }

    pub fn enrol(&self, device: DeviceId) -> Enrol {
        Enrol {
            invite: self.invite,
            device,
            proof: self.proof,
            name_box: Base64(Vec::new()),
        }
    }
}

pub fn read_code(code: &str) -> Result<InviteCode, Failure> {
    let unreadable = |_| Failure::from(InviteProblem::Unreadable);
    code.parse().map_err(unreadable)
}

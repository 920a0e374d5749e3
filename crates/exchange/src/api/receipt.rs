//! The office's signed word that it has a bundle's entries.

use serde::{Deserialize, Serialize};
use vigie_model::{BundleId, DeviceId, MissionId, Timestamp};
use vigie_sign::{Signature, SigningKey, VerifyingKey};

use super::text::SignatureHex;

/// The only kind of receipt so far: opened, verified and merged by the office.
pub const RECEIVED: &str = "received";

/// A receipt, as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub v: u32,
    pub bundle: BundleId,
    pub device: DeviceId,
    pub mission: MissionId,
    pub kind: String,
    pub at: Timestamp,
    pub sig: SignatureHex,
}

/// A receipt whose signature is the office's: the only thing that turns an entry to "received".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VerifiedReceipt(Receipt);

/// The receipt was not signed by the office of the mission's card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt of this office")]
pub struct NotARealReceipt;

impl Receipt {
    /// Says that the office received `bundle`.
    pub fn received(
        bundle: BundleId,
        device: DeviceId,
        mission: MissionId,
        at: Timestamp,
        office: &SigningKey,
    ) -> Receipt {
        let mut receipt = Receipt {
            v: 1,
            bundle,
            device,
            mission,
            kind: RECEIVED.to_owned(),
            at,
            sig: super::Hex([0; 64]),
        };
        receipt.sig = super::Hex(office.sign(&receipt.message()).to_bytes());
        receipt
    }

    /// The bytes that are signed.
    pub fn message(&self) -> Vec<u8> {
        let Receipt {
            bundle,
            device,
            mission,
            kind,
            at,
            ..
        } = self;
        format!(
            "vigie receipt v1\n{bundle}\n{device}\n{mission}\n{kind}\n{at}\n",
            at = at.0
        )
        .into_bytes()
    }

    /// Checks the signature against the office's key, which comes from the mission's card.
    pub fn verify(self, office: &VerifyingKey) -> Result<VerifiedReceipt, NotARealReceipt> {
        let signed = self.v == 1
            && self.kind == RECEIVED
            && office
                .verify(&self.message(), &Signature::from_bytes(self.sig.0))
                .is_ok();
        if signed {
            Ok(VerifiedReceipt(self))
        } else {
            Err(NotARealReceipt)
        }
    }
}

impl VerifiedReceipt {
    pub fn receipt(&self) -> &Receipt {
        &self.0
    }
}

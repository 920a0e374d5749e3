//! What is sealed for one device of a mission, as the device says itself.

use serde::{Deserialize, Serialize};
use vigie_model::{DeviceId, MissionId, Timestamp};
use vigie_sign::{Signature, SigningKey, VerifyingKey};

use super::{Hex, text::SignatureHex};

/// `PUT /v1/members/{mission}`, by an enrolled device. What it said first stands: it has one key in a mission, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutMember {
    /// `age1…`.
    pub recipient: String,
    /// The device's, over [`PutMember::message`].
    pub sig: SignatureHex,
}

/// A device said what is sealed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberItem {
    pub n: u64,
    pub device: DeviceId,
    pub mission: MissionId,
    #[serde(flatten)]
    pub says: PutMember,
    pub at: Timestamp,
}

impl PutMember {
    pub fn new(recipient: String, mission: &MissionId, device: &SigningKey) -> PutMember {
        let sig = device.sign(&message(mission, &recipient)).to_bytes();
        PutMember {
            recipient,
            sig: Hex(sig),
        }
    }

    /// Whether this device said so, of this mission.
    pub fn is_of(&self, device: &DeviceId, mission: &MissionId) -> bool {
        let signed = Signature::from_bytes(self.sig.0);
        let key = VerifyingKey::try_from(device);
        key.is_ok_and(|key| {
            let message = message(mission, &self.recipient);
            key.verify(&message, &signed).is_ok()
        })
    }
}

/// The bytes that are signed.
fn message(mission: &MissionId, recipient: &str) -> Vec<u8> {
    format!("vigie member v1\n{mission}\n{recipient}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_says_for_a_device_what_is_sealed_for_it() {
        let (ana, luc) = (
            SigningKey::from_bytes([1; 32]),
            SigningKey::from_bytes([2; 32]),
        );
        let elsewhere = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
        let said = PutMember::new("age1ana".into(), &MissionId::MIN, &ana);
        assert!(said.is_of(&ana.device(), &MissionId::MIN));
        assert!(!said.is_of(&luc.device(), &MissionId::MIN));
        assert!(!said.is_of(&ana.device(), &elsewhere));
        let other = PutMember {
            recipient: "age1luc".into(),
            ..said
        };
        assert!(!other.is_of(&ana.device(), &MissionId::MIN));
        // No point of the curve: no device at all.
        assert!(!other.is_of(&DeviceId([2; 32]), &MissionId::MIN));
    }
}

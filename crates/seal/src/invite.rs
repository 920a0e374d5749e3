//! The one-time code that lets a device take part.
//!
//! A code is 80 random bits, which only the office and the invited person know. It is good for three things, and knowing
//! one of them gives none of the others: a name under which the server keeps the invite ([`InviteCode::id`]), a key that
//! opens it ([`InviteCode::box_key`]), and a proof, which only the office can check, that the person who had the code owns
//! the device that enrolled ([`InviteCode::proof`]). So the server can neither read an invite nor slip in a device.

use std::{fmt, str::FromStr};

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vigie_model::{DeviceId, InviteId, Lang, MissionId, Random, from_json, hex};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    VerifyingKey,
    code::{self, BadCode},
    derive::derive,
    pad::pad_json,
    secret::{DoesNotOpen, open_box, seal_box},
};

const BYTES: usize = 10;
const CHARACTERS: usize = 16;
/// What an invite's box is sealed for.
const PURPOSE: &str = "invite";

/// An invite's code. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct InviteCode([u8; BYTES]);

impl InviteCode {
    pub fn random(random: &mut impl Random) -> InviteCode {
        let mut bits = [0; BYTES];
        random.fill(&mut bits);
        InviteCode(bits)
    }

    /// The name under which the server keeps the invite.
    pub fn id(&self) -> InviteId {
        let mut hash = Sha256::new();
        hash.update(b"vigie invite id v1");
        hash.update(self.0);
        InviteId(hash.finalize().into())
    }

    /// The key of the invite's box.
    pub fn box_key(&self) -> Zeroizing<[u8; 32]> {
        derive(&self.0, b"vigie invite box v1")
    }

    /// The name under which a device keeps the box of a partner link. Whoever has not the code, the server too, can't tell
    /// from it which link was followed here.
    pub fn row(&self) -> String {
        hex::encode(&*derive(&self.0, b"vigie link row v1"))
    }

    /// What the device shows the office: the person who owns it had the code.
    pub fn proof(&self, device: &DeviceId) -> [u8; 32] {
        self.mac(device).finalize().into_bytes().into()
    }

    /// Whether a device showed the proof that belongs to it. Takes the same time for every wrong one.
    pub fn proves(&self, device: &DeviceId, proof: &[u8; 32]) -> bool {
        self.mac(device).verify(proof.into()).is_ok()
    }

    fn mac(&self, device: &DeviceId) -> Hmac<Sha256> {
        let key = derive(&self.0, b"vigie invite proof v1");
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.as_ref())
            .expect("HMAC takes a key of any length");
        mac.update(device.as_bytes());
        mac
    }
}

impl fmt::Display for InviteCode {
    /// `XXXX-XXXX-XXXX-XXXX`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bits = [0; 16];
        bits[16 - BYTES..].copy_from_slice(&self.0);
        code::write(u128::from_be_bytes(bits), CHARACTERS, f)
    }
}

impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteCode(of {})", self.id())
    }
}

impl FromStr for InviteCode {
    type Err = BadCode;

    /// However it is typed.
    fn from_str(typed: &str) -> Result<InviteCode, BadCode> {
        let bits = code::read(typed, CHARACTERS)?;
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&bits.to_be_bytes()[16 - BYTES..]);
        Ok(InviteCode(bytes))
    }
}

/// What an invite's box holds: all that a device needs to enrol and to ask for the mission's card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteSecret {
    pub mission: MissionId,
    pub mission_name: String,
    /// Opens the mission's card; closes what only its office and its members may read.
    pub mission_key: MissionKey,
    /// Who signs the card.
    pub office: VerifyingKey,
    /// `https://…`
    pub server: String,
    pub languages: Vec<Lang>,
}

/// A mission's key: random, shared by its office and its members. Hex in JSON. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MissionKey(#[serde(with = "hex")] [u8; 32]);

impl MissionKey {
    pub fn random(random: &mut impl Random) -> MissionKey {
        let mut key = MissionKey([0; 32]);
        random.fill(&mut key.0);
        key
    }

    pub fn from_bytes(bytes: [u8; 32]) -> MissionKey {
        MissionKey(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::ops::Deref for MissionKey {
    type Target = [u8; 32];

    fn deref(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for MissionKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for MissionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MissionKey(…)")
    }
}

impl InviteSecret {
    /// Boxes the secret under the invite's code.
    pub fn seal(&self, code: &InviteCode, random: &mut impl Random) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("ids and texts are always JSON");
        let plain = Zeroizing::new(pad_json(json));
        seal_box(&code.box_key(), PURPOSE, &plain, random)
    }

    /// Opens what the server keeps under [`InviteCode::id`].
    pub fn open(sealed: &[u8], code: &InviteCode) -> Result<InviteSecret, DoesNotOpen> {
        let plain = Zeroizing::new(open_box(&code.box_key(), PURPOSE, sealed)?);
        from_json(&plain).map_err(|_| DoesNotOpen)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = InviteCode([0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf]);
        assert_eq!(code.to_string(), "0123-4567-89AB-CDEF");
        for typed in [
            "0123456789ABCDEF",
            "o1 23-45 67-89ab-cdef\n",
            "oi234567_89abCDEF",
            "OL23\u{a0}4567—89AB–CDEF\u{200b}",
        ] {
            assert_eq!(typed.parse(), Ok(code.clone()), "{typed:?}");
        }
    }

    #[test]
    fn what_is_not_a_code_says_why() {
        let length = |typed| BadCode::Length { due: 16, typed };
        for (typed, why) in [
            ("", length(0)),
            ("0123-4567-89AB-CDE", length(15)),
            ("0123-4567-89AB-CDEF-0", length(17)),
            ("U123-4567-89AB-CDEF", BadCode::Character('U')),
            ("é123-4567-89AB-CDEF", BadCode::Character('é')),
            ("https://x", BadCode::Character(':')),
        ] {
            assert_eq!(typed.parse::<InviteCode>(), Err(why), "{typed:?}");
        }
    }

    #[test]
    fn a_proof_is_one_devices() {
        let code = InviteCode([5; BYTES]);
        let (hers, his) = (DeviceId([1; 32]), DeviceId([2; 32]));
        let proof = code.proof(&hers);
        assert!(code.proves(&hers, &proof));
        assert!(!code.proves(&his, &proof));
        assert!(!InviteCode([6; BYTES]).proves(&hers, &proof));
    }

    #[test]
    fn only_the_code_opens_the_invite_and_no_key_is_shown() {
        let random = &mut |bytes: &mut [u8]| bytes.fill(7);
        let secret = InviteSecret {
            mission: MissionId::random(random),
            mission_name: "Tournée d’automne".into(),
            mission_key: MissionKey::random(random),
            office: crate::SigningKey::from_bytes([9; 32]).verifying_key(),
            server: "https://vigie.example".into(),
            languages: vec!["fr".into(), "es".into()],
        };
        let code = InviteCode::random(random);
        let sealed = secret.seal(&code, random);
        assert_eq!(InviteSecret::open(&sealed, &code), Ok(secret.clone()));
        assert_eq!(
            InviteSecret::open(&sealed, &InviteCode([8; BYTES])),
            Err(DoesNotOpen)
        );
        assert!(!format!("{secret:?}").contains(&"07".repeat(16)));
        assert!(!format!("{code:?}").contains(&code.to_string()));
    }

    proptest! {
        #[test]
        fn every_code_reads_back(bits: [u8; BYTES]) {
            let code = InviteCode(bits);
            prop_assert_eq!(code.to_string().len(), 19);
            prop_assert_eq!(code.to_string().parse(), Ok(code.clone()));
            prop_assert_eq!(code.to_string().to_lowercase().parse(), Ok(code));
        }

        #[test]
        fn typing_anything_never_panics(typed: String) {
            let _ = typed.parse::<InviteCode>();
        }
    }
}

//! Who says so: Ed25519 (RFC 8032).
//!
//! A device signs its bundles and its requests; an office signs its cards, its receipts and its purges. A device is its
//! public key, so a signature needs no directory to be checked.
//!
//! Apart from `vigie-seal`, which opens what is sealed: a server checks signatures, and links nothing that opens a letter.

use std::{fmt, str::FromStr};

use ed25519_dalek::Signer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use vigie_model::{DeviceId, Random, hex};
use zeroize::Zeroizing;

/// A secret signing key. Wiped when dropped.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// The public half.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

/// A signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(ed25519_dalek::Signature);

/// Bytes or text that are not a key, or not a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 {0}")]
pub struct BadKey(&'static str);

/// The signature is not this key's over these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct NotSigned;

impl SigningKey {
    pub fn random(random: &mut impl Random) -> SigningKey {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(seed.as_mut());
        SigningKey(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// From the 32 bytes of the seed.
    pub fn from_bytes(seed: [u8; 32]) -> SigningKey {
        let seed = Zeroizing::new(seed);
        SigningKey(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// The 32 bytes of the seed.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The seed in hex, for a key file.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_bytes()))
    }

    /// From the seed in hex.
    pub fn from_hex(text: &str) -> Result<SigningKey, BadKey> {
        hex::decode(text)
            .map(SigningKey::from_bytes)
            .ok_or(BadKey("signing key"))
    }

    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// The device that signs with this key.
    pub fn device(&self) -> DeviceId {
        DeviceId::from(&self.verifying_key())
    }

    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.verifying_key())
    }
}

impl VerifyingKey {
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<VerifyingKey, BadKey> {
        ed25519_dalek::VerifyingKey::from_bytes(bytes)
            .map(VerifyingKey)
            .map_err(|_| BadKey("public key"))
    }

    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Strict: a key of small order signs nothing, and there is one signature for one message.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), NotSigned> {
        self.0
            .verify_strict(message, &signature.0)
            .map_err(|_| NotSigned)
    }
}

impl From<&VerifyingKey> for DeviceId {
    fn from(key: &VerifyingKey) -> DeviceId {
        DeviceId(key.to_bytes())
    }
}

impl TryFrom<&DeviceId> for VerifyingKey {
    type Error = BadKey;

    fn try_from(device: &DeviceId) -> Result<VerifyingKey, BadKey> {
        VerifyingKey::from_bytes(device.as_bytes())
    }
}

impl Signature {
    /// Any 64 bytes; whether they are a signature of anything is for [`VerifyingKey::verify`] to say.
    pub fn from_bytes(bytes: [u8; 64]) -> Signature {
        Signature(ed25519_dalek::Signature::from_bytes(&bytes))
    }

    pub fn to_bytes(&self) -> [u8; 64] {
        self.0.to_bytes()
    }
}

macro_rules! hex_text {
    ($name:ident, $what:literal, $from:expr) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(&self.to_bytes()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadKey;

            fn from_str(text: &str) -> Result<Self, BadKey> {
                hex::decode(text).ok_or(BadKey($what)).and_then($from)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<str>::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }
    };
}

hex_text!(
    VerifyingKey,
    "public key",
    |bytes| VerifyingKey::from_bytes(&bytes)
);
hex_text!(Signature, "signature", |bytes| Ok(Signature::from_bytes(
    bytes
)));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_key_and_one_message() {
        let key = SigningKey::from_bytes([7; 32]);
        let signature = key.sign(b"deux poids");
        assert_eq!(
            key.verifying_key().verify(b"deux poids", &signature),
            Ok(())
        );
        assert_eq!(
            key.verifying_key().verify(b"deux mesures", &signature),
            Err(NotSigned)
        );
        let other = SigningKey::from_bytes([8; 32]).verifying_key();
        assert_eq!(other.verify(b"deux poids", &signature), Err(NotSigned));
    }

    #[test]
    fn the_first_vector_of_rfc_8032_holds() {
        let key = SigningKey::from_hex(
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        )
        .unwrap();
        assert_eq!(
            key.verifying_key().to_string(),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert_eq!(
            key.sign(b"").to_string(),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        );
    }

    #[test]
    fn a_key_of_small_order_signs_nothing() {
        // The neutral element: with it, a signature of zeros would verify for any message if the check were lax.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let key = VerifyingKey::from_bytes(&neutral).unwrap();
        let mut signature = [0; 64];
        signature[0] = 1;
        assert_eq!(
            key.verify(b"anything", &Signature::from_bytes(signature)),
            Err(NotSigned)
        );
    }

    #[test]
    fn keys_are_hex_and_a_secret_one_is_never_shown() {
        let key = SigningKey::from_bytes([7; 32]);
        let public = key.verifying_key();
        assert_eq!(public.to_string().parse(), Ok(public));
        assert_eq!(
            serde_json::from_str::<VerifyingKey>(&format!("\"{public}\"")).unwrap(),
            public
        );
        assert!(!format!("{key:?}").contains(&*key.to_hex()));
        assert_eq!(VerifyingKey::try_from(&key.device()), Ok(public));
        assert!("07".repeat(31).parse::<VerifyingKey>().is_err());
    }
}

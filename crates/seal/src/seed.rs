//! A secret of 32 bytes, as a row keeps it.

use serde::{Deserialize, Serialize};
use vigie_model::Random;
use vigie_sign::SigningKey;
use zeroize::{Zeroize, Zeroizing};

/// 32 secret bytes that are wiped when dropped.
#[derive(Clone, Serialize, Deserialize, Zeroize)]
#[zeroize(drop)]
#[serde(transparent)]
pub struct SecretSeed(#[serde(with = "vigie_model::hex")] [u8; 32]);

impl SecretSeed {
    pub fn of(key: &SigningKey) -> SecretSeed {
        SecretSeed(*key.to_bytes())
    }

    pub fn signing(&self) -> SigningKey {
        SigningKey::from_bytes(self.0)
    }

    pub fn from_bytes(bytes: &[u8; 32]) -> SecretSeed {
        SecretSeed(*bytes)
    }

    pub fn bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }

    pub fn random(random: &mut impl Random) -> SecretSeed {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(seed.as_mut_slice());
        SecretSeed(*seed)
    }
}

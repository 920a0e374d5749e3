//! X25519 (RFC 7748) as age asks for it, under the names of the crate that it asks for.
//!
//! That crate has curve25519-dalek bring 38 kB of points that nothing compresses, age does not say that it needs none of them, and Cargo
//! knows no way to say so for it. Opening is as fast without: age asks for the public half of an identity with each letter, and here
//! it is reckoned once. Sealing pays one slower multiplication for each recipient.

use std::sync::OnceLock;

use curve25519_dalek::{EdwardsPoint, MontgomeryPoint};
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A secret that is kept.
#[derive(Clone)]
pub struct StaticSecret {
    bytes: Zeroizing<[u8; 32]>,
    public: OnceLock<PublicKey>,
}

/// A secret that serves once.
pub struct EphemeralSecret(StaticSecret);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey(MontgomeryPoint);

/// What two keys have in common.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SharedSecret([u8; 32]);

impl StaticSecret {
    pub fn random_from_rng(mut random: impl RngCore + CryptoRng) -> StaticSecret {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill_bytes(&mut *bytes);
        StaticSecret::from(*bytes)
    }

    pub fn diffie_hellman(&self, theirs: &PublicKey) -> SharedSecret {
        SharedSecret(theirs.0.mul_clamped(*self.bytes).to_bytes())
    }

    pub fn to_bytes(&self) -> [u8; 32] {
        *self.bytes
    }
}

impl From<[u8; 32]> for StaticSecret {
    fn from(bytes: [u8; 32]) -> StaticSecret {
        StaticSecret {
            bytes: Zeroizing::new(bytes),
            public: OnceLock::new(),
        }
    }
}

impl EphemeralSecret {
    pub fn random_from_rng(random: impl RngCore + CryptoRng) -> EphemeralSecret {
        EphemeralSecret(StaticSecret::random_from_rng(random))
    }

    pub fn diffie_hellman(self, theirs: &PublicKey) -> SharedSecret {
        self.0.diffie_hellman(theirs)
    }
}

impl PublicKey {
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl From<[u8; 32]> for PublicKey {
    fn from(bytes: [u8; 32]) -> PublicKey {
        PublicKey(MontgomeryPoint(bytes))
    }
}

impl From<&StaticSecret> for PublicKey {
    fn from(secret: &StaticSecret) -> PublicKey {
        let reckoned = || PublicKey(EdwardsPoint::mul_base_clamped(*secret.bytes).to_montgomery());
        *secret.public.get_or_init(reckoned)
    }
}

impl From<&EphemeralSecret> for PublicKey {
    fn from(secret: &EphemeralSecret) -> PublicKey {
        PublicKey::from(&secret.0)
    }
}

impl SharedSecret {
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> [u8; 32] {
        let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex");
        std::array::from_fn(byte)
    }

    /// RFC 7748, §5.2: a scalar and a point.
    #[test]
    fn a_point_is_multiplied_as_in_the_specification() {
        let scalar = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
        let point = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c";
        let product = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552";
        let secret = StaticSecret::from(bytes(scalar));
        let shared = secret.diffie_hellman(&PublicKey::from(bytes(point)));
        assert_eq!(shared.as_bytes(), &bytes(product));
        assert_eq!(secret.to_bytes(), bytes(scalar));
    }

    /// RFC 7748, §6.1: Alice and Bob.
    #[test]
    fn two_people_have_one_secret_as_in_the_specification() {
        let of = |secret, public| {
            let secret = StaticSecret::from(bytes(secret));
            assert_eq!(PublicKey::from(&secret).as_bytes(), &bytes(public));
            secret
        };
        let alice = of(
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        );
        let bob = of(
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        );
        let both = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        for (one, other) in [(&alice, &bob), (&bob, &alice)] {
            let shared = one.diffie_hellman(&PublicKey::from(other));
            assert_eq!(shared.as_bytes(), &bytes(both));
        }
    }

    #[test]
    fn two_secrets_by_chance_differ_and_agree_on_one() {
        let random = rand_core::OsRng;
        let (once, kept) = (
            EphemeralSecret::random_from_rng(random),
            StaticSecret::random_from_rng(random),
        );
        let theirs = PublicKey::from(&once);
        assert_ne!(theirs, PublicKey::from(&kept));
        let shared = once.diffie_hellman(&PublicKey::from(&kept));
        assert_eq!(shared.as_bytes(), kept.diffie_hellman(&theirs).as_bytes());
    }
}

//! Boxes under a key that several people share: cards under a mission's key, an invite's secret under its code.
//!
//! A box is `1 ‖ nonce (24 bytes) ‖ XChaCha20-Poly1305`, under HKDF-SHA256(key, `vigie box v1 ‖ 0 ‖ purpose`). A box made
//! for one purpose does not open for another.

use vigie_model::Random;

use crate::{
    derive::derive,
    vault::{decrypt, encrypt, framed, unframed},
};

/// The box was closed with another key or for another purpose, or is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the box does not open")]
pub struct DoesNotOpen;

/// Closes a box.
pub fn seal_box(key: &[u8; 32], purpose: &str, plain: &[u8], random: &mut impl Random) -> Vec<u8> {
    let mut nonce = [0; 24];
    random.fill(&mut nonce);
    let purpose = associated(purpose);
    framed(
        &nonce,
        &encrypt(&derive(key, &purpose), &nonce, &purpose, plain),
    )
}

/// Opens a box.
pub fn open_box(key: &[u8; 32], purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
    let (nonce, sealed) = unframed(sealed).ok_or(DoesNotOpen)?;
    let purpose = associated(purpose);
    decrypt(&derive(key, &purpose), nonce, &purpose, sealed).ok_or(DoesNotOpen)
}

fn associated(purpose: &str) -> Vec<u8> {
    [b"vigie box v1\0", purpose.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_box_opens_with_its_key_for_its_purpose_and_unchanged(key: [u8; 32], nonce: u8, plain: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
            let sealed = seal_box(&key, "card", &plain, &mut |bytes: &mut [u8]| bytes.fill(nonce));
            prop_assert_eq!(open_box(&key, "card", &sealed), Ok(plain));
            prop_assert_eq!(open_box(&key, "name", &sealed), Err(DoesNotOpen));
            let mut other = key;
            other[at.index(32)] ^= 1 << bit;
            prop_assert_eq!(open_box(&other, "card", &sealed), Err(DoesNotOpen));
            let mut changed = sealed.clone();
            changed[at.index(sealed.len())] ^= 1 << bit;
            prop_assert_eq!(open_box(&key, "card", &changed), Err(DoesNotOpen));
            prop_assert_eq!(open_box(&key, "card", &sealed[..at.index(sealed.len())]), Err(DoesNotOpen));
        }
    }
}

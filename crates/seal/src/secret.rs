//! Boxes under a key that several people share: cards under a mission's key, an invite's secret under its code.
//!
//! A box is `1 ‖ nonce (24 bytes) ‖ XChaCha20-Poly1305`, under HKDF-SHA256(key, `vigie box v1 ‖ 0 ‖ purpose`). A box made
//! for one purpose does not open for another.
//!
//! A padded box is `2 ‖ nonce ‖ …`, under `vigie box v2 ‖ 0 ‖ purpose`, around `plain ‖ 0x80 ‖ zeros`: for bytes that can't
//! be made longer without being changed.

use vigie_model::Random;
use zeroize::Zeroizing;

use crate::{
    derive::derive,
    pad::padded_len,
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
    let purpose = associated(PLAIN, purpose);
    framed(
        PLAIN,
        &nonce,
        &encrypt(&derive(key, &purpose), &nonce, &purpose, plain),
    )
}

/// Closes a box of a padded length around any bytes.
pub fn seal_padded_box(
    key: &[u8; 32],
    purpose: &str,
    plain: &[u8],
    random: &mut impl Random,
) -> Vec<u8> {
    let length = padded_len(plain.len() + 1);
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(plain);
    padded.push(END);
    padded.resize(length, 0);
    let mut nonce = [0; 24];
    random.fill(&mut nonce);
    let purpose = associated(PADDED, purpose);
    framed(
        PADDED,
        &nonce,
        &encrypt(&derive(key, &purpose), &nonce, &purpose, &padded),
    )
}

/// Opens a box, padded or not.
pub fn open_box(key: &[u8; 32], purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
    let (version, nonce, sealed) = unframed(sealed).ok_or(DoesNotOpen)?;
    if version != PLAIN && version != PADDED {
        return Err(DoesNotOpen);
    }
    let purpose = associated(version, purpose);
    let mut plain = decrypt(&derive(key, &purpose), nonce, &purpose, sealed).ok_or(DoesNotOpen)?;
    if version == PADDED {
        let end = plain.iter().rposition(|byte| *byte != 0);
        let end = end.filter(|end| plain.get(*end) == Some(&END));
        plain.truncate(end.ok_or(DoesNotOpen)?);
    }
    Ok(plain)
}

/// The two kinds of box, by their first byte.
const PLAIN: u8 = 1;
const PADDED: u8 = 2;
/// Ends what is in a padded box.
const END: u8 = 0x80;

fn associated(version: u8, purpose: &str) -> Vec<u8> {
    [
        format!("vigie box v{version}\0").as_bytes(),
        purpose.as_bytes(),
    ]
    .concat()
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

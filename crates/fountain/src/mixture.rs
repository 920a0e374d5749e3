//! Which parts a text is the sum of.

use sha2::{Digest, Sha256};

use crate::{MOST_PARTS, Transfer};

const WORDS: usize = MOST_PARTS / 64;

/// A set of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mixture([u64; WORDS]);

impl Mixture {
    /// Those of the text with this number: alone as long as it is one of the first, else about half of all, by the bits of a
    /// hash.
    pub fn of(transfer: &Transfer, number: u32, parts: usize) -> Mixture {
        let mut mixture = Mixture([0; WORDS]);
        let number_of = usize::try_from(number).unwrap_or(usize::MAX);
        if number_of < parts {
            mixture.put(number_of);
            return mixture;
        }
        for (block, first) in (0..parts).step_by(256).enumerate() {
            let mut hash = Sha256::new_with_prefix(transfer);
            hash.update(number.to_be_bytes());
            hash.update([block as u8]);
            let bits = hash.finalize();
            for part in first..parts.min(first + 256) {
                let at = part - first;
                if bits[at / 8] & (0x80 >> (at % 8)) != 0 {
                    mixture.put(part);
                }
            }
        }
        if mixture.first().is_none() {
            mixture.put(number_of % parts);
        }
        mixture
    }

    fn put(&mut self, part: usize) {
        self.0[part / 64] |= 1 << (part % 64);
    }

    pub fn has(&self, part: usize) -> bool {
        self.0[part / 64] & (1 << (part % 64)) != 0
    }

    /// The first of its parts; none of the empty set.
    pub fn first(&self) -> Option<usize> {
        let at = self.0.iter().position(|word| *word != 0)?;
        Some(at * 64 + self.0[at].trailing_zeros() as usize)
    }

    /// Takes out what both have, and in what only the other has.
    pub fn add(&mut self, other: &Mixture) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word ^= other;
        }
    }
}

/// Adds bytes to bytes, bit by bit without carry.
pub fn add(sum: &mut [u8], other: &[u8]) {
    for (byte, other) in sum.iter_mut().zip(other) {
        *byte ^= other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_parts_whatever_its_number() {
        for parts in [1, 2, 3, 255, 256, 257, MOST_PARTS] {
            for number in (0..2_000).chain([u32::MAX]) {
                let mixture = Mixture::of(b"transfer", number, parts);
                let first = mixture.first().expect("some part");
                assert!(first < parts && mixture.has(first));
                assert!((parts..MOST_PARTS).all(|beyond| !mixture.has(beyond)));
            }
        }
    }
}

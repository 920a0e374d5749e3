//! What is shown.

use sha2::{Digest, Sha256};

use crate::{
    DIGEST, Frame, LIMIT, MOST_PARTS, PART_BYTES, Transfer,
    mixture::{self, Mixture},
    parts,
};

/// It would take too long to hold still for: save a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are too many to be shown")]
pub struct TooLarge(pub usize);

/// A content, cut into parts.
#[derive(Debug, Clone)]
pub struct Shown {
    transfer: Transfer,
    length: u32,
    parts: Vec<Vec<u8>>,
}

impl Shown {
    /// Cuts `content` into parts of `part` bytes, the last filled up with zeros.
    pub fn new(content: &[u8], part: usize) -> Result<Shown, TooLarge> {
        let too_large = TooLarge(content.len());
        if content.len() > LIMIT
            || !PART_BYTES.contains(&part)
            || parts(content.len(), part) > MOST_PARTS
        {
            return Err(too_large);
        }
        let digest: [u8; DIGEST] = Sha256::digest(content).into();
        let whole = [&digest, content].concat();
        let parts = whole.chunks(part).map(|bytes| {
            let mut filled = bytes.to_vec();
            filled.resize(part, 0);
            filled
        });
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Ok(Shown {
            transfer: [a, b, c, d, e, f, g, h],
            length: u32::try_from(content.len()).map_err(|_| too_large)?,
            parts: parts.collect(),
        })
    }

    pub fn transfer(&self) -> Transfer {
        self.transfer
    }

    /// So many texts at least give the content back.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The text with this number.
    pub fn text(&self, number: u32) -> String {
        let mixture = Mixture::of(&self.transfer, number, self.parts.len());
        let mut sum = vec![0; self.parts.first().map_or(0, Vec::len)];
        for (_, bytes) in self
            .parts
            .iter()
            .enumerate()
            .filter(|(part, _)| mixture.has(*part))
        {
            mixture::add(&mut sum, bytes);
        }
        let frame = Frame {
            transfer: self.transfer,
            length: self.length,
            number,
            sum,
        };
        frame.to_text()
    }
}

//! The hash by which sealed bytes are named.

use sha2::{Digest, Sha256};
use vigie_exchange::api::Hex;

pub fn sha256(bytes: &[u8]) -> Hex<32> {
    Hex(Sha256::digest(bytes).into())
}

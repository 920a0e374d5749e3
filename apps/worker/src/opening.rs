//! Opening what others of the mission wrote comes behind what a first note needs, as filling does ([`crate::filling`]).

use vigie_seal::envelope::{self, Open};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// What opens; fails when it is neither here nor to be had, and may be asked again.
#[wasm_split(rest, fallible)]
pub fn opener() -> Result<Open, SplitLoaderError> {
    Ok(envelope::open)
}

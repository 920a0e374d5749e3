//! An answer that goes on, as her page knows it.

use vigie_model::Random;
use vigie_seal::DraftCode;

/// Where the server keeps an answer that goes on.
pub struct Draft {
    pub code: DraftCode,
    /// The greatest revision that was asked to be kept, or was read.
    pub rev: u32,
}

impl Draft {
    pub fn new(random: &mut impl Random) -> Draft {
        Draft {
            code: DraftCode::random(random),
            rev: 0,
        }
    }

    pub fn code(&self) -> String {
        self.code.to_string()
    }
}

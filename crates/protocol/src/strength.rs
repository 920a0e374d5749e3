//! The passphrase judge, loaded on the passphrase screen only.

use serde::{Deserialize, Serialize};

use crate::question::questions;

questions! {
    /// What is asked of the judge.
    pub enum StrengthQuestion;

    Read Judge { passphrase: String } -> Strength;
}

/// zxcvbn's judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (very strong).
    pub score: u8,
    /// log10 of the number of guesses.
    pub guesses_log10: f64,
}

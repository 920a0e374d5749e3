//! Text that is read: what a sender wrote, and what this server wrote down.

use std::str::FromStr;

use crate::error::ApiError;

/// Reads what a sender wrote, or says in our words that it can't be read.
pub fn read<T: FromStr>(text: &str, otherwise: &'static str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::Malformed(otherwise))
}

/// Reads back what this server wrote.
pub fn read_back<T: FromStr>(text: &str, what: &'static str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::Damaged(what))
}

/// Reads back a number that is never negative.
pub fn count<T: TryFrom<i64>>(n: i64, what: &'static str) -> Result<T, ApiError> {
    T::try_from(n).map_err(|_| ApiError::Damaged(what))
}

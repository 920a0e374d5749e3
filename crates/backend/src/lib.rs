//! The worker's brain: one `Backend` behind typed questions and answers.
pub mod protocol;

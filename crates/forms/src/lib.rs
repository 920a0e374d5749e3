//! Questionnaires: what they are, and the live session of someone answering one.

#[cfg(feature = "xlsform")]
pub mod xlsform;

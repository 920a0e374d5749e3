//! What an office does with the questionnaires it keeps, before anybody answers them.
//!
//! - [`import`]: a file of any kind into a form, or the list of all that is wrong with it.
//! - [`languages`]: how complete each language is, and what it lacks.
//! - [`compare`]: what differs between two versions, and which answers given so far that touches.
//! - [`paper`]: a form as a sheet to write on, conditions in words.
//!
//! All of it reads the form as data; no session is run. Nothing here is called on a phone.

pub mod compare;
pub mod condition;
#[cfg(feature = "xlsform")]
pub mod import;
pub mod languages;
pub mod paper;
pub mod words;

#[cfg(all(test, feature = "xform"))]
mod samples;

pub use compare::{Change, Comparison, What, compare};
pub use condition::{Asked, Condition, Order, Told};
pub use languages::{Completeness, MissingText, languages};
pub use paper::{Item, ItemKind, Paper, paper};

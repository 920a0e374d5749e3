//! What the office does, in the browser and on the command line alike.
//!
//! - [`keys`]: the office's keys and the text file they are kept in.
//! - [`mission`]: a new mission, its card, its invites.
//! - [`docs`]: what one desk of the office must know of what another did, sealed for the office itself.
//! - [`due`]: what a desk wrote, and the server may not have yet.
//! - [`invites`]: invites made in one go.
//! - [`closing`]: a mission that is over.
//! - [`links`]: how partner links stand, and how many answers came by each.
//! - [`fetch`]: what is fetched at once, and what is made of an answer that did not come.
//! - [`registry`]: which devices take part in which mission, by enrolments whose proof was checked.
//! - [`import`]: a sealed bundle opened, checked and merged, or put in quarantine with the reason.
//! - [`purge`]: what is erased for good, and its proof.
//! - [`readers`], [`shares`]: a mission that several offices read.
//! - [`team`]: what a mission's people are given of what came from each other.
//! - [`turning`]: a mission's key, and how it turns once a device was removed.
//! - [`receipts`]: the office's word that a bundle arrived.
//! - [`entries`]: the table of what came, its filter and search, one entry with its history and conflicts.
//! - [`export`]: JSON, CSV with a codebook, and the archive that holds them.
//!
//! Nothing here reads a file, a clock or the network. What comes from outside may be anything: it gives a typed refusal,
//! never a panic, and never stops what comes after it.

pub mod closing;
pub mod device;
pub mod docs;
pub mod due;
pub mod entries;
pub mod export;
pub mod fetch;
pub mod import;
pub mod invites;
pub mod keys;
pub mod links;
pub mod mission;
pub mod purge;
pub mod questions;
pub mod readers;
pub mod receipts;
pub mod registry;
pub mod shares;
pub mod team;
pub mod turning;

pub use docs::OfficeDoc;
pub use import::{Opened, Seen, Verdict};
pub use keys::OfficeKeys;
pub use registry::Registry;

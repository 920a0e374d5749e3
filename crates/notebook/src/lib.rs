//! One person's device: a [`Notebook`] behind typed questions and answers.
//!
//! It owns keys, journal, storage and exchange, and touches none of them itself: a [`Host`] gives time, chance, a store
//! and a network, so the same notebook runs in a browser's worker and in a native test. [`vigie_protocol`] is the whole
//! surface for the interface; [`answers`] says what answers each question. An office's desk is `vigie_desk`, around a
//! notebook.
//!
//! - The door: [`door`] makes, opens, locks and destroys.
//! - What is in memory, and the rows it is made of: [`memory`], below everything that works on it.
//! - Entries: [`listing`] lists, [`search`] finds, [`drafts`] keeps what is being typed, [`records`] finishes it,
//!   [`responses`] runs questionnaires.
//! - The way to the office: [`join`], [`sending`]; and between delegates: [`team`].
//!
//! At rest every row is sealed but `meta/vault` (a wrapped key), `meta/door` (delays after wrong passphrases) and
//! `meta/format`. A change is *saved* when the store's commit has come back, not before; memory follows the store, never
//! the other way round, except for what a person typed, which stays in memory until it is saved.

mod answers;
mod door;
mod drafts;
mod export;
mod host;
mod join;
mod listing;
mod media;
pub mod memory;
mod notebook;
mod purges;
mod records;
mod renew;
mod responses;
mod search;
mod sending;
pub mod tar;
mod team;

pub use host::{Host, KdfCost};
pub use notebook::{Notebook, Tx};
pub use records::version;
pub use responses::attached_file;
pub use vigie_partner::{World, error};
use vigie_protocol as protocol;

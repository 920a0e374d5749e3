//! The office at its desk: a [`Desk`] around a notebook, behind typed questions and answers. The same vault, with the office's keys inside, and everything that came to it in memory.
//!
//! Rows: `forms/doc.…` the office's documents (missions, invites, questionnaires), `records/enrol.…` what the server said of enrolments,
//! `ops/…` one row per accepted bundle, `bundles/…` the inbox, `meta/due` what the server is to be told; `blobs/`: `q.…` the
//! sealed bytes of what is in quarantine, `paper.…` of documents on their way, `own.…` of what this desk
//! wrote, `unread.…` of
//! documents that did not open. An import writes one row per bundle, not one per change: ten thousand changes are a few dozen
//! rows. A row that can't be read is named in `OpenDesk::damaged`, kept and passed over; what the server has of it is fetched
//! again.

mod answers;
mod desk;
mod entries;
mod fetch;
mod import;
mod in_open;
mod invites;
mod keys;
mod library;
mod links;
mod load;
mod memory;
mod missions;
mod own;
mod papers;
mod preview;
mod purges;
mod receipts;

pub use desk::Desk;

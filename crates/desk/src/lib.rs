//! An office's device: a [`Desk`] around a notebook, behind typed questions and answers. Its vault holds the office's keys, and while it
//! is open, all that came to the office is in memory, but for the content of attached files.
//!
//! Its rows, beside a notebook's:
//! - `forms/doc.…`: the office's documents (missions, invites, questionnaires);
//! - `records/enrol.…`: what the server said of enrolments; `records/member.…`: what devices said is sealed for them;
//! - `ops/…`: one for each accepted bundle, and not one for each change: ten thousand changes are a few dozen rows;
//! - `bundles/…`: the inbox;
//! - `meta/due`: what the server is to be told; `meta/receipts`: the receipts among it;
//! - `blobs/q.…`: the sealed bytes of what is in quarantine; `paper.…`: of documents on their way; `own.…`: of what this desk wrote;
//!   `unread.…`: of documents that did not open.
//!
//! A row that can't be read is named in `OpenDesk::damaged`, kept and passed over; what the server has of it is fetched again.

mod answers;
mod desk;
mod entries;
mod exports;
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
mod shares;
mod views;

pub use desk::Desk;

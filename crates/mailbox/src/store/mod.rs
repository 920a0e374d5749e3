//! What a mailbox keeps in its database: the contract by which every endpoint reads and writes.
//!
//! A method is one operation of the domain, and one transaction: done whole and durable when it answers, or not done.
//! What it decides (an invite that is used up, a revision that is stale) it decides within that transaction, so that any
//! number of servers may ask at once. No endpoint holds a statement.
//!
//! There are two stores, SQLite and PostgreSQL, and one text of each operation: the statements are the same for both.
//! [`database`] says what is common, [`sqlite`] and [`postgres`] how each is opened, kept durable, and written by one
//! transaction at a time. The tests of this crate run on both.

mod bundles;
mod cards;
mod carrying;
mod checking;
mod copying;
pub mod database;
mod devices;
mod docs;
mod drafts;
mod enrolments;
mod epoch;
mod failure;
mod feed;
mod files;
mod giving;
mod invites;
mod keeper;
mod letter;
mod letters;
mod links;
mod migrations;
mod moving;
mod numbers;
mod office_id;
mod offices;
mod opening;
mod postgres;
mod put;
mod receipts;
mod requests;
mod room;
mod shares;
mod sqlite;
mod tables;
mod team;

pub use checking::Moment;
pub use copying::{NotEmpty, Restoring, copy_database, copy_file, offices_of, renew_file};
pub use devices::Place;
pub use drafts::PutDraft;
pub use failure::OpenError;
pub use keeper::Store;
pub use letter::Letter;
pub use moving::{MoveError, Rows};
pub use office_id::OfficeId;
pub use offices::{Hosted, Terms};
pub use put::Put;
pub use team::TeamLetter;

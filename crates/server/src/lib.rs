//! The mailbox server and the office's command line.
//!
//! The server stores sealed bytes, sizes and times; it holds no key that opens them, and its log names nobody. Start
//! reading at [`serve`], then [`signed`] (who asks), then any resource: a module holds its routes and its queries.
//! [`command`] is the `vigie` program; [`demo`] fills a server with invented entries.

pub mod app;
mod bundles;
mod cards;
pub mod command;
pub mod demo;
mod devices;
mod docs;
mod enrol;
mod epoch;
pub mod error;
mod feed;
mod gate;
mod health;
mod invites;
pub mod limits;
mod line;
pub mod log;
pub mod mailbox;
mod objects;
mod office;
mod pace;
mod receipts;
pub mod serve;
mod signed;
mod state;

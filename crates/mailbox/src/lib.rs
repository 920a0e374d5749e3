//! The server: a mailbox for what it can't read.
//!
//! It stores sealed bytes, sizes and times; it holds no key that opens them, links nothing that could, and its log names
//! nobody. Start reading at [`serve`], then [`signed`] (who asks), then any resource: a module holds its routes, and [`store`]
//! what they ask of the database.

pub mod app;
pub mod backup;
pub mod bucket;
mod bundles;
mod cards;
pub mod checking;
pub mod clock;
mod copy_error;
mod copying;
mod device;
mod devices;
mod docs;
mod drafts;
mod enrol;
pub mod epoch;
pub mod error;
mod feed;
mod files;
mod folder;
mod gate;
mod hash;
mod health;
pub mod hosting;
mod invites;
pub mod limits;
mod line;
pub mod log;
pub mod mailbox;
mod measures;
pub mod moving;
mod objects;
mod office;
mod pace;
mod places;
mod reading;
mod receipts;
pub mod restoring;
pub mod serve;
mod shares;
mod shelf;
mod signed;
mod state;
mod store;
mod team;
pub mod tls;

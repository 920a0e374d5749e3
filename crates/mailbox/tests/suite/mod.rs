//! What a mailbox does, wherever it keeps what it is given: each programme of tests beside this folder gives it another
//! ground to stand on.

mod abuse;
mod app;
pub mod backed_up;
mod checked;
mod drafts;
mod endpoints;
pub mod faults;
mod limits;
mod missions;
pub mod offices;
mod restored;
mod team;
mod together;
mod uploads;

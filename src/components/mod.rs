//! Parts of pages. They show what they are given and call back; none of them asks the worker.

pub mod add;
pub mod attached;
pub mod banner;
pub mod choose;
pub mod confirm;
pub mod conflict;
pub mod dialog;
pub mod entry;
#[cfg(feature = "desk")]
pub mod facts;
pub mod field;
pub mod folded;
pub mod frame;
pub mod hold;
pub mod icon;
pub mod languages;
pub mod mark;
pub mod notice;
pub mod question;
pub mod save_state;
pub mod state_word;
pub mod strip;
pub mod themes;
pub mod versions;

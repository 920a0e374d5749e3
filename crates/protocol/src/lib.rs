//! What a page may ask, each question with the type of its answer and the lane it is answered in; no logic.
//!
//! A question is a struct, written in one line of `questions!` beside the types it speaks of: [`door`], [`notebook`],
//! [`filling`], [`link`], [`sending`]; what only an office asks is in [`desk`] and [`library`], and a notebook's worker answers it with the feature `desk`. A page asks with it and is given
//! its answer; whoever answers implements [`Answers`] for it, and an answer of another type does not compile. All travel
//! as [`codec`] says. A page knows nothing else of keys, journal, storage or exchange.

pub mod codec;
pub mod desk;
pub mod door;
pub mod filling;
pub mod library;
pub mod link;
pub mod notebook;
pub mod sending;
pub mod strength;
pub mod workbooks;

mod event;
mod failure;
mod question;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use {
    desk::*, door::*, event::*, failure::*, filling::*, library::*, link::*, notebook::*,
    question::*, sending::*, strength::*, workbooks::*,
};

/// Milliseconds since 1970, UTC.
pub type Millis = i64;
/// Field name → value; `null` clears the field.
pub type Fields = BTreeMap<String, Value>;

/// A file, to save or to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    pub name: String,
    pub mime: String,
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl File {
    pub fn new(name: impl Into<String>, mime: impl Into<String>, bytes: Vec<u8>) -> File {
        File {
            name: name.into(),
            mime: mime.into(),
            bytes,
        }
    }
}

/// All that the notebook's worker is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    Door(DoorQuestion),
    Notebook(NotebookQuestion),
    Filling(FillingQuestion),
    Link(LinkQuestion),
    Sending(SendingQuestion),
    #[cfg(feature = "desk")]
    Desk(DeskQuestion),
    #[cfg(feature = "desk")]
    Library(LibraryQuestion),
}

impl Request {
    pub fn of<Q: Question<Family: Into<Request>>>(question: Q) -> Request {
        let family: Q::Family = question.into();
        family.into()
    }

    pub fn lane(&self) -> Lane {
        match self {
            Request::Door(question) => question.lane(),
            Request::Notebook(question) => question.lane(),
            Request::Filling(question) => question.lane(),
            Request::Link(question) => question.lane(),
            Request::Sending(question) => question.lane(),
            #[cfg(feature = "desk")]
            Request::Desk(question) => question.lane(),
            #[cfg(feature = "desk")]
            Request::Library(question) => question.lane(),
        }
    }
}

macro_rules! family {
    ($family:ident, $variant:ident) => {
        impl From<$family> for Request {
            fn from(question: $family) -> Request {
                Request::$variant(question)
            }
        }
    };
}
family!(DoorQuestion, Door);
family!(NotebookQuestion, Notebook);
family!(FillingQuestion, Filling);
family!(LinkQuestion, Link);
family!(SendingQuestion, Sending);
#[cfg(feature = "desk")]
family!(DeskQuestion, Desk);
#[cfg(feature = "desk")]
family!(LibraryQuestion, Library);

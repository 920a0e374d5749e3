//! What a page may ask, each question with the type of its answer and the lane it is answered in; no logic.
//!
//! A question is a struct, written in one line of `questions!` beside the types it speaks of: [`door`], [`notebook`],
//! [`filling`], [`link`], [`sending`]; what only an office asks is in [`desk`] and [`library`], and a phone's worker knows nothing
//! of it ([`Request`], [`DeskRequest`]). A page asks with it and is given its answer; whoever answers implements [`Answers`] for it, and an answer of another type does not compile. All travel
//! as [`codec`] says. A page knows nothing else of keys, journal, storage or exchange.

pub mod codec;
pub mod codes;
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

pub use codes::*;
pub use desk::*;
pub use door::*;
pub use event::*;
pub use failure::*;
pub use filling::*;
pub use library::*;
pub use link::*;
pub use notebook::*;
pub use question::*;
pub use sending::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
pub use strength::*;
pub use workbooks::*;

/// The database in which a worker keeps what is sealed, and which a page looks for.
pub const DATABASE: &str = "vigie";

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

/// All that a phone's worker is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    Door(DoorQuestion),
    Notebook(NotebookQuestion),
    Filling(FillingQuestion),
    Link(LinkQuestion),
    Waiting(WaitingQuestion),
    Sending(SendingQuestion),
}

/// All that a desk's worker is asked: what a phone's is, and what only an office asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DeskRequest {
    Notebook(Request),
    Desk(DeskQuestion),
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
            Request::Waiting(question) => question.lane(),
            Request::Sending(question) => question.lane(),
        }
    }

    /// What a phone's worker answers of it: all.
    pub fn notebooks(&self) -> Option<&Request> {
        Some(self)
    }
}

impl DeskRequest {
    pub fn of<Q: Question<Family: Into<DeskRequest>>>(question: Q) -> DeskRequest {
        let family: Q::Family = question.into();
        family.into()
    }

    pub fn lane(&self) -> Lane {
        match self {
            DeskRequest::Notebook(request) => request.lane(),
            DeskRequest::Desk(question) => question.lane(),
            DeskRequest::Library(question) => question.lane(),
        }
    }

    /// What a phone's worker answers of it.
    pub fn notebooks(&self) -> Option<&Request> {
        match self {
            DeskRequest::Notebook(request) => Some(request),
            DeskRequest::Desk(_) | DeskRequest::Library(_) => None,
        }
    }
}

macro_rules! family {
    ($family:ident in Request::$variant:ident) => {
        impl From<$family> for Request {
            fn from(question: $family) -> Request {
                Request::$variant(question)
            }
        }

        impl From<$family> for DeskRequest {
            fn from(question: $family) -> DeskRequest {
                DeskRequest::Notebook(question.into())
            }
        }
    };
    ($family:ident in DeskRequest::$variant:ident) => {
        impl From<$family> for DeskRequest {
            fn from(question: $family) -> DeskRequest {
                DeskRequest::$variant(question)
            }
        }
    };
}
family!(DoorQuestion in Request::Door);
family!(NotebookQuestion in Request::Notebook);
family!(FillingQuestion in Request::Filling);
family!(LinkQuestion in Request::Link);
family!(WaitingQuestion in Request::Waiting);
family!(SendingQuestion in Request::Sending);
family!(DeskQuestion in DeskRequest::Desk);
family!(LibraryQuestion in DeskRequest::Library);

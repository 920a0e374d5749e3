//! Expressions: XPath 1.0 with the functions of ODK XForms, read once and evaluated over arenas.
//!
//! Start at [`read`] and [`World`]. Sources: XPath 1.0 (W3C, 1999); ODK XForms specification; where the specification
//! is silent, what JavaRosa does, as recorded by the public test suites of ODK and Enketo.

pub mod ast;
pub mod date;
mod eval;
mod functions;
mod geo;
mod lexer;
mod maths;
pub mod names;
mod parser;
mod paths;
mod pattern;
mod rare;
mod texts;
pub mod tree;
mod value;

pub use ast::{Expr, Function};
pub use eval::{At, Host, Indexes, Now, World};
pub(crate) use geo::point as read_point;
pub use lexer::is_name_part;
pub use names::{Names, Prefixes, Sym};
pub use parser::read;
pub(crate) use pattern::is_pattern;
#[cfg(feature = "behind")]
pub use rare::put_rare;
pub use tree::{Kind, NONE, Tree};
pub use value::{NodeRef, Value, number_text, text_number};

/// Why an expression can't be read, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at character {at})")]
pub struct ReadError {
    /// What is wrong.
    pub reason: &'static str,
    /// Where, in bytes from the start of the expression.
    pub at: usize,
}

impl ReadError {
    pub(crate) fn new(reason: &'static str, at: usize) -> ReadError {
        ReadError { reason, at }
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// No function has this name.
    #[error("no function is called {0}()")]
    UnknownFunction(String),
    /// A function is given too few arguments, or too many.
    #[error("{0}() takes another number of arguments")]
    Miscalled(String),
    /// An argument is of the wrong kind.
    #[error("{0}: {1}")]
    Argument(&'static str, String),
    /// An operation wants nodes and was given another value.
    #[error("nodes expected")]
    NotNodes,
    /// An expression inside a text can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A function of few forms is not here yet.
    #[error("it comes behind")]
    Absent,
}

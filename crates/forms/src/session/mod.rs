//! The live session of someone answering a form.

mod view;

pub use view::*;

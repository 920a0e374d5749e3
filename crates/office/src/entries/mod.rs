//! The table of what came, its filter and search; one entry with its history and conflicts.

mod answers;
mod entry;
mod index;
mod row;

pub use answers::{answers, holds};
pub use entry::{Conflict, Entry, Fact, Side, conflicts, entry, facts};
pub use index::{Among, Filter, Index, Table};
pub use row::{Row, form_of, text};
pub(crate) use row::{day_of, row};

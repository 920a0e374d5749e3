//! Sheets of typed cells, and the workbook that spreadsheets open.
//!
//! Whoever knows what was answered (the office) fills a [`Book`]; whoever makes the file writes it ([`xlsx`]). At the desk
//! these are two modules, because writing workbooks is more code than a desk should load before somebody exports; so a
//! book is data, and travels. On the command line it is one programme.

mod book;
#[cfg(feature = "xlsx")]
mod xlsx;

pub use book::{Book, CELL_LENGTH, CUT, Cell, Column, NAME_LENGTH, Sheet, sheet_name, within_cell};
#[cfg(feature = "xlsx")]
pub use xlsx::{TooLarge, xlsx};

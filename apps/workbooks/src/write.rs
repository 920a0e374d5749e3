//! A workbook, of what the desk filled it with.

use vigie_protocol::{Failure, File, codec::decode};
use vigie_sheets::{Book, xlsx};

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn workbook(name: String, book: &[u8]) -> Result<File, Failure> {
    let book: Book = decode(book)?;
    let bytes = xlsx(&book).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(File::new(name, WORKBOOK, bytes))
}

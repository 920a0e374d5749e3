//! Workbooks as plain text: sheets of rows of cells, read from .xlsx and .xls within stated limits.
//!
//! A workbook comes from anywhere. An .xlsx is a zip, so that a few kilobytes may unpack to gigabytes, and one cell in
//! the last corner of a sheet may ask for billions of empty ones: the zip is unpacked once into nothing, with a limit,
//! before calamine sees it, and cells are taken one by one, never as a rectangle.

use super::extent::{CELLS_LIMIT, Refusal, XLS_LIMIT, damaged, number, within_limit};
use super::problem::{Kind, Problem, Severity};
use calamine::{Data, DataRef, ExcelDateTime, Reader, Xls, Xlsx};
use std::io::{Cursor, Read};

/// The most bytes that a workbook may unpack to: 64 MiB.
pub const UNPACKED_LIMIT: u64 = 64 << 20;
/// The most rows of a sheet that are read: 200,000.
pub const ROW_LIMIT: u32 = 200_000;
/// The most columns of a sheet that are read: 1,024.
pub const COLUMN_LIMIT: u32 = 1_024;

/// The sheets of a workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// In the workbook's order.
    pub sheets: Vec<Sheet>,
}

/// One sheet: its header is the first row. Rows may be of different lengths; an empty cell is an empty string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// As written.
    pub name: String,
    /// The first is row 1.
    pub rows: Vec<Vec<String>>,
}

/// Reads an .xlsx or .xls file.
///
/// # Errors
/// The one reason why nothing of the file can be used: not a workbook, damaged, or beyond [`UNPACKED_LIMIT`],
/// [`ROW_LIMIT`], [`COLUMN_LIMIT`], [`CELLS_LIMIT`] or [`XLS_LIMIT`].
pub fn read(bytes: &[u8]) -> Result<Workbook, Box<Problem>> {
    let read = if bytes.starts_with(b"PK") {
        unpacks_within_limit(bytes).and_then(|()| guarded(|| xlsx(bytes)))
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        guarded(|| xls(bytes))
    } else {
        Err((Kind::NotAWorkbook, String::new()))
    };
    read.map_err(|(kind, sheet)| {
        Box::new(Problem {
            severity: Severity::Error,
            kind,
            sheet,
            row: 0,
            column: String::new(),
            cell: String::new(),
        })
    })
}

/// calamine reckons with what a damaged file says (the column of a cell named `ZZZZZZZZ1`) and may panic over it where
/// overflow is checked: that is a damaged file, and no reason to stop.
fn guarded(read: impl FnOnce() -> Result<Workbook, Refusal>) -> Result<Workbook, Refusal> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(damaged("what it says of itself does not add up")))
}

fn xlsx(bytes: &[u8]) -> Result<Workbook, Refusal> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let (mut workbook, mut room) = (Workbook::default(), CELLS_LIMIT);
    for name in book.sheet_names() {
        let mut sheet = Sheet {
            name: name.clone(),
            rows: Vec::new(),
        };
        // A chart sheet has no cells to read; a form has no use for it.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (row, column) = cell.get_position();
            let text = match cell.get_value() {
                DataRef::Empty => continue,
                DataRef::String(text) => text.clone(),
                DataRef::SharedString(text) => (*text).to_string(),
                DataRef::Int(number) => number.to_string(),
                DataRef::Float(number) => number_text(*number),
                DataRef::Bool(yes) => bool_text(*yes).into(),
                DataRef::DateTime(when) => date_text(when),
                DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
                DataRef::Error(error) => error.to_string(),
            };
            place(&mut sheet, &mut room, row, column, text)?;
        }
        workbook.sheets.push(sheet);
    }
    Ok(workbook)
}

fn xls(bytes: &[u8]) -> Result<Workbook, Refusal> {
    if bytes.len() as u64 > XLS_LIMIT {
        return Err((Kind::TooLarge(XLS_LIMIT), String::new()));
    }
    let bytes = within_limit(bytes)?;
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(damaged)?;
    let (mut workbook, mut room) = (Workbook::default(), CELLS_LIMIT);
    for name in book.sheet_names() {
        let mut sheet = Sheet {
            name: name.clone(),
            rows: Vec::new(),
        };
        let range = book.worksheet_range(&name).map_err(damaged)?;
        let (first_row, first_column) = range.start().unwrap_or((0, 0));
        for (row, column, value) in range.used_cells() {
            let text = match value {
                Data::Empty => continue,
                Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
                    text.clone()
                }
                Data::Int(number) => number.to_string(),
                Data::Float(number) => number_text(*number),
                Data::Bool(yes) => bool_text(*yes).into(),
                Data::DateTime(when) => date_text(when),
                Data::Error(error) => error.to_string(),
            };
            let (row, column) = (first_row + row as u32, first_column + column as u32);
            place(&mut sheet, &mut room, row, column, text)?;
        }
        workbook.sheets.push(sheet);
    }
    Ok(workbook)
}

fn place(
    sheet: &mut Sheet,
    room: &mut u64,
    row: u32,
    column: u32,
    text: String,
) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Ok(());
    }
    if row >= ROW_LIMIT {
        return Err((Kind::TooManyRows(ROW_LIMIT), sheet.name.clone()));
    }
    if column >= COLUMN_LIMIT {
        return Err((Kind::TooManyColumns(COLUMN_LIMIT), sheet.name.clone()));
    }
    let (row, column) = (row as usize, column as usize);
    if sheet.rows.len() <= row {
        sheet.rows.resize_with(row + 1, Vec::new);
    }
    let cells = &mut sheet.rows[row];
    let empty = (column + 1).saturating_sub(cells.len());
    let wanted = (text.len() + empty * size_of::<String>()) as u64;
    *room = room
        .checked_sub(wanted)
        .ok_or((Kind::TooLarge(CELLS_LIMIT), sheet.name.clone()))?;
    if empty > 0 {
        cells.resize(column + 1, String::new());
    }
    cells[column] = text.replace('\u{a0}', " ");
    Ok(())
}

/// Whole numbers without a fraction, as people typed them.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

fn bool_text(yes: bool) -> &'static str {
    if yes { "TRUE" } else { "FALSE" }
}

/// `2020-01-31`, `14:05:00`, or both with a space.
fn date_text(when: &ExcelDateTime) -> String {
    if when.is_duration() {
        return number_text(when.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = when.to_ymd_hms_milli();
    let fraction = if milli > 0 {
        format!(".{milli:03}")
    } else {
        String::new()
    };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if when.as_f64() < 1.0 {
        time
    } else if when.as_f64().fract() == 0.0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {time}")
    }
}

/// Goes through the zip's directory and unpacks each part into nothing, counting.
///
/// The directory's own sizes are not believed: a forged one is how a bomb gets past.
fn unpacks_within_limit(bytes: &[u8]) -> Result<(), Refusal> {
    let cut_short = || damaged("the zip is cut short");
    let end = bytes
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")
        .ok_or_else(cut_short)?;
    let parts = number(bytes, end + 10, 2).ok_or_else(cut_short)?;
    let mut at = number(bytes, end + 16, 4).ok_or_else(cut_short)? as usize;
    let mut total = 0;
    for _ in 0..parts {
        if bytes.get(at..at + 4) != Some(b"PK\x01\x02") {
            return Err(cut_short());
        }
        let field = |offset, size| number(bytes, at + offset, size).ok_or_else(cut_short);
        let (method, packed) = (field(10, 2)?, field(20, 4)? as usize);
        let header = field(42, 4)? as usize;
        let next = at + 46 + (field(28, 2)? + field(30, 2)? + field(32, 2)?) as usize;
        let names = number(bytes, header + 26, 2).zip(number(bytes, header + 28, 2));
        let (name, extra) = names.ok_or_else(cut_short)?;
        let start = header + 30 + (name + extra) as usize;
        let data = bytes
            .get(start..start.saturating_add(packed))
            .ok_or_else(cut_short)?;
        total += match method {
            0 => packed as u64,
            8 => {
                let mut unpacked = flate2::read::DeflateDecoder::new(data).take(UNPACKED_LIMIT + 1);
                std::io::copy(&mut unpacked, &mut std::io::sink()).map_err(damaged)?
            }
            _ => return Err(damaged("a part of the zip is packed in an unknown way")),
        };
        if total > UNPACKED_LIMIT {
            return Err((Kind::TooLarge(UNPACKED_LIMIT), String::new()));
        }
        at = next;
    }
    Ok(())
}

//! A book as the file that spreadsheets open (Office Open XML, ECMA-376).
//!
//! Every sheet has its header in sight and a filter over each column. A text is written as a text and never as a formula
//! or a link, whatever it begins with.

use rust_xlsxwriter::{
    ExcelDateTime, Format, FormatAlign, FormatBorder, Note, Workbook, Worksheet, XlsxError,
};

use crate::book::{Book, Cell, Sheet, within_cell};

/// More than a workbook can hold: 1,048,576 rows or 16,384 columns on a sheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much for a workbook: {0}")]
pub struct TooLarge(String);

impl From<XlsxError> for TooLarge {
    fn from(error: XlsxError) -> TooLarge {
        TooLarge(error.to_string())
    }
}

/// The widest that a column becomes by what is in it, in pixels.
const WIDEST: u32 = 360;

/// Spreadsheets do not count alike the days before: for some, 1900 was a leap year.
const FIRST_DAY: &str = "1900-03-01";

/// How dates and times are shown, whatever the language of the spreadsheet.
struct Shown {
    header: Format,
    day: Format,
    time: Format,
    moment: Format,
    instant: Format,
}

impl Shown {
    fn new() -> Shown {
        let number = |code: &str| Format::new().set_num_format(code);
        Shown {
            header: Format::new()
                .set_bold()
                .set_align(FormatAlign::Top)
                .set_border_bottom(FormatBorder::Thin),
            day: number("yyyy-mm-dd"),
            time: number("hh:mm:ss"),
            moment: number("yyyy-mm-dd hh:mm"),
            instant: number("yyyy-mm-dd hh:mm:ss\"Z\""),
        }
    }
}

/// The file of a book.
///
/// An error when a sheet has more rows or columns than the format can say, or two have one name.
pub fn xlsx(book: &Book) -> Result<Vec<u8>, TooLarge> {
    let shown = Shown::new();
    let mut workbook = Workbook::new();
    for sheet in &book.sheets {
        write(sheet, workbook.add_worksheet(), &shown)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn write(sheet: &Sheet, page: &mut Worksheet, shown: &Shown) -> Result<(), TooLarge> {
    page.set_name(&sheet.name)?;
    for (column, at) in sheet.columns.iter().zip(0_u16..) {
        page.write_string_with_format(0, at, within_cell(&column.name), &shown.header)?;
        if !column.note.is_empty() {
            let note = Note::new(&*first(&column.note)).add_author_prefix(false);
            page.insert_note(0, at, &note)?;
        }
    }
    for (line, row) in sheet.rows.iter().zip(1_u32..) {
        for (cell, column) in line.iter().zip(0_u16..) {
            put(page, row, column, cell, shown)?;
        }
    }
    page.set_freeze_panes(1, 0)?;
    let rows = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    let columns = u16::try_from(sheet.columns.len()).unwrap_or(u16::MAX);
    if let Some(last) = columns.checked_sub(1) {
        page.autofilter(0, 0, rows, last)?;
    }
    page.set_autofit_max_width(WIDEST).autofit();
    Ok(())
}

/// A note is a small thing beside its header.
fn first(note: &str) -> String {
    note.chars().take(1000).collect()
}

fn put(
    page: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    shown: &Shown,
) -> Result<(), TooLarge> {
    let mut dated = |text: &str, format: &Format| -> Result<(), XlsxError> {
        let is_counted = !text.contains('-') || text >= FIRST_DAY;
        match ExcelDateTime::parse_from_str(text) {
            Ok(date) if is_counted => {
                page.write_datetime_with_format(row, column, &date, format)?
            }
            // Too early, or no day of the calendar.
            _ => page.write_string(row, column, text)?,
        };
        Ok(())
    };
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            page.write_string(row, column, within_cell(text))?;
        }
        Cell::Number(number) => {
            page.write_number(row, column, *number)?;
        }
        Cell::Truth(truth) => {
            page.write_boolean(row, column, *truth)?;
        }
        Cell::Day(day) => dated(day, &shown.day)?,
        Cell::Time(time) => dated(time, &shown.time)?,
        Cell::Moment(moment) => dated(moment, &shown.moment)?,
        Cell::Instant(moment) => dated(moment, &shown.instant)?,
    }
    Ok(())
}

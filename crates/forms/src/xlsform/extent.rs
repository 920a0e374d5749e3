//! How far the cells of an .xls reach, before calamine lays a rectangle under them: two cells in opposite corners of a
//! small file would ask for gigabytes. What the file says of itself does not count: many say that whole sheets are used.
//!
//! Source: \[MS-XLS\] 2.1.7 and 2.4, walked as calamine walks it.

use super::problem::Kind;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

/// The most bytes that all cells may take: 256 MiB. One long text may stand in many cells.
pub const CELLS_LIMIT: u64 = 256 << 20;
/// The most bytes of an .xls file: 16 MiB. It is not compressed, so that its size bounds its text; how far its cells reach
/// is looked at apart.
pub const XLS_LIMIT: u64 = 16 << 20;
/// The most cells that the sheets' rectangles may have together: as many as one full sheet.
const CELLS: u64 = 65_536 * 256;
/// The most sheets of an .xls that are read.
const SHEETS: usize = 256;

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00BD;
/// Formula, RString, LabelSst, Number, Label, BoolErr, RK: each begins with its row and column.
const ONE_CELL: [u16; 7] = [0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E];

pub(super) type Refusal = (Kind, String);

pub(super) fn damaged(why: impl std::fmt::Display) -> Refusal {
    (Kind::Damaged(why.to_string()), String::new())
}

/// The file without what its sheets say of their size: calamine makes room for as many cells as they say, and then reads
/// those that there are. Refuses a file whose cells are too far apart.
pub(super) fn within_limit(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes.to_vec())).map_err(damaged)?;
    let name = ["/Workbook", "/Book"]
        .into_iter()
        .find(|name| file.exists(name))
        .ok_or_else(|| damaged("there is no workbook in it"))?;
    let mut stream = Vec::new();
    file.open_stream(name)
        .map_err(damaged)?
        .take(XLS_LIMIT)
        .read_to_end(&mut stream)
        .map_err(damaged)?;
    let sheets: Vec<usize> = records(&stream, 0)
        .take_while(|record| record.kind != EOF)
        .filter(|record| record.kind == BOUND_SHEET)
        .filter_map(|record| number(record.data, 0, 4))
        .map(|start| start as usize)
        .collect();
    let mut said = Vec::new();
    let cells = sheets.iter().take(SHEETS).fold(0u64, |sum, start| {
        sum.saturating_add(reach(&stream, *start, &mut said))
    });
    if sheets.len() > SHEETS || cells > CELLS {
        return Err((Kind::TooLarge(CELLS_LIMIT), String::new()));
    }
    let mut inside = file.open_stream(name).map_err(damaged)?;
    for (at, size) in said {
        inside.seek(SeekFrom::Start(at)).map_err(damaged)?;
        inside.write_all(&vec![0; size]).map_err(damaged)?;
    }
    inside.flush().map_err(damaged)?;
    drop(inside);
    Ok(file.into_inner().into_inner())
}

/// How many cells the rectangle around a sheet's cells has. Where in the stream the sheet says how many, and in how many
/// bytes, is added to `said`.
fn reach(stream: &[u8], start: usize, said: &mut Vec<(u64, usize)>) -> u64 {
    let (mut begun, mut inner) = (false, 0usize);
    let (mut first, mut last) = ((u64::MAX, u64::MAX), None::<(u64, u64)>);
    for Record { kind, at, data } in records(stream, start) {
        // A chart inside the sheet has records of its own.
        match kind {
            BOF if begun => inner += 1,
            BOF => begun = true,
            EOF if inner == 0 => break,
            EOF => inner -= 1,
            _ => {}
        }
        if inner > 0 {
            continue;
        }
        if kind == DIMENSIONS {
            said.push((at as u64, data.len()));
        }
        if kind != MUL_RK && !ONE_CELL.contains(&kind) {
            continue;
        }
        let (Some(row), Some(column)) = (number(data, 0, 2), number(data, 2, 2)) else {
            continue;
        };
        let to = match data.len().checked_sub(2) {
            Some(end) if kind == MUL_RK => number(data, end, 2).unwrap_or(column).max(column),
            _ => column,
        };
        first = (first.0.min(row), first.1.min(column));
        let reached = last.unwrap_or_default();
        last = Some((reached.0.max(row), reached.1.max(to)));
    }
    last.map_or(0, |last| (last.0 - first.0 + 1) * (last.1 - first.1 + 1))
}

struct Record<'a> {
    kind: u16,
    /// Where its data begins in the stream.
    at: usize,
    data: &'a [u8],
}

/// The records from `start` on.
fn records(stream: &[u8], start: usize) -> impl Iterator<Item = Record<'_>> {
    let mut at = start;
    std::iter::from_fn(move || {
        let kind = u16::try_from(number(stream, at, 2)?).ok()?;
        let size = number(stream, at.checked_add(2)?, 2)? as usize;
        let begin = at.checked_add(4)?;
        let data = stream.get(begin..begin.checked_add(size)?)?;
        at = begin + size;
        Some(Record {
            kind,
            at: begin,
            data,
        })
    })
}

/// A little-endian number.
pub(super) fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

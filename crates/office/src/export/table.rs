//! Cells that a spreadsheet shows and does not run.
//!
//! **Formulas.** A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` ("CSV injection", OWASP), after spaces,
//! quotes and marks that it does not show, and in full width too. Where it expects `;` between cells, as in French, or where
//! a tab or a line end parts them, a new cell begins inside of what was one. So each piece of a cell between those gets an
//! apostrophe before it if it begins so and is no plain number; and so does one that begins with apostrophes before such a
//! character. [`unguard`] takes them off, and gives back exactly what was typed.

use std::borrow::Cow;

use vigie_model::Separator;

/// A table being written.
pub(super) struct Table {
    pub(super) bytes: Vec<u8>,
    separator: u8,
}

impl Table {
    pub(super) fn new(separator: Separator) -> Table {
        Table {
            bytes: "\u{feff}".as_bytes().to_vec(),
            separator: match separator {
                Separator::Comma => b',',
                Separator::Semicolon => b';',
            },
        }
    }

    /// One line; each cell is guarded and quoted as it needs.
    pub(super) fn line<'c>(&mut self, cells: impl Iterator<Item = Cow<'c, str>>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.bytes.push(self.separator);
            }
            let cell = guard(&cell);
            if cell.contains([',', ';', '"', '\r', '\n', '\t'])
                || cell.starts_with([' ', '\''])
                || cell.ends_with(' ')
            {
                self.bytes.push(b'"');
                self.bytes
                    .extend_from_slice(cell.replace('"', "\"\"").as_bytes());
                self.bytes.push(b'"');
            } else {
                self.bytes.extend_from_slice(cell.as_bytes());
            }
        }
        self.bytes.extend_from_slice(b"\r\n");
    }
}

/// Where a new cell begins for a spreadsheet that parts cells otherwise than we do.
const PARTS: [char; 4] = [';', '\t', '\r', '\n'];

/// Puts an apostrophe before what a spreadsheet would run.
pub fn guard(cell: &str) -> Cow<'_, str> {
    if !pieces(cell).any(|(at, piece)| is_guarded(at, piece)) {
        return Cow::Borrowed(cell);
    }
    let mut guarded = String::with_capacity(cell.len() + 4);
    for (at, piece) in pieces(cell) {
        if is_guarded(at, piece) {
            guarded.push('\'');
        }
        guarded.push_str(piece);
    }
    Cow::Owned(guarded)
}

/// What was typed, of a cell that [`guard`] made.
pub fn unguard(cell: &str) -> String {
    let typed = pieces(cell).map(|(at, piece)| match piece.strip_prefix('\'') {
        Some(typed) if is_guarded(at, typed) => typed,
        _ => piece,
    });
    typed.collect()
}

/// The pieces of a cell with their place, each with what parts it from the next at its end.
fn pieces(cell: &str) -> impl Iterator<Item = (usize, &str)> {
    cell.split_inclusive(PARTS).enumerate()
}

/// Whether a piece gets an apostrophe: it would be run, or could be mistaken for a guarded one.
fn is_guarded(at: usize, piece: &str) -> bool {
    let end = piece.trim_end_matches(PARTS);
    let bare = end.trim_start_matches(is_passed_over);
    let runs = bare.starts_with([
        '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫',
    ]);
    let opens_with_a_break = at == 0 && bare.is_empty() && piece.ends_with(['\t', '\r', '\n']);
    opens_with_a_break || runs && !is_plain_number(bare)
}

/// What may stand before a formula and keep it one, and the apostrophes that are the guard itself.
fn is_passed_over(c: char) -> bool {
    c == '\''
        || c == '"'
        || c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// `-12`, `+3.5`, `-1e9`: nothing that could be a call.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && fraction.is_none_or(all_digits) && exponent.is_none_or(all_digits)
}

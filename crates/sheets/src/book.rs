//! What a workbook holds, before it is a file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A workbook: its sheets, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Book {
    pub sheets: Vec<Sheet>,
}

/// A table with a header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// As [`sheet_name`] gives it.
    pub name: String,
    pub columns: Vec<Column>,
    /// Each with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// What stands in the header.
    pub name: String,
    /// What the column means, shown over its header; may be empty.
    pub note: String,
}

/// What a cell holds. Dates and times are written as ISO 8601 has them, and stay texts where a spreadsheet has no number
/// for them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    #[default]
    Empty,
    /// Never a formula, whatever it begins with.
    Text(String),
    Number(f64),
    Truth(bool),
    /// `2026-11-24`
    Day(String),
    /// `09:30`, `09:30:05.250`
    Time(String),
    /// `2026-11-24T09:30`, where somebody was.
    Moment(String),
    /// `2026-11-24T09:30:00.000`, in UTC.
    Instant(String),
}

impl Cell {
    /// A text; nothing where it is empty.
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        }
    }
}

/// The longest name that a sheet may have.
pub const NAME_LENGTH: usize = 31;

/// The most that a cell may hold, in UTF-16 units.
pub const CELL_LENGTH: usize = 32_767;

/// What stands at the end of a text that no cell holds whole.
pub const CUT: &str = " […]";

/// A text as a cell holds it: whole, or its beginning and [`CUT`].
pub fn within_cell(text: &str) -> Cow<'_, str> {
    // No text has more units than bytes.
    if text.len() <= CELL_LENGTH || text.encode_utf16().count() <= CELL_LENGTH {
        return Cow::Borrowed(text);
    }
    let room = CELL_LENGTH - CUT.encode_utf16().count();
    let mut units = 0;
    let end = text.char_indices().find(|(_, letter)| {
        units += letter.len_utf16();
        units > room
    });
    let end = end.map_or(text.len(), |(at, _)| at);
    Cow::Owned(format!("{}{CUT}", &text[..end]))
}

/// A name that a sheet may have: without the letters that none may, and at most [`NAME_LENGTH`] long. Where `first` and
/// `last` are too long together, `last` is kept, by which the sheets of one questionnaire differ.
pub fn sheet_name(first: &str, last: &str) -> String {
    let fit = |text: &str, room: usize| -> String {
        let is_allowed =
            |letter: char| !matches!(letter, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
        let letters = text.chars().filter(|letter| !letter.is_control());
        let letters = letters.map(|letter| if is_allowed(letter) { letter } else { '_' });
        let mut units = 0;
        letters
            .take_while(|letter| {
                units += letter.len_utf16();
                units <= room
            })
            .collect()
    };
    let units = |text: &str| text.encode_utf16().count();
    if last.is_empty() {
        return fit(first, NAME_LENGTH);
    }
    let last = fit(last, 20);
    let first = fit(first, NAME_LENGTH - 1 - units(&last));
    format!("{first}_{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sheets_are_such_as_a_spreadsheet_takes() {
        for (first, last, name) in [
            ("court", "", "court"),
            ("court", "equipe", "court_equipe"),
            ("a/b:c*d?e\\f[g]'h", "", "a_b_c_d_e_f_g__h"),
            (
                "conditions_de_travail_en_usine",
                "danger_vu",
                "conditions_de_travail_danger_vu",
            ),
            ("é\u{0}t", "", "ét"),
        ] {
            assert_eq!(sheet_name(first, last), name);
            assert!(name.encode_utf16().count() <= NAME_LENGTH, "{name}");
        }
        let long = sheet_name(&"🧵".repeat(40), &"z".repeat(40));
        assert_eq!(long, format!("{}_{}", "🧵".repeat(5), "z".repeat(20)));
    }

    #[test]
    fn a_text_that_no_cell_holds_says_that_it_is_cut() {
        let fits = "é".repeat(CELL_LENGTH);
        assert_eq!(within_cell(&fits), fits);
        let long = "🧵".repeat(CELL_LENGTH);
        let cut = within_cell(&long);
        assert!(cut.ends_with(CUT) && cut.encode_utf16().count() <= CELL_LENGTH);
        assert!(cut.encode_utf16().count() >= CELL_LENGTH - 1);
    }
}

//! How exported tables are laid out.

use serde::{Deserialize, Serialize};

/// Where the rows of a repeat stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rows {
    /// In columns of their response: `equipe[2]/age`.
    #[default]
    Wide,
    /// In a table of their own, each with the key of what it belongs to.
    Long,
}

/// What stands for an answer chosen from a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answers {
    #[default]
    Codes,
    Labels,
    /// The codes, and the labels in a column beside.
    Both,
}

/// What parts the cells of a CSV file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Separator {
    #[default]
    Comma,
    /// As a spreadsheet expects it where the comma is in numbers, in French and Spanish among others.
    Semicolon,
}

/// The whole of it. What it is by default is what exports have always been.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub rows: Rows,
    pub answers: Answers,
    /// The language of the labels, where the questionnaire has it.
    pub lang: String,
}

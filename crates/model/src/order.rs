//! In which order a table stands, and what sets an entry apart from the others.

use serde::{Deserialize, Serialize};

/// A column of the office's table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    Title,
    Kind,
    Place,
    #[default]
    When,
    By,
    State,
    /// The answers to a question, by its path.
    Answer(String),
}

impl Column {
    /// Those that any entry has.
    pub const ALL: [Column; 6] = [
        Column::Title,
        Column::Kind,
        Column::Place,
        Column::When,
        Column::By,
        Column::State,
    ];
}

/// By which column, and from which end: the latest first, unless somebody asks otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub column: Column,
    /// From the other end than the column begins with: times from the first, texts from Z.
    pub reversed: bool,
}

/// What is out of the ordinary about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Two values stand side by side, for a person to settle.
    Conflict,
    /// Deleted by somebody who had not seen a later edit: still here.
    Survived,
    Deleted,
    /// The office erased for good all that it said.
    Erased,
}

impl Standing {
    pub const ALL: [Standing; 4] = [
        Standing::Conflict,
        Standing::Survived,
        Standing::Deleted,
        Standing::Erased,
    ];
}

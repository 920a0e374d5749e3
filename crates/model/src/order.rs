//! In which order a table stands.

use serde::{Deserialize, Serialize};

/// A column of the office's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    Title,
    Kind,
    Place,
    #[default]
    When,
    By,
    State,
}

impl Column {
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub column: Column,
    /// From the other end than the column begins with: times from the first, texts from Z.
    pub reversed: bool,
}

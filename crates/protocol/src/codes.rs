//! What is asked of the module that shows bytes as moving codes and reads them from a camera's pictures.

use serde::{Deserialize, Serialize};

use crate::{File, question::questions};

questions! {
    /// What is asked of the module.
    pub enum CodesQuestion;

    /// These bytes are what [`DrawCode`] draws from now on. Refused with [`Failure::TooLarge`](crate::Failure::TooLarge).
    Read ShowBytes { #[serde(with = "serde_bytes")] bytes: Vec<u8>, squares: Squares } -> Showing;
    /// The code with this number, from 0 on without end.
    Read DrawCode { number: u32 } -> Code;
    /// What the browser read in a picture.
    Read ReadText { text: String } -> Sight;
    /// Looks for codes in a picture: a byte for each point, row after row, 255 for white.
    Read ReadPicture { width: u32, #[serde(with = "serde_bytes")] light: Vec<u8> } -> Sight;
}

/// More than this is not shown: whoever holds two devices before each other gets tired.
pub const SHOWN_BYTES: u64 = 100 * 1024;

/// How large the squares of a code are: larger ones are read by poorer cameras and from farther away, and hold less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Squares {
    Large,
    Medium,
    Small,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showing {
    /// So many codes at least give the bytes back.
    pub codes: u32,
}

/// A code to draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// With the white around it.
    pub side: u32,
    /// A byte for each square, row after row: 255 for white.
    #[serde(with = "serde_bytes")]
    pub squares: Vec<u8>,
}

/// What was seen in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Sight {
    /// No code, or one that can't be made out.
    Nothing,
    /// A code of something else.
    Foreign,
    /// A newer Vigie's.
    Newer,
    Part(Gathered),
    /// All of it, as it was shown.
    Whole(File),
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// Which transfer: two may be in sight by turns.
    pub transfer: [u8; 8],
    pub codes: u32,
    pub of: u32,
    /// How many bytes each code brings.
    pub bytes: u32,
}

//! Bytes as an endless row of small texts ([`Shown`]), any enough of which give them back ([`Reader`]): what one screen shows
//! and another device's camera reads, with no word back.
//!
//! The first texts are the content's parts in order; each later one is the sum of about half of them, drawn by its number. A
//! reader that has as many texts as there are parts has the content with a probability of 0.29, and each one more halves what
//! is lacking to certainty: two more are enough on average, whichever they are and however many were lost
//! (MacKay, *Fountain codes*, IEE Proc.-Commun. 152, 2005: the random linear fountain). There are so few parts that solving the sums costs less than
//! reading one picture.
//!
//! RaptorQ (RFC 6330) needs as few, for millions of parts; its tables would make the module that shows and reads half as large
//! again. `docs/format.md` says every byte.
//!
//! A reader believes nothing of what it reads: it holds a bounded number of transfers of a bounded size, and hands over what
//! has the SHA-256 that was shown with it.

mod base45;
mod frame;
mod mixture;
mod reader;
mod shown;

pub use frame::{Frame, NotAFrame, Transfer};
pub use reader::{Heard, Progress, Reader};
pub use shown::{Shown, TooLarge};

/// What is shown is at most so long. At five kilobytes a second, that is half a minute of holding still.
pub const LIMIT: usize = 100 * 1024;
/// A content is at most so many parts, so that a part's place among those added up is one of so many bits.
pub const MOST_PARTS: usize = 512;
/// How long a part may be. The longest still makes a code that few cameras would read.
pub const PART_BYTES: std::ops::RangeInclusive<usize> = 64..=1024;
/// Before the content stands its SHA-256.
const DIGEST: usize = 32;

/// How many parts of `part` bytes a content of `length` bytes is.
fn parts(length: usize, part: usize) -> usize {
    (DIGEST + length).div_ceil(part)
}

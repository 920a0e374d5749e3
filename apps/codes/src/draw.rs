//! A text as a QR code.

#![cfg(any(target_arch = "wasm32", test))]

use fast_qr::{ECL, QRBuilder, Version};
use vigie_protocol::{Code, Failure, Squares};

/// The quiet zone around a code (ISO/IEC 18004): four modules.
const QUIET: usize = 4;

/// The version of the codes of one size, and how many bytes of what is shown each holds.
///
/// No code has more than 97 modules a side (version 20), 105 with the white around it. A poor camera has 480 points, so that a
/// module is four points wide, as many dots as Denso Wave recommends to print one with; of pictures so large, blurred over a
/// point and a half, we read 24 in 25. Correction is at its lowest: what it can't mend is a picture lost, which costs one
/// more, and modules are better larger than more.
fn size(squares: Squares) -> (Version, usize) {
    match squares {
        Squares::Large => (Version::V12, 332),
        Squares::Medium => (Version::V17, 600),
        Squares::Small => (Version::V20, 808),
    }
}

pub fn part(squares: Squares) -> usize {
    size(squares).1
}

/// Draws a text that [`part`] was kept to.
pub fn code(text: &str, squares: Squares) -> Result<Code, Failure> {
    let (version, _) = size(squares);
    let code = QRBuilder::new(text)
        .ecl(ECL::L)
        .version(version)
        .build()
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let side = code.size + 2 * QUIET;
    let mut drawn = vec![255; side * side];
    let rows = drawn.chunks_exact_mut(side).skip(QUIET);
    for (y, row) in rows.take(code.size).enumerate() {
        for (x, square) in row.iter_mut().skip(QUIET).take(code.size).enumerate() {
            if code[y][x].value() {
                *square = 0;
            }
        }
    }
    Ok(Code {
        side: side as u32,
        squares: drawn,
    })
}

//! How a code is written for people, who read it out, copy it by hand and type it.
//!
//! Crockford's base 32, the most significant digit first, in groups of four. Each kind of code has its own number of
//! characters, so that none is taken for another.

use std::fmt::{self, Write};

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A text that is not a code: say how many characters one has, and which it never has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Too short or too long.
    #[error("this code has {due} characters, and {typed} were given")]
    Length { due: usize, typed: usize },
    /// A character that no code has.
    #[error("a code has no {0:?}")]
    Character(char),
}

/// Writes the low `5 × characters` bits: `XXXX-XXXX-…`.
pub(crate) fn write(mut bits: u128, characters: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bits <<= 128 - 5 * characters;
    for at in 0..characters {
        if at > 0 && at % 4 == 0 {
            f.write_char('-')?;
        }
        bits = bits.rotate_left(5);
        f.write_char(char::from(ALPHABET[(bits & 31) as usize]))?;
    }
    Ok(())
}

/// As typed: any case, with or without hyphens and spaces, O for 0, I and L for 1.
pub(crate) fn read(typed: &str, characters: usize) -> Result<u128, BadCode> {
    let mut bits = 0u128;
    let mut count = 0;
    for character in typed.chars() {
        let value = match character.to_ascii_uppercase() {
            'O' => 0,
            'I' | 'L' => 1,
            '-' | '‐' | '‑' | '–' | '—' | '_' => continue,
            space if space.is_whitespace() || space == '\u{200b}' || space == '\u{feff}' => {
                continue;
            }
            other => ALPHABET
                .iter()
                .position(|letter| char::from(*letter) == other)
                .ok_or(BadCode::Character(character))?,
        };
        count += 1;
        if count <= characters {
            bits = bits << 5 | value as u128;
        }
    }
    if count == characters {
        Ok(bits)
    } else {
        Err(BadCode::Length {
            due: characters,
            typed: count,
        })
    }
}

//! One text of the row.

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::{LIMIT, MOST_PARTS, PART_BYTES, base45, parts};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// What every version begins with.
const NAME: &str = "VIGIE";
/// What this one begins with.
const START: &str = "VIGIE1:";

/// The first bytes of the content's SHA-256: tells one transfer from another.
pub type Transfer = [u8; 8];

/// One text, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub transfer: Transfer,
    /// The content's length.
    pub length: u32,
    /// Its place in the row, from 0.
    pub number: u32,
    /// A part, or a sum of several.
    pub sum: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAFrame {
    /// Somebody's code, and not ours: say so.
    #[error("not one of Vigie's")]
    Foreign,
    /// Ask for an update of the reader.
    #[error("a newer version's")]
    Newer,
    /// Wait for the next one.
    #[error("damaged")]
    Damaged,
}

impl Frame {
    pub fn to_text(&self) -> String {
        let mut bytes = self.transfer.to_vec();
        bytes.extend(self.length.to_be_bytes());
        bytes.extend(self.number.to_be_bytes());
        bytes.extend(&self.sum);
        bytes.extend(CRC.checksum(&bytes).to_be_bytes());
        format!("{START}{}", base45::encode(&bytes))
    }

    /// Reads a text, and believes only sizes that can be.
    pub fn read(text: &str) -> Result<Frame, NotAFrame> {
        let Some(body) = text.strip_prefix(START) else {
            let newer = text.strip_prefix(NAME).is_some_and(|rest| {
                let version = rest.split(':').next().unwrap_or_default();
                rest.contains(':')
                    && !version.is_empty()
                    && version.bytes().all(|byte| byte.is_ascii_digit())
            });
            return Err(match newer {
                true => NotAFrame::Newer,
                false => NotAFrame::Foreign,
            });
        };
        Self::of_body(body).ok_or(NotAFrame::Damaged)
    }

    fn of_body(body: &str) -> Option<Frame> {
        let bytes = base45::decode(body)?;
        let (rest, checksum) = bytes.split_last_chunk::<4>()?;
        if CRC.checksum(rest).to_be_bytes() != *checksum {
            return None;
        }
        let (transfer, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (number, sum) = rest.split_first_chunk::<4>()?;
        let frame = Frame {
            transfer: *transfer,
            length: u32::from_be_bytes(*length),
            number: u32::from_be_bytes(*number),
            sum: sum.to_vec(),
        };
        let length = usize::try_from(frame.length).ok()?;
        let can_be = length <= LIMIT
            && PART_BYTES.contains(&sum.len())
            && parts(length, sum.len()) <= MOST_PARTS;
        can_be.then_some(frame)
    }

    /// How many parts its content is.
    pub fn parts(&self) -> usize {
        parts(self.length as usize, self.sum.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame() -> Frame {
        Frame {
            transfer: *b"01234567",
            length: 1_000,
            number: 7,
            sum: vec![9; 300],
        }
    }

    #[test]
    fn what_is_not_ours_is_told_from_what_is_newer_and_what_is_damaged() {
        for (text, why) in [
            ("https://vigie.example/j#CODE", NotAFrame::Foreign),
            ("", NotAFrame::Foreign),
            ("VIGIE", NotAFrame::Foreign),
            ("VIGIE:ABC", NotAFrame::Foreign),
            ("VIGIE2:ABC", NotAFrame::Newer),
            ("VIGIE10:", NotAFrame::Newer),
            ("VIGIE1:", NotAFrame::Damaged),
            ("VIGIE1:BB8", NotAFrame::Damaged),
        ] {
            assert_eq!(Frame::read(text), Err(why), "{text}");
        }
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let limit = LIMIT as u32;
        let with = |length, sum: usize| Frame {
            length,
            sum: vec![0; sum],
            ..frame()
        };
        assert!(Frame::read(&with(limit, 600).to_text()).is_ok());
        for (length, sum) in [
            (limit + 1, 600),
            (u32::MAX, 600),
            // Too many parts.
            (limit, 64),
            (100, 63),
            (100, 1_025),
            (100, 0),
        ] {
            let text = with(length, sum).to_text();
            assert_eq!(
                Frame::read(&text),
                Err(NotAFrame::Damaged),
                "{length} {sum}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_letter_changed_anywhere_is_seen(at in 7usize..480, letter in 0usize..45) {
            let written = frame().to_text();
            let letter = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[letter];
            let mut text = written.clone().into_bytes();
            let at = at.min(text.len() - 1);
            prop_assume!(text[at] != letter);
            text[at] = letter;
            let text = String::from_utf8(text).expect("letters");
            prop_assert_eq!(Frame::read(&text), Err(NotAFrame::Damaged));
        }

        #[test]
        fn no_text_is_too_much(text: String) {
            let _ = Frame::read(&text);
            let _ = Frame::read(&format!("VIGIE1:{text}"));
        }
    }
}

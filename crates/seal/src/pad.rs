//! Sizes that say little: what is sealed is first made longer, to one of few lengths.
//!
//! A reader of the mailbox sees how long each letter is. Padmé leaves O(log log n) bits of that, for at most 12 % more
//! bytes (less, the longer the letter): Nikitin, Barman, Lueks, Underwood, Hubaux and Ford, « Reducing Metadata Leakage from
//! Encrypted Files and Communication with PURBs », PoPETs 2019 (4), §4. Below [`LEAST`] all letters are of one length.
//!
//! How it is made longer is a thing that readers of before pass over: empty blocks within gzip, space after JSON.
//! Only a box of any bytes says it itself ([`crate::secret::seal_padded_box`]).

use std::io::{self, Write};

use miniz_oxide::{
    DataFormat,
    deflate::{
        CompressionLevel,
        core::{
            CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output,
            create_comp_flags_from_zip_params,
        },
    },
};

use crate::gunzip::CRC;

/// The shortest length that anything is padded to: a note of a line and one of a page are alike.
pub const LEAST: usize = 1024;

/// The length that `len` bytes are padded to: Padmé, and at least [`LEAST`].
pub fn padded_len(len: usize) -> usize {
    let len = len.max(LEAST);
    let exponent = len.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    len.saturating_add(mask) & !mask
}

/// Puts space after JSON, which every reader passes over.
pub fn pad_json(mut json: Vec<u8>) -> Vec<u8> {
    json.resize(padded_len(json.len()), b' ');
    json
}

/// gzip of any bytes, no name, no time; the system is unknown (255).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// CRC-32 and length, after the blocks.
const TRAILER: usize = 8;
/// An empty stored block of DEFLATE, from one byte's edge to another's.
const EMPTY: [u8; 5] = [0, 0, 0, 0xff, 0xff];
/// How DEFLATE ends in 2, 3, 4, 5 or 6 bytes without content: the first four are 1 to 4 empty blocks of fixed codes (10
/// bits each), the fifth one of those and a stored one.
const ENDS: [&[u8]; EMPTY.len()] = [
    &[0x03, 0x00],
    &[0x02, 0x0c, 0x00],
    &[0x02, 0x08, 0x30, 0x00],
    &[0x02, 0x08, 0x20, 0xc0, 0x00],
    &[0x02, 0x04, 0x00, 0x00, 0xff, 0xff],
];

/// Compresses `plain` into one member of gzip (RFC 1952) of a padded length: after the content come as many empty blocks
/// (RFC 1951, §3.2.4, §3.2.6) as it takes. Holds no more of it in memory than a piece.
///
/// DEFLATE of miniz_oxide itself, and not by flate2: where output goes through a buffer, a call that only empties it looks
/// like one that also wrote the content's end.
pub(crate) fn gzip(plain: &[u8], level: CompressionLevel, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&HEADER)?;
    let mut made = HEADER.len();
    let raw = DataFormat::Raw.to_window_bits();
    let flags = create_comp_flags_from_zip_params(level as i32, raw, 0);
    let mut deflate = CompressorOxide::new(flags);
    let mut written = Ok(());
    let (status, taken) = compress_to_output(&mut deflate, plain, TDEFLFlush::Sync, |piece| {
        made += piece.len();
        written = out.write_all(piece);
        written.is_ok()
    });
    written?;
    if status != TDEFLStatus::Okay || taken != plain.len() {
        return Err(io::Error::other("not all was compressed"));
    }
    let shortest = made + ENDS[0].len() + TRAILER;
    let padding = padded_len(shortest) - shortest;
    for _ in 0..padding / EMPTY.len() {
        out.write_all(&EMPTY)?;
    }
    out.write_all(ENDS[padding % EMPTY.len()])?;
    out.write_all(&CRC.checksum(plain).to_le_bytes())?;
    // Modulo 2³², as gzip has it.
    out.write_all(&(plain.len() as u32).to_le_bytes())
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, io::Read};

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;
    use crate::envelope::written;

    fn packed(plain: &[u8]) -> Vec<u8> {
        written(|bytes| gzip(plain, CompressionLevel::DefaultLevel, bytes))
    }

    fn unpacked(mut bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        GzDecoder::new(&mut bytes).read_to_end(&mut plain).unwrap();
        assert!(bytes.is_empty(), "one member, nothing after it");
        plain
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut seed = 1u64;
        let mut bytes = vec![0; length];
        bytes.fill_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed as u8
        });
        bytes
    }

    #[test]
    fn lengths_are_those_of_the_paper() {
        // §4.2: the last z bits of the length are zero, z = ⌊log2 L⌋ − (⌊log2 ⌊log2 L⌋⌋ + 1).
        for (len, padded) in [
            (0, 1024),
            (1024, 1024),
            (1025, 1088),
            (4096, 4096),
            (4097, 4352),
            (1_000_000, 1_015_808),
            (9_000_000, 9_175_040),
        ] {
            assert_eq!(padded_len(len), padded, "{len}");
        }
    }

    #[test]
    fn letters_of_many_lengths_have_few() {
        let lengths: BTreeSet<usize> = (0..3000)
            .map(|length| packed(&noise(length)).len())
            .collect();
        assert!(lengths.len() < 30, "{lengths:?}");
        assert!(lengths.iter().all(|length| padded_len(*length) == *length));
    }

    #[test]
    fn each_remainder_of_padding_opens() {
        for length in (1000..1400).chain(65_530..65_540).chain(200_000..200_003) {
            let plain = noise(length);
            assert_eq!(unpacked(&packed(&plain)), plain, "{length}");
        }
    }

    /// A photo, in the base64 of its op: hardly compressed, so that what is written fills piece after piece. Its end falls
    /// anywhere within one.
    #[test]
    fn photos_open_wherever_their_pieces_end() {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let photo = noise(300_000).into_iter();
        let photo: Vec<u8> = photo.map(|byte| digits[usize::from(byte & 63)]).collect();
        for length in (200_000..photo.len()).step_by(100) {
            let packed = packed(&photo[..length]);
            let mut opened = Vec::new();
            let read = GzDecoder::new(packed.as_slice()).read_to_end(&mut opened);
            assert!(
                read.is_ok() && opened == photo[..length],
                "{length}: {read:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_length_shrinks_or_costs_more_than_an_eighth(len in LEAST..1 << 30) {
            let padded = padded_len(len);
            prop_assert!(padded >= len && padded - len <= len / 8);
            prop_assert_eq!(padded_len(padded), padded);
        }

        #[test]
        fn what_was_packed_is_unpacked(plain: Vec<u8>, times in 1usize..2000) {
            let plain = plain.repeat(times);
            let packed = packed(&plain);
            prop_assert_eq!(padded_len(packed.len()), packed.len());
            prop_assert_eq!(unpacked(&packed), plain);
        }

        #[test]
        fn json_is_padded_with_space(text: String) {
            let json = serde_json::to_vec(&text).unwrap();
            let padded = pad_json(json.clone());
            prop_assert_eq!(padded_len(json.len()), padded.len());
            prop_assert_eq!(serde_json::from_slice::<String>(&padded).unwrap(), text);
        }
    }
}

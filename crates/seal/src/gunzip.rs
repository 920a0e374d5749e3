//! gzip, read (RFC 1952): one member, its checksum and its length verified.
//!
//! Not by flate2, which only reads the blocks here: its checksum comes with 16 kB of tables that no compression makes smaller, for
//! every module that opens something.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use crc::{CRC_32_ISO_HDLC, Crc, Digest};
use flate2::bufread::DeflateDecoder;

/// What gzip checks itself by.
pub(crate) static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// What may follow the first ten bytes, by the bits of the fourth.
const HAS_CRC: u8 = 2;
const HAS_EXTRA: u8 = 4;
const HAS_NAME: u8 = 8;
const HAS_COMMENT: u8 = 16;

/// What is in a member of gzip. It ends well only where the member does, whole.
pub(crate) struct Gunzip<R> {
    blocks: DeflateDecoder<BufReader<R>>,
    at: At,
    crc: Digest<'static, u32>,
    length: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Header,
    Blocks,
    End,
}

impl<R: Read> Gunzip<R> {
    pub(crate) fn new(packed: R) -> Gunzip<R> {
        Gunzip {
            blocks: DeflateDecoder::new(BufReader::new(packed)),
            at: At::Header,
            crc: CRC.digest(),
            length: 0,
        }
    }

    /// What is behind the member; some of it may have been read.
    pub(crate) fn into_inner(self) -> R {
        self.blocks.into_inner().into_inner()
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == At::Header {
            header(self.blocks.get_mut())?;
            self.at = At::Blocks;
        }
        if self.at == At::End || into.is_empty() {
            return Ok(0);
        }
        let count = self.blocks.read(into)?;
        if count > 0 {
            self.crc.update(&into[..count]);
            self.length = self.length.wrapping_add(count as u32);
            return Ok(count);
        }
        let mut said = [[0; 4]; 2];
        self.blocks.get_mut().read_exact(said.as_flattened_mut())?;
        if said.map(u32::from_le_bytes) != [self.crc.clone().finalize(), self.length] {
            return Err(ErrorKind::InvalidData.into());
        }
        self.at = At::End;
        Ok(0)
    }
}

/// Passes over what stands before the blocks.
fn header(packed: &mut impl BufRead) -> io::Result<()> {
    let mut fixed = [0; 10];
    packed.read_exact(&mut fixed)?;
    let flags = fixed[3];
    if fixed[..3] != MAGIC {
        return Err(ErrorKind::InvalidData.into());
    }
    if flags & HAS_EXTRA != 0 {
        let mut length = [0; 2];
        packed.read_exact(&mut length)?;
        let mut extra = packed.by_ref().take(u16::from_le_bytes(length).into());
        io::copy(&mut extra, &mut io::sink())?;
    }
    for text in [HAS_NAME, HAS_COMMENT] {
        if flags & text != 0 {
            packed.skip_until(0)?;
        }
    }
    if flags & HAS_CRC != 0 {
        packed.read_exact(&mut [0; 2])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};
    use proptest::prelude::*;

    use super::*;

    fn unpacked(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Gunzip::new(packed).read_to_end(&mut plain).map(|_| plain)
    }

    fn packed(with: GzBuilder, plain: &[u8]) -> Vec<u8> {
        let mut gzip = with.write(Vec::new(), Compression::default());
        gzip.write_all(plain).expect("memory");
        gzip.finish().expect("memory")
    }

    #[test]
    fn whatever_stands_in_its_head_is_passed_over() {
        let all = GzBuilder::new()
            .extra(vec![7; 300])
            .filename("lettre.json")
            .comment("de Lomé");
        for with in [GzBuilder::new(), GzBuilder::new().filename("a"), all] {
            assert_eq!(
                unpacked(&packed(with, b"une lettre")).expect("whole"),
                b"une lettre"
            );
        }
    }

    #[test]
    fn a_member_that_is_cut_does_not_open_and_a_changed_one_never_says_another_thing() {
        let plain: Vec<u8> = (0..600u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        let whole = packed(GzBuilder::new().mtime(0), &plain);
        for end in 0..whole.len() {
            let cut = unpacked(&whole[..end]).expect_err("cut");
            assert_eq!(cut.kind(), ErrorKind::UnexpectedEof, "{end}");
        }
        // A code that nothing is written in may be longer or shorter.
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            let opened = unpacked(&changed);
            assert!(
                opened.is_err() || opened.is_ok_and(|opened| opened == plain),
                "{at}"
            );
        }
        for at in whole.len() - 8..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(unpacked(&changed).is_err(), "{at}");
        }
    }

    proptest! {
        #[test]
        fn what_flate2_packed_is_unpacked(plain: Vec<u8>, times in 1usize..2000) {
            let plain = plain.repeat(times);
            prop_assert_eq!(unpacked(&packed(GzBuilder::new(), &plain)).expect("whole"), plain);
        }

        #[test]
        fn nothing_that_comes_makes_it_stop(bytes: Vec<u8>) {
            drop(unpacked(&bytes));
            drop(unpacked(&[&[0x1f, 0x8b, 8][..], &bytes].concat()));
        }
    }
}

//! One archive of several files: ZIP with "deflate" and UTF-8 names, which every system opens.
//!
//! Source: PKWARE APPNOTE 6.3.10, §4.3.7, §4.3.12, §4.3.16. No ZIP64: what goes in is bounded by 4 GiB and 65,535 files,
//! and more is refused rather than written wrongly.

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder};

use super::ExportFile;

/// More than the format can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much for one archive: at most 4 GiB and 65,535 files")]
pub struct TooMuch;

/// 1 January 1980, 00:00: the same files always give the same archive.
const DATE: u16 = 1 << 5 | 1;
const UTF_8: u16 = 1 << 11;
const DEFLATE: u16 = 8;
const VERSION: u16 = 20;

/// The archive of `files`, in their order.
pub fn zip(files: &[ExportFile]) -> Result<Vec<u8>, TooMuch> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let start = u32::try_from(archive.len()).map_err(|_| TooMuch)?;
        let entry = entry(file)?;
        archive.extend_from_slice(b"PK\x03\x04");
        archive.extend_from_slice(&entry.header);
        archive.extend_from_slice(file.name.as_bytes());
        archive.extend_from_slice(&entry.packed);

        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&VERSION.to_le_bytes());
        directory.extend_from_slice(&entry.header);
        // Comment length, disk, internal and external attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&start.to_le_bytes());
        directory.extend_from_slice(file.name.as_bytes());
    }
    let start = u32::try_from(archive.len()).map_err(|_| TooMuch)?;
    let size = u32::try_from(directory.len()).map_err(|_| TooMuch)?;
    let count = u16::try_from(files.len()).map_err(|_| TooMuch)?;
    archive.append(&mut directory);
    archive.extend_from_slice(b"PK\x05\x06");
    archive.extend_from_slice(&[0; 4]);
    archive.extend_from_slice(&count.to_le_bytes());
    archive.extend_from_slice(&count.to_le_bytes());
    archive.extend_from_slice(&size.to_le_bytes());
    archive.extend_from_slice(&start.to_le_bytes());
    archive.extend_from_slice(&[0; 2]);
    Ok(archive)
}

struct Entry {
    /// What the local header and the directory say alike, from "version needed" to the length of the extra field.
    header: Vec<u8>,
    packed: Vec<u8>,
}

fn entry(file: &ExportFile) -> Result<Entry, TooMuch> {
    let mut crc = Crc::new();
    crc.update(&file.bytes);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(&file.bytes)
        .expect("a Vec takes every byte");
    let packed = encoder.finish().expect("a Vec takes every byte");
    let mut header = Vec::with_capacity(26);
    for word in [VERSION, UTF_8, DEFLATE, 0, DATE] {
        header.extend_from_slice(&word.to_le_bytes());
    }
    header.extend_from_slice(&crc.sum().to_le_bytes());
    for size in [packed.len(), file.bytes.len()] {
        header.extend_from_slice(&u32::try_from(size).map_err(|_| TooMuch)?.to_le_bytes());
    }
    header.extend_from_slice(
        &u16::try_from(file.name.len())
            .map_err(|_| TooMuch)?
            .to_le_bytes(),
    );
    header.extend_from_slice(&0u16.to_le_bytes());
    Ok(Entry { header, packed })
}

//! Reading an exported archive, as any other programme would.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, Result, ensure};

/// The files of a ZIP archive, by name. Only what an export writes: sizes in the local headers, deflated or stored.
pub fn files(archive: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut rest = archive;
    ensure!(
        rest.starts_with(b"PK\x03\x04"),
        "not an archive: {} bytes, beginning with {:?}",
        archive.len(),
        &archive[..archive.len().min(16)]
    );
    while rest.starts_with(b"PK\x03\x04") {
        let short = |at: usize| -> Result<usize> {
            let bytes = rest.get(at..at + 2).context("a header cut short")?;
            Ok(usize::from(bytes[0]) | usize::from(bytes[1]) << 8)
        };
        let method = short(8)?;
        let packed = short(18)? | short(20)? << 16;
        let (name, extra) = (short(26)?, short(28)?);
        let begin = 30 + name + extra;
        let name = String::from_utf8(
            rest.get(30..30 + name)
                .context("a name cut short")?
                .to_vec(),
        )?;
        let bytes = rest
            .get(begin..begin + packed)
            .context("a file cut short")?;
        let mut plain = Vec::new();
        match method {
            0 => plain.extend_from_slice(bytes),
            _ => drop(flate2::read::DeflateDecoder::new(bytes).read_to_end(&mut plain)?),
        }
        found.insert(name, plain);
        rest = &rest[begin + packed..];
    }
    Ok(found)
}

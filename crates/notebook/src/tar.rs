//! Several sealed bundles in one file to carry, and back: the `ustar` format (POSIX.1-1988), which every system opens.

const BLOCK: usize = 512;

/// What an archive ends with.
pub const END: u64 = 2 * BLOCK as u64;

/// How much a file of so many bytes takes in an archive.
pub fn room(bytes: u64) -> u64 {
    (BLOCK as u64)
        .saturating_add(bytes.saturating_add(BLOCK as u64 - 1) / BLOCK as u64 * BLOCK as u64)
}

/// An archive of plain files that is being written; names are short and ours.
pub struct Archive(Vec<u8>);

impl Archive {
    pub fn with_capacity(bytes: usize) -> Archive {
        Archive(Vec::with_capacity(bytes + 2 * BLOCK))
    }

    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        let mut header = [0u8; BLOCK];
        let name = &name.as_bytes()[..name.len().min(100)];
        header[..name.len()].copy_from_slice(name);
        let mut field =
            |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        field(100, "0000600\0");
        field(108, "0000000\0");
        field(116, "0000000\0");
        field(124, &format!("{:011o}\0", bytes.len()));
        field(136, "00000000000\0");
        field(148, "        ");
        field(156, "0");
        field(257, "ustar\u{0}00");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend_from_slice(&header);
        self.0.extend_from_slice(bytes);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 2 * BLOCK, 0);
        self.0
    }
}

/// Whether a file begins like an archive.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// The plain files of an archive; one that is cut short gives those that are whole, and what is left of the last, so that
/// it is named in quarantine and not forgotten.
pub fn read(bytes: &[u8]) -> Vec<(String, &[u8])> {
    let mut files = Vec::new();
    let mut rest = bytes;
    while is_archive(rest) {
        let (header, body) = rest.split_at(rest.len().min(BLOCK));
        let text = |from: usize, to: usize| {
            header
                .get(from..to)
                .map(|field| field.split(|byte| *byte == 0).next().unwrap_or_default())
        };
        let size = text(124, 136).and_then(|field| std::str::from_utf8(field).ok());
        let Some(size) = size.and_then(|size| usize::from_str_radix(size.trim(), 8).ok()) else {
            break;
        };
        let name = String::from_utf8_lossy(text(0, 100).unwrap_or_default()).into_owned();
        let plain = matches!(header.get(156), Some(b'0' | 0));
        let content = &body[..size.min(body.len())];
        if plain {
            files.push((name, content));
        }
        let Some(padded) = size.checked_next_multiple_of(BLOCK) else {
            break;
        };
        rest = body.get(padded..).unwrap_or_default();
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut archive = Archive::with_capacity(0);
        for (name, bytes) in files {
            archive.add(name, bytes);
        }
        archive.finish()
    }

    #[test]
    fn files_come_back_from_the_archive() {
        let files = vec![
            ("a.age".to_owned(), vec![1; 512]),
            ("b.age".to_owned(), vec![2; 700]),
            ("c.age".to_owned(), Vec::new()),
        ];
        let archive = write(&files);
        assert!(is_archive(&archive));
        let read: Vec<(String, Vec<u8>)> = read(&archive)
            .into_iter()
            .map(|(name, bytes)| (name, bytes.to_vec()))
            .collect();
        assert_eq!(read, files);
    }

    #[test]
    fn an_archive_cut_anywhere_or_filled_with_anything_never_stops_us() {
        let archive = write(&[("a.age".to_owned(), vec![1; 600])]);
        for end in 0..archive.len() {
            assert!(read(&archive[..end]).len() <= 1);
        }
        let mut hostile = archive.clone();
        hostile[124..135].copy_from_slice(b"77777777777");
        assert_eq!(read(&hostile).len(), 1);
        assert!(read(b"not an archive").is_empty());
    }
}

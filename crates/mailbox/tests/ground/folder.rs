//! A data folder of its own for each world.
#![allow(dead_code, reason = "each programme uses what it needs")]

use std::{fs, path::Path, path::PathBuf};

use tempfile::TempDir;
use vigie_mailbox::mailbox::Place;

/// What a world stands on; gone with it.
pub struct Ground(TempDir);

impl Ground {
    pub fn fresh() -> Ground {
        Ground(TempDir::new().expect("a folder"))
    }

    pub fn place(&self) -> Place {
        Place::Folder(self.0.path().to_owned())
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// How many bundles are kept or under way, as far as the disk shows.
    pub fn bundles(&self) -> usize {
        fs::read_dir(self.0.path().join("sealed/bundles")).map_or(0, Iterator::count)
    }

    /// Whether these words stand anywhere in it, once nobody serves it.
    pub fn holds(&self, words: &[u8]) -> bool {
        files(self.0.path()).iter().any(|file| {
            let bytes = fs::read(file).expect("a file of the server");
            bytes.windows(words.len()).any(|window| window == words)
        })
    }

    /// Where sealed files are.
    pub fn sealed(&self) -> PathBuf {
        self.0.path().join("sealed")
    }

    /// A backup of it, taken while nothing is under way.
    pub fn copy(&self) -> Ground {
        let there = Ground::fresh();
        for file in files(self.0.path()) {
            if file.ends_with("vigie.sqlite-shm") {
                continue;
            }
            let within = file.strip_prefix(self.0.path()).expect("a file of it");
            let to = there.0.path().join(within);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(file, to).expect("copied");
        }
        there
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

//! Where things are.

use std::fs;
use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where cargo puts what it builds.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The folder that the server serves.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The folder of the tools: `VIGIE_TOOLS`, or `vigie/tools` in the person's cache folder.
pub fn tools() -> PathBuf {
    if let Some(folder) = std::env::var_os("VIGIE_TOOLS") {
        return root().join(folder);
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    cache
        .or_else(home)
        .unwrap_or_else(|| root().join("target"))
        .join("vigie/tools")
}

/// Every file under `folder`, sorted; none when it does not exist.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    files
}

//! What the tests in browsers share: a real browser, a real server, and the words that a person sees.
//!
//! A test says what a person does, by the labels on the screen, read from the locale files: `browser.press(words.say(…))`.
//! Nothing waits for a time; everything waits for a condition, and says what it waited for when it did not come.
//!
//! The tests need what `cargo xtask build` makes; run them with `cargo xtask test --only build,story`.
#![cfg(not(target_arch = "wasm32"))]

pub mod browser;
pub mod camera;
pub mod files;
pub mod keyboard;
pub mod line;
pub mod look;
pub mod people;
pub mod processes;
pub mod server;
pub mod wait;
pub mod words;
pub mod workbook;
pub mod zip;

pub use browser::{Browser, Kind, Profile};
pub use people::{Delegate, Office};
pub use server::Server;
pub use words::Words;

use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A path given by `cargo xtask`, or where it usually is.
pub(crate) fn given(variable: &str, usual: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => root().join(usual),
    }
}

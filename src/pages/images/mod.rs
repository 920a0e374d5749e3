//! From one screen to another device's camera, with no network: what is shown as moving codes, and read from them.

mod moving;
mod reader;
mod showing;
mod taking;

#[cfg(feature = "desk")]
pub use moving::Moving;
#[cfg(feature = "desk")]
pub use reader::Reader;
pub use showing::Showing;
pub use taking::Taking;

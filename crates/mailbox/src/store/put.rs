//! What came of putting something.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    New,
    /// The very same was here.
    Again,
}

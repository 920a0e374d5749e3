//! Why a mailbox is not copied.

use std::path::PathBuf;

use crate::{
    error::ApiError,
    store::{NotEmpty, OpenError},
};

/// Why a mailbox is not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(
        "{0} holds something that is no backup: name a new folder, an empty place in a bucket, or one of `vigie backup`"
    )]
    NotABackup(String),
    #[error("there is no backup at {0}")]
    NoBackup(String),
    #[error("{0} is a backup of another office's mailbox: name another place")]
    Another(String),
    /// Its files are there as well, and are all that this one added.
    #[error("another backup was written to {0} meanwhile: run this again, one at a time")]
    Meanwhile(String),
    #[error("{0} holds a mailbox already: restore into a new or an empty folder")]
    Holds(PathBuf),
    #[error(transparent)]
    NotEmpty(#[from] NotEmpty),
    #[error("not copied: {0}")]
    Copy(#[from] ApiError),
}

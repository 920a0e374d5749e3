//! The mailbox over a data folder: SQLite, and files.

#[path = "common/breaking.rs"]
mod breaking;
#[path = "ground/bucket.rs"]
mod bucket;
mod common;
#[path = "ground/folder.rs"]
mod ground;
#[path = "ground/folder_rows.rs"]
mod rows;
mod suite;

mod folder_only {
    //! What only a folder can be asked.
    mod acme;
    mod before;
    mod disk;
    mod one_server;
    mod tls;
    mod unnumbered;
}

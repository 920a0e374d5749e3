//! The mailbox over PostgreSQL and a bucket: the same tests as over a folder, and what only servers can be asked.
//!
//! PostgreSQL comes from Debian (`cargo xtask test` sees to it), and is started once for all of these tests; the bucket
//! is served by this programme.

#[path = "common/breaking.rs"]
mod breaking;
mod common;
#[path = "ground/servers.rs"]
mod ground;
mod suite;

use ground::bucket;

mod servers_only {
    mod before;
    mod certificates;
    mod moved;
    mod replicas;
}

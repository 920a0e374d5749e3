//! The journal: everything that devices ever wrote, as a set of small immutable changes.
//!
//! An [`Op`] is one change to one record by one device. Merging two journals is the union of two sets, so the order in
//! which ops arrive, how often, and in which company never matters. What a person sees of a record is made from its ops
//! by one rule ([`heads`]): a value stands until somebody who saw it replaces it.
//!
//! - [`op`]: an op, and its exact bytes, which its id is the hash of.
//! - [`Author`]: who writes them.
//! - [`clock`]: the stamps that order what is shown, and nothing else.
//! - [`heads`]: which values of a field are current.
//! - [`record`]: a record made of its ops, one op at a time.
//! - [`journal`]: an op set in memory, for the office, the command line and tests.
//! - [`history`] and [`anomaly`]: what was done to a record, and what is odd about a device's ops.
//! - [`bundle`]: a run of one device's ops, as it travels.
//! - [`purge`]: legal erasure.
//!
//! No I/O, no clock, no randomness, no cryptography but SHA-256; signatures are checked by whoever has keys.

pub mod anomaly;
mod author;
pub mod bundle;
pub mod clock;
mod columns;
pub mod heads;
pub mod history;
pub mod journal;
mod once;
pub mod op;
pub mod purge;
pub mod record;

pub use anomaly::Anomaly;
pub use author::{Author, Entry};
pub use bundle::{BadBundle, Bundle, MadeBy};
pub use clock::{Clock, Hlc};
pub use heads::{Field, Head};
pub use history::{Change, Version};
pub use journal::{Inserted, Journal};
pub use op::{BadOp, Chain, FormRef, Op, Over, StoredOp};
pub use purge::{Purge, PurgeOrder};
pub use record::Record;

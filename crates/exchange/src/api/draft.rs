//! An answer that a partner goes on with later: `PUT`, `GET` and `DELETE /v1/drafts/{DraftId}`, signed by the draft's key.

use serde::{Deserialize, Serialize};
use vigie_model::Timestamp;

use super::Base64;

/// The largest sealed draft that a server takes, in bytes.
pub const DRAFT_BYTES: usize = 2 * 1024 * 1024;
/// For how many days a server keeps a draft at most.
pub const DRAFT_DAYS: u32 = 30;
/// No draft is put under this revision: it is that of one that was erased.
pub const DRAFT_LAST_REV: u32 = u32::MAX;

/// The answer to a `PUT`: the server has the draft on its disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftKept {
    pub rev: u32,
    /// Until when, by the server's clock: never longer than its link is taken.
    pub expires: Timestamp,
    /// The server's clock.
    pub now: Timestamp,
}

/// The answer to a `GET`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftBox {
    pub rev: u32,
    /// What `vigie_seal::open_draft` opens.
    #[serde(rename = "box")]
    pub sealed: Base64,
    pub expires: Timestamp,
    /// The server's clock.
    pub now: Timestamp,
}

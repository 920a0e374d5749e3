//! What the worker tells without being asked.

use serde::{Deserialize, Serialize};

use crate::{Counts, ExchangeView, Status};

/// What the worker tells without being asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Lists and counts may have changed.
    Changed(Counts),
    /// The exchange moved.
    Exchange(ExchangeView),
    /// Locked by itself, or in another tab.
    Status(Status),
    /// A long task: `done` of `total` (bytes, bundles), named.
    Progress { task: Task, done: u64, total: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Sending,
    Fetching,
    Importing,
    Exporting,
    Indexing,
    /// Rows being sealed again under a new key.
    Renewing,
    /// Invites or links, told to the server one by one.
    HandingOut,
}

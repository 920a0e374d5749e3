//! A mission: the container of all work.

use serde::{Deserialize, Serialize};

use crate::{Lang, MissionId, MissionKind};

/// An observation mission, an internship, a training, a tour, a talk, a campaign or a cooperation project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mission {
    pub id: MissionId,
    pub name: String,
    pub kind: MissionKind,
    /// `YYYY-MM-DD`; empty when not said.
    pub starts: String,
    /// `YYYY-MM-DD`; empty when not said.
    pub ends: String,
    /// The first is the mission's own.
    pub languages: Vec<Lang>,
    pub policy: Policy,
}

/// What the office decided about its delegates' devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Delegates may read on their device what they sent. Otherwise it is sealed for the office only.
    pub keep_readable: bool,
    /// Delegates of the mission see each other's entries.
    pub share_with_team: bool,
    /// Ops say at what time they were made. Otherwise only the day is kept.
    pub record_time: bool,
}

impl Policy {
    /// Whether delegates are given each other's entries: where a phone keeps nothing readable, there is nobody to give to.
    pub fn shares(&self) -> bool {
        self.share_with_team && self.keep_readable
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            keep_readable: true,
            share_with_team: false,
            record_time: true,
        }
    }
}

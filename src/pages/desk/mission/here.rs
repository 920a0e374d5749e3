//! What the parts of a mission's page have in common.

use leptos::prelude::*;
use vigie_model::MissionId;
use vigie_protocol::{Failure, OfficeMission};

use super::ticket::Handed;

/// The mission that is looked at, and what is shown of it.
#[derive(Clone, Copy)]
pub struct Here {
    pub mission: MissionId,
    pub found: RwSignal<Option<OfficeMission>>,
    /// What was made last, or is looked at again, to be handed over.
    pub handed: RwSignal<Option<Handed>>,
    pub failure: RwSignal<Option<Failure>>,
}

impl Here {
    pub fn find(self, list: Vec<OfficeMission>) {
        let found = list.into_iter().find(|one| one.id == self.mission);
        self.found.set(found);
    }

    /// Whether this office has it, and no other one opened it to this.
    pub fn is_ours(self) -> bool {
        self.found
            .read()
            .as_ref()
            .is_some_and(|one| one.lead.is_none())
    }

    /// Whether anything may be begun in it.
    pub fn is_open(self) -> bool {
        self.found.read().as_ref().is_some_and(|one| !one.closed)
    }
}

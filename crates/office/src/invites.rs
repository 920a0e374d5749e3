//! Invites that are made in one go, each for one person.

use vigie_model::{InviteId, MissionId, Timestamp};

use crate::{Registry, due::Due};

impl Registry {
    /// The invites that were made at one moment for these people, of which the server was not told all: a cut kept them from
    /// there.
    pub fn invites_begun(
        &self,
        mission: &MissionId,
        labels: &[String],
        due: &Due,
        now: Timestamp,
    ) -> Option<Vec<InviteId>> {
        let waits = |id: &InviteId| due.invites.contains(id);
        let invites = self.invites(mission);
        // The newest first: those of one moment stand beside each other.
        let mut of_one_moment = invites.chunk_by(|a, b| a.doc.made == b.doc.made);
        of_one_moment.find_map(|made| {
            let open = made
                .iter()
                .filter(|one| one.doc.cancelled.is_none() && one.doc.expires > now);
            let mut open: Vec<(&str, InviteId)> = open
                .filter_map(|one| Some((one.doc.label.as_str(), one.doc.code()?.id())))
                .collect();
            open.sort_by_key(|(_, id)| !waits(id));
            let mut begun = Vec::new();
            for label in labels {
                let at = open.iter().position(|(of, _)| *of == label.trim())?;
                begun.push(open.remove(at).1);
            }
            begun.iter().any(waits).then_some(begun)
        })
    }
}

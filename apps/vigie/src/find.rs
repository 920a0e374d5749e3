//! Which mission a person means.

use vigie_office::{Registry, docs::MissionDoc};

use crate::{failure::Failure, folder::short};

/// The mission of this id, of an id that begins so, or of this name.
pub fn mission<'a>(registry: &'a Registry, said: &str) -> Result<&'a MissionDoc, Failure> {
    let matches = |doc: &&MissionDoc| {
        doc.card.mission.name.eq_ignore_ascii_case(said)
            || said.len() >= short(&doc.id().to_string()).len()
                && doc.id().to_string().starts_with(said)
    };
    let mut found = registry.missions().filter(matches);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::NoSuchMission(said.to_owned())),
        (Some(_), Some(_)) => Err(Failure::SeveralMissions(said.to_owned())),
    }
}

/// The same, of a mission in which something may be begun.
pub fn open_mission<'a>(registry: &'a Registry, said: &str) -> Result<&'a MissionDoc, Failure> {
    let found = mission(registry, said)?;
    match found.card.closed {
        true => Err(Failure::MissionClosed(said.to_owned())),
        false => Ok(found),
    }
}

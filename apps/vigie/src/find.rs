//! Which mission a person means.

use vigie_model::{Mission, MissionId};
use vigie_office::{Registry, docs::MissionDoc, shares::Shared};

use crate::{failure::Failure, folder::short};

/// The mission of this id, of an id that begins so, or of this name.
pub fn mission<'a>(registry: &'a Registry, said: &str) -> Result<&'a MissionDoc, Failure> {
    only(
        registry.missions(),
        |doc| &doc.card.mission,
        said,
        Failure::NoSuchMission,
    )
}

/// The same, of another office, that this one reads.
pub fn shared<'a>(registry: &'a Registry, said: &str) -> Result<&'a Shared, Failure> {
    let read = registry.shared_missions().filter(|shared| !shared.left);
    only(
        read,
        |shared| &shared.card.mission,
        said,
        Failure::NoSuchMission,
    )
}

/// The same, whoever has it: the office's own before another's that it reads or has read.
pub fn any_mission(registry: &Registry, said: &str) -> Result<MissionId, Failure> {
    match mission(registry, said) {
        Err(Failure::NoSuchMission(_)) => {}
        own => return Ok(own?.id()),
    }
    let found = only(
        registry.shared_missions(),
        |shared| &shared.card.mission,
        said,
        Failure::NoSuchMission,
    )?;
    Ok(found.card.mission.id)
}

/// The only one of which that may be said.
pub fn only<T>(
    all: impl IntoIterator<Item = T>,
    mission: impl Fn(&T) -> &Mission,
    said: &str,
    none: impl FnOnce(String) -> Failure,
) -> Result<T, Failure> {
    let matches = |one: &T| {
        let Mission { id, name, .. } = mission(one);
        let id = id.to_string();
        name.eq_ignore_ascii_case(said) || said.len() >= short(&id).len() && id.starts_with(said)
    };
    let mut found = all.into_iter().filter(matches);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(none(said.to_owned())),
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

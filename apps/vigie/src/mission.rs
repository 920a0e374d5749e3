//! `vigie mission new`, `vigie mission list`; what several offices do with one is in `share.rs`.

use vigie_model::{Card, FormHash, Lang, MissionKind, Policy};
use vigie_office::{
    Registry,
    docs::MissionDoc,
    due::Publish,
    mission::{NewMission, new_mission},
    shares::fingerprint_of,
};

use crate::{
    arguments::{DeskArgs, KindArg, NewMissionArgs},
    chance::chance,
    desk::Desk,
    failure::Failure,
    form,
};

impl From<KindArg> for MissionKind {
    fn from(kind: KindArg) -> MissionKind {
        match kind {
            KindArg::Observation => MissionKind::Observation,
            KindArg::Internship => MissionKind::Internship,
            KindArg::Training => MissionKind::Training,
            KindArg::Tour => MissionKind::Tour,
            KindArg::Talk => MissionKind::Talk,
            KindArg::Campaign => MissionKind::Campaign,
            KindArg::Cooperation => MissionKind::Cooperation,
        }
    }
}

/// `vigie mission new`
pub fn new(args: NewMissionArgs) -> Result<(), Failure> {
    let forms = args
        .form
        .iter()
        .map(|path| form::document(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut desk = Desk::open(&args.desk)?;
    let registry = desk.registry()?;
    for doc in &forms {
        form::keep(&mut desk, &registry, doc)?;
    }
    let mission = NewMission {
        name: args.name,
        kind: args.kind.into(),
        starts: args.starts,
        ends: args.ends,
        languages: args.languages.into_iter().map(Lang::new).collect(),
        policy: Policy {
            keep_readable: !args.seal_after_sending,
            share_with_team: args.share_with_team,
            record_time: !args.day_only,
        },
        forms: forms.into_iter().map(|doc| doc.form).collect(),
    };
    let doc = publish(&mut desk, mission)?;
    say!("mission   {}", doc.card.mission.name);
    say!("id        {}", doc.id());
    for form in &doc.card.forms {
        say!("form      {} {}", form.id, form.version);
    }
    Ok(())
}

/// Makes a mission; its key is kept before its card is published. The same again, after a cut kept its card from the
/// server, goes on with the one that was begun.
pub fn publish(desk: &mut Desk, mission: NewMission) -> Result<MissionDoc, Failure> {
    let doc = new_mission(mission, &desk.keys, &mut chance)?;
    let registry = desk.registry()?;
    let begun = registry.missions().find(|begun| {
        let mut said = begun.card.mission.clone();
        said.id = doc.id();
        let hashes = |doc: &MissionDoc| -> Vec<FormHash> {
            let forms = doc.card.forms.iter();
            forms.map(|form| form.hash.clone()).collect()
        };
        desk.state.due.cards.contains_key(&begun.id())
            && begun.rev == doc.rev
            && said == doc.card.mission
            && hashes(begun) == hashes(&doc)
    });
    match begun.map(MissionDoc::id) {
        Some(begun) => {
            desk.say_docs()?;
            desk.publish(begun)
        }
        None => desk.publish_mission(doc, Publish::default()),
    }
}

/// `vigie mission list`
pub fn list(args: &DeskArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(args)?;
    if let Err(error) = desk.fetch_docs() {
        eprintln!("vigie: showing what is here: {error}");
    }
    let registry = desk.registry()?;
    for doc in registry.missions() {
        tell(&registry, &doc.card, "");
        for other in doc.others() {
            say!("    read by {}  {}", other.name, fingerprint_of(other));
        }
    }
    for shared in registry.shared_missions() {
        tell(
            &registry,
            &shared.card,
            if shared.left { "  left" } else { "" },
        );
        say!("    of {}", shared.name);
    }
    Ok(())
}

/// The lines on a mission.
fn tell(registry: &Registry, card: &Card, standing: &str) {
    let mission = &card.mission;
    let devices = registry.people(&mission.id).count();
    let closed = if card.closed { "  closed" } else { "" };
    say!("{}  {}{closed}{standing}", mission.id, mission.name);
    say!(
        "    {} to {} · {} forms · {devices} devices",
        day(&mission.starts),
        day(&mission.ends),
        card.forms.len()
    );
}

fn day(day: &str) -> &str {
    if day.is_empty() { "…" } else { day }
}

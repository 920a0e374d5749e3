//! `vigie mission new`, `vigie mission list`, `vigie invite`.

use futures::executor::block_on;
use vigie_model::{Lang, MissionKind, Policy, Timestamp};
use vigie_office::{
    OfficeDoc, Registry,
    docs::MissionDoc,
    mission::{NewInvite, NewMission, new_mission},
};

use super::{
    DeskArgs, Failure, InviteArgs, KindArg, NewMissionArgs, chance, desk::Desk, folder::short, form,
};
use crate::mailbox::now;

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

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
    let desk = Desk::open(&args.desk)?;
    let registry = desk.registry()?;
    for doc in &forms {
        form::keep(&desk, &registry, doc)?;
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
    let doc = publish(&desk, mission)?;
    say!("mission   {}", doc.card.mission.name);
    say!("id        {}", doc.id());
    for form in &doc.card.forms {
        say!("form      {} {}", form.id, form.version);
    }
    Ok(())
}

/// Makes a mission; its key is kept before its card is published.
pub fn publish(desk: &Desk, mission: NewMission) -> Result<MissionDoc, Failure> {
    desk.publish_mission(new_mission(mission, &desk.keys, &mut chance)?)
}

/// `vigie mission list`
pub fn list(args: &DeskArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(args)?;
    if let Err(error) = desk.fetch_docs() {
        eprintln!("vigie: showing what is here: {error}");
    }
    let registry = desk.registry()?;
    for doc in registry.missions() {
        let mission = &doc.card.mission;
        let devices = registry.people(&doc.id()).count();
        say!("{}  {}", doc.id(), mission.name);
        say!(
            "    {} to {} · {} forms · {devices} devices",
            day(&mission.starts),
            day(&mission.ends),
            doc.card.forms.len()
        );
    }
    Ok(())
}

fn day(day: &str) -> &str {
    if day.is_empty() { "…" } else { day }
}

/// `vigie invite`
pub fn invite(args: &InviteArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let mission = find(&registry, &args.mission)?;
    let invite = make_invite(&desk, mission, &args.label, args.days)?;
    say!("{}", invite.doc.code);
    say!("{}", invite.link(&desk.keys.server));
    eprintln!(
        "Good for one device, for {} days. Give it to one person, out of sight.",
        args.days
    );
    Ok(())
}

/// Makes an invite; the office's paper is kept before the server takes the box.
pub fn make_invite(
    desk: &Desk,
    mission: &MissionDoc,
    label: &str,
    days: u32,
) -> Result<NewInvite, Failure> {
    let now = now();
    let expires = Timestamp(now.0.saturating_add(i64::from(days) * DAY_MS));
    let invite = mission.invite(&desk.keys, label, expires, now, &mut chance);
    desk.publish(OfficeDoc::Invite(invite.doc.clone()).seal(&desk.keys))?;
    block_on(desk.client.put_invite(&invite.id, &invite.body, now))?;
    Ok(invite)
}

/// The mission of this id, of an id that begins so, or of this name.
pub fn find<'a>(registry: &'a Registry, said: &str) -> Result<&'a MissionDoc, Failure> {
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

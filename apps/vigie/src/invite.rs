//! `vigie invite`, `vigie invite list`, `vigie invite cancel`: invites from the command line.

use vigie_mailbox::mailbox::now;
use vigie_model::Timestamp;
use vigie_office::{
    OfficeDoc,
    docs::{InviteDoc, MissionDoc},
};

use crate::{
    arguments::{CancelInviteArgs, DeskArgs, InviteArgs, InviteCommand, ListInvitesArgs},
    chance::chance,
    desk::Desk,
    failure::Failure,
    find,
};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `vigie invite`, and what stands behind it.
pub fn invite(args: &InviteArgs) -> Result<(), Failure> {
    match &args.command {
        Some(InviteCommand::List(args)) => list(args),
        Some(InviteCommand::Cancel(args)) => cancel(args),
        None => new(args),
    }
}

fn new(args: &InviteArgs) -> Result<(), Failure> {
    let (Some(key), Some(said)) = (&args.key, &args.mission) else {
        return Err(Failure::WhichMission);
    };
    let mut desk = Desk::open(&DeskArgs {
        key: key.clone(),
        office: args.office.clone(),
    })?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let mission = find::open_mission(&registry, said)?;
    let doc = make(&mut desk, mission, &args.label, args.days)?;
    say!("{}", doc.code);
    say!("{}", vigie_join::link(&desk.keys.server, &doc.code));
    eprintln!(
        "Good for one device, for {} days. Give it to one person, out of sight.",
        args.days
    );
    Ok(())
}

/// Makes an invite; the office's paper is kept before the server takes the box. The same again, after a cut kept it from the
/// server, goes on with the one that was begun.
pub fn make(
    desk: &mut Desk,
    mission: &MissionDoc,
    label: &str,
    days: u32,
) -> Result<InviteDoc, Failure> {
    let now = now();
    let registry = desk.registry()?;
    let labels = [label.to_owned()];
    let begun = registry.invites_begun(&mission.id(), &labels, &desk.state.due, now);
    let begun = begun.and_then(|ids| registry.invite(ids.first()?));
    let doc = match begun {
        Some(begun) => begun.doc.clone(),
        None => {
            let expires = Timestamp(now.0.saturating_add(i64::from(days) * DAY_MS));
            let made = mission.invite(&desk.keys, label, expires, now, &mut chance);
            desk.keep(&OfficeDoc::Invite(made.doc.clone()), |due, _| {
                due.invites.insert(made.id);
            })?;
            made.doc
        }
    };
    desk.say_docs()?;
    if let Some(code) = doc.code() {
        desk.say_invite(code.id())?;
    }
    Ok(doc)
}

fn list(args: &ListInvitesArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    if let Err(error) = desk.fetch_docs() {
        eprintln!("vigie: showing what is here: {error}");
    }
    let registry = desk.registry()?;
    let mission = find::mission(&registry, &args.mission)?;
    for invite in registry.invites(&mission.id()) {
        let used = invite.used_by.as_ref();
        let used = used.and_then(|device| registry.device(device));
        let state = match used {
            Some(device) => format!("used by {}", device.name),
            None if invite.doc.cancelled.is_some() => "cancelled".to_owned(),
            None if invite.doc.expires < now() => "expired".to_owned(),
            None => "open".to_owned(),
        };
        say!("{}  {}  {state}", invite.doc.code, invite.doc.label);
    }
    Ok(())
}

/// The document first: whatever is cut, no desk believes who comes by it later.
fn cancel(args: &CancelInviteArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let mission = find::mission(&registry, &args.mission)?;
    let mut found = registry
        .invites(&mission.id())
        .into_iter()
        .filter(|invite| {
            let same_code = args.invite.parse().ok() == invite.doc.code();
            same_code || invite.doc.label.eq_ignore_ascii_case(args.invite.trim())
        });
    let no_such = || Failure::NoSuchInvite(args.invite.clone());
    let mut doc = found.next().ok_or_else(no_such)?.doc.clone();
    if found.next().is_some() {
        return Err(Failure::SeveralInvites(args.invite.clone()));
    }
    let code = doc.code().ok_or_else(no_such)?;
    let cancelling = registry.cancelling(&code.id(), now());
    doc.cancelled = Some(doc.cancelled.unwrap_or(cancelling));
    desk.keep(&OfficeDoc::Invite(doc), |due, _| {
        due.invites.insert(code.id());
    })?;
    desk.say_docs()?;
    desk.say_invite(code.id())
}

//! `vigie link new`, `vigie link list`, `vigie link close`: partner links from the command line.

use std::collections::BTreeMap;

use vigie_join::partner_link;
use vigie_mailbox::mailbox::now;
use vigie_model::{FormHash, FormId, Lang, Timestamp};
use vigie_office::{
    OfficeDoc,
    docs::{LinkDoc, MissionDoc},
    links::LinkStanding,
    mission::NewLink,
};
use vigie_words::{LANGUAGES, desk};

use crate::{
    arguments::{CloseLinkArgs, ListLinksArgs, NewLinkArgs},
    chance::chance,
    desk::Desk,
    failure::Failure,
    find, folder,
    invite::DAY_MS,
};

/// What a person agrees to when the office says nothing else, by language: what the desk offers.
pub fn default_consent() -> BTreeMap<Lang, String> {
    let text = |lang| desk::TEXTS.say(lang, desk::LINK_CONSENT_DEFAULT).to_owned();
    LANGUAGES
        .iter()
        .map(|language| (language.code.into(), text(language.code)))
        .collect()
}

/// `vigie link new`
pub fn new(args: &NewLinkArgs) -> Result<(), Failure> {
    let mut consent = default_consent();
    for (lang, path) in &args.consent {
        let text = folder::read(path)?;
        let text = String::from_utf8(text).map_err(|_| Failure::NotText(path.clone()))?;
        consent.insert(Lang::new(lang.clone()), text);
    }
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let mission = find::mission(&registry, &args.mission)?;
    let languages = &mission.card.mission.languages;
    let given = |lang: &Lang| args.consent.iter().any(|(one, _)| one == lang.as_str());
    consent.retain(|lang, _| languages.contains(lang) || given(lang));
    let link = NewLink {
        form: form_of(mission, args.form.as_deref())?,
        label: args.label.clone(),
        consent,
        uses: args.count.unwrap_or(0),
        kiosk: args.kiosk,
        later_days: args.later_days,
        expires: Timestamp(now().0.saturating_add(i64::from(args.days) * DAY_MS)),
    };
    let doc = make(&mut desk, mission, link)?;
    say!("{}", doc.code);
    say!("{}", partner_link(&desk.keys.server, &doc.code));
    match args.count {
        Some(count) => eprintln!("Open for {} days, for {count} answers.", args.days),
        None => eprintln!("Open for {} days.", args.days),
    }
    Ok(())
}

/// The form that was named; when none was, the mission's only one.
fn form_of(mission: &MissionDoc, named: Option<&str>) -> Result<FormId, Failure> {
    match (named, mission.card.forms.as_slice()) {
        (Some(named), _) => Ok(FormId::new(named)),
        (None, [only]) => Ok(only.id.clone()),
        (None, forms) => Err(Failure::WhichForm(
            forms
                .iter()
                .map(|form| form.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        )),
    }
}

/// Makes a link; the office's paper is kept before the server takes the box. The same again, after a cut kept it from the
/// server, goes on with the one that was begun.
pub fn make(desk: &mut Desk, mission: &MissionDoc, link: NewLink) -> Result<LinkDoc, Failure> {
    let now = now();
    let registry = desk.registry()?;
    let media = |hash: &FormHash| registry.media(hash);
    let made = mission.link(&desk.keys, link, media, now, &mut chance)?;
    let doc = match registry.link_begun(&made.doc, &desk.state.due) {
        Some(begun) => begun.clone(),
        None => {
            desk.keep(&OfficeDoc::Link(made.doc.clone()), |due, _| {
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

/// `vigie link list`
pub fn list(args: &ListLinksArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    if let Err(error) = desk.fetch_docs() {
        eprintln!("vigie: showing what is here: {error}");
    }
    let registry = desk.registry()?;
    let mission = find::mission(&registry, &args.mission)?;
    let opened = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?;
    for link in registry.links(&mission.id()) {
        let doc = &link.doc;
        let of = match doc.uses {
            0 => String::new(),
            uses => format!(" of {uses}"),
        };
        say!(
            "{}  {}  {}",
            doc.code,
            doc.label,
            state(link.standing(now()))
        );
        say!(
            "    {} · {}{of} answered · {}",
            doc.form,
            link.came(&opened.seen),
            partner_link(&desk.keys.server, &doc.code)
        );
    }
    Ok(())
}

fn state(standing: LinkStanding) -> &'static str {
    match standing {
        LinkStanding::Closed => "closed",
        LinkStanding::Expired => "expired",
        LinkStanding::Full => "full",
        LinkStanding::Open => "open",
    }
}

/// `vigie link close`
pub fn close(args: &CloseLinkArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let mission = find::mission(&registry, &args.mission)?;
    let found = registry.links(&mission.id()).into_iter().find(|link| {
        let same_code = args.link.parse().ok() == link.doc.code();
        same_code || link.doc.label.eq_ignore_ascii_case(args.link.trim())
    });
    let mut doc = found
        .ok_or_else(|| Failure::NoSuchLink(args.link.clone()))?
        .doc
        .clone();
    let code = doc
        .code()
        .ok_or_else(|| Failure::NoSuchLink(args.link.clone()))?;
    doc.closed = true;
    desk.keep(&OfficeDoc::Link(doc), |due, _| {
        due.invites.insert(code.id());
    })?;
    desk.say_docs()?;
    desk.say_invite(code.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_text_of_consent() {
        let texts = default_consent();
        assert_eq!(texts.len(), LANGUAGES.len());
        assert!(texts.values().all(|text| text.lines().count() >= 2));
    }
}

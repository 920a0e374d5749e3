//! `vigie link new`, `vigie link list`, `vigie link close`: partner links from the command line.

use std::{collections::BTreeMap, path::PathBuf};

use vigie_join::partner_link;
use vigie_mailbox::mailbox::now;
use vigie_model::{FormId, Lang, LinkOptions, Timestamp};
use vigie_office::{
    OfficeDoc,
    docs::{LinkDoc, MissionDoc},
    links::LinkStanding,
    mission::NewLink,
    questions::asks_consent,
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
    consent.extend(texts(&args.consent)?);
    let thanks = texts(&args.thanks)?;
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let mission = find::open_mission(&registry, &args.mission)?;
    let languages = &mission.card.mission.languages;
    let given = |lang: &Lang| args.consent.iter().any(|(one, _)| one == lang.as_str());
    consent.retain(|lang, _| languages.contains(lang) || given(lang));
    let form = form_of(mission, args.form.as_deref())?;
    let asks = mission.card.form(&form).is_some_and(asks_consent);
    if asks && args.consent.is_empty() {
        consent.clear();
    }
    let link = NewLink {
        form,
        label: args.label.clone(),
        consent,
        uses: args.count.unwrap_or(0),
        kiosk: args.kiosk,
        codes: 0,
        later_days: args.later_days,
        options: LinkOptions {
            lang: args.lang.clone().map(Lang::new),
            answers: args.answer.iter().cloned().collect(),
            thanks,
            may_keep: args.may_keep,
        },
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

fn texts(files: &[(String, PathBuf)]) -> Result<BTreeMap<Lang, String>, Failure> {
    let files = files.iter();
    files
        .map(|(lang, path)| {
            let text = String::from_utf8(folder::read(path)?);
            let text = text.map_err(|_| Failure::NotText(path.clone()))?;
            Ok((Lang::new(lang.clone()), text))
        })
        .collect()
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
    let made = mission.links(link, now, &mut chance)?;
    let begun = registry.links_begun(&made, &desk.state.due);
    let doc = match begun {
        Some(begun) => begun.doc().clone(),
        None => {
            let doc = made.into_iter().next();
            let doc = doc.expect("no sheet is asked for: it is one link");
            keep(desk, &doc)?;
            doc
        }
    };
    desk.say_docs()?;
    say(desk, &doc)?;
    Ok(doc)
}

/// Keeps a link's document, with the word that the server is to be told.
fn keep(desk: &mut Desk, doc: &LinkDoc) -> Result<(), Failure> {
    let code = doc.code();
    desk.keep(&OfficeDoc::Link(doc.clone()), |due, _| {
        due.invites.extend(code.map(|code| code.id()));
    })
    .map(drop)
}

fn say(desk: &mut Desk, doc: &LinkDoc) -> Result<(), Failure> {
    match doc.code() {
        Some(code) => desk.say_invite(code.id()),
        None => Ok(()),
    }
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
        let number = match doc.sheet {
            Some(sheet) => format!(" {}", sheet.number),
            None => String::new(),
        };
        say!(
            "{}  {}{number}  {}",
            doc.code,
            doc.label,
            state(link.standing(now()))
        );
        let later = match doc.later_days {
            0 => String::new(),
            days => format!(" · {days} days to go on"),
        };
        say!(
            "    {} · {}{of} answered{later} · {}",
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
    let code = args.link.parse().ok();
    let no_such = || Failure::NoSuchLink(args.link.clone());
    let one = registry.links(&mission.id()).into_iter();
    let mut one = one.filter(|link| code.is_some() && link.doc.code() == code);
    // A code closes itself alone, a name all that is called by it: a sheet has many codes.
    let closed = match one.next() {
        Some(link) => vec![LinkDoc {
            closed: true,
            ..link.doc.clone()
        }],
        None => {
            let made = registry.handed_out(&mission.id()).into_iter();
            let mut called =
                made.filter(|made| made.doc().label.eq_ignore_ascii_case(args.link.trim()));
            called.next().ok_or_else(no_such)?.closing(now())
        }
    };
    for doc in &closed {
        keep(&mut desk, doc)?;
    }
    desk.say_docs()?;
    closed.iter().try_for_each(|doc| say(&mut desk, doc))
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

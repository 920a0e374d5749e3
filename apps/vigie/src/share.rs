//! `vigie office card`, `vigie mission share` and what answers it: missions that several offices read.
//!
//! What is decided is the office's own crate's, as at a desk in a browser; here are its requests, and what is printed.

use futures::executor::block_on;
use vigie_exchange::{
    ExchangeError,
    api::{Code, KeyHex, ShareItem},
};
use vigie_mailbox::mailbox::now;
use vigie_model::MissionId;
use vigie_office::{
    OfficeDoc,
    docs::MissionDoc,
    due::Publish,
    readers::{Closed, News},
    shares::{CallingCard, Share, SharedDoc, fingerprint_of},
};
use vigie_seal::VerifyingKey;

use crate::{
    arguments::{DeskArgs, OfferedArgs, ShareArgs, UnshareArgs},
    desk::Desk,
    due::is_older,
    failure::Failure,
    find,
};

/// A mission that another office opens to this one, and that waits for its answer.
struct Offer {
    lead: KeyHex,
    share: Share,
}

/// `vigie office card`
pub fn card(args: &DeskArgs) -> Result<(), Failure> {
    let desk = Desk::open(args)?;
    let card = CallingCard::of(&desk.keys);
    say!("{card}");
    say!("check     {}", card.fingerprint());
    eprintln!("Give the line to the other office, and compare the check with it by voice.");
    Ok(())
}

/// `vigie mission share`: the share first. Before anything is sealed for it, the office is at this server, and hears of the
/// mission.
pub fn share(args: &ShareArgs) -> Result<(), Failure> {
    let card: CallingCard = args.card.parse()?;
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let known = find::mission(&registry, &args.mission)?;
    let doc = known.opened_to(&desk.keys, card.office.clone())?;
    let sealed = doc
        .share(&desk.keys, &registry)
        .seal(&desk.keys, &card.office)
        .ok_or_else(|| Failure::Seal("the mission, for that office".to_owned()))?;
    let to = key(&card.office.office)?;
    match block_on(desk.client.put_share(&doc.id(), &to, sealed, now())) {
        Err(error) if is_absent(&error) => return Err(Failure::OfficeElsewhere),
        told => told?,
    }
    change_readers(&mut desk, doc)?;
    say!("{}  {}", card.fingerprint(), card.office.name);
    eprintln!(
        "Phones seal for it once they have the mission's next card. Compare its check with it by voice."
    );
    Ok(())
}

/// `vigie mission unshare`
pub fn unshare(args: &UnshareArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let known = find::mission(&registry, &args.mission)?;
    let said = args.other.trim();
    let matches = |name: &str, fingerprint: &str| {
        name.eq_ignore_ascii_case(said) || fingerprint.eq_ignore_ascii_case(said)
    };
    let mut found = known
        .others()
        .filter(|other| matches(&other.name, &fingerprint_of(other)));
    let other = match (found.next(), found.next()) {
        (Some(one), None) => one.clone(),
        (None, _) => return Err(Failure::NoSuchReader(args.other.clone())),
        (Some(_), Some(_)) => return Err(Failure::SeveralReaders(args.other.clone())),
    };
    let doc = known.closed_to(&desk.keys, &other.office);
    // Should the line be cut, it is said at the next fetch.
    let mission = doc.id();
    desk.owe(|due| due.tell_closed(mission, &other.office))?;
    change_readers(&mut desk, doc)?;
    say!(
        "{}  {}  reads it no more",
        fingerprint_of(&other),
        other.name
    );
    Ok(())
}

fn change_readers(desk: &mut Desk, doc: MissionDoc) -> Result<(), Failure> {
    let changed = Publish {
        readers: true,
        ..Publish::default()
    };
    desk.publish_mission(doc, changed)?;
    desk.tell_readers()
}

/// `vigie mission offers`
pub fn offers(args: &DeskArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(args)?;
    desk.fetch_docs()?;
    for Offer { share, .. } in desk.offers()? {
        let mission = &share.card.mission;
        say!("{}  {}", mission.id, mission.name);
        say!("    of {}  {}", share.name, share.lead_fingerprint());
    }
    Ok(())
}

/// `vigie mission take`
pub fn take(args: &OfferedArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let Offer { lead, share } = desk.offer(&args.mission)?;
    let (name, of) = (share.card.mission.name.clone(), share.name.clone());
    let mission = share.card.mission.id;
    let doc = desk.registry()?.taking(share, now());
    let doc = doc.ok_or(Failure::MissionOfAnother)?;
    desk.keep(&OfficeDoc::Shared(doc), |due, _| {
        due.answers.insert(mission, lead);
    })?;
    desk.say_docs()?;
    desk.say_answers()?;
    say!("{mission}  {name}  of {of}");
    Ok(())
}

/// `vigie mission refuse`
pub fn refuse(args: &OfferedArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let Offer { lead, share } = desk.offer(&args.mission)?;
    let mission = &share.card.mission;
    desk.owe(|due| {
        due.answers.insert(mission.id, lead);
    })?;
    desk.say_answers()?;
    say!("{}  {}  refused", mission.id, mission.name);
    Ok(())
}

/// `vigie mission leave`
pub fn leave(args: &OfferedArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    desk.fetch_docs()?;
    let registry = desk.registry()?;
    let shared = find::shared(&registry, &args.mission)?;
    let mission = &shared.card.mission;
    let lead = key(&shared.card.office)?;
    desk.keep(&OfficeDoc::Shared(shared.given_up(now())), |due, _| {
        due.answers.insert(mission.id, lead);
    })?;
    desk.say_docs()?;
    desk.say_answers()?;
    say!("{}  {}  left; what came stays", mission.id, mission.name);
    Ok(())
}

impl Desk {
    /// Tells other offices what is new in the missions that they read, and those that read one no more, that they do not.
    pub fn tell_readers(&mut self) -> Result<(), Failure> {
        let registry = self.registry()?;
        let (news, closed) = self.state.due.to_readers(&registry, &self.keys);
        for News {
            mission,
            office,
            says,
            sealed,
        } in news
        {
            let to = key(&office)?;
            block_on(self.client.put_share(&mission, &to, sealed, now()))?;
            self.owe(|due| due.told_reader(mission, office, says))?;
        }
        for Closed { mission, office } in closed {
            let to = key(&office)?;
            match block_on(self.client.close_share(&mission, &to, now())) {
                // The office is there no more, or was never told.
                Err(error) if is_absent(&error) => {}
                closed => closed?,
            }
            self.owe(|due| due.closed_to(&mission, &office))?;
        }
        Ok(())
    }

    /// Tells the server which missions of other offices are wanted here.
    pub fn say_answers(&mut self) -> Result<(), Failure> {
        let registry = self.registry()?;
        for (mission, lead) in self.state.due.answers.clone() {
            let accept = registry.reads(&mission, &lead);
            match block_on(self.client.answer_share(&lead, &mission, accept, now())) {
                // The lead closed it meanwhile.
                Err(error) if error.code() == Some(&Code::NotFound) => {}
                answered => answered?,
            }
            self.owe(|due| {
                due.answers.remove(&mission);
            })?;
        }
        Ok(())
    }

    /// Reads what the leads of missions that this office took say of them since; what a lead closed is left.
    pub fn read_shares(&mut self) -> Result<(), Failure> {
        let items = self.shares()?;
        for item in &items {
            let ShareItem {
                lead, mission, id, ..
            } = *item;
            let registry = self.registry()?;
            let is_new = self.state.due.read.get(&mission) != Some(&id);
            if !registry.reads(&mission, &lead) || !is_new {
                continue;
            }
            // What does not open is a newer version's: it is asked for again.
            let Some(share) = self.open_share(item)? else {
                continue;
            };
            let shared = registry.shared(&mission);
            match shared.and_then(|shared| shared.news(share, now())) {
                Some(doc) => {
                    self.keep(&OfficeDoc::Shared(doc), |due, _| {
                        due.read.insert(mission, id);
                    })?;
                }
                None => self.owe(|due| {
                    due.read.insert(mission, id);
                })?,
            }
        }
        let listed: Vec<MissionId> = items.iter().map(|item| item.mission).collect();
        let over: Vec<SharedDoc> = self.registry()?.closed_by_leads(&listed, now());
        for doc in over {
            self.keep(&OfficeDoc::Shared(doc), |_, _| {})?;
        }
        Ok(())
    }

    /// Missions that wait for this office's answer: of each, what the office that came first says.
    fn offers(&mut self) -> Result<Vec<Offer>, Failure> {
        let registry = self.registry()?;
        let mut offers: Vec<Offer> = Vec::new();
        for item in self.shares()? {
            let ShareItem { lead, mission, .. } = item;
            let is_answered = self.state.due.answers.contains_key(&mission);
            let mut known = offers.iter().map(|offer| offer.share.card.mission.id);
            if is_answered || registry.reads(&mission, &lead) || known.any(|one| one == mission) {
                continue;
            }
            if let Some(share) = self.open_share(&item)? {
                offers.push(Offer { lead, share });
            }
        }
        Ok(offers)
    }

    /// The one of them that is called so.
    fn offer(&mut self, said: &str) -> Result<Offer, Failure> {
        find::only(
            self.offers()?,
            |offer| &offer.share.card.mission,
            said,
            Failure::NoSuchOffer,
        )
    }

    /// What other offices open to this one; nothing at a server of before.
    fn shares(&mut self) -> Result<Vec<ShareItem>, Failure> {
        match block_on(self.client.shares(now())) {
            Err(error) if is_absent(&error) => Ok(Vec::new()),
            shares => Ok(shares?.shares),
        }
    }

    /// What a lead says of its mission; `None` where that was closed since it was listed, or does not open here.
    fn open_share(&mut self, item: &ShareItem) -> Result<Option<Share>, Failure> {
        let sealed = match block_on(self.client.share(&item.lead, &item.mission, now())) {
            Err(error) if error.code() == Some(&Code::NotFound) => return Ok(None),
            sealed => sealed?,
        };
        let Ok(lead) = VerifyingKey::from_bytes(&item.lead.0) else {
            return Ok(None);
        };
        let share = Share::open(&sealed, &self.keys, &lead).ok();
        Ok(share.filter(|share| share.card.mission.id == item.mission))
    }
}

/// Whether the server has no such office or mission, or is of before any mission was opened to anybody.
fn is_absent(error: &ExchangeError) -> bool {
    error.code().is_some_and(is_older)
}

/// An office's key, as a request says it.
fn key(office: &str) -> Result<KeyHex, Failure> {
    office
        .parse()
        .map_err(|_| Failure::NoSuchReader(office.to_owned()))
}

//! What the command line owes the server, and what other desks of the office wrote.
//!
//! What is owed is noted in `state.age` before the document is written, and struck out when the server has answered. So a
//! line, or this program, may be cut anywhere: the next `vigie fetch` says what is left.

use futures::executor::block_on;
use vigie_exchange::{
    api::{Code, Epoch, Hex},
    invites,
    request::body_hash,
};
use vigie_journal::Journal;
use vigie_mailbox::mailbox::now;
use vigie_model::{DeviceId, InviteId, MissionId};
use vigie_office::{
    OfficeDoc, Registry,
    docs::{Came, MissionDoc, believes_unsigned},
    due::{DocId, Due, InviteWord, Numbers, Publish},
    mission::SealedCard,
    team::SealedLetter,
};

use crate::{chance::chance, desk::Desk, failure::Failure};

/// How often a card is made anew when other desks publish at the same time.
const ROUNDS: u32 = 12;

impl Desk {
    /// Notes what is owed for a document, then keeps it here.
    pub fn keep(
        &mut self,
        doc: &OfficeDoc,
        owe: impl FnOnce(&mut Due, DocId),
    ) -> Result<DocId, Failure> {
        let sealed = doc.seal(&self.keys);
        let id = Hex(body_hash(&sealed));
        self.state.due.docs.insert(id);
        owe(&mut self.state.due, id);
        self.keep_state()?;
        self.folder.keep_doc(&sealed)?;
        Ok(id)
    }

    /// Keeps a document here, and gives it to the other desks.
    pub fn put_doc(&mut self, doc: &OfficeDoc) -> Result<(), Failure> {
        self.keep(doc, |_, _| {})?;
        self.say_docs()
    }

    /// Changes what is owed, and keeps it.
    pub fn owe(&mut self, change: impl FnOnce(&mut Due)) -> Result<(), Failure> {
        change(&mut self.state.due);
        self.keep_state()
    }

    /// Gives the server the documents that it may not have.
    pub fn say_docs(&mut self) -> Result<(), Failure> {
        for id in self.state.due.docs.clone() {
            // One whose writing was cut short: nobody ever saw it.
            if let Some(sealed) = self.folder.doc(&id)? {
                let opened = OfficeDoc::open(&sealed, &self.keys);
                match opened {
                    Ok(opened) if !opened.signed => {
                        // From before documents were signed, and believed since.
                        self.keep(&opened.doc, |due, again| {
                            for waiting in due.cards.values_mut() {
                                if waiting.doc == Some(id) {
                                    waiting.doc = Some(again);
                                }
                            }
                        })?;
                        self.folder.remove_doc(&id)?;
                        self.owe(|due| {
                            due.docs.remove(&id);
                        })?;
                        return self.say_docs();
                    }
                    _ => {
                        block_on(self.client.put_doc(sealed, now()))?;
                    }
                }
            }
            self.owe(|due| {
                due.docs.remove(&id);
            })?;
        }
        Ok(())
    }

    /// Fetches the documents that other desks made since.
    pub fn fetch_docs(&mut self) -> Result<(), Failure> {
        if !self.state.docs_signed {
            self.start_over(None, Numbers::New)?;
        }
        loop {
            let after = self.state.docs_after;
            let page = block_on(self.client.docs(after, now()))?;
            if self.begin_again(page.epoch, page.last, after)? {
                continue;
            }
            let known = match page.docs.is_empty() {
                true => Vec::new(),
                false => self.folder.docs(&self.keys)?,
            };
            for doc in &page.docs {
                let is_held = |says: &OfficeDoc| {
                    let mut known = known.iter();
                    known.any(|(id, known)| *id == doc.id || known == says)
                };
                match Came::of(&doc.sealed.0, &self.keys, is_held) {
                    Came::Ours(_) => {
                        self.folder.keep_doc(&doc.sealed.0)?;
                        self.state.due.docs.remove(&doc.id);
                    }
                    Came::Held => {}
                    Came::Aside => self.folder.put_aside(&doc.sealed.0)?,
                }
            }
            self.state.docs_after = page.next;
            self.keep_state()?;
            if !page.more || page.next <= after {
                return self.believe_unsigned();
            }
        }
    }

    /// As the desk in a browser does: once, and never again.
    fn believe_unsigned(&mut self) -> Result<(), Failure> {
        let began_empty = self.folder.docs(&self.keys)?.is_empty();
        let believes = !self.state.docs_signed && believes_unsigned(&self.keys, began_empty, false);
        for (id, sealed) in self.folder.aside()? {
            match OfficeDoc::open(&sealed, &self.keys) {
                Ok(opened) if opened.signed || believes => {
                    if !opened.signed {
                        self.owe(|due| {
                            due.docs.insert(id);
                        })?;
                    }
                    self.folder.keep_doc(&sealed)?;
                    self.folder.take_from_aside(&id)?;
                }
                Ok(_) => eprintln!("vigie: document {id}: not signed by the office; left aside"),
                Err(error) => eprintln!("vigie: document {id}: {error}; left aside"),
            }
        }
        if !self.state.docs_signed {
            self.state.docs_signed = true;
            self.keep_state()?;
        }
        Ok(())
    }

    /// True when the server's numbers are others than those we know: it was set back to a backup, or is met for the first
    /// time since it says so. Then its lists are read from 0, and what it may have lost is owed to it again.
    pub fn begin_again(
        &mut self,
        epoch: Option<Epoch>,
        last: Option<u64>,
        cursor: u64,
    ) -> Result<bool, Failure> {
        let numbers = Numbers::of(self.state.epoch, epoch, last, cursor);
        if numbers != Numbers::Same {
            self.start_over(epoch, numbers)?;
        }
        Ok(numbers != Numbers::Same)
    }

    fn start_over(&mut self, epoch: Option<Epoch>, numbers: Numbers) -> Result<(), Failure> {
        let registry = self.registry()?;
        let held = self.folder.docs(&self.keys)?.into_iter().map(|(id, _)| id);
        self.state.due.start_over(held, &registry, now(), numbers);
        if numbers == Numbers::SetBack {
            self.state.receipted.clear();
        }
        self.state.epoch = epoch.or(self.state.epoch);
        (self.state.docs_after, self.state.cursor) = (0, 0);
        self.keep_state()
    }

    /// Gives the server what a mission's questionnaires show, keeps its document, then publishes its card.
    pub fn publish_mission(
        &mut self,
        doc: MissionDoc,
        changed: Publish,
    ) -> Result<MissionDoc, Failure> {
        let mission = doc.id();
        self.keep_mission(doc, changed)?;
        self.say_docs()?;
        self.publish(mission)
    }

    fn keep_mission(&mut self, mut doc: MissionDoc, mut changed: Publish) -> Result<(), Failure> {
        let mission = doc.id();
        let registry = self.registry()?;
        let letters = doc.name_team(&registry);
        changed.turned |= doc.turn_key(&registry, &mut chance);
        // Files that no card names yet harm nobody.
        for file in doc.seal_files(|hash| registry.media(hash), &mut chance) {
            block_on(
                self.client
                    .put_card_file(&mission, &file.sha256, file.bytes, now()),
            )?;
        }
        self.keep(&OfficeDoc::Mission(doc), |due, id| {
            changed.in_place_of(id, due.cards.entry(mission).or_default());
            due.give(mission, letters);
            due.purges.remove(&mission);
        })?;
        Ok(())
    }

    /// The card in its box, with what stands beside it.
    fn seal(&self, doc: &MissionDoc) -> Result<SealedCard, Failure> {
        doc.seal_whole(&self.keys, &self.registry()?, &mut chance)
            .map_err(|error| Failure::Seal(error.to_string()))
    }

    /// Notes what the people of missions are to be given of bundles that were accepted since this was last seen.
    pub fn owe_letters(&mut self, registry: &Registry, journal: &Journal) -> Result<(), Failure> {
        for bundle in std::mem::take(&mut self.state.ungiven) {
            let Some((mission, ids)) = self.folder.changes_of(&bundle, &self.keys)? else {
                continue;
            };
            let doc = registry.mission(&mission);
            let team = self.state.team.get(&bundle).copied();
            let given = doc.and_then(|doc| doc.to_give(journal, ids, team));
            let given = given.map(|given| (Hex(bundle.0), given));
            self.state.due.give(mission, given);
        }
        Ok(())
    }

    /// Publishes the card of each mission that does not follow who takes part by now.
    pub fn follow_teams(&mut self) -> Result<(), Failure> {
        let registry = self.registry()?;
        let another = registry.missions().filter(|doc| !doc.follows(&registry));
        for doc in another {
            let next = doc.revise(&self.keys, |_| {});
            self.publish_mission(next, Publish::default())?;
        }
        Ok(())
    }

    /// Gives missions' people what no phone sealed for them. A server of before takes no such letters: they wait.
    pub fn give_letters(&mut self, journal: &Journal) -> Result<(), Failure> {
        let registry = self.registry()?;
        for (mission, letters) in self.state.due.letters.clone() {
            for (place, given) in letters {
                let doc = registry.mission(&mission);
                let letter = doc.and_then(|doc| doc.letter(&self.keys, journal, &given));
                if let Some(SealedLetter { reader, bytes }) = letter {
                    let to = (&place, reader.as_ref());
                    match block_on(self.client.put_team_letter(&mission, to, bytes, now())) {
                        Err(error) if error.code().is_some_and(is_older) => return Ok(()),
                        put => put?,
                    }
                }
                self.owe(|due| due.given(&mission, &place))?;
            }
        }
        Ok(())
    }

    /// Publishes a mission's card anew, with all that was erased of the mission beside it.
    pub fn tell_purges(&mut self, mission: MissionId) -> Result<(), Failure> {
        let known = self.registry()?.mission(&mission).cloned();
        match known {
            Some(doc) => {
                let next = doc.revise(&self.keys, |_| {});
                self.publish_mission(next, Publish::default()).map(drop)
            }
            None => self.owe(|due| {
                due.purges.remove(&mission);
            }),
        }
    }

    /// Puts a mission's card at the server. When another desk published meanwhile, the documents are read again, and the card
    /// is made anew after theirs.
    pub fn publish(&mut self, mission: MissionId) -> Result<MissionDoc, Failure> {
        for round in 1..=ROUNDS {
            let waiting = self.state.due.cards.get(&mission).cloned();
            let waiting = waiting.unwrap_or_default();
            let Some(mut card) = waiting.of(self.docs_of(&mission)?) else {
                // Its document was never written: there is no such mission.
                self.owe(|due| {
                    due.cards.remove(&mission);
                })?;
                return Err(Failure::NoSuchMission(mission.to_string()));
            };
            if card.theirs.is_none() {
                let sealed = self.seal(&card.ours)?;
                match block_on(
                    self.client
                        .put_card(&mission, sealed.rev, sealed.bytes, now()),
                ) {
                    Ok(()) => {
                        let registry = self.registry()?;
                        self.owe(|due| due.published(&mission, &registry))?;
                        return Ok(card.ours);
                    }
                    Err(error) if error.code() == Some(&Code::Stale) => self.fetch_docs()?,
                    Err(error) => return Err(error.into()),
                }
                card = waiting.of(self.docs_of(&mission)?).unwrap_or(card);
            }
            let next = card.again(&waiting, &self.keys, round);
            self.keep_mission(next, waiting)?;
            self.say_docs()?;
        }
        Err(Failure::Crowded)
    }

    fn docs_of(&self, mission: &MissionId) -> Result<Vec<(DocId, MissionDoc)>, Failure> {
        let docs = self.folder.docs(&self.keys)?.into_iter();
        let of_mission = docs.filter_map(|(id, doc)| match doc {
            OfficeDoc::Mission(doc) if doc.id() == *mission => Some((id, doc)),
            _ => None,
        });
        Ok(of_mission.collect())
    }

    /// Tells the server what the documents say of an invite or a partner link by now.
    pub fn say_invite(&mut self, invite: InviteId) -> Result<(), Failure> {
        let word = self
            .registry()?
            .invite_word(&invite, &self.keys, &mut chance);
        match word {
            Some(InviteWord::Open(body)) => {
                block_on(invites::put_again(&self.client, &invite, body, now()))?;
            }
            Some(InviteWord::Closed) => block_on(invites::close(&self.client, &invite, now()))?,
            None => {}
        }
        self.owe(|due| {
            due.invites.remove(&invite);
        })
    }

    /// Tells the server of every invite and link that it may not know as it should.
    pub fn say_invites(&mut self) -> Result<(), Failure> {
        let mut all = Ok(());
        for invite in self.state.due.invites.clone() {
            all = all.and(self.say_invite(invite));
        }
        all
    }

    /// Tells the server that a device was removed.
    pub fn say_device(&mut self, device: DeviceId) -> Result<(), Failure> {
        match block_on(self.client.remove_device(&device, now())) {
            Err(error) if error.code().is_some_and(is_older) => {
                return Err(Failure::OlderServer);
            }
            other => other?,
        }
        self.owe(|due| {
            due.devices.remove(&device);
        })
    }

    /// Says all that is owed. What fails is said, and keeps nothing else from being done; a line that is down ends it.
    pub fn say_all(&mut self) -> Result<(), Failure> {
        let mut all = self.say_docs();
        let due = self.state.due.clone();
        for device in due.devices {
            all = all.and(self.say_device(device));
        }
        all = all.and(self.say_invites());
        for mission in due.purges {
            all = all.and(self.tell_purges(mission));
        }
        for (mission, _) in due.cards {
            all = all.and(self.publish(mission).map(drop));
        }
        for mission in due.cards_again {
            all = all.and(self.publish_again(mission));
        }
        all = all.and(self.say_answers()).and(self.tell_readers());
        all = all.and(self.follow_teams());
        match all {
            // It is told again at each fetch, until it was updated.
            Err(Failure::OlderServer) => {
                eprintln!("vigie: {}", Failure::OlderServer);
                Ok(())
            }
            other => other,
        }
    }

    fn publish_again(&mut self, mission: MissionId) -> Result<(), Failure> {
        if let Some(doc) = self.registry()?.mission(&mission) {
            if let Some(next) = doc.without_boxes(&self.keys) {
                self.publish_mission(next, Publish::forms(doc.form_ids()))?;
            } else {
                let card = self.seal(doc)?;
                match block_on(self.client.put_card(&mission, card.rev, card.bytes, now())) {
                    // It has one at least as new.
                    Err(error) if error.code() == Some(&Code::Stale) => {}
                    other => other?,
                }
            }
        }
        self.owe(|due| {
            due.cards_again.remove(&mission);
        })
    }
}

/// Whether a server of before does not know what it was asked.
pub fn is_older(code: &Code) -> bool {
    *code == Code::NotFound || matches!(code.as_str(), "method" | "http-405")
}

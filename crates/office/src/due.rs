//! What a desk wrote, and the server may not have yet.
//!
//! Between two requests a line may be cut. So a desk notes what it owes in the same commit as the document that says it, and
//! strikes it out when the server has answered; what is left is said again at the next fetch. Everything in here may be said
//! any number of times. After the server was set back to a backup, everything is owed again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use vigie_exchange::api::{Epoch, Hex, KeyHex, PutInvite};
use vigie_model::{BundleId, DeviceId, FormHash, FormId, InviteId, MissionId, Random, Timestamp};

use crate::{OfficeKeys, Registry, docs::MissionDoc, team::Given};

/// The SHA-256 of a sealed document: its id at the server.
pub type DocId = Hex<32>;

/// What one desk owes the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Due {
    pub docs: BTreeSet<DocId>,
    /// Missions whose card was made here and is not published.
    pub cards: BTreeMap<MissionId, Publish>,
    /// Missions whose card a server that was set back may have lost; it is no matter if it has it.
    pub cards_again: BTreeSet<MissionId>,
    /// Invites and partner links: put, or closed, as the documents say by now.
    pub invites: BTreeSet<InviteId>,
    /// Devices that were removed.
    pub devices: BTreeSet<DeviceId>,
    /// What missions' people are to be given by the office, by what it stands in the place of.
    pub letters: BTreeMap<MissionId, BTreeMap<Hex<32>, Given>>,
    /// Missions whose devices were not told yet what was erased.
    pub purges: BTreeSet<MissionId>,
    /// What this desk itself wrote, sealed.
    pub bundles: BTreeMap<BundleId, MissionId>,
    /// Missions that other offices read: the hash of what each of them was last told of it, by the office's key.
    pub told: BTreeMap<MissionId, BTreeMap<String, Hex<32>>>,
    /// Missions that another office opened, and this one gave up or took: the server is to be told.
    pub answers: BTreeMap<MissionId, KeyHex>,
    /// What was last read of missions that other offices opened: the server's name for it.
    pub read: BTreeMap<MissionId, Hex<32>>,
}

/// A card to publish: which document has it, and what was changed to make it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Publish {
    pub doc: Option<DocId>,
    /// The ids of the questionnaires that were put in.
    pub forms: BTreeSet<FormId>,
    /// Its name, dates, languages or rules were said anew.
    pub said: bool,
    /// The mission was closed, or opened again.
    pub closing: bool,
    /// Which other offices read it was said anew.
    pub readers: bool,
    /// The mission's key turned: once the card is there, the open invites are put again, with the new key in their boxes.
    pub turned: bool,
}

/// One thing to say to the server of an invite.
#[derive(Clone, Debug, PartialEq)]
pub enum InviteWord {
    /// It is open. A server that has it learns the mission; a link's box it keeps.
    Open(PutInvite),
    /// Cancelled or closed.
    Closed,
}

/// A card to put at the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub ours: MissionDoc,
    /// Another desk's document of the same revision or a greater one: ours is made again after it.
    pub theirs: Option<MissionDoc>,
}

impl Publish {
    /// Without any change but these questionnaires.
    pub fn forms(forms: BTreeSet<FormId>) -> Publish {
        Publish {
            forms,
            ..Publish::default()
        }
    }

    /// Takes the place of what waited for the same mission, with what was changed for that.
    pub fn in_place_of(mut self, doc: DocId, waited: &mut Publish) {
        self.doc = Some(doc);
        self.forms.append(&mut waited.forms);
        self.said |= waited.said;
        self.closing |= waited.closing;
        self.readers |= waited.readers;
        self.turned |= waited.turned;
        *waited = self;
    }

    /// Which document the card is of, among all those of its mission: the one that is named, or the newest when that one can't
    /// be read; `None` when there is none.
    pub fn of(&self, mut docs: Vec<(DocId, MissionDoc)>) -> Option<Waiting> {
        docs.sort_by_key(|(_, doc)| doc.rev);
        let named = docs.iter().find(|(id, _)| Some(*id) == self.doc);
        let (_, ours) = named.or(docs.last())?.clone();
        let is_rival = |(id, doc): &&(DocId, MissionDoc)| {
            doc.rev >= ours.rev && Some(*id) != self.doc && *doc != ours
        };
        let theirs = docs.iter().rev().find(is_rival);
        let theirs = theirs.map(|(_, doc)| doc.clone());
        Some(Waiting { ours, theirs })
    }
}

impl Waiting {
    /// The document to publish instead, with what was changed here. Without a rival, the server has a card
    /// that no document speaks of: from a desk that was cut off between the two.
    pub fn again(&self, changed: &Publish, keys: &OfficeKeys, step: u32) -> MissionDoc {
        let theirs = self.theirs.as_ref().unwrap_or(&self.ours);
        self.ours.after(theirs, changed, keys, step)
    }
}

/// What the numbers of a server's list say to a reader that is at `cursor` and knows of `known`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// As before: go on.
    Same,
    /// Met for the first time since it names its epoch: its lists are read from 0.
    New,
    /// It was set back to a backup: so it is, and what it may have lost is owed to it again.
    SetBack,
}

impl Numbers {
    pub fn of(
        known: Option<Epoch>,
        told: Option<Epoch>,
        last: Option<u64>,
        cursor: u64,
    ) -> Numbers {
        let is_new = told.is_some() && told != known;
        if is_new && known.is_some() || last.is_some_and(|last| cursor > last) {
            Numbers::SetBack
        } else if is_new {
            Numbers::New
        } else {
            Numbers::Same
        }
    }
}

impl Due {
    /// The server's lists are read from 0: documents and invites that it may lack are owed to it, and all else where it was
    /// set back.
    pub fn start_over(
        &mut self,
        held: impl IntoIterator<Item = DocId>,
        registry: &Registry,
        now: Timestamp,
        numbers: Numbers,
    ) {
        self.docs.extend(held);
        self.invites_again(registry, now);
        if numbers == Numbers::SetBack {
            self.everything(registry, now);
        }
    }

    /// After the server was set back to a backup: all that the registry has, but for the documents, whose list the server
    /// gives.
    pub fn everything(&mut self, registry: &Registry, now: Timestamp) {
        self.invites_again(registry, now);
        self.devices
            .extend(registry.removals().map(|(device, _)| device));
        self.cards_again
            .extend(registry.missions().map(MissionDoc::id));
        for doc in registry.missions() {
            let everybody = doc.card.members.iter().map(|member| member.device);
            self.give(doc.id(), doc.newcomers(everybody));
        }
        // Whom a mission was closed to is told so again, too.
        let offices = self.told.values_mut().flat_map(BTreeMap::values_mut);
        offices.for_each(|says| *says = Hex([0; 32]));
        self.read.clear();
    }

    /// Strikes out a card that was published.
    pub fn published(&mut self, mission: &MissionId, registry: &Registry) {
        let published = self.cards.remove(mission);
        if published.is_some_and(|published| published.turned) {
            let invites = registry.invites(mission).into_iter();
            let open =
                invites.filter(|invite| invite.used_by.is_none() && invite.doc.cancelled.is_none());
            self.invites
                .extend(open.filter_map(|invite| Some(invite.doc.code()?.id())));
        }
    }

    /// Notes what a mission's people are to be given.
    pub fn give(
        &mut self,
        mission: MissionId,
        letters: impl IntoIterator<Item = (Hex<32>, Given)>,
    ) {
        let mut letters = letters.into_iter().peekable();
        if letters.peek().is_some() {
            self.letters.entry(mission).or_default().extend(letters);
        }
    }

    /// Strikes out what they were given.
    pub fn given(&mut self, mission: &MissionId, place: &Hex<32>) {
        if let Some(letters) = self.letters.get_mut(mission) {
            letters.remove(place);
            if letters.is_empty() {
                self.letters.remove(mission);
            }
        }
    }

    /// Every invite and link that is open or was closed by hand.
    pub fn invites_again(&mut self, registry: &Registry, now: Timestamp) {
        for mission in registry.missions().map(MissionDoc::id) {
            let invites = registry.invites(&mission).into_iter();
            let open = invites.filter(|invite| invite.doc.expires > now);
            self.invites
                .extend(open.filter_map(|invite| Some(invite.doc.code()?.id())));
            let links = registry.links(&mission).into_iter();
            let open = links.filter(|link| link.doc.expires > now);
            self.invites
                .extend(open.filter_map(|link| Some(link.doc.code()?.id())));
        }
    }
}

impl Registry {
    /// What the server is to be told of this invite or link; `None` when no document speaks of it.
    pub fn invite_word(
        &self,
        id: &InviteId,
        keys: &OfficeKeys,
        rng: &mut impl Random,
    ) -> Option<InviteWord> {
        if let Some(link) = self.link(id) {
            if link.doc.closed {
                return Some(InviteWord::Closed);
            }
            let mission = self.mission(&link.doc.mission)?;
            let media = |hash: &FormHash| self.media(hash);
            let body = mission.link_body(keys, &link.doc, media, rng)?;
            return Some(InviteWord::Open(body));
        }
        let invite = self.invite(id)?;
        if invite.doc.cancelled.is_some() {
            return Some(InviteWord::Closed);
        }
        let mission = self.mission(&invite.doc.mission)?;
        Some(InviteWord::Open(mission.invite_body(
            keys,
            &invite.doc,
            rng,
        )?))
    }
}

impl MissionDoc {
    /// The next revision without the boxes of its questionnaires' files, which are at the server alone and may be lost: they are
    /// made anew; `None` where it has none.
    pub fn without_boxes(&self, keys: &OfficeKeys) -> Option<MissionDoc> {
        let has_some = self.card.forms.iter().any(|form| !form.files.is_empty());
        has_some.then(|| {
            self.revise(keys, |card| {
                for form in &mut card.forms {
                    form.files.clear();
                }
            })
        })
    }

    /// The ids of all its questionnaires.
    pub fn form_ids(&self) -> BTreeSet<FormId> {
        self.card.forms.iter().map(|form| form.id.clone()).collect()
    }

    /// Goes on from `theirs`, which another desk published meanwhile, with what was changed here. The revision is greater than
    /// both by `step`.
    #[must_use]
    pub fn after(
        &self,
        theirs: &MissionDoc,
        changed: &Publish,
        keys: &OfficeKeys,
        step: u32,
    ) -> MissionDoc {
        let mut next = theirs.clone();
        for form in self
            .card
            .forms
            .iter()
            .filter(|form| changed.forms.contains(&form.id))
        {
            let mut form = form.clone();
            if self.mission_key != theirs.mission_key {
                // Its files are boxed under a key that is not the mission's.
                form.files.clear();
            }
            next = next.with_form_as_it_is(keys, form);
        }
        next = next.revise(keys, |card| {
            if changed.said {
                card.mission = self.card.mission.clone();
            }
            if changed.closing {
                card.closed = self.card.closed;
            }
            if changed.readers {
                card.recipients = self.card.recipients.clone();
                card.offices = self.card.offices.clone();
            }
        });
        next.rev = self.rev.max(theirs.rev).saturating_add(step.max(1));
        next.card.rev = next.rev;
        next
    }
}

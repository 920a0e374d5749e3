//! Which devices take part in which mission, and which questionnaires the office keeps.
//!
//! The server says that a device enrolled; the office believes it when the proof is the one that only the invite's code
//! gives. So a server that is dishonest, or seized, can't slip in a device of its own.

use std::collections::{BTreeMap, BTreeSet};

use vigie_exchange::api::{EnrolledItem, MemberItem};
use vigie_forms::media::media_type;
use vigie_journal::Purge;
use vigie_model::{
    Card, CardForm, CardMember, DeviceId, FormHash, FormId, InviteId, MissionId, Timestamp, ViewId,
};
use vigie_seal::Recipient;

use crate::{
    OfficeKeys,
    device::Device,
    docs::{
        DeskDoc, FormDoc, FormFile, InviteDoc, LinkDoc, MissionDoc, OfficeDoc, PurgeDoc, ViewDoc,
    },
    mission::LATE_MS,
    shares::{Shared, SharedMissions},
};

/// The most devices that a bundle is sealed for beside the offices: each costs every bundle of the mission a hundred bytes.
pub const MEMBERS: usize = 200;

/// What the office knows: missions, invites, partner links, devices, questionnaires.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    missions: BTreeMap<MissionId, MissionDoc>,
    invites: BTreeMap<InviteId, Invite>,
    links: BTreeMap<InviteId, Link>,
    devices: BTreeMap<DeviceId, Device>,
    desks: BTreeMap<DeviceId, DeskDoc>,
    /// When each was removed.
    removed: BTreeMap<DeviceId, Timestamp>,
    /// By the hash of the version.
    forms: BTreeMap<FormHash, KnownForm>,
    purges: Vec<Purge>,
    views: BTreeMap<ViewId, ViewDoc>,
    shared: SharedMissions,
    /// What devices said is sealed for them in a mission.
    said: BTreeMap<(MissionId, DeviceId), String>,
}

/// One version of a questionnaire: added to the library, or met in a mission's card.
#[derive(Clone, Debug, PartialEq)]
pub enum KnownForm {
    Kept(FormDoc),
    /// From a time, or a desk, that added it to a mission alone.
    Met(CardForm),
}

impl KnownForm {
    pub fn form(&self) -> &CardForm {
        match self {
            KnownForm::Kept(doc) => &doc.form,
            KnownForm::Met(form) => form,
        }
    }

    /// The library's document, when there is one.
    pub fn kept(&self) -> Option<&FormDoc> {
        match self {
            KnownForm::Kept(doc) => Some(doc),
            KnownForm::Met(_) => None,
        }
    }

    fn added(&self) -> Option<Timestamp> {
        self.kept().map(|doc| doc.added)
    }
}

/// An invite and who used it.
#[derive(Clone, Debug, PartialEq)]
pub struct Invite {
    pub doc: InviteDoc,
    pub used_by: Option<DeviceId>,
}

/// A partner link and the devices that answered by it: one made for each answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub doc: LinkDoc,
    pub devices: BTreeSet<DeviceId>,
}

/// Why an enrolment is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEnrolment {
    /// Made by a desk whose documents we have not fetched yet, or by nobody: try again once they are.
    #[error("no such invite is known here")]
    UnknownInvite,
    /// Whoever enrolled did not have the code.
    #[error("the proof is not the invite's")]
    Proof,
    /// The code was used by as many other devices as it is for.
    #[error("the invite was used by another device")]
    Used,
    /// The code was too old by then.
    #[error("the invite had expired")]
    Expired,
    /// The office had taken the code back by then.
    #[error("the invite was cancelled")]
    Cancelled,
}

impl Registry {
    /// Of the office's documents, in any order. Of one mission, the greatest revision counts.
    pub fn from_docs(docs: impl IntoIterator<Item = OfficeDoc>) -> Registry {
        let mut registry = Registry::default();
        for doc in docs {
            registry.insert(doc);
        }
        registry
    }

    /// Takes one more document.
    pub fn insert(&mut self, doc: OfficeDoc) {
        match doc {
            OfficeDoc::Mission(doc) => {
                for form in &doc.card.forms {
                    self.forms
                        .entry(form.hash.clone())
                        .or_insert_with(|| KnownForm::Met(form.clone()));
                }
                match self.missions.get(&doc.id()) {
                    Some(known) if known.rev >= doc.rev => {}
                    _ => {
                        self.missions.insert(doc.id(), doc);
                    }
                }
            }
            OfficeDoc::Invite(doc) => {
                if let Some(code) = doc.code() {
                    let cancelled = doc.cancelled;
                    let known = self
                        .invites
                        .entry(code.id())
                        .or_insert(Invite { doc, used_by: None });
                    known.doc.cancelled = earliest(known.doc.cancelled, cancelled);
                }
            }
            OfficeDoc::Form(doc) => {
                let known = self.forms.get(&doc.form.hash);
                if known.is_none_or(|known| known.added() < Some(doc.added)) {
                    self.forms
                        .insert(doc.form.hash.clone(), KnownForm::Kept(doc));
                }
            }
            OfficeDoc::Link(doc) => {
                if let Some(code) = doc.code() {
                    let closed = doc.closed;
                    let known = self.links.entry(code.id()).or_insert(Link {
                        doc,
                        devices: BTreeSet::new(),
                    });
                    known.doc.closed |= closed;
                }
            }
            OfficeDoc::Removed(doc) => {
                let at = self.removed.entry(doc.device).or_insert(doc.at);
                *at = doc.at.min(*at);
            }
            OfficeDoc::Desk(doc) => match self.desks.get(&doc.device) {
                Some(known) if known.made >= doc.made => {}
                _ => {
                    self.desks.insert(doc.device, doc);
                }
            },
            OfficeDoc::Purge(PurgeDoc { purge }) => {
                if !self.purges.contains(&purge) {
                    self.purges.push(purge);
                }
            }
            OfficeDoc::View(doc) => doc.take_place(&mut self.views),
            OfficeDoc::Shared(doc) => {
                for form in doc.card.iter().flat_map(|shared| &shared.card.forms) {
                    self.forms
                        .entry(form.hash.clone())
                        .or_insert_with(|| KnownForm::Met(form.clone()));
                }
                self.shared.take(doc);
            }
            OfficeDoc::Unknown(_) => {}
        }
    }

    /// Checks what the server says of an enrolment, and takes the device in. The same item again changes nothing.
    ///
    /// When a device enrolled is the server's word, and nobody else's: expiry and cancelling hold a server that is honest
    /// about time to what the office said, and a code cannot be used again by its finder; a server that lies about the moment
    /// gains one device for a code that was given to somebody, never used, and that it or its friend holds.
    pub fn enrolled(&mut self, item: &EnrolledItem) -> Result<DeviceId, BadEnrolment> {
        if self.links.contains_key(&item.invite) {
            return self.partner_enrolled(item);
        }
        let invite = self
            .invites
            .get_mut(&item.invite)
            .ok_or(BadEnrolment::UnknownInvite)?;
        let code = invite.doc.code().ok_or(BadEnrolment::UnknownInvite)?;
        if !code.proves(&item.device, &item.proof.0) {
            return Err(BadEnrolment::Proof);
        }
        match invite.used_by {
            Some(other) if other != item.device => return Err(BadEnrolment::Used),
            Some(_) => {}
            None if item.at > invite.doc.expires => return Err(BadEnrolment::Expired),
            None if invite.doc.cancelled.is_some_and(|at| item.at >= at) => {
                return Err(BadEnrolment::Cancelled);
            }
            None => invite.used_by = Some(item.device),
        }
        let mission = invite.doc.mission;
        let name = self.missions.get(&mission).and_then(|doc| {
            let mut keys = doc.keys();
            keys.find_map(|key| vigie_join::open_name(&item.name_box.0, &item.device, key))
        });
        let device = self.devices.entry(item.device).or_insert_with(|| Device {
            name: String::new(),
            missions: BTreeSet::new(),
            enrolled: item.at,
            only_form: None,
        });
        device.missions.insert(mission);
        device.enrolled = device.enrolled.min(item.at);
        if let Some(name) = name {
            device.name = name;
        }
        Ok(item.device)
    }

    /// Takes what a device says is sealed for it, when the device signed that; what it said first stands. Whether the device is
    /// believed is another question: it may be answered later.
    pub fn said(&mut self, item: &MemberItem) {
        let MemberItem {
            device,
            mission,
            says,
            ..
        } = item;
        let is_key = says.recipient.parse::<Recipient>().is_ok();
        if is_key && says.is_of(device, mission) {
            let said = self.said.entry((*mission, *device));
            said.or_insert_with(|| says.recipient.clone());
        }
    }

    /// The devices of a mission's people that said what is sealed for them, those that were removed left out: the first that
    /// enrolled first.
    pub fn stay(&self, mission: &MissionId) -> Vec<CardMember> {
        let mut people: Vec<_> = self
            .people(mission)
            .filter(|(device, _)| self.removed_from(device, mission).is_none())
            .filter_map(|(device, known)| {
                let recipient = self.said.get(&(*mission, *device))?;
                Some((known.enrolled, *device, recipient.clone()))
            })
            .collect();
        people.sort();
        let members = people.into_iter();
        members
            .map(|(_, device, recipient)| CardMember { device, recipient })
            .collect()
    }

    /// Of those, whom bundles are sealed for: at most [`MEMBERS`].
    pub fn team(&self, mission: &MissionId) -> Vec<CardMember> {
        let mut team = self.stay(mission);
        team.truncate(MEMBERS);
        team
    }

    /// As [`Registry::enrolled`], by a partner link. A device that takes part otherwise is not narrowed by it.
    fn partner_enrolled(&mut self, item: &EnrolledItem) -> Result<DeviceId, BadEnrolment> {
        let link = self
            .links
            .get_mut(&item.invite)
            .ok_or(BadEnrolment::UnknownInvite)?;
        let code = link.doc.code().ok_or(BadEnrolment::UnknownInvite)?;
        if !code.proves(&item.device, &item.proof.0) {
            return Err(BadEnrolment::Proof);
        }
        if !link.devices.contains(&item.device) {
            if link.doc.uses > 0 && link.devices.len() >= link.doc.uses as usize {
                return Err(BadEnrolment::Used);
            }
            if item.at > link.doc.expires.plus(LATE_MS) {
                return Err(BadEnrolment::Expired);
            }
        }
        link.devices.insert(item.device);
        let doc = &link.doc;
        self.devices.entry(item.device).or_insert_with(|| Device {
            name: doc.label.clone(),
            missions: [doc.mission].into(),
            enrolled: item.at,
            only_form: Some(doc.form.clone()),
        });
        Ok(item.device)
    }

    /// How to show who wrote. `by` is whatever the author writes, another's name too; where her device enrolled under another
    /// name than that, this one stands beside it.
    pub fn author(&self, device: &DeviceId, by: &str) -> String {
        let name = self.device(device).map(|device| device.name.as_str());
        match name {
            Some(name) if by.is_empty() => name.to_owned(),
            Some(name) if !name.is_empty() && name != by => format!("{by} ({name})"),
            _ => by.to_owned(),
        }
    }

    /// The desk whose key this is. The office's own key needs no document to be the office's.
    pub fn desk(&self, device: &DeviceId) -> Option<&DeskDoc> {
        self.desks.get(device)
    }

    pub fn desks(&self) -> impl Iterator<Item = &DeskDoc> {
        self.desks.values()
    }

    /// When the office removed a device, whether it had enrolled or not.
    pub fn removed(&self, device: &DeviceId) -> Option<Timestamp> {
        self.removed.get(device).copied()
    }

    /// Whether a desk of this office has this key: the office's own is believed as one, too.
    pub fn is_desk(&self, device: &DeviceId, keys: &OfficeKeys) -> bool {
        *device == keys.signing.device() || self.desk(device).is_some()
    }

    /// Every device that was removed, and when.
    pub fn removals(&self) -> impl Iterator<Item = (DeviceId, Timestamp)> {
        self.removed.iter().map(|(device, at)| (*device, *at))
    }

    /// What was erased for good.
    pub fn purges(&self) -> impl ExactSizeIterator<Item = &Purge> {
        self.purges.iter()
    }

    /// The tables that have a name, those that are gone too.
    pub fn views(&self) -> impl Iterator<Item = &ViewDoc> {
        self.views.values()
    }

    pub fn mission(&self, id: &MissionId) -> Option<&MissionDoc> {
        self.missions.get(id)
    }

    pub fn missions(&self) -> impl Iterator<Item = &MissionDoc> {
        self.missions.values()
    }

    /// A mission that another office has and opened to this one. What is this office's own is nobody else's.
    pub fn shared(&self, id: &MissionId) -> Option<&Shared> {
        match self.missions.contains_key(id) {
            true => None,
            false => self.shared.get(id),
        }
    }

    /// All of those.
    pub fn shared_missions(&self) -> impl Iterator<Item = &Shared> {
        let shared = self.shared.all();
        shared.filter_map(|(mission, _)| self.shared(mission))
    }

    /// The card of a mission, this office's or another's.
    pub fn card(&self, id: &MissionId) -> Option<&Card> {
        let own = self.mission(id).map(|doc| &doc.card);
        own.or_else(|| self.shared(id).map(|shared| &shared.card))
    }

    /// A device that takes part in this mission, as this office believes, or as the lead says.
    pub fn member(&self, device: &DeviceId, mission: &MissionId) -> Option<&Device> {
        let own = self.devices.get(device);
        let own = own.filter(|known| known.missions.contains(mission));
        own.or_else(|| self.shared(mission)?.device(device))
    }

    /// When a device was removed from this mission: by this office, or by the lead.
    pub fn removed_from(&self, device: &DeviceId, mission: &MissionId) -> Option<Timestamp> {
        let by_lead = || self.shared(mission)?.removed(device);
        self.removed(device).or_else(by_lead)
    }

    /// One version of a questionnaire, by its hash.
    pub fn form(&self, hash: &FormHash) -> Option<&KnownForm> {
        self.forms.get(hash)
    }

    /// What a version shows with its texts: of its files, those that are no lists.
    pub fn media(&self, hash: &FormHash) -> Vec<FormFile> {
        let kept = self.form(hash).and_then(KnownForm::kept);
        let files = kept.into_iter().flat_map(|doc| &doc.files);
        files
            .filter(|file| media_type(&file.name).is_some())
            .cloned()
            .collect()
    }

    /// Every version of every questionnaire: of one, the newest first; one that only a card has counts as older.
    pub fn forms(&self) -> Vec<&KnownForm> {
        let mut forms: Vec<&KnownForm> = self.forms.values().collect();
        forms.sort_by(|a, b| {
            let title = |known: &KnownForm| known.form().title.values().next().cloned();
            (title(a), &a.form().id)
                .cmp(&(title(b), &b.form().id))
                .then(b.added().cmp(&a.added()))
                .then(b.form().version.cmp(&a.form().version))
        });
        forms
    }

    /// The newest version of the questionnaire of this id.
    pub fn newest_form(&self, id: &FormId) -> Option<&KnownForm> {
        let versions = self.forms.values().filter(|known| known.form().id == *id);
        versions.max_by(|a, b| {
            a.added()
                .cmp(&b.added())
                .then(a.form().version.cmp(&b.form().version))
        })
    }

    pub fn invite(&self, id: &InviteId) -> Option<&Invite> {
        self.invites.get(id)
    }

    pub fn link(&self, id: &InviteId) -> Option<&Link> {
        self.links.get(id)
    }

    /// Of one mission, the newest first; those of one moment by their labels.
    pub fn invites(&self, mission: &MissionId) -> Vec<&Invite> {
        let mut invites: Vec<&Invite> = self
            .invites
            .values()
            .filter(|invite| invite.doc.mission == *mission)
            .collect();
        invites.sort_by(|a, b| {
            let newest = b.doc.made.cmp(&a.doc.made);
            newest.then_with(|| a.doc.label.cmp(&b.doc.label))
        });
        invites
    }

    /// The partner links of one mission, the newest first.
    pub fn links(&self, mission: &MissionId) -> Vec<&Link> {
        let mut links: Vec<&Link> = self
            .links
            .values()
            .filter(|link| link.doc.mission == *mission)
            .collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.doc.made));
        links
    }

    /// The people of a mission: its devices, those of partners apart.
    pub fn people(&self, mission: &MissionId) -> impl Iterator<Item = (&DeviceId, &Device)> {
        let shared = self.shared(mission).into_iter().flat_map(Shared::devices);
        self.devices
            .iter()
            .chain(shared)
            .filter(move |(_, device)| {
                device.only_form.is_none() && device.missions.contains(mission)
            })
    }

    /// When an invite counts as cancelled that somebody cancels now: never before the device that used it enrolled, whatever this
    /// desk's clock says. When that was is the server's word, and a desk whose clock is behind would disown who is in.
    pub fn cancelling(&self, invite: &InviteId, now: Timestamp) -> Timestamp {
        let user = self.invite(invite).and_then(|invite| invite.used_by);
        let enrolled = user.and_then(|user| Some(self.device(&user)?.enrolled));
        enrolled.map_or(now, |enrolled| now.max(enrolled.plus(1)))
    }

    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        let shared = || self.shared_missions().find_map(|shared| shared.device(id));
        self.devices.get(id).or_else(shared)
    }

    /// Those that this office itself believes.
    pub fn devices(&self) -> impl Iterator<Item = (&DeviceId, &Device)> {
        self.devices.iter()
    }
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use vigie_model::ExactJson;

    use super::*;
    use crate::mission::card_form;

    fn version(version: &str, added: i64) -> FormDoc {
        FormDoc {
            form: card_form(
                "f",
                version,
                BTreeMap::new(),
                ExactJson::from_text(json!({ "version": version }).to_string()).expect("JSON"),
            ),
            xform: "<h:html/>".into(),
            files: Vec::new(),
            added: Timestamp(added),
            put_away: false,
        }
    }

    #[test]
    fn of_two_documents_on_one_version_the_latest_counts_in_any_order() {
        let first = version("1", 10);
        let away = FormDoc {
            added: Timestamp(20),
            put_away: true,
            ..first.clone()
        };
        for docs in [[&first, &away], [&away, &first]] {
            let registry = Registry::from_docs(docs.map(|doc| OfficeDoc::Form(doc.clone())));
            let known = registry.form(&first.form.hash).expect("it was added");
            assert!(known.kept().expect("a document").put_away);
        }
    }

    #[test]
    fn the_version_added_last_is_the_newest_whatever_its_number() {
        let docs = [version("2026-11", 20), version("9", 10)].map(OfficeDoc::Form);
        let registry = Registry::from_docs(docs);
        let versions: Vec<&str> = registry
            .forms()
            .iter()
            .map(|known| known.form().version.as_str())
            .collect();
        assert_eq!(versions, ["2026-11", "9"]);
        let newest = registry.newest_form(&"f".into()).expect("two versions");
        assert_eq!(newest.form().version, "2026-11");
    }
}

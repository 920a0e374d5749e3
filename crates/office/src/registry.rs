//! Which devices take part in which mission.
//!
//! The server says that a device enrolled; the office believes it when the proof is the one that only the invite's code
//! gives. So a server that is dishonest, or seized, can't slip in a device of its own.

use std::collections::{BTreeMap, BTreeSet};

use vigie_exchange::{api::EnrolledItem, join};
use vigie_model::{DeviceId, InviteId, MissionId, Timestamp};

use crate::docs::{InviteDoc, MissionDoc, OfficeDoc};

/// What the office knows: missions, invites, devices.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    missions: BTreeMap<MissionId, MissionDoc>,
    invites: BTreeMap<InviteId, Invite>,
    devices: BTreeMap<DeviceId, Device>,
}

/// An invite and who used it.
#[derive(Clone, Debug, PartialEq)]
pub struct Invite {
    pub doc: InviteDoc,
    pub used_by: Option<DeviceId>,
}

/// A device whose enrolment was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// As the person calls herself: the latest name that opened.
    pub name: String,
    pub missions: BTreeSet<MissionId>,
    pub enrolled: Timestamp,
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
    /// The code was used by another device before.
    #[error("the invite was used by another device")]
    Used,
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
            OfficeDoc::Mission(doc) => match self.missions.get(&doc.id()) {
                Some(known) if known.rev >= doc.rev => {}
                _ => {
                    self.missions.insert(doc.id(), doc);
                }
            },
            OfficeDoc::Invite(doc) => {
                if let Some(code) = doc.code() {
                    self.invites
                        .entry(code.id())
                        .or_insert(Invite { doc, used_by: None });
                }
            }
            OfficeDoc::Unknown(_) => {}
        }
    }

    /// Checks what the server says of an enrolment, and takes the device in. The same item again changes nothing.
    pub fn enrolled(&mut self, item: &EnrolledItem) -> Result<DeviceId, BadEnrolment> {
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
            _ => invite.used_by = Some(item.device),
        }
        let mission = invite.doc.mission;
        let name = self
            .missions
            .get(&mission)
            .and_then(|doc| join::open_name(&item.name_box.0, &doc.mission_key));
        let device = self.devices.entry(item.device).or_insert_with(|| Device {
            name: String::new(),
            missions: BTreeSet::new(),
            enrolled: item.at,
        });
        device.missions.insert(mission);
        device.enrolled = device.enrolled.min(item.at);
        if let Some(name) = name {
            device.name = name;
        }
        Ok(item.device)
    }

    pub fn mission(&self, id: &MissionId) -> Option<&MissionDoc> {
        self.missions.get(id)
    }

    pub fn missions(&self) -> impl Iterator<Item = &MissionDoc> {
        self.missions.values()
    }

    /// Of one mission, the newest first.
    pub fn invites(&self, mission: &MissionId) -> Vec<&Invite> {
        let mut invites: Vec<&Invite> = self
            .invites
            .values()
            .filter(|invite| invite.doc.mission == *mission)
            .collect();
        invites.sort_by_key(|invite| std::cmp::Reverse(invite.doc.made));
        invites
    }

    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.get(id)
    }

    pub fn devices(&self) -> impl Iterator<Item = (&DeviceId, &Device)> {
        self.devices.iter()
    }
}

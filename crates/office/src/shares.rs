//! A mission that several offices read (*intersyndicale*).
//!
//! One office, the lead, has the mission: its card names the others, and devices seal for all of them. Each opens what comes
//! for itself, and gives receipts of its own. What the others must know of the mission, they know by the lead's signed word,
//! sealed for each of them: its card, the devices that the lead believes, those that it removed. So a server can't slip a
//! device in here either. The others hand out nothing and change nothing of the mission.
//!
//! An office shows who it is by its **calling card**, a line of text that people pass on by a way that they trust.

use std::{collections::BTreeMap, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use vigie_model::{Card, CardOffice, DeviceId, ExactJson, FormId, MissionId, Timestamp, hex};
use vigie_seal::{OpenError, Recipient, Signature, VerifyingKey, envelope};
use zeroize::Zeroizing;

use crate::{OfficeKeys, device::Device, keys::fingerprint};

/// The largest share that is opened, in bytes: a card holds questionnaires.
const SHARE_LIMIT: usize = 32 * 1024 * 1024;
/// What a calling card begins with.
const CALLING: &str = "vigie-office-";
/// Who an office is: what another one must know to let it read a mission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallingCard {
    v: u32,
    #[serde(flatten)]
    pub office: CardOffice,
    /// By the office's key, so that nobody gives out its name and key with a recipient of her own.
    sig: Signature,
}

/// A calling card that can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCallingCard {
    #[error("not an office's calling card, or not all of it")]
    Malformed,
    #[error("the calling card of a newer version")]
    Newer,
    #[error("the calling card was altered")]
    NotSigned,
}

impl CallingCard {
    /// This office's own.
    pub fn of(keys: &OfficeKeys) -> CallingCard {
        let office = own(keys);
        let sig = keys.signing.sign(&calling_message(&office));
        CallingCard { v: 1, office, sig }
    }

    /// Four groups of four characters, to compare by voice with what the other office shows of itself.
    pub fn fingerprint(&self) -> String {
        fingerprint_of(&self.office)
    }
}

impl fmt::Display for CallingCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        write!(f, "{CALLING}{}", URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for CallingCard {
    type Err = BadCallingCard;

    fn from_str(text: &str) -> Result<CallingCard, BadCallingCard> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        // A message may have broken the line, or put blanks around it.
        let text: String = text.split_whitespace().collect();
        let json = text.strip_prefix(CALLING);
        let json = json.and_then(|json| URL_SAFE_NO_PAD.decode(json).ok());
        let json = json.ok_or(BadCallingCard::Malformed)?;
        let versioned: Versioned =
            serde_json::from_slice(&json).map_err(|_| BadCallingCard::Malformed)?;
        if versioned.v > 1 {
            return Err(BadCallingCard::Newer);
        }
        let card: CallingCard =
            serde_json::from_slice(&json).map_err(|_| BadCallingCard::Malformed)?;
        let key: VerifyingKey = card
            .office
            .office
            .parse()
            .map_err(|_| BadCallingCard::Malformed)?;
        let recipient = card.office.recipient.parse::<Recipient>();
        recipient.map_err(|_| BadCallingCard::Malformed)?;
        key.verify(&calling_message(&card.office), &card.sig)
            .map_err(|_| BadCallingCard::NotSigned)?;
        Ok(card)
    }
}

/// What is said of an office in a card.
pub(crate) fn own(keys: &OfficeKeys) -> CardOffice {
    CardOffice {
        name: keys.name.clone(),
        office: keys.office(),
        recipient: keys.recipient().to_string(),
    }
}

fn calling_message(office: &CardOffice) -> Vec<u8> {
    let CardOffice {
        name,
        office,
        recipient,
    } = office;
    // The name is last: it is the only one that may hold anything.
    format!("vigie calling card v1\n{office}\n{recipient}\n{name}\n").into_bytes()
}

/// As [`OfficeKeys::fingerprint`], of another office; empty when its key can't be read.
pub fn fingerprint_of(office: &CardOffice) -> String {
    let key = office.office.parse::<VerifyingKey>();
    key.map_or_else(
        |_| String::new(),
        |key| fingerprint(&key, &office.recipient),
    )
}

/// What the lead says of its mission to another office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub(crate) v: u32,
    /// What the lead calls itself.
    pub name: String,
    pub card: Card,
    pub devices: Vec<SharedDevice>,
    pub removed: Vec<SharedRemoval>,
}

/// A device that the lead believes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedDevice {
    pub device: DeviceId,
    pub name: String,
    pub enrolled: Timestamp,
    /// Of a partner's device: the only questionnaire that it may answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<FormId>,
}

/// A device that the lead removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedRemoval {
    pub device: DeviceId,
    pub at: Timestamp,
}

/// A share that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadShare {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("not what an office says of a mission")]
    Malformed,
    #[error("of a newer version")]
    Newer,
    #[error("not signed by the office whose mission it is")]
    NotSigned,
}

/// What is inside the seal.
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    share: &'a RawValue,
    sig: Signature,
}

fn share_message(with: &str, share: &str) -> Vec<u8> {
    let hash = hex::encode(&Sha256::digest(share.as_bytes()));
    format!("vigie share v1\n{with}\n{hash}\n").into_bytes()
}

impl Share {
    /// Its exact bytes, by which one is told from an earlier one.
    pub fn exact(&self) -> ExactJson {
        serde_json::to_string(self)
            .and_then(ExactJson::from_text)
            .expect("a share has string keys and no failing serialiser")
    }

    /// The fingerprint of the office that says it; empty when its card does not name it.
    pub fn lead_fingerprint(&self) -> String {
        let mut offices = self.card.offices.iter();
        let lead = offices.find(|office| office.office == self.card.office);
        lead.map(fingerprint_of).unwrap_or_default()
    }

    /// Signs and seals it for another office, by which nobody else can be given it.
    pub fn seal(&self, keys: &OfficeKeys, with: &CardOffice) -> Option<Vec<u8>> {
        let exact = self.exact();
        let share: &RawValue = serde_json::from_str(exact.text()).ok()?;
        let sig = keys
            .signing
            .sign(&share_message(&with.office, exact.text()));
        let plain = serde_json::to_vec(&Envelope { share, sig }).ok()?;
        let recipient: Recipient = with.recipient.parse().ok()?;
        envelope::seal(&Zeroizing::new(plain), &[recipient]).ok()
    }

    /// Opens what [`Share::seal`] made for this office, by the lead whose key this is.
    pub fn open(sealed: &[u8], keys: &OfficeKeys, lead: &VerifyingKey) -> Result<Share, BadShare> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let plain = Zeroizing::new(envelope::open(sealed, &keys.identity, SHARE_LIMIT)?);
        let Envelope { share, sig } =
            serde_json::from_slice(&plain).map_err(|_| BadShare::Malformed)?;
        lead.verify(&share_message(&keys.office(), share.get()), &sig)
            .map_err(|_| BadShare::NotSigned)?;
        let versioned: Versioned =
            serde_json::from_str(share.get()).map_err(|_| BadShare::Malformed)?;
        if versioned.v > 1 {
            return Err(BadShare::Newer);
        }
        let share: Share = serde_json::from_str(share.get()).map_err(|_| BadShare::Malformed)?;
        if share.card.office != lead.to_string() {
            return Err(BadShare::NotSigned);
        }
        Ok(share)
    }
}

/// What this office decided of a mission that another one opened to it, and what is new in what that one says of it: of all
/// documents on one mission, in any order, comes what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedDoc {
    pub mission: MissionId,
    /// The lead's key, in hex.
    pub lead: String,
    /// When; of whether the mission is wanted, the latest counts.
    pub at: Timestamp,
    /// This office gave the mission up, or the lead closed it.
    #[serde(default)]
    pub left: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<SharedCard>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<SharedDevice>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<SharedRemoval>,
}

/// A lead's card, and what it calls itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedCard {
    pub name: String,
    pub card: Card,
}

impl SharedDoc {
    /// All that a share says, for an office that takes the mission.
    pub fn taking(share: Share, at: Timestamp) -> SharedDoc {
        SharedDoc {
            mission: share.card.mission.id,
            lead: share.card.office.clone(),
            at,
            left: false,
            card: Some(SharedCard {
                name: share.name,
                card: share.card,
            }),
            devices: share.devices,
            removed: share.removed,
        }
    }
}

/// A mission that another office has.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The lead's name, and its card of the greatest revision.
    pub name: String,
    pub card: Card,
    devices: BTreeMap<DeviceId, Device>,
    removed: BTreeMap<DeviceId, Timestamp>,
    first: Timestamp,
    last: Timestamp,
    pub left: bool,
}

impl Shared {
    fn of(SharedCard { name, card }: SharedCard, at: Timestamp, left: bool) -> Shared {
        Shared {
            name,
            card,
            devices: BTreeMap::new(),
            removed: BTreeMap::new(),
            first: at,
            last: at,
            left,
        }
    }

    /// Takes what one more document on it says, whichever came first.
    fn take(&mut self, doc: SharedDoc) {
        self.first = self.first.min(doc.at);
        if doc.at >= self.last {
            (self.last, self.left) = (doc.at, doc.left);
        }
        if let Some(SharedCard { name, card }) = doc.card
            && card.rev >= self.card.rev
        {
            (self.name, self.card) = (name, card);
        }
        for SharedDevice {
            device,
            name,
            enrolled,
            form,
        } in doc.devices
        {
            let known = Device {
                name,
                missions: [doc.mission].into(),
                enrolled,
                only_form: form,
            };
            self.devices.insert(device, known);
        }
        for SharedRemoval { device, at } in doc.removed {
            let known = self.removed.entry(device).or_insert(at);
            *known = at.min(*known);
        }
    }

    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.get(id)
    }

    pub fn devices(&self) -> impl Iterator<Item = (&DeviceId, &Device)> {
        self.devices.iter()
    }

    pub fn removed(&self, device: &DeviceId) -> Option<Timestamp> {
        self.removed.get(device).copied()
    }

    /// A moment after all that is known of it, whatever this desk's clock says.
    pub fn after(&self, at: Timestamp) -> Timestamp {
        at.max(self.last.plus(1))
    }

    fn document(&self, at: Timestamp) -> SharedDoc {
        SharedDoc {
            mission: self.card.mission.id,
            lead: self.card.office.clone(),
            at: self.after(at),
            left: self.left,
            card: None,
            devices: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// That this office takes nothing of it from now on.
    pub fn given_up(&self, at: Timestamp) -> SharedDoc {
        SharedDoc {
            left: true,
            ..self.document(at)
        }
    }

    /// What a share says that is not known yet; `None` where that is nothing. Each answer to a partner link is a device more:
    /// the card is not kept again with each.
    pub fn news(&self, share: Share, at: Timestamp) -> Option<SharedDoc> {
        let is_newer = share.card.rev > self.card.rev;
        let new = |one: &SharedDevice| {
            let known = self.device(&one.device);
            known.is_none_or(|known| (&known.name, &known.only_form) != (&one.name, &one.form))
        };
        let removed = |one: &SharedRemoval| self.removed(&one.device).is_none_or(|at| one.at < at);
        let news = SharedDoc {
            card: is_newer.then_some(SharedCard {
                name: share.name,
                card: share.card,
            }),
            devices: share.devices.into_iter().filter(new).collect(),
            removed: share.removed.into_iter().filter(removed).collect(),
            ..self.document(at)
        };
        let is_nothing = news.card.is_none() && news.devices.is_empty() && news.removed.is_empty();
        (!is_nothing).then_some(news)
    }
}

/// What is known of one lead's mission: documents wait for the first that has its card.
#[derive(Clone, Debug, Default)]
struct OfLead {
    shared: Option<Shared>,
    early: Vec<SharedDoc>,
}

impl OfLead {
    fn take(&mut self, doc: SharedDoc) {
        match (&mut self.shared, &doc.card) {
            (Some(shared), _) => shared.take(doc),
            (None, None) => self.early.push(doc),
            (None, Some(card)) => {
                let mut shared = Shared::of(card.clone(), doc.at, doc.left);
                shared.take(doc);
                for early in self.early.drain(..) {
                    shared.take(early);
                }
                self.shared = Some(shared);
            }
        }
    }
}

/// Missions of other offices, by mission and lead: from whom a mission was taken first, has it.
#[derive(Clone, Debug, Default)]
pub struct SharedMissions(BTreeMap<MissionId, BTreeMap<String, OfLead>>);

impl SharedMissions {
    pub fn take(&mut self, doc: SharedDoc) {
        let leads = self.0.entry(doc.mission).or_default();
        leads.entry(doc.lead.clone()).or_default().take(doc);
    }

    pub fn get(&self, mission: &MissionId) -> Option<&Shared> {
        let leads = self.0.get(mission)?.values();
        let known = leads.filter_map(|lead| lead.shared.as_ref());
        known.min_by_key(|shared| shared.first)
    }

    pub fn all(&self) -> impl Iterator<Item = (&MissionId, &Shared)> {
        let missions = self.0.keys();
        missions.filter_map(|mission| Some((mission, self.get(mission)?)))
    }
}

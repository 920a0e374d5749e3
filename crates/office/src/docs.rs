//! What one desk of the office must know of what another did.
//!
//! Missions, invites, questionnaires and partner links are documents sealed with `age` for the office itself and kept by the server, which can't read
//! them: two browsers and the command line of one office then know the same. A document is never changed; a newer one
//! of the same mission has a greater revision, and what was once closed, cancelled or removed stays so.
//!
//! Whom to seal for is public: every card says it. So a document proves nothing by being sealed, and carries the office's
//! **signature** inside; without it, the server and one member could give a desk a mission, or a device, of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use vigie_journal::Purge;
use vigie_model::{
    Card, CardForm, CardMember, DeviceId, ExactJson, FormId, InviteId, Lang, LinkOptions,
    MissionId, Timestamp, ViewId, hex,
};
use vigie_seal::{InviteCode, OpenError, Signature, envelope, invite::MissionKey};
use zeroize::Zeroizing;

use crate::{OfficeKeys, shares::SharedDoc};

/// The largest document that is opened, in bytes: cards hold questionnaires.
const DOC_LIMIT: usize = 32 * 1024 * 1024;

/// One document of the office.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "doc", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "a handful of documents, each read once"
)]
pub enum OfficeDoc {
    Mission(MissionDoc),
    Invite(InviteDoc),
    Form(FormDoc),
    Link(LinkDoc),
    Removed(RemovedDoc),
    Desk(DeskDoc),
    Purge(PurgeDoc),
    View(ViewDoc),
    Shared(SharedDoc),
    /// What a newer version of Vigie wrote: kept aside, not understood.
    #[serde(untagged)]
    Unknown(ExactJson),
}

/// Read in two steps, its kind first: a form in it keeps its bytes, which serde's own way of reading such an enum forgets.
impl<'de> Deserialize<'de> for OfficeDoc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OfficeDoc, D::Error> {
        #[derive(Deserialize)]
        struct Kind {
            doc: String,
        }
        fn read<T: DeserializeOwned>(text: &str, doc: fn(T) -> OfficeDoc) -> Option<OfficeDoc> {
            serde_json::from_str(text).ok().map(doc)
        }
        let exact = ExactJson::deserialize(deserializer)?;
        let text = exact.text();
        let kind = serde_json::from_str(text).map(|Kind { doc }| doc);
        let doc = match kind.as_deref() {
            Ok("mission") => read(text, OfficeDoc::Mission),
            Ok("invite") => read(text, OfficeDoc::Invite),
            Ok("form") => read(text, OfficeDoc::Form),
            Ok("link") => read(text, OfficeDoc::Link),
            Ok("removed") => read(text, OfficeDoc::Removed),
            Ok("desk") => read(text, OfficeDoc::Desk),
            Ok("purge") => read(text, OfficeDoc::Purge),
            Ok("view") => read(text, OfficeDoc::View),
            Ok("shared") => read(text, OfficeDoc::Shared),
            _ => None,
        };
        Ok(doc.unwrap_or(OfficeDoc::Unknown(exact)))
    }
}

/// A mission as the office knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MissionDoc {
    pub card: Card,
    pub mission_key: MissionKey,
    /// The revision of the card; the greatest of a mission counts.
    pub rev: u32,
    /// The revision by which the card's members changed last.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub team_rev: u32,
    /// The keys that the mission had before, the first first: a name that was boxed under one of them still opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_keys: Vec<MissionKey>,
    /// The removed devices that the key has turned from.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shut_out: BTreeSet<DeviceId>,
    /// Those who stay, for whom the card brings the key; none as long as the first key serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<CardMember>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_none_yet(rev: &u32) -> bool {
    *rev == 0
}

/// An invite that the office made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteDoc {
    /// As shown: `XXXX-XXXX-XXXX-XXXX`.
    pub code: String,
    pub mission: MissionId,
    /// For whom, in the office's own words.
    pub label: String,
    pub expires: Timestamp,
    pub made: Timestamp,
    /// When the office cancelled it: no device that enrols from then on is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<Timestamp>,
}

impl InviteDoc {
    /// The code; `None` when the document holds something else.
    pub fn code(&self) -> Option<InviteCode> {
        self.code.parse().ok()
    }
}

/// One version of a questionnaire in the office's library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormDoc {
    /// As a card carries it.
    pub form: CardForm,
    /// The same as XForm XML, so that other tools may take it.
    pub xform: String,
    /// The files that it names.
    #[serde(default)]
    pub files: Vec<FormFile>,
    /// Of several documents on one version, the latest counts.
    pub added: Timestamp,
    /// The office does not offer it any more; missions that have it keep it.
    #[serde(default)]
    pub put_away: bool,
}

/// A file that a questionnaire names, such as a list of places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFile {
    pub name: String,
    pub data: vigie_exchange::api::Base64,
}

/// A partner link that the office made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkDoc {
    /// As shown: `XXXX-XXXX-XXXX-XXXX`.
    pub code: String,
    pub mission: MissionId,
    /// The id of its questionnaire.
    pub form: FormId,
    /// What the office calls it: its answers are said to be from that.
    pub label: String,
    /// What a person agrees to before the first question; nothing, where the questionnaire asks that itself.
    pub consent: BTreeMap<Lang, String>,
    /// How many people may answer; 0: any number.
    pub uses: u32,
    pub kiosk: bool,
    /// For how many days the server keeps an answer that a person means to go on with; 0: not at all.
    #[serde(default)]
    pub later_days: u32,
    #[serde(default, skip_serializing_if = "LinkOptions::is_none")]
    pub options: LinkOptions,
    /// The last moment at which a person may begin.
    pub expires: Timestamp,
    pub made: Timestamp,
    /// The office closed it.
    #[serde(default)]
    pub closed: bool,
    /// Its place on a printed sheet, where it was made for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<OnSheet>,
}

/// One code of a printed sheet, whose codes are made in one go, under one label, each good for one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnSheet {
    /// The sheet: the id of its first code.
    pub id: InviteId,
    /// From 1, as it is printed.
    pub number: u32,
}

impl LinkDoc {
    /// The code; `None` when the document holds something else.
    pub fn code(&self) -> Option<InviteCode> {
        self.code.parse().ok()
    }
}

/// A device that the office removed: a phone that was lost or taken, or a desk that is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedDoc {
    pub device: DeviceId,
    /// What it sent after this moment is not believed; of several documents, the earliest counts.
    pub at: Timestamp,
}

/// A desk of the office: a browser or a command line with a signing key of its own, whose changes are the office's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskDoc {
    pub device: DeviceId,
    /// What the office calls it.
    pub label: String,
    pub made: Timestamp,
}

/// What was erased for good: the office's own word, which its devices are given without the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeDoc {
    pub purge: Purge,
}

/// A table of entries that somebody at the office gave a name to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDoc {
    pub id: ViewId,
    pub name: String,
    /// What the table's address says.
    pub looking: String,
    /// Of several documents on one, the latest counts.
    pub at: Timestamp,
    /// Nobody wants it any more; it then says neither name nor address.
    #[serde(default)]
    pub gone: bool,
}

impl ViewDoc {
    /// Whether it counts before another on the same view, whichever came first: of one moment, the greater words.
    fn is_after(&self, other: &ViewDoc) -> bool {
        let said = |doc: &ViewDoc| (doc.at, doc.gone, doc.name.clone(), doc.looking.clone());
        said(self) > said(other)
    }

    /// Takes the place of what is known of the same view, where it counts before it.
    pub(crate) fn take_place(self, known: &mut BTreeMap<ViewId, ViewDoc>) {
        if known.get(&self.id).is_none_or(|known| self.is_after(known)) {
            known.insert(self.id, self);
        }
    }
}

/// A document that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadDoc {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("not a document of the office")]
    Malformed,
    /// Somebody made it who has no key of the office.
    #[error("not signed by the office")]
    NotSigned,
}

/// A document as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedDoc {
    pub doc: OfficeDoc,
    /// The text of it: whoever keeps it or gives it on does so with all that a newer version said.
    pub exact: ExactJson,
    /// The office signed it. One without a signature is from before there were any, or somebody's invention: see
    /// [`believes_unsigned`].
    pub signed: bool,
}

/// What a desk does with a document of the server's list.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// It is the office's.
    Ours(Box<OpenedDoc>),
    /// Without a signature, and held here since before there were any: it is put again, signed.
    Held,
    /// Not believed, or not understood: its sealed bytes are kept apart.
    Aside,
}

impl Came {
    /// `is_held`: whether this very document is here, or, of one without a signature, what it says.
    pub fn of(sealed: &[u8], keys: &OfficeKeys, is_held: impl FnOnce(&OfficeDoc) -> bool) -> Came {
        match OfficeDoc::open(sealed, keys) {
            Ok(opened) if opened.signed => Came::Ours(Box::new(opened)),
            Ok(opened) if is_held(&opened.doc) => Came::Held,
            _ => Came::Aside,
        }
    }
}

/// Whether a desk that has read all that the server has believes documents without a signature, which the server and a member
/// could have made.
///
/// Only a desk that began with none, of an office whose key is from before documents were signed, and where none is signed
/// yet. It then signs what it took and puts it again; from there on, no desk believes an unsigned one that it did not hold.
pub fn believes_unsigned(keys: &OfficeKeys, began_empty: bool, any_signed: bool) -> bool {
    began_empty && !any_signed && !keys.signs_documents
}

/// What is inside the seal.
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    signed: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sig: Option<Signature>,
}

/// What the office signs of a document: the purpose, and the SHA-256 of its exact bytes, a line each.
pub fn message(signed: &str) -> Vec<u8> {
    let hash = hex::encode(&Sha256::digest(signed.as_bytes()));
    format!("vigie doc v1\n{hash}\n").into_bytes()
}

/// The document under the office's signature: what [`seal`] seals.
pub fn sign(exact: &ExactJson, keys: &OfficeKeys) -> Vec<u8> {
    let signed: &RawValue = serde_json::from_str(exact.text()).expect("JSON already");
    let envelope = Envelope {
        signed: Some(signed),
        sig: Some(keys.signing.sign(&message(exact.text()))),
    };
    serde_json::to_vec(&envelope).expect("JSON and hex always serialise")
}

/// Signs a document and seals it for the office itself.
pub fn seal(exact: &ExactJson, keys: &OfficeKeys) -> Vec<u8> {
    envelope::seal(&Zeroizing::new(sign(exact, keys)), &[keys.recipient()])
        .expect("one recipient: the office")
}

impl OfficeDoc {
    /// The text of a document that was made here.
    pub fn exact(&self) -> ExactJson {
        serde_json::to_string(self)
            .and_then(ExactJson::from_text)
            .expect("documents have string keys and no failing serialiser")
    }

    /// As [`seal`], of a document that was made here.
    pub fn seal(&self, keys: &OfficeKeys) -> Vec<u8> {
        seal(&self.exact(), keys)
    }

    /// Opens what [`seal`] made, now or before documents were signed.
    pub fn open(sealed: &[u8], keys: &OfficeKeys) -> Result<OpenedDoc, BadDoc> {
        let plain = Zeroizing::new(envelope::open(sealed, &keys.identity, DOC_LIMIT)?);
        OfficeDoc::read(&plain, keys)
    }

    /// Reads opened bytes.
    pub fn read(plain: &[u8], keys: &OfficeKeys) -> Result<OpenedDoc, BadDoc> {
        let malformed = |_| BadDoc::Malformed;
        let text = std::str::from_utf8(plain).map_err(|_| BadDoc::Malformed)?;
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(malformed)?;
        let opened = |text: &str, signed| {
            Ok(OpenedDoc {
                doc: believed(serde_json::from_str(text).map_err(malformed)?, keys)?,
                exact: ExactJson::from_text(text).map_err(malformed)?,
                signed,
            })
        };
        let Some(signed) = envelope.signed else {
            return opened(text, false);
        };
        let sig = envelope.sig.ok_or(BadDoc::NotSigned)?;
        keys.signing
            .verifying_key()
            .verify(&message(signed.get()), &sig)
            .map_err(|_| BadDoc::NotSigned)?;
        opened(signed.get(), true)
    }
}

/// What a purge erases does not come back: it is never taken without the signature that is its own.
fn believed(doc: OfficeDoc, keys: &OfficeKeys) -> Result<OfficeDoc, BadDoc> {
    match &doc {
        OfficeDoc::Purge(PurgeDoc { purge }) => {
            let signed = Signature::from_bytes(purge.sig);
            let office = keys.signing.verifying_key();
            match office.verify(&purge.message(), &signed) {
                Ok(()) if purge.v == Purge::VERSION => Ok(doc),
                Ok(()) => Err(BadDoc::Malformed),
                Err(_) => Err(BadDoc::NotSigned),
            }
        }
        _ => Ok(doc),
    }
}

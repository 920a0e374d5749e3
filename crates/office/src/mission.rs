//! A new mission, its card, its invites, its partner links.
//!
//! A card is the office's signed word on who takes part in what, with which questionnaires, and for whom entries are
//! sealed. Every change makes a card of a greater revision; devices take no lower one.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use vigie_exchange::api;
use vigie_journal::Bundle;
use vigie_model::{
    Card, CardFile, CardForm, ExactJson, FormHash, FormId, InviteId, Lang, Link, LinkOptions,
    Mission, MissionId, MissionKind, Policy, Random, Timestamp,
};
use vigie_seal::{
    InviteCode, InviteSecret, invite::MissionKey, seal_card, seal_card_file, seal_link,
};

use crate::{
    OfficeKeys,
    docs::{FormFile, InviteDoc, LinkDoc, MissionDoc, OnSheet},
    questions::compiled::asks_consent,
};

/// What a person says of a mission to begin it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMission {
    pub name: String,
    pub kind: MissionKind,
    /// `YYYY-MM-DD`, or empty.
    pub starts: String,
    pub ends: String,
    pub languages: Vec<Lang>,
    pub policy: Policy,
    pub forms: Vec<CardForm>,
}

/// Why a mission can't be made of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMission {
    #[error("a mission needs a name")]
    NoName,
    #[error("a mission needs a language")]
    NoLanguage,
    #[error("a mission can't end before it starts")]
    EndsBeforeStart,
    #[error("two questionnaires have one id")]
    TwoFormsOfOneId,
}

/// A card ready for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedCard {
    pub mission: MissionId,
    pub rev: u32,
    pub bytes: Vec<u8>,
}

/// An invite ready for the server and for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct NewInvite {
    pub id: InviteId,
    /// For the office's own documents; holds the code to show.
    pub doc: InviteDoc,
    /// For the server.
    pub body: api::PutInvite,
}

impl NewInvite {
    /// The link to hand over; the code stands after `#`, so that no server ever sees it.
    pub fn link(&self, server: &str) -> String {
        vigie_join::link(server, &self.doc.code)
    }
}

/// How long after a partner link's last moment the server still takes what was answered in time, on a phone that had no
/// network then.
pub const LATE_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What a person says of a partner link to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// The id of one of the mission's questionnaires.
    pub form: FormId,
    pub label: String,
    pub consent: BTreeMap<Lang, String>,
    /// How many people may answer; 0: any number.
    pub uses: u32,
    pub kiosk: bool,
    /// How many codes a printed sheet has, each good for one answer, whatever `uses` and `kiosk` say; 0: one link, no sheet.
    pub codes: u32,
    /// For how many days the server keeps an answer that a person means to go on with; 0: not at all.
    pub later_days: u32,
    pub options: LinkOptions,
    pub expires: Timestamp,
}

/// The most codes of one sheet: the server holds the questionnaire once for each.
pub const SHEET_CODES: u32 = 200;

/// Why a partner link can't be made of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    #[error("the mission has no such questionnaire")]
    NoForm,
    #[error("a link needs a name: its answers are said to be from that")]
    NoLabel,
    #[error("a link needs a text of consent in the mission's languages")]
    NoConsent,
    #[error("a sheet has at most {SHEET_CODES} codes")]
    TooMany,
}

/// Begins a mission: a card of revision 1, and the key its devices will share.
pub fn new_mission(
    new: NewMission,
    keys: &OfficeKeys,
    rng: &mut impl Random,
) -> Result<MissionDoc, BadMission> {
    let ids: BTreeSet<&str> = new.forms.iter().map(|form| form.id.as_str()).collect();
    if ids.len() != new.forms.len() {
        return Err(BadMission::TwoFormsOfOneId);
    }
    let mission_key = MissionKey::random(rng);
    let mission = checked(Mission {
        id: MissionId::random(rng),
        name: new.name,
        kind: new.kind,
        starts: new.starts,
        ends: new.ends,
        languages: new.languages,
        policy: new.policy,
    })?;
    let card = Card {
        v: Card::VERSION,
        rev: 1,
        mission,
        recipients: vec![keys.recipient().to_string()],
        office: keys.office(),
        server: keys.server.clone(),
        forms: new.forms.into_iter().map(without_files).collect(),
        closed: false,
        offices: Vec::new(),
        members: Vec::new(),
        bundles: Some(Bundle::VERSION),
    };
    Ok(MissionDoc {
        rev: card.rev,
        card,
        mission_key,
        team_rev: 0,
        earlier_keys: Vec::new(),
        shut_out: BTreeSet::new(),
        holders: Vec::new(),
    })
}

/// What was said of a mission, when one can be made of it.
fn checked(mut mission: Mission) -> Result<Mission, BadMission> {
    mission.name = mission.name.trim().to_owned();
    let Mission { starts, ends, .. } = &mission;
    if mission.name.is_empty() {
        Err(BadMission::NoName)
    } else if mission.languages.is_empty() {
        Err(BadMission::NoLanguage)
    // Dates are ISO: the order of text is the order of time.
    } else if !starts.is_empty() && !ends.is_empty() && ends < starts {
        Err(BadMission::EndsBeforeStart)
    } else {
        Ok(mission)
    }
}

/// A compiled questionnaire as a card carries it, named by its bytes.
pub fn card_form(
    id: &str,
    version: &str,
    title: BTreeMap<Lang, String>,
    compiled: ExactJson,
) -> CardForm {
    CardForm {
        id: FormId::new(id),
        version: version.to_owned(),
        title,
        hash: FormHash::from_sha256(&Sha256::digest(compiled.text()).into()),
        compiled,
        files: Vec::new(),
    }
}

/// The form without the files of another card: boxed for another mission, they would not open.
fn without_files(form: CardForm) -> CardForm {
    CardForm {
        files: Vec::new(),
        ..form
    }
}

/// A file of a card's questionnaire, ready for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFile {
    pub sha256: api::Hex<32>,
    pub bytes: Vec<u8>,
}

impl MissionDoc {
    pub fn id(&self) -> MissionId {
        self.card.mission.id
    }

    /// The next revision of the card, after `change`. The mission keeps its id and its office whatever `change` does.
    #[must_use]
    pub fn revise(&self, keys: &OfficeKeys, change: impl FnOnce(&mut Card)) -> MissionDoc {
        let mut next = self.clone();
        change(&mut next.card);
        next.rev = self.rev.saturating_add(1);
        next.card.v = Card::VERSION;
        next.card.rev = next.rev;
        next.card.mission.id = self.id();
        next.card.office = keys.office();
        // What other offices read, nobody here knows.
        next.card.bundles = next.card.offices.is_empty().then_some(Bundle::VERSION);
        next
    }

    /// The next revision, with another name, other dates, languages or rules. Nobody's key and no questionnaire changes.
    pub fn with_mission(
        &self,
        keys: &OfficeKeys,
        mission: Mission,
    ) -> Result<MissionDoc, BadMission> {
        let mission = checked(mission)?;
        Ok(self.revise(keys, |card| card.mission = mission))
    }

    /// The next revision, with `form` in the place of the one of the same id, or at the end.
    #[must_use]
    pub fn with_form(&self, keys: &OfficeKeys, form: CardForm) -> MissionDoc {
        self.with_form_as_it_is(keys, without_files(form))
    }

    /// As [`MissionDoc::with_form`], of a form whose files were boxed for this very mission.
    pub(crate) fn with_form_as_it_is(&self, keys: &OfficeKeys, form: CardForm) -> MissionDoc {
        self.revise(keys, |card| {
            match card.forms.iter_mut().find(|old| old.id == form.id) {
                Some(old) => *old = form,
                None => card.forms.push(form),
            }
        })
    }

    /// Seals the media of the questionnaires that the card names none of yet, and names them. The server must have these
    /// before the card. `media` finds those of a form by its hash.
    pub fn seal_files(
        &mut self,
        media: impl Fn(&FormHash) -> Vec<FormFile>,
        rng: &mut impl Random,
    ) -> Vec<SealedFile> {
        let mut out = Vec::new();
        for form in self
            .card
            .forms
            .iter_mut()
            .filter(|form| form.files.is_empty())
        {
            for file in media(&form.hash) {
                let bytes = seal_card_file(&file.data.0, &self.mission_key, rng);
                let sha256 = api::Hex(Sha256::digest(&bytes).into());
                form.files.push(CardFile {
                    name: file.name,
                    sealed: sha256.to_string(),
                });
                out.push(SealedFile { sha256, bytes });
            }
        }
        out
    }

    /// Signs and seals the card for the mission's devices.
    pub fn seal_card(&self, keys: &OfficeKeys, rng: &mut impl Random) -> SealedCard {
        let bytes = seal_card(&self.card, &keys.signing, &self.mission_key, rng);
        SealedCard {
            mission: self.id(),
            rev: self.rev,
            bytes,
        }
    }

    /// An invite for one person, good for one device until `expires`.
    pub fn invite(
        &self,
        keys: &OfficeKeys,
        label: &str,
        expires: Timestamp,
        now: Timestamp,
        rng: &mut impl Random,
    ) -> NewInvite {
        let code = InviteCode::random(rng);
        let doc = InviteDoc {
            code: code.to_string(),
            mission: self.id(),
            label: label.trim().to_owned(),
            expires,
            made: now,
            cancelled: None,
        };
        NewInvite {
            id: code.id(),
            body: self.box_invite(keys, &code, expires, rng),
            doc,
        }
    }

    /// The same invite, in a box sealed anew, which takes the place of the one that the server has.
    pub fn invite_body(
        &self,
        keys: &OfficeKeys,
        doc: &InviteDoc,
        rng: &mut impl Random,
    ) -> Option<api::PutInvite> {
        Some(api::PutInvite {
            replaces: true,
            ..self.box_invite(keys, &doc.code()?, doc.expires, rng)
        })
    }

    fn box_invite(
        &self,
        keys: &OfficeKeys,
        code: &InviteCode,
        expires: Timestamp,
        rng: &mut impl Random,
    ) -> api::PutInvite {
        let secret = InviteSecret {
            mission: self.id(),
            mission_name: self.card.mission.name.clone(),
            mission_key: self.mission_key.clone(),
            office: keys.signing.verifying_key(),
            server: keys.server.clone(),
            languages: self.card.mission.languages.clone(),
        };
        api::PutInvite {
            mission: Some(self.id()),
            partner: false,
            expires,
            uses: 1,
            replaces: false,
            sealed: api::Base64(secret.seal(code, rng)),
        }
    }

    /// A partner link for one of the mission's questionnaires, or all codes of a sheet: for the office's own documents.
    pub fn links(
        &self,
        new: NewLink,
        now: Timestamp,
        rng: &mut impl Random,
    ) -> Result<Vec<LinkDoc>, BadLink> {
        let form = self.card.form(&new.form).ok_or(BadLink::NoForm)?;
        let label = new.label.trim().to_owned();
        if label.is_empty() {
            return Err(BadLink::NoLabel);
        }
        let mut consent = new.consent;
        consent.retain(|_, text| !text.trim().is_empty());
        // Asked once: by the link, or by the questionnaire.
        if consent.is_empty() && !asks_consent(form) {
            return Err(BadLink::NoConsent);
        }
        let mut options = new.options;
        options.thanks.retain(|_, text| !text.trim().is_empty());
        options.answers.retain(|_, value| !value.is_empty());
        if new.codes > SHEET_CODES {
            return Err(BadLink::TooMany);
        }
        let is_sheet = new.codes > 0;
        let codes: Vec<InviteCode> = (0..new.codes.max(1))
            .map(|_| InviteCode::random(rng))
            .collect();
        let first = codes.first().map(InviteCode::id);
        let numbered = (1..).zip(&codes);
        let made = numbered.map(|(number, code)| LinkDoc {
            code: code.to_string(),
            mission: self.id(),
            form: new.form.clone(),
            label: label.clone(),
            consent: consent.clone(),
            uses: if is_sheet { 1 } else { new.uses },
            kiosk: new.kiosk && !is_sheet,
            later_days: new.later_days.min(Link::LATER_DAYS_MOST),
            options: options.clone(),
            expires: new.expires,
            made: now,
            closed: false,
            sheet: first.filter(|_| is_sheet).map(|id| OnSheet { id, number }),
        });
        Ok(made.collect())
    }

    /// What the server holds of a link, in a box sealed anew; `None` when the mission has its questionnaire no more.
    pub fn link_body(
        &self,
        keys: &OfficeKeys,
        doc: &LinkDoc,
        media: impl Fn(&FormHash) -> Vec<FormFile>,
        rng: &mut impl Random,
    ) -> Option<api::PutInvite> {
        let form = without_files(self.card.form(&doc.form)?.clone());
        let link = Link {
            v: Link::VERSION,
            files: media(&form.hash)
                .into_iter()
                .map(|file| (file.name, STANDARD.encode(file.data.0)))
                .collect(),
            card: Card {
                forms: vec![form],
                // Whoever has the link learns nothing of the team, and seals for the offices alone.
                members: Vec::new(),
                bundles: None,
                ..self.card.clone()
            },
            by: doc.label.clone(),
            consent: doc.consent.clone(),
            kiosk: doc.kiosk,
            later_days: doc.later_days,
            options: doc.options.clone(),
            expires: doc.expires,
        };
        Some(api::PutInvite {
            mission: Some(self.id()),
            partner: true,
            expires: doc.expires.plus(LATE_MS),
            uses: doc.uses,
            replaces: false,
            sealed: api::Base64(seal_link(&link, &keys.signing, &doc.code()?, rng)),
        })
    }
}

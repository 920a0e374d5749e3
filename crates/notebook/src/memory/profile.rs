//! Who uses this device, in which missions, and how far each one's chain of changes goes.
//!
//! A person takes part in each mission under a device key of its own, with a chain of changes of its own: two missions'
//! offices can't tell that they share a delegate, and a mission joined without network is one whose chain can still be
//! written again once its name is known (see [`crate::join`]).

use serde::{Deserialize, Serialize};
use vigie_journal::Clock;
use vigie_model::{CardMember, FormHash, MissionId, Timestamp};
use vigie_seal::{SecretSeed, invite::InviteSecret, sign::SigningKey};
use vigie_vault::{Row, Table};
use zeroize::Zeroize;

use crate::protocol::MissionInfo;

/// What seldom changes. Sealed at `meta/profile`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Profile {
    pub v: u32,
    pub name: String,
    pub lang: String,
    pub auto_lock_minutes: u32,
    pub paused: bool,
    pub members: Vec<Member>,
    /// Which of `members` new entries are for.
    pub current: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<OfficeProfile>,
}

impl Row for Profile {
    const TABLE: Table = Table::Meta;
    type Key = ();

    fn row((): &()) -> String {
        "profile".into()
    }
}

/// One mission, as this device takes part in it; its place in the list is its number for ever.
#[derive(Clone, Serialize, Deserialize)]
pub struct Member {
    /// What ops say. Of a mission not known yet, and of a trial: an id made here.
    pub mission: MissionId,
    /// The seed of the device's key in this mission.
    pub key: SecretSeed,
    pub by: String,
    #[serde(rename = "standing")]
    pub enrolment: Enrolment,
    /// What the card says, as far as the notebook needs it at once.
    pub info: MissionFacts,
    /// The office removed this device from the mission: nothing is sent for it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
    /// What its questionnaires show, as far as it is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Medium>,
}

/// A picture, sound or film of a questionnaire: names are sealed with the profile, a row's key says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    /// The questionnaire.
    pub form: FormHash,
    pub name: String,
    /// SHA-256, in hex, of the box that it came in.
    pub sealed: String,
}

impl Medium {
    /// Where it is kept.
    pub fn row(&self) -> String {
        format!("media.{}", self.sealed)
    }
}

/// How far this device got in taking part.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "one for each mission, and hardly ever more than one mission"
)]
pub enum Enrolment {
    /// No office: a trial.
    Alone,
    /// An invite that could not be used yet, or whose use was not heard of yet. What its box holds is kept before it is
    /// used: the server forgets the box with the use, and an answer that was lost can be asked for again.
    Pending {
        code: String,
        server: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<InviteSecret>,
    },
    /// Enrolled; `card` is the revision that we have, if any.
    Enrolled {
        secret: InviteSecret,
        card: Option<u32>,
    },
}

/// The part of a card that is read at every start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MissionFacts {
    pub name: String,
    pub kind: String,
    pub starts: String,
    pub ends: String,
    pub forms: usize,
    pub keep_readable: bool,
    pub record_time: bool,
    pub server: String,
    pub recipients: Vec<String>,
    pub closed: bool,
    /// Who else is sealed for what may be shared.
    pub members: Vec<CardMember>,
    /// The offices that read what is written, where it is not one alone.
    pub readers: Vec<String>,
    /// The greatest version of bundle that the card's office reads; none: version 1.
    pub bundles: Option<u32>,
}

impl MissionFacts {
    /// What holds while no card is there: all is kept.
    pub fn trial() -> MissionFacts {
        MissionFacts {
            kind: "trial".into(),
            keep_readable: true,
            record_time: true,
            ..MissionFacts::default()
        }
    }
}

/// An office's own part. Its key file is everything it is.
#[derive(Clone, Serialize, Deserialize)]
pub struct OfficeProfile {
    pub key_file: SecretText,
    pub made: Timestamp,
    /// A backup of the key was opened: the office may be used.
    pub proven: bool,
    /// Where the server's list of documents was read to, and its feed.
    pub docs_after: u64,
    pub cursor: u64,
    /// Letters that were gone from the server before this desk read them, since its feed was last begun.
    #[serde(default)]
    pub gone: u64,
    pub clock_offset: i64,
    /// The life of the server's database that those two are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<vigie_exchange::api::Epoch>,
    /// No document without the office's signature is believed any more.
    #[serde(default)]
    pub docs_signed: bool,
    /// The token of the set-up link, as long as the server has not said that it knows this office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup: Option<SecretText>,
    /// The seed of this desk's own device key: what it writes is its own chain, whatever other desks the office has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<SecretSeed>,
}

/// Secret text that is wiped when dropped.
#[derive(Clone, Serialize, Deserialize, Zeroize)]
#[zeroize(drop)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    pub fn new(text: &str) -> SecretText {
        SecretText(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Member {
    pub fn signing(&self) -> SigningKey {
        self.key.signing()
    }

    pub fn device(&self) -> vigie_model::DeviceId {
        self.signing().device()
    }

    /// The revision of the card that is here.
    pub fn card_rev(&self) -> Option<u32> {
        match self.enrolment {
            Enrolment::Enrolled { card, .. } => card,
            _ => None,
        }
    }

    /// The other devices of the team, where the card names this one too: nobody takes what another seals.
    pub fn team(&self) -> Vec<&CardMember> {
        let (device, members) = (self.device(), &self.info.members);
        match members.iter().any(|member| member.device == device) {
            true => members
                .iter()
                .filter(|other| other.device != device)
                .collect(),
            false => Vec::new(),
        }
    }

    pub fn is_pending(&self) -> bool {
        matches!(self.enrolment, Enrolment::Pending { .. })
    }

    /// A server knows it, and gives what it sends to the office.
    pub fn is_served(&self) -> bool {
        matches!(self.enrolment, Enrolment::Enrolled { .. }) && !self.revoked
    }

    /// Takes part in a mission that has an office, which did not remove it.
    pub fn is_active(&self) -> bool {
        !matches!(self.enrolment, Enrolment::Alone) && !self.revoked
    }

    pub fn view(&self, current: bool) -> MissionInfo {
        let MissionFacts {
            name,
            kind,
            starts,
            ends,
            forms,
            keep_readable,
            server,
            closed,
            readers,
            ..
        } = self.info.clone();
        MissionInfo {
            id: self.mission,
            trial: matches!(self.enrolment, Enrolment::Alone),
            name,
            kind,
            starts,
            ends,
            current,
            forms,
            keep_readable,
            server,
            closed,
            readers,
            team: self.team().len(),
            pending: self.is_pending(),
            revoked: self.revoked,
        }
    }
}

/// What changes at every save. Sealed at `meta/front`, and all that opening the notebook reads before its first page.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Counters {
    /// The next line of the notebook.
    pub next_line: u64,
    /// Lines in all, those deleted by a person included.
    pub lines: usize,
    /// Of which deleted.
    pub deleted: usize,
    /// Of which to settle.
    pub conflicts: usize,
    /// The next bundle row.
    pub next_bundle: u64,
    /// By the member's number.
    pub chains: Vec<Chain>,
}

impl Row for Counters {
    const TABLE: Table = Table::Meta;
    type Key = ();

    fn row((): &()) -> String {
        "front".into()
    }
}

/// One member's chain of ops.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Chain {
    /// What the next op says.
    pub next: vigie_journal::Chain,
    pub clock: Clock,
    /// `seq` of the last op that is in a bundle.
    pub bundled: u64,
    /// Lines whose last change is in no bundle yet.
    pub here: usize,
    /// Lines whose last change is in a bundle that was received and is no longer listed.
    pub received: usize,
    /// Lines on which other people alone wrote.
    pub team: usize,
    /// Other devices' bundles that this one brought to the server or the office.
    pub brought: usize,
    /// When something of theirs came last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_at: Option<Timestamp>,
    pub receipts_after: u64,
    /// The life of the server's database that `receipts_after` is a number of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<vigie_exchange::api::Epoch>,
    /// `seq` of ops up to `bundled` that are in no bundle, because their rows did not open: kept as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<u64>,
    pub clock_offset: i64,
}

/// No clock that says less than 1 January 2026 is right: there was no Vigie.
const FIRST_MS: i64 = 1_767_225_600_000;
/// How far the last stamp may be ahead of the clock before the clock of then is taken to have been wrong.
const AHEAD_MS: i64 = 24 * 60 * 60 * 1000;

impl Chain {
    /// The stamp of an op made at `now`, by a device that heard of the moment `heard` from a server, if of any.
    ///
    /// Stamps grow, whatever becomes of the clock, but for one case: the last is more than a day ahead of a clock that
    /// nothing speaks against. Then a clock that was once in the future does not date all that comes after it. What an op
    /// replaces, it names, and the order of a device's ops is that of `seq`: nothing shown depends on it.
    pub fn stamp(&mut self, now: Timestamp, heard: Timestamp) -> vigie_journal::Hlc {
        let mut growing = self.clock;
        let ahead = growing.tick(now).ms.saturating_sub(now.0);
        let least = heard.0.saturating_sub(AHEAD_MS).max(FIRST_MS);
        if ahead > AHEAD_MS && now.0 >= least {
            self.clock = Clock::default();
        }
        self.clock.tick(now)
    }

    /// Whether that op is in a bundle.
    pub fn is_bundled(&self, seq: u64) -> bool {
        seq <= self.bundled && !self.passed.contains(&seq)
    }
}

impl Counters {
    pub fn chain(&mut self, member: usize) -> &mut Chain {
        if self.chains.len() <= member {
            self.chains.resize_with(member + 1, Default::default);
        }
        &mut self.chains[member]
    }
}

impl OfficeProfile {
    pub fn new(key_file: &str, made: Timestamp, proven: bool) -> OfficeProfile {
        OfficeProfile {
            key_file: SecretText::new(key_file),
            made,
            proven,
            docs_after: 0,
            cursor: 0,
            gone: 0,
            clock_offset: 0,
            epoch: None,
            docs_signed: false,
            setup: None,
            desk: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_once_wrong_in_the_future_does_not_date_what_comes_after() {
        const NOW: i64 = 1_795_000_000_000;
        const DAY: i64 = AHEAD_MS;
        let mut chain = Chain::default();
        let mut at = |now: i64, heard: i64| chain.stamp(Timestamp(now), Timestamp(heard)).ms;
        assert_eq!(at(NOW + 400 * DAY, 0), NOW + 400 * DAY);
        assert_eq!(at(NOW, 0), NOW, "mended");
        assert_eq!(
            at(NOW - DAY / 2, 0),
            NOW,
            "set back a little: still growing"
        );
        assert_eq!(
            at(0, 0),
            NOW,
            "a battery that ran out, not a clock that was mended"
        );
        assert_eq!(
            at(NOW - 5 * DAY, NOW),
            NOW,
            "the server said that it is later"
        );
        assert_eq!(at(NOW + 1, NOW), NOW + 1);
    }
}

//! The door: who may come in, and where the device stands.

use serde::{Deserialize, Serialize};
use vigie_model::MissionId;

use crate::{Millis, question::questions};

questions! {
    /// What is asked of the door.
    pub enum DoorQuestion;

    /// Where the device stands.
    Read GetStatus -> Status;
    /// What an invite is for, without using it. `text` is a link, a code, or a code in any spelling; `origin` is the server
    /// the page came from, used when `text` is a bare code.
    Network LookInvite { text: String, origin: String } -> InvitePreview;
    /// First vault of this device. With an invite: enrols now, or by itself later when the network is away. Without: a trial
    /// with no office. `name` is how the mission will know this person.
    Write CreateVault { passphrase: String, name: String, invite: Option<InviteText>, lang: String } -> Status;
    /// Takes part in one more mission, or in a first one after a trial. An invite that waits for a network stays beside it,
    /// unless `replace` names it by its mission.
    Network Join { invite: InviteText, replace: Option<MissionId> } -> Status;
    /// [`Failure::WrongPassphrase`](crate::Failure::WrongPassphrase) carries the delay before the next try.
    Write Unlock { passphrase: String } -> Status;
    /// Forgets every key. What was being typed has been kept, sealed.
    Write Lock -> Status;
    /// With `renew`, under a new key too: every row is sealed again in the background, and what somebody copied of the old key
    /// opens nothing written later.
    Write ChangePassphrase { old: String, new: String, renew: bool } -> ();
    /// Minutes without a touch before the notebook locks itself; 0: never.
    Write AutoLock { minutes: u32 } -> ();
    /// A touch or a key: puts auto-lock off.
    Read Awake -> ();
    /// Destroys the wrapped key first, then everything.
    Write Wipe -> Status;
    Read ListMissions -> Vec<MissionInfo>;
    Write ChooseMission { mission: MissionId } -> ();
    Read GetStorage -> StorageView;
}

/// An invite as typed or followed, and the page's own server for a bare code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InviteText {
    pub text: String,
    pub origin: String,
}

/// Where the device stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub phase: Phase,
    /// Known once open.
    pub mission: Option<MissionInfo>,
    pub name: String,
    pub auto_lock_minutes: u32,
    /// True while the invite could not be used yet for want of network.
    pub enrolment_pending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No vault yet.
    New,
    Locked,
    /// A delegate's notebook is open.
    Open,
    /// An office is open, and its key has a proven backup.
    Office,
    /// An office is open, whose key backup was never tried: nothing else may be done before.
    OfficeUnproven,
    /// Another tab has the writer's lock.
    Elsewhere,
    NoStorage,
}

impl Status {
    /// Where a tab stands that may not write.
    pub fn elsewhere() -> Status {
        Status {
            phase: Phase::Elsewhere,
            mission: None,
            name: String::new(),
            auto_lock_minutes: 0,
            enrolment_pending: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvitePreview {
    pub mission: String,
    pub server: String,
    pub languages: Vec<String>,
    pub expires: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissionInfo {
    pub id: MissionId,
    /// No office stands behind it.
    pub trial: bool,
    pub name: String,
    /// One of the seven kinds, or `trial`.
    pub kind: String,
    pub starts: String,
    pub ends: String,
    pub current: bool,
    pub forms: usize,
    pub keep_readable: bool,
    pub server: String,
    /// The invite waits for a network.
    pub pending: bool,
    /// The office closed it: what is here is still sent and corrected, nothing new is begun.
    pub closed: bool,
    /// The offices that read what is written, the mission's own first; none: that one alone.
    pub readers: Vec<String>,
    /// How many other devices of the team what may be shared is sealed for.
    pub team: usize,
    /// The office removed this device from it: nothing is sent any more, and a file is still offered.
    pub revoked: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StorageView {
    pub used: Option<u64>,
    pub quota: Option<u64>,
    pub persisted: Option<bool>,
    pub entries: usize,
    /// Rows that do not open with the key: kept as they are, and named.
    pub damaged: Vec<String>,
    /// Rows still to be sealed again under a new key.
    pub renewing: usize,
}

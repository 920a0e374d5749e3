//! Envoi: what goes to the office, and what came of it.

use serde::{Deserialize, Serialize};
use vigie_model::{BundleId, MissionId, RecordId};

use crate::{Counts, File, Millis, Refusal, question::questions};

questions! {
    /// What is asked of the exchange with the office.
    pub enum SendingQuestion;

    Read GetExchange -> ExchangeView;
    /// Tries at once, whatever the backoff says.
    Network SendNow -> ExchangeView;
    Write Pause { on: bool } -> ExchangeView;
    /// The sealed bytes of everything not yet received, and of what is carried for others, as one file to give away: as much as
    /// `limit` bytes hold, this device's own first and oldest first, from the place `from` on.
    Write Pack { from: u64, limit: u64 } -> Packed;
    /// What came without a network: the office's receipts, as [`GiveReceipts`](crate::GiveReceipts) gave them, or what somebody
    /// else's device gives to be carried: to the office of `mission`, where it does not say itself of which mission it is.
    Write TakeCarried { mission: Option<MissionId>, #[serde(with = "serde_bytes")] bytes: Vec<u8> } -> TakenCarried;
    /// Carries nothing for others any more: their authors keep it until the office confirms.
    Write DropCarried -> ExchangeView;
    /// Told by the page: the network is back, or somebody looks at the page again.
    Network Nudge -> ();
}

/// What is given at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Packed {
    /// None when nothing waits, or nothing that is small enough.
    pub file: Option<File>,
    /// Where the next file begins.
    pub next: Option<u64>,
    /// How many bundles are too large by themselves.
    pub too_large: usize,
    /// How many are sealed for people who may not read all of it any more, and go by the network alone.
    pub held: usize,
}

/// The most that is read at once of what came without a network.
pub const TAKEN_BYTES: u64 = 64 * 1024 * 1024;

/// What came of what was brought here without a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TakenCarried {
    /// Neither receipts nor anything sealed.
    Nothing,
    /// Receipts of what another device wrote, or not signed by an office of this one's missions.
    ForOthers,
    Received(TakenReceipts),
    Bundles(TakenBundles),
    /// Bundles, and no mission here to carry them to.
    NoMission,
}

/// What came of receipts, and was not known before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenReceipts {
    /// Entries that the office received.
    pub entries: usize,
    /// Bundles that were carried for others, and have arrived.
    pub carried: usize,
    /// Bundles that another of the mission's offices received.
    pub also: usize,
}

/// What came of somebody else's bundles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBundles {
    /// Carried from now on.
    pub new: usize,
    /// Carried already, or brought, or this device's own.
    pub known: usize,
    /// Damaged, forged, too large, of a mission that is not this device's, or nothing that is sealed.
    pub refused: usize,
    /// More than this device carries.
    pub too_many: usize,
    /// Entries in them that this device may read, and that changed by them.
    pub entries: usize,
    /// Bundles that can't be read here yet, if ever: before a card names who wrote them, Vigie is newer here, or what opens them
    /// has come.
    pub unread: usize,
}

/// A bundle that this device carries to the office for somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CarriedView {
    pub id: BundleId,
    pub state: BundleState,
    pub size: u64,
    /// When it was taken.
    pub taken: Millis,
    /// The mission's name.
    pub mission: String,
    /// The office removed this device from it, which brings nothing to it any more.
    pub stays: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExchangeView {
    pub counts: Counts,
    pub bundles: Vec<BundleView>,
    /// What is carried for others and is not at the server yet: the newest of it.
    pub carried: Vec<CarriedView>,
    /// How many bundles that is in all.
    pub carrying: usize,
    /// How many of others' bundles this device brought to the server, or to the office.
    pub brought: usize,
    pub paused: bool,
    pub busy: bool,
    /// When the next try is due by itself.
    pub next_try: Option<Millis>,
    pub last: Option<Outcome>,
    /// What did not work in the last round, each step by itself: nothing else waited for it.
    pub troubles: Vec<Trouble>,
    pub last_received: Option<Millis>,
    /// What came of the others, where a mission has a team or something of one is here.
    pub team: Option<TeamView>,
    /// There is an office to send to.
    pub has_office: bool,
    /// Everything is received, and nothing is carried for others: this device may be wiped.
    pub all_received: bool,
}

/// What the missions' other people wrote, as it came here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamView {
    /// Entries on which they alone wrote.
    pub entries: usize,
    /// When something of theirs came last, a change to an entry of one's own too.
    pub last: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundleView {
    pub id: BundleId,
    pub state: BundleState,
    pub size: u64,
    pub sent: u64,
    pub made: Millis,
    pub entries: Vec<RecordId>,
    /// Where several offices read the mission: the others that gave a receipt of it. The state is by the receipt of the office
    /// that has the mission.
    pub also: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BundleState {
    Waiting,
    Sending,
    Stored,
    Received,
    /// The server will not take it.
    Parked(Refusal),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub at: Millis,
    pub result: OutcomeKind,
    pub sent: usize,
    pub received: usize,
}

/// One step of a round that failed, for one mission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The mission's name.
    pub mission: String,
    pub step: Step,
    pub why: Why,
}

/// The steps of a round that a person may hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Using an invite that waited.
    Joining,
    /// Reading what is on this device to seal it.
    Composing,
    Sending,
    Receipts,
    Card,
    /// Reading what the mission's other people wrote.
    Team,
    Media,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    Unreachable,
    Refused(Refusal),
    /// These rows of the device do not open: kept as they are, and passed over.
    Damaged(Vec<String>),
    /// A card of a newer version: it waits for an update of Vigie.
    Newer,
    Full,
    /// The device does not write.
    NotSaved,
    /// A fault of ours, or of the browser.
    Internal,
}

/// What a whole round came to: its gravest trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutcomeKind {
    Fine,
    Failed(Why),
}

//! Sealed bundles on their way, and when sending is tried again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use serde::{Deserialize, Serialize};
use vigie_exchange::Sending;
use vigie_model::{BundleId, RecordId, Timestamp};
use vigie_vault::{Keyed, Row, Table};

use super::rows::number_key;
use crate::{
    error::refusal,
    protocol::{BundleState, BundleView, CarriedView, EntryState, Failure, Millis},
};

/// A sealed bundle and how far it got. Its bytes are in `blobs` until it is received.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BundleRow {
    pub number: u64,
    pub id: BundleId,
    pub member: usize,
    /// `seq` of the first and last op in it.
    pub from: u64,
    pub to: u64,
    pub made: Millis,
    pub size: u64,
    pub sending: Sending,
    /// The revision of the card by whose members it is sealed for them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<u32>,
    /// Records with a line in the notebook whose last change is in this bundle.
    pub recs: BTreeSet<RecordId>,
    /// The mission's other offices that gave a receipt of it, by their key: how each is called. What the bundle's state is, the
    /// lead's receipt alone says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub also: BTreeMap<String, String>,
    /// Another device wrote it, and this one carries it to the office: until the server has it, for its author keeps it longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carried: bool,
}

impl Row for BundleRow {
    const TABLE: Table = Table::Bundles;
    type Key = u64;

    fn row(number: &u64) -> String {
        number_key(*number)
    }
}

impl Keyed for BundleRow {
    fn key(&self) -> u64 {
        self.number
    }
}

/// Bundles that are not to be carried for a member's mission. Sealed at `meta/brought.` and the member.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Brought {
    /// Others', that this device brought where they belong. The last of them: one that is carried once more costs its bytes
    /// and nothing else.
    pub others: VecDeque<BundleId>,
    /// This device's own, from before it sealed them anew.
    pub own: BTreeSet<BundleId>,
}

impl Brought {
    const KEPT: usize = 200;

    pub fn has(&self, bundle: &BundleId) -> bool {
        self.others.contains(bundle) || self.own.contains(bundle)
    }

    pub fn add(&mut self, bundle: BundleId) {
        self.others.push_back(bundle);
        let over = self.others.len().saturating_sub(Self::KEPT);
        self.others.drain(..over);
    }
}

impl Row for Brought {
    const TABLE: Table = Table::Meta;
    type Key = usize;

    fn row(member: &usize) -> String {
        format!("brought.{member:03}")
    }
}

impl BundleRow {
    pub fn entry_state(&self) -> EntryState {
        match self.sending {
            Sending::Sealed { .. }
            | Sending::Waiting { .. }
            | Sending::Sending { .. }
            | Sending::NeedsEnrol { .. } => EntryState::Going,
            Sending::Stored { .. } => EntryState::Stored,
            Sending::Received { .. } => EntryState::Received,
            Sending::Parked { .. } => EntryState::Refused,
        }
    }

    pub fn blob(&self) -> String {
        blob_key(self.number)
    }

    fn state(&self) -> BundleState {
        match &self.sending {
            Sending::Sealed { .. } | Sending::Waiting { .. } | Sending::NeedsEnrol { .. } => {
                BundleState::Waiting
            }
            Sending::Sending { .. } => BundleState::Sending,
            Sending::Stored { .. } => BundleState::Stored,
            Sending::Received { .. } => BundleState::Received,
            Sending::Parked { reason, .. } => BundleState::Parked(refusal(&reason.code())),
        }
    }

    /// Where the row stands in what is given away: this device's own first.
    pub fn place(&self) -> u64 {
        match self.carried {
            true => self.number | 1 << 52,
            false => self.number,
        }
    }

    /// As it is shown where another device wrote it. `mission`: the mission's name; `stays`: it can't be brought from here.
    pub fn carried_view(&self, mission: String, stays: bool) -> CarriedView {
        CarriedView {
            id: self.id,
            state: self.state(),
            size: self.size,
            taken: self.made,
            mission,
            stays,
        }
    }

    /// `several`: more than one office reads its mission.
    pub fn view(&self, several: bool) -> BundleView {
        let state = self.state();
        let sent = if matches!(state, BundleState::Stored | BundleState::Received) {
            self.size
        } else {
            0
        };
        BundleView {
            id: self.id,
            state,
            size: self.size,
            sent,
            made: self.made,
            entries: self.recs.iter().copied().collect(),
            also: several.then(|| self.also.values().cloned().collect()),
        }
    }
}

pub fn blob_key(number: u64) -> String {
    format!("bundle.{}", number_key(number))
}

/// When we try again by ourselves. In memory: a start of the app is a reason to try.
#[derive(Debug, Default)]
pub struct Retry {
    /// Something is being sent.
    pub busy: bool,
    /// Cards and what they show are being fetched.
    pub fetching: bool,
    /// Asked for while something was being sent: once more.
    pub again: bool,
    /// Rounds in a row in which something could not be reached.
    pub attempt: u32,
    /// The last one could not send, or join.
    pub is_away: bool,
    /// Rounds since the last thing was sent, asking for receipts.
    pub asked: u32,
    pub until: Option<Timestamp>,
    /// The revision of each member's card that the server has, as it said with the receipts.
    pub cards: HashMap<usize, u32>,
    /// Members of whom the server's list of bundles is to be compared with ours: something of before waited when the vault was
    /// opened, or the server was set back since.
    pub to_compare: HashSet<usize>,
    /// Members whose rows that did not open were tried once more since then.
    pub passed: HashSet<usize>,
    /// Members whose letters of a newer version were asked for once more since then.
    pub newer: HashSet<usize>,
    /// Cards that can't be read, by member, with the revision that the server gives them: not fetched again.
    pub unread: HashMap<usize, (u32, Failure)>,
}

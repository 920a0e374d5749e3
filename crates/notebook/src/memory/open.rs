//! What is in memory while the vault is open; dropping it forgets every key.

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use vigie_model::{Card, DeviceId, RecordId, Timestamp};
use vigie_respondent::Respondent;
use vigie_vault::{Kept, Memory, Table, VaultError};

use super::{
    draft::{Draft, EditBase},
    files::InVault,
    letter::{BundleRow, Retry},
    line::Index,
    profile::{Chain, Counters, Member, Profile},
    renewing::Renewing,
    rows::op_key,
};
use crate::{
    error::of_vault,
    protocol::{Counts, EntryState, Failure, Outcome, Refusal, TeamView, Trouble},
};

/// What else is in memory where the vault is an office's: its desk, of which a phone knows nothing.
pub trait Beside: Any {
    /// The rows of it that can't be read.
    fn damaged(&self) -> &BTreeSet<String>;
}

/// What is in memory of an open vault.
pub struct Open {
    /// How far the sealing under a new key is.
    pub renewing: Option<Renewing>,
    pub profile: Profile,
    pub counters: Counters,
    pub index: Index,
    pub drafts: HashMap<RecordId, Draft>,
    /// Records that were opened and not changed yet: what was seen when they were.
    pub editing: HashMap<RecordId, EditBase>,
    pub responses: HashMap<RecordId, Respondent<InVault>>,
    /// By member: reading one takes longer than answering a question, for the forms in it.
    pub cards: HashMap<usize, Rc<Card>>,
    /// By row number.
    pub bundles: BTreeMap<u64, BundleRow>,
    pub retry: Retry,
    /// What did not work in the last round, by member.
    pub troubles: Vec<(usize, Trouble)>,
    /// Rows that were found not to open.
    pub damaged: BTreeSet<String>,
    pub last: Option<Outcome>,
    pub last_received: Option<Timestamp>,
    pub beside: Option<Box<dyn Beside>>,
}

impl Open {
    pub fn member(&self, number: usize) -> Result<&Member, Failure> {
        self.profile.members.get(number).ok_or(Failure::NotFound)
    }

    /// The member that new entries are for.
    pub fn current(&self) -> Result<(usize, &Member), Failure> {
        let number = self.profile.current;
        Ok((number, self.member(number)?))
    }

    /// The member for whose mission something new may be begun.
    pub fn beginning(&self) -> Result<usize, Failure> {
        let (number, member) = self.current()?;
        match member.info.closed {
            true => Err(Failure::Refused(Refusal::MissionClosed)),
            false => Ok(number),
        }
    }

    pub fn chain(&self, number: usize) -> Chain {
        self.counters
            .chains
            .get(number)
            .cloned()
            .unwrap_or_default()
    }

    pub fn is_mine(&self, device: &DeviceId) -> bool {
        self.profile
            .members
            .iter()
            .any(|member| member.device() == *device)
    }

    /// Where an entry is whose last change of our own is `seq` in `member`'s chain; 0: nothing on it is ours.
    pub fn state_of(&self, member: usize, seq: u64) -> EntryState {
        if seq == 0 {
            return EntryState::Team;
        }
        let chain = self.counters.chains.get(member);
        if chain.is_none_or(|chain| !chain.is_bundled(seq)) {
            return EntryState::Here;
        }
        match self.bundle_of(member, seq) {
            Some(bundle) => bundle.entry_state(),
            // A bundle whose row is damaged may carry it: nothing is called received that may not be.
            None if self.has_damaged(Table::Bundles) => EntryState::Going,
            None => EntryState::Received,
        }
    }

    fn has_damaged(&self, table: Table) -> bool {
        let of = format!("{}/", table.name());
        self.damaged.iter().any(|row| row.starts_with(&of))
    }

    /// Rows of finished changes that no bundle could take.
    pub fn passed_rows(&self, member: usize) -> Vec<String> {
        let passed = self.chain(member).passed;
        let rows = passed.into_iter().map(|seq| op_key(member, seq));
        rows.map(|row| Table::Ops.row_name(&row)).collect()
    }

    /// Every row that is known not to open.
    pub fn damaged_rows(&self) -> Vec<String> {
        let mut rows = self.damaged.clone();
        let members = 0..self.counters.chains.len();
        rows.extend(members.flat_map(|member| self.passed_rows(member)));
        rows.extend(
            self.beside
                .iter()
                .flat_map(|beside| beside.damaged().clone()),
        );
        rows.into_iter().collect()
    }

    /// Whether all that was finished here is with its office, and nothing is carried for others.
    pub fn is_all_received(&self) -> bool {
        let counts = self.counts();
        counts.draft + counts.here + counts.going + counts.stored + counts.refused == 0
            && self
                .counters
                .chains
                .iter()
                .all(|chain| chain.passed.is_empty())
            && !self.bundles.values().any(|row| row.carried)
            && !self.has_damaged(Table::Bundles)
            && !self.has_damaged(Table::Drafts)
    }

    /// The bundle that carries that change; `None` once it was received and is no longer listed.
    pub fn bundle_of(&self, member: usize, seq: u64) -> Option<&BundleRow> {
        self.bundles
            .values()
            .rev()
            .find(|bundle| bundle.member == member && (bundle.from..=bundle.to).contains(&seq))
    }

    /// What came of the missions' other people; `None` where nothing can come, and nothing did.
    pub fn team_view(&self) -> Option<TeamView> {
        let chains = &self.counters.chains;
        let entries = chains.iter().map(|chain| chain.team).sum();
        let last = chains.iter().filter_map(|chain| chain.team_at).max();
        let members = &self.profile.members;
        let has_team = members.iter().any(|member| !member.team().is_empty());
        (has_team || entries > 0 || last.is_some()).then(|| TeamView {
            entries,
            last: last.map(|at| at.0),
        })
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            draft: self.drafts.len(),
            conflicts: self.counters.conflicts,
            ..Counts::default()
        };
        for chain in &self.counters.chains {
            counts.here += chain.here;
            counts.received += chain.received;
            counts.team += chain.team;
        }
        for bundle in self.bundles.values() {
            let lines = bundle.recs.len();
            match bundle.entry_state() {
                EntryState::Going => counts.going += lines,
                EntryState::Stored => counts.stored += lines,
                EntryState::Received => counts.received += lines,
                EntryState::Refused => counts.refused += lines,
                EntryState::Draft | EntryState::Here | EntryState::Team => counts.here += lines,
            }
        }
        counts
    }
}

impl Memory for Open {
    type Failure = Failure;

    fn failed(error: VaultError) -> Failure {
        of_vault(error)
    }
}

impl Kept<Open> for Profile {
    fn of(open: &Open) -> Option<&Profile> {
        Some(&open.profile)
    }

    fn keep(self, open: &mut Open) {
        open.profile = self;
    }
}

impl Kept<Open> for Counters {
    fn of(open: &Open) -> Option<&Counters> {
        Some(&open.counters)
    }

    fn keep(self, open: &mut Open) {
        open.counters = self;
    }
}

impl Kept<Open> for Renewing {
    fn of(open: &Open) -> Option<&Renewing> {
        open.renewing.as_ref()
    }

    fn keep(self, open: &mut Open) {
        open.renewing = Some(self);
    }
}

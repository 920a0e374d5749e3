//! From finished entries to what the office received.
//!
//! Nothing is sealed before the server has answered, or a person asks for a file: entries made without network stay
//! plainly "here only", and leave together. Then, for each mission: receipts are fetched and believed when the office
//! signed them; the card is renewed; ops that are in no bundle are composed, sealed once and stored, in one commit with
//! the counters; each bundle is sent by the state machine of [`vigie_exchange::sending`], whose every step is stored.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};
use vigie_exchange::{
    Client, Sending,
    api::{Code, Receipt},
    sending::{Event as Happened, Parked, wait_ms},
    split::{RUN_BYTES, runs},
};
use vigie_journal::{Bundle, StoredOp};
use vigie_model::{BundleId, MissionId, RecordId, Timestamp};
use vigie_seal::{
    envelope::{self, Recipient},
    sign::VerifyingKey,
};

use crate::{
    Host,
    backend::Backend,
    error::internal,
    open::{Open, delete, number_key, op_key, put, put_bytes, read_bytes},
    profile::{Front, Standing},
    protocol::{
        BundleState, BundleView, EntryState, Event, ExchangeView, Failure, InviteProblem, Millis,
        Outcome, OutcomeKind, Task,
    },
    store::{Change, Store, Table},
};

/// Received bundles that stay listed.
const LISTED: usize = 20;
/// Ops read at a time to be sealed.
const OPS_AT_ONCE: usize = 500;
/// How long after an entry is finished it leaves by itself: several made in a row leave together.
const SOON_MS: i64 = 3_000;
/// How often we ask whether the office has received, the first time; doubles up to [`vigie_exchange::sending::LONGEST_MS`].
const ASK_AGAIN_MS: i64 = 20_000;

/// A sealed bundle and how far it got. Its bytes are in `blobs` until it is received.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BundleRow {
    pub number: u64,
    pub id: BundleId,
    pub member: usize,
    /// `seq` of the first and last op in it.
    pub from: u64,
    pub to: u64,
    pub made: Millis,
    pub size: u64,
    pub sending: Sending,
    /// Records with a line in the notebook whose last change is in this bundle.
    pub recs: BTreeSet<RecordId>,
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

    fn blob(&self) -> String {
        blob_key(self.number)
    }

    fn view(&self) -> BundleView {
        let (state, reason) = match &self.sending {
            Sending::Sealed { .. } | Sending::Waiting { .. } => (BundleState::Waiting, None),
            Sending::NeedsEnrol { .. } => (
                BundleState::Waiting,
                Some(Code::UnknownDevice.as_str().to_owned()),
            ),
            Sending::Sending { .. } => (BundleState::Sending, None),
            Sending::Stored { .. } => (BundleState::Stored, None),
            Sending::Received { .. } => (BundleState::Received, None),
            Sending::Parked { reason, .. } => {
                let code = match reason {
                    Parked::TooLarge => Code::TooLarge.as_str(),
                    Parked::Malformed => Code::Malformed.as_str(),
                    Parked::Refused { code } => code,
                };
                (BundleState::Parked, Some(code.to_owned()))
            }
        };
        let sent = if matches!(state, BundleState::Stored | BundleState::Received) {
            self.size
        } else {
            0
        };
        let entries = self.recs.iter().map(ToString::to_string).collect();
        BundleView {
            id: self.id.to_string(),
            state,
            size: self.size,
            sent,
            made: self.made,
            entries,
            reason,
        }
    }
}

fn blob_key(number: u64) -> String {
    format!("bundle.{}", number_key(number))
}

/// When we try again by ourselves. In memory: a start of the app is a reason to try.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    pub busy: bool,
    attempt: u32,
    /// Rounds since the last thing was sent, asking for receipts.
    asked: u32,
    pub until: Option<Timestamp>,
    /// Members whose list of stored bundles was compared since the vault was opened.
    compared: HashSet<usize>,
}

/// What sets an exchange going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    Timer,
    Online,
    Asked,
}

/// What one exchange came to.
#[derive(Default)]
struct Tally {
    sent: usize,
    received: usize,
    result: Option<OutcomeKind>,
}

impl Tally {
    /// The gravest word stands.
    fn note(&mut self, failure: &Failure) {
        let kind = match failure {
            Failure::Refused(code) if code == Code::UnknownDevice.as_str() => {
                OutcomeKind::NeedsEnrol
            }
            Failure::Refused(code) => OutcomeKind::Refused(code.clone()),
            Failure::Invite(problem) => OutcomeKind::Refused(
                match problem {
                    InviteProblem::Unreadable | InviteProblem::Unknown => Code::InviteUnknown,
                    InviteProblem::Used => Code::InviteUsed,
                    InviteProblem::Expired => Code::InviteExpired,
                }
                .as_str()
                .to_owned(),
            ),
            _ => OutcomeKind::Unreachable,
        };
        if !matches!(
            self.result,
            Some(OutcomeKind::NeedsEnrol | OutcomeKind::Refused(_))
        ) {
            self.result = Some(kind);
        }
    }
}

impl<H: Host> Backend<H> {
    /// An entry was finished: what is there leaves soon.
    pub(crate) fn wake_soon(&self) {
        let soon = self.host().now().plus(SOON_MS);
        if let Ok(mut open) = self.open()
            && open.retry.attempt == 0
        {
            open.retry.until = Some(open.retry.until.map_or(soon, |until| until.min(soon)));
        }
    }

    /// True when it is time to exchange by itself.
    pub(crate) fn is_due(&self) -> bool {
        let now = self.host().now();
        self.open().is_ok_and(|open| {
            let due = open.retry.until.is_some_and(|until| {
                until.0 <= now.0 || until.0 - now.0 > vigie_exchange::sending::IMPOSED_MS
            });
            open.profile.office.is_none() && !open.retry.busy && !open.profile.paused && due
        })
    }

    /// One round with every mission's server. Answers when it is over; what failed is in the outcome.
    pub(crate) async fn exchange(&self, trigger: Trigger) -> Result<(), Failure> {
        let generation = self.generation();
        {
            let mut open = self.open()?;
            if open.retry.busy || (open.profile.paused && trigger != Trigger::Asked) {
                return Ok(());
            }
            open.retry.busy = true;
        }
        self.told();
        let members = self.open()?.profile.members.len();
        let mut tally = Tally::default();
        let mut trouble = None;
        for member in 0..members {
            match self
                .exchange_with(member, trigger, generation, &mut tally)
                .await
            {
                Ok(()) => {}
                Err(
                    failure @ (Failure::Unreachable | Failure::Refused(_) | Failure::Invite(_)),
                ) => tally.note(&failure),
                Err(failure) => {
                    trouble = Some(failure);
                    break;
                }
            }
        }
        if generation != self.generation() {
            return Ok(());
        }
        self.settle_retry(&tally)?;
        self.told();
        self.changed();
        match trouble {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// After a round: when the next one is, and what is said of this one.
    fn settle_retry(&self, tally: &Tally) -> Result<(), Failure> {
        let now = self.host().now();
        let mut open = self.open()?;
        let open = &mut *open;
        let retry = &mut open.retry;
        retry.busy = false;
        let joined = open
            .profile
            .members
            .iter()
            .any(|member| !matches!(member.standing, Standing::Alone));
        if !joined {
            retry.until = None;
            return Ok(());
        }
        let result = tally.result.clone().unwrap_or(OutcomeKind::Fine);
        if tally.sent > 0 || tally.received > 0 {
            retry.asked = 0;
        }
        retry.until = match result {
            OutcomeKind::Unreachable => {
                retry.attempt = retry.attempt.saturating_add(1);
                Some(now.plus(wait_ms(retry.attempt, None, &mut self.random())))
            }
            _ => {
                retry.attempt = 0;
                let waiting = open
                    .bundles
                    .values()
                    .filter_map(|bundle| bundle.sending.due())
                    .min();
                let stored = open
                    .bundles
                    .values()
                    .any(|bundle| matches!(bundle.sending, Sending::Stored { .. }));
                let ask = stored.then(|| {
                    retry.asked = retry.asked.saturating_add(1);
                    let pause = ASK_AGAIN_MS
                        .checked_shl(retry.asked.saturating_sub(1).min(8))
                        .unwrap_or(i64::MAX);
                    now.plus(pause.min(vigie_exchange::sending::LONGEST_MS))
                });
                // Never in the past, or a bundle that fails at once would be tried in a loop.
                waiting
                    .map(|due| due.max(now.plus(2_000)))
                    .into_iter()
                    .chain(ask)
                    .min()
            }
        };
        let (sent, received) = (tally.sent, tally.received);
        open.last = Some(Outcome {
            at: now.0,
            result,
            sent,
            received,
        });
        Ok(())
    }

    async fn exchange_with(
        &self,
        number: usize,
        trigger: Trigger,
        generation: u64,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        if matches!(self.open()?.member(number)?.standing, Standing::Alone) {
            return Ok(());
        }
        if self.open()?.member(number)?.is_pending() {
            self.enrol_pending(number, generation).await?;
        }
        let (client, mission, office) = self.client(number)?;
        let answer = self
            .fetch_receipts(number, generation, &client, &office, tally)
            .await;
        self.keep_offset(number, generation, client.clock_offset())
            .await?;
        answer?;
        self.renew_card(number, generation, &client).await?;
        self.compare(number, generation, &client).await?;
        self.compose(number, generation).await?;
        self.send_bundles(number, generation, &client, &mission, trigger, tally)
            .await?;
        self.fetch_media(number, generation, &client).await
    }

    /// A client for one member, with the mission it is for and the office's key.
    pub(crate) fn client(
        &self,
        number: usize,
    ) -> Result<(Client<&H::Transport>, MissionId, VerifyingKey), Failure> {
        let open = self.open()?;
        let member = open.member(number)?;
        let Standing::Enrolled { secret, .. } = &member.standing else {
            return Err(Failure::NotFound);
        };
        let office = secret.office;
        let client = Client::new(
            self.host().transport(),
            secret.server.clone(),
            member.signing(),
        );
        Ok((
            client.with_clock_offset(open.chain(number).clock_offset),
            member.mission,
            office,
        ))
    }

    /// Keeps what the server taught us of the clock.
    async fn keep_offset(
        &self,
        number: usize,
        generation: u64,
        offset: i64,
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let (front, change) = {
            let open = self.open_still(generation)?;
            if open.chain(number).clock_offset == offset {
                return Ok(());
            }
            let mut front = open.front.clone();
            front.chain(number).clock_offset = offset;
            let change = put(&open.key, Table::Meta, "front", &front, &mut self.random());
            (front, change)
        };
        self.commit(vec![change]).await?;
        self.open_still(generation)?.front = front;
        Ok(())
    }

    async fn fetch_receipts(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
        office: &VerifyingKey,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        loop {
            let after = self.open_still(generation)?.chain(number).receipts_after;
            let answer = client
                .receipts(after, self.host().now())
                .await
                .map_err(Failure::from)?;
            if answer.receipts.is_empty() {
                return Ok(());
            }
            let receipts = answer
                .receipts
                .into_iter()
                .map(|numbered| numbered.receipt)
                .collect();
            tally.received += self
                .take_receipts(number, generation, receipts, answer.next, office)
                .await?;
            if !answer.more || answer.next <= after {
                return Ok(());
            }
        }
    }

    /// Marks what the office says it received, and drops the sealed bytes: one commit. Answers how many entries.
    async fn take_receipts(
        &self,
        number: usize,
        generation: u64,
        receipts: Vec<Receipt>,
        next: u64,
        office: &VerifyingKey,
    ) -> Result<usize, Failure> {
        let _writing = self.writing().await;
        let (changes, front, rows, gone, entries) = {
            let open = self.open_still(generation)?;
            let mut front = open.front.clone();
            front.chain(number).receipts_after = next;
            let mut rows: BTreeMap<u64, BundleRow> = BTreeMap::new();
            let mut entries = 0;
            // A receipt that the office did not sign is not one: the server can't make a device forget.
            for receipt in receipts
                .into_iter()
                .filter_map(|receipt| receipt.verify(office).ok())
            {
                let bundle = receipt.receipt().bundle;
                let found = open
                    .bundles
                    .values()
                    .find(|row| row.id == bundle && row.member == number);
                let Some(row) = found.filter(|row| row.sending.keeps_bytes()) else {
                    continue;
                };
                let mut row = row.clone();
                row.sending = row
                    .sending
                    .after(Happened::Received(receipt), &mut self.random())
                    .map_err(internal)?;
                entries += row.recs.len();
                rows.insert(row.number, row);
            }
            let mut changes: Vec<Change> = rows
                .values()
                .map(|row| delete(Table::Blobs, row.blob()))
                .collect();
            // Old ones are only counted.
            let received = |row: &BundleRow| matches!(row.sending, Sending::Received { .. });
            let all = open
                .bundles
                .values()
                .map(|row| rows.get(&row.number).unwrap_or(row))
                .filter(|row| received(row));
            let all: Vec<&BundleRow> = all.collect();
            let gone: Vec<u64> = all
                .iter()
                .take(all.len().saturating_sub(LISTED))
                .map(|row| row.number)
                .collect();
            for row in all.iter().filter(|row| gone.contains(&row.number)) {
                front.chain(row.member).received += row.recs.len();
                changes.push(delete(Table::Bundles, number_key(row.number)));
            }
            rows.retain(|row, _| !gone.contains(row));
            for row in rows.values() {
                changes.push(put(
                    &open.key,
                    Table::Bundles,
                    number_key(row.number),
                    row,
                    &mut self.random(),
                ));
            }
            changes.push(put(
                &open.key,
                Table::Meta,
                "front",
                &front,
                &mut self.random(),
            ));
            (changes, front, rows, gone, entries)
        };
        self.commit(changes).await?;
        let mut open = self.open_still(generation)?;
        open.front = front;
        if entries > 0 {
            open.last_received = Some(self.host().now());
        }
        open.bundles.extend(rows);
        for row in gone {
            open.bundles.remove(&row);
        }
        Ok(entries)
    }

    /// A server that was set back to an older copy may have lost what it said it had: once at each start, its list is
    /// compared with ours.
    async fn compare(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
    ) -> Result<(), Failure> {
        let stored = {
            let open = self.open_still(generation)?;
            let waiting = open
                .bundles
                .values()
                .any(|row| row.member == number && row.sending.keeps_bytes());
            waiting && !open.retry.compared.contains(&number)
        };
        if !stored {
            return Ok(());
        }
        let state = client
            .state(self.host().now())
            .await
            .map_err(Failure::from)?;
        let there: BTreeSet<BundleId> = state.bundles.into_iter().collect();
        let rows: Vec<BundleRow> = {
            let open = self.open_still(generation)?;
            open.bundles
                .values()
                .filter(|row| row.member == number && row.sending.keeps_bytes())
                .cloned()
                .collect()
        };
        for row in rows {
            let event = if there.contains(&row.id) {
                Happened::Stored { at: state.now }
            } else {
                Happened::Missing
            };
            self.step(generation, row.number, event).await?;
        }
        self.open_still(generation)?.retry.compared.insert(number);
        Ok(())
    }

    /// One event for one bundle, stored. Answers the state it came to.
    async fn step(
        &self,
        generation: u64,
        number: u64,
        event: Happened,
    ) -> Result<Option<Sending>, Failure> {
        let _writing = self.writing().await;
        let (row, change) = {
            let open = self.open_still(generation)?;
            let Some(row) = open.bundles.get(&number) else {
                return Ok(None);
            };
            let mut row = row.clone();
            let before = row.sending.clone();
            row.sending = row
                .sending
                .after(event, &mut self.random())
                .map_err(internal)?;
            if row.sending == before {
                return Ok(Some(before));
            }
            let change = put(
                &open.key,
                Table::Bundles,
                number_key(number),
                &row,
                &mut self.random(),
            );
            (row, change)
        };
        // That it is under way is of no use after a restart, so it costs no write.
        if !matches!(row.sending, Sending::Sending { .. }) {
            self.commit(vec![change]).await?;
        }
        let sending = row.sending.clone();
        self.open_still(generation)?.bundles.insert(number, row);
        self.told();
        Ok(Some(sending))
    }

    /// The server knows this device again: what it refused for that may go.
    pub(crate) async fn enrolled_again(
        &self,
        member: usize,
        generation: u64,
    ) -> Result<(), Failure> {
        let rows: Vec<u64> = {
            let open = self.open_still(generation)?;
            open.bundles
                .values()
                .filter(|row| row.member == member)
                .map(|row| row.number)
                .collect()
        };
        for row in rows {
            self.step(generation, row, Happened::Enrolled).await?;
        }
        Ok(())
    }

    /// Seals what is in no bundle yet, for the mission's office: each bundle once, stored before it is sent.
    pub(crate) async fn compose(&self, number: usize, generation: u64) -> Result<(), Failure> {
        loop {
            let _writing = self.writing().await;
            let (from, recipients) = {
                let open = self.open_still(generation)?;
                (
                    open.chain(number).bundled + 1,
                    open.member(number)?.info.recipients.clone(),
                )
            };
            let recipients: Vec<Recipient> = recipients
                .iter()
                .filter_map(|recipient| recipient.parse().ok())
                .collect();
            if recipients.is_empty() {
                // The card did not come yet: nobody to seal for.
                return Ok(());
            }
            let prefix = format!("{number:03}.");
            let sealed = self
                .host()
                .store()
                .ascending(Table::Ops, &prefix, &op_key(number, from), OPS_AT_ONCE)
                .await?;
            let ops: Vec<StoredOp> = {
                let open = self.open_still(generation)?;
                sealed
                    .iter()
                    .map(|(key, sealed)| open.op(key, sealed))
                    .collect::<Result<_, _>>()?
            };
            let Some(run) = runs(ops, RUN_BYTES).into_iter().next() else {
                return Ok(());
            };
            self.seal_run(number, generation, &run, &recipients).await?;
        }
    }

    async fn seal_run(
        &self,
        number: usize,
        generation: u64,
        run: &[StoredOp],
        recipients: &[Recipient],
    ) -> Result<(), Failure> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let (from, to) = (first.op.seq, last.op.seq);
        let touched: BTreeSet<RecordId> = run.iter().map(|stored| stored.op.rec).collect();
        // Which lines' last change is in here, and which records are to be dropped where nothing readable stays.
        let mut recs = BTreeSet::new();
        let mut whole = Vec::new();
        for rec in touched {
            let Some(row) = self.record(rec).await? else {
                continue;
            };
            if row.seqs.last().is_none_or(|seq| *seq <= to) {
                if row.line.is_some() {
                    recs.insert(rec);
                }
                whole.push(row);
            }
        }
        let (changes, front, row, blanked) = {
            let open = self.open_still(generation)?;
            let member = open.member(number)?;
            let made = self.host().now();
            let unsigned = Bundle::compose(member.mission, member.device(), made, run);
            let signature = member.signing().sign(&unsigned.message());
            let plain = zeroize::Zeroizing::new(unsigned.sign(signature.to_bytes()).to_json());
            let sealed = envelope::seal(&plain, recipients).map_err(internal)?;
            let id = envelope::bundle_id(&sealed);
            let mut front = open.front.clone();
            let (size, sending) = (sealed.len() as u64, Sending::sealed(id));
            let row = BundleRow {
                number: front.next_bundle,
                id,
                member: number,
                from,
                to,
                made: made.0,
                size,
                sending,
                recs,
            };
            front.next_bundle += 1;
            let chain = front.chain(number);
            chain.bundled = to;
            chain.here = chain.here.saturating_sub(row.recs.len());
            let mut changes = vec![
                put_bytes(
                    &open.key,
                    Table::Blobs,
                    row.blob(),
                    &sealed,
                    &mut self.random(),
                ),
                put(
                    &open.key,
                    Table::Bundles,
                    number_key(row.number),
                    &row,
                    &mut self.random(),
                ),
                put(&open.key, Table::Meta, "front", &front, &mut self.random()),
            ];
            let mut blanked = Vec::new();
            if !member.info.keep_readable {
                for record in whole
                    .iter()
                    .filter(|record| !open.drafts.contains_key(&record.record.rec))
                {
                    changes.push(delete(Table::Records, record.record.rec.to_string()));
                    changes.extend(
                        record
                            .seqs
                            .iter()
                            .map(|seq| delete(Table::Ops, op_key(number, *seq))),
                    );
                    if let Some((line_number, line)) = open.notebook.line(&record.record.rec) {
                        let mut line = line.clone();
                        line.blank();
                        changes.push(put(
                            &open.key,
                            Table::Index,
                            number_key(line_number),
                            &line,
                            &mut self.random(),
                        ));
                        blanked.push((line_number, line));
                    }
                }
            }
            (changes, front, row, blanked)
        };
        self.commit(changes).await?;
        let mut open = self.open_still(generation)?;
        open.front = front;
        open.bundles.insert(row.number, row);
        for (number, line) in blanked {
            open.responses.remove(&line.rec);
            open.editing.remove(&line.rec);
            open.notebook.insert(number, line);
        }
        Ok(())
    }

    async fn send_bundles(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
        mission: &MissionId,
        trigger: Trigger,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let (rows, total) = {
            let open = self.open_still(generation)?;
            let mine = open.bundles.values().filter(|row| row.member == number);
            let rows: Vec<BundleRow> = mine
                .filter(|row| {
                    !matches!(row.entry_state(), EntryState::Stored | EntryState::Received)
                })
                .cloned()
                .collect();
            let total = rows.iter().map(|row| row.size).sum::<u64>();
            (rows, total)
        };
        let mut done = 0;
        for row in rows {
            let now = self.host().now();
            let event = match trigger {
                Trigger::Asked => Happened::Asked,
                Trigger::Online => Happened::Online { now },
                Trigger::Timer => Happened::Start { now },
            };
            let state = self.step(generation, row.number, event).await?;
            if !matches!(state, Some(Sending::Sending { .. })) {
                continue;
            }
            let blob = row.blob();
            let Some(sealed) = self.host().store().get(Table::Blobs, &blob).await? else {
                return Err(Failure::Damaged(format!("blobs/{blob}")));
            };
            let sealed = read_bytes(
                &self.open_still(generation)?.key,
                Table::Blobs,
                &blob,
                &sealed,
            )?;
            self.host().emit(Event::Progress {
                task: Task::Sending,
                done,
                total,
            });
            let answer = client
                .put_bundle(&row.id, mission, sealed, self.host().now())
                .await;
            let happened = Happened::of_answer(&answer, self.host().now());
            let state = self.step(generation, row.number, happened).await?;
            done += row.size;
            self.host().emit(Event::Progress {
                task: Task::Sending,
                done,
                total,
            });
            match (answer, state) {
                (Ok(_), _) => tally.sent += row.recs.len(),
                (Err(_), Some(Sending::Parked { reason, .. })) => {
                    let code = match reason {
                        Parked::TooLarge => Code::TooLarge.as_str().to_owned(),
                        Parked::Malformed => Code::Malformed.as_str().to_owned(),
                        Parked::Refused { code } => code,
                    };
                    tally.note(&Failure::Refused(code));
                }
                // The others would fare no better now.
                (Err(error), _) => return Err(Failure::from(error)),
            }
        }
        Ok(())
    }

    pub(crate) fn exchange_view(&self) -> Result<ExchangeView, Failure> {
        let open = self.open()?;
        let counts = open.counts();
        let has_office = open
            .profile
            .members
            .iter()
            .any(|member| !matches!(member.standing, Standing::Alone));
        let all_received = has_office
            && counts.draft + counts.here + counts.going + counts.stored + counts.refused == 0;
        Ok(ExchangeView {
            bundles: open.bundles.values().rev().map(BundleRow::view).collect(),
            paused: open.profile.paused,
            busy: open.retry.busy,
            next_try: if open.profile.paused || open.retry.busy {
                None
            } else {
                open.retry.until.map(|until| until.0)
            },
            last: open.last.clone(),
            last_received: open.last_received.map(|at| at.0),
            has_office,
            all_received,
            counts,
        })
    }

    /// Everything not yet received, sealed, as one file to carry: one bundle as it is, several in a tar.
    pub(crate) async fn save_file(&self) -> Result<(String, String, Vec<u8>), Failure> {
        let generation = self.generation();
        let members = self.open()?.profile.members.len();
        for member in 0..members {
            self.compose(member, generation).await?;
        }
        let rows: Vec<BundleRow> = self
            .open()?
            .bundles
            .values()
            .filter(|row| row.sending.keeps_bytes())
            .cloned()
            .collect();
        let mut files = Vec::new();
        for row in rows {
            let blob = row.blob();
            let Some(sealed) = self.host().store().get(Table::Blobs, &blob).await? else {
                continue;
            };
            let bytes = read_bytes(&self.open()?.key, Table::Blobs, &blob, &sealed)?;
            files.push((format!("vigie-{}.age", &row.id.to_string()[..16]), bytes));
        }
        self.changed();
        self.told();
        match files.len() {
            0 => Err(Failure::NotFound),
            1 => {
                let (name, bytes) = files.remove(0);
                Ok((name, "application/octet-stream".into(), bytes))
            }
            _ => {
                let day = crate::notebook::iso_day(self.host().now().0);
                Ok((
                    format!("vigie-{day}.tar"),
                    "application/x-tar".into(),
                    crate::tar::write(&files),
                ))
            }
        }
    }
}

impl Front {
    pub fn chain(&mut self, member: usize) -> &mut crate::profile::Chain {
        if self.chains.len() <= member {
            self.chains.resize_with(member + 1, Default::default);
        }
        &mut self.chains[member]
    }
}

impl Open {
    /// After a start: nothing is under way any more.
    pub fn reopen_bundles(&mut self, now: Timestamp, jitter: &mut impl vigie_model::Random) {
        for row in self.bundles.values_mut() {
            if let Ok(next) = row
                .sending
                .clone()
                .after(Happened::Reopened { now }, jitter)
            {
                row.sending = next;
            }
        }
        self.retry.until = Some(now);
    }
}

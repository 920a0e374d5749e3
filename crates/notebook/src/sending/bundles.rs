//! Bundles: ops sealed once, kept until the office has them, and how far each one got.

use std::collections::{BTreeMap, BTreeSet};

use vigie_exchange::{
    Client, Sending,
    api::Code,
    sending::{Event as Happened, Trigger},
    split::RUN_BYTES,
};
use vigie_journal::{Bundle, StoredOp};
use vigie_model::{AppVersion, BundleId, MissionId, RecordId, Timestamp};
use vigie_seal::{Write, envelope::Recipient, seal_run, write_for};
use vigie_vault::Table;

use super::Round;
use crate::{
    Host,
    error::{internal, of_server, refusal},
    memory::{BundleRow, Counters, Member, Open, RecordRow, op_key},
    notebook::Notebook,
    protocol::{EntryState, Event, Failure, Step, Task},
};

/// Ops that are about to be sealed together.
struct Run {
    mission: MissionId,
    /// All of it may be given to the mission's other people; else to the office alone.
    shared: bool,
    /// `seq` of the first and last, those passed over included.
    from: u64,
    to: u64,
    ops: Vec<StoredOp>,
    /// `seq` of those that do not open, or are not there.
    passed: Vec<u64>,
}

/// Whom a member's bundles are sealed for.
pub(super) struct Readers {
    /// The offices: nobody while the card did not come.
    pub offices: Vec<Recipient>,
    /// The mission's other people, as the card `rev` names them.
    pub members: Vec<Recipient>,
    rev: u32,
    /// How a bundle is written for the offices.
    pub write: Write,
}

impl Readers {
    /// Whom a run is sealed for, and by which card for the mission's other people.
    fn of(&self, run: &Run) -> (Vec<Recipient>, Option<u32>) {
        match run.shared {
            true => ([&*self.offices, &self.members].concat(), Some(self.rev)),
            false => (self.offices.clone(), None),
        }
    }
}

/// Reads one chain's ops in order, each once. One at a time: an op with a file in it has up to 11 MiB.
struct Ahead {
    number: usize,
    /// The next `seq` to be given out.
    next: u64,
    /// The `seq` of the last one.
    last: u64,
    /// Opened, and too large for the run that was full.
    held: Option<StoredOp>,
}

impl<H: Host> Notebook<H> {
    /// A server that was set back to an older copy may have lost what it said it had: once at each start at which something
    /// waited, its list is compared with ours.
    pub(super) async fn compare(
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
            waiting && open.retry.to_compare.contains(&number)
        };
        if !stored {
            return Ok(());
        }
        let state = client.state(self.host().now()).await.map_err(of_server)?;
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
            self.step(generation, &row, event).await?;
        }
        self.open_still(generation)?
            .retry
            .to_compare
            .remove(&number);
        Ok(())
    }

    /// One event for one bundle, stored. Answers the state it came to; none for one that is there no more, or was sealed anew.
    /// What is carried for another device is forgotten once the server has it.
    pub(super) async fn step(
        &self,
        generation: u64,
        row: &BundleRow,
        event: Happened,
    ) -> Result<Option<Sending>, Failure> {
        let (number, id) = (row.number, row.id);
        let mut tx = self.vault.transaction_of(generation).await;
        let mut row = match tx.memory()?.bundles.get(&number) {
            Some(row) if row.id == id => row.clone(),
            _ => return Ok(None),
        };
        let before = row.sending.clone();
        let after = self.vault.draw(|random| row.sending.after(event, random));
        row.sending = after.map_err(internal)?;
        let sending = row.sending.clone();
        if sending == before {
            return Ok(Some(before));
        }
        let is_there = matches!(sending, Sending::Stored { .. } | Sending::Received { .. });
        if row.carried && is_there {
            self.brought(&mut tx, std::slice::from_ref(&row)).await?;
        } else {
            // That it is under way is of no use after a restart, so it costs no write.
            if !matches!(sending, Sending::Sending { .. }) {
                tx.put(&row);
            }
            tx.then(move |open| open.bundles.insert(number, row));
        }
        tx.commit().await?;
        self.tell_exchange();
        Ok(Some(sending))
    }

    /// The server knows this device again: what it refused for that may go.
    pub(crate) async fn enrolled_again(
        &self,
        member: usize,
        generation: u64,
    ) -> Result<(), Failure> {
        let rows: Vec<BundleRow> = {
            let open = self.open_still(generation)?;
            let of_member = open.bundles.values().filter(|row| row.member == member);
            of_member.cloned().collect()
        };
        for row in rows {
            self.step(generation, &row, Happened::Enrolled).await?;
        }
        Ok(())
    }

    /// Whether something is in no bundle yet, and there is somebody to seal it for.
    pub(super) fn has_ready(&self, number: usize) -> bool {
        let Ok(open) = self.open() else {
            return false;
        };
        let chain = open.chain(number);
        chain.bundled + 1 < chain.next.seq && !open.readers(number).offices.is_empty()
    }

    /// Seals what is in no bundle yet, for the mission's office and, what may be shared, for its other people: each bundle once,
    /// stored before it is sent.
    ///
    /// Ops are read until a run is full, and sealed before more are read. Reading and sealing take no turn of the
    /// writer's: what is typed meanwhile is saved in between. A row that does not open is passed over, noted in the
    /// chain, and stays as it is: what comes after it leaves all the same.
    pub(crate) async fn compose(&self, number: usize, generation: u64) -> Result<(), Failure> {
        self.compose_passed(number, generation).await?;
        let mut ahead: Option<Ahead> = None;
        loop {
            let (from, last, mission, readers) = {
                let open = self.open_still(generation)?;
                let chain = open.chain(number);
                let mission = open.member(number)?.mission;
                let last = chain.next.seq.saturating_sub(1);
                (chain.bundled + 1, last, mission, open.readers(number))
            };
            // Without a card there is nobody to seal for yet.
            if readers.offices.is_empty() || from > last {
                return Ok(());
            }
            let reading = match &mut ahead {
                Some(reading) if reading.next == from => {
                    reading.last = last;
                    reading
                }
                _ => ahead.insert(Ahead {
                    number,
                    next: from,
                    last,
                    held: None,
                }),
            };
            let has_team = !readers.members.is_empty();
            let run = self
                .read_run(generation, reading, mission, has_team)
                .await?;
            if !self.seal_run(number, generation, run, &readers).await? {
                // Somebody else sealed, the chain was written again under its mission's own id, or something was marked secret.
                ahead = None;
            }
            self.host().delay(0).await;
        }
    }

    /// Rows that were passed over are tried once more at each start.
    async fn compose_passed(&self, number: usize, generation: u64) -> Result<(), Failure> {
        let (passed, mission, readers) = {
            let mut open = self.open_still(generation)?;
            let readers = open.readers(number);
            if readers.offices.is_empty() || !open.retry.passed.insert(number) {
                return Ok(());
            }
            (
                open.chain(number).passed,
                open.member(number)?.mission,
                readers,
            )
        };
        for seq in passed {
            let row = op_key(number, seq);
            let op = self.read_op(generation, &row).await?;
            let Some(op) = op.filter(|stored| stored.op.mission == mission) else {
                continue;
            };
            let run = Run {
                mission,
                shared: !readers.members.is_empty() && self.may_share(op.op.rec).await?,
                from: seq,
                to: seq,
                ops: vec![op],
                passed: Vec::new(),
            };
            self.seal_run(number, generation, run, &readers).await?;
        }
        Ok(())
    }

    /// The next run: at most [`RUN_BYTES`] of ops, or one larger op alone; where there is a team, all of it shared or none.
    async fn read_run(
        &self,
        generation: u64,
        ahead: &mut Ahead,
        mission: MissionId,
        has_team: bool,
    ) -> Result<Run, Failure> {
        let mut run = Run {
            mission,
            shared: false,
            from: ahead.next,
            to: ahead.next,
            ops: Vec::new(),
            passed: Vec::new(),
        };
        let mut bytes = 0;
        while ahead.next <= ahead.last {
            let op = match ahead.held.take() {
                Some(op) => Some(op),
                None => {
                    let key = op_key(ahead.number, ahead.next);
                    self.read_op(generation, &key).await?
                }
            };
            match op.filter(|stored| stored.op.mission == mission) {
                Some(op) => {
                    let size = op.bytes.len() + 1;
                    let shared = has_team && self.may_share(op.op.rec).await?;
                    let is_first = run.ops.is_empty();
                    if !is_first && (bytes + size > RUN_BYTES || shared != run.shared) {
                        ahead.held = Some(op);
                        break;
                    }
                    run.shared = shared;
                    bytes += size;
                    run.ops.push(op);
                }
                None => run.passed.push(ahead.next),
            }
            run.to = ahead.next;
            ahead.next += 1;
        }
        Ok(run)
    }

    /// Whether what is written on a record may be given to the mission's other people. Of one that is not here, or does not open,
    /// nobody can tell: then not.
    async fn may_share(&self, rec: RecordId) -> Result<bool, Failure> {
        match self.record(rec).await {
            Err(Failure::Damaged(_)) => Ok(false),
            row => Ok(row?.is_some_and(|row| row.record.is_shared())),
        }
    }

    pub(super) async fn may_share_all(
        &self,
        recs: impl IntoIterator<Item = RecordId>,
    ) -> Result<bool, Failure> {
        for rec in recs {
            if !self.may_share(rec).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether everything in a sealed bundle may still be given to the mission's other people. Where nobody can tell what is in
    /// it any more, not: the office gives it.
    async fn may_share_whole(&self, generation: u64, row: &BundleRow) -> Result<bool, Failure> {
        let mut recs = BTreeSet::new();
        for seq in row.from..=row.to {
            let op = self.read_op(generation, &op_key(row.member, seq)).await?;
            let Some(stored) = op else { return Ok(false) };
            recs.insert(stored.op.rec);
        }
        self.may_share_all(recs).await
    }

    /// An op; none when its row is not there or does not open.
    pub(super) async fn read_op(
        &self,
        generation: u64,
        key: &str,
    ) -> Result<Option<StoredOp>, Failure> {
        let op = self.op(key).await;
        self.open_still(generation)?;
        match op {
            Err(Failure::Damaged(_)) => Ok(None),
            op => op,
        }
    }

    /// Seals a run and keeps it: one commit. Answers false when the chain is no longer what the run was read from.
    async fn seal_run(
        &self,
        number: usize,
        generation: u64,
        run: Run,
        readers: &Readers,
    ) -> Result<bool, Failure> {
        let made = self.host().now();
        let (recipients, team) = readers.of(&run);
        let Run {
            mission,
            shared,
            from,
            to,
            ops,
            passed,
        } = run;
        let sealed = match ops.is_empty() {
            true => None,
            false => {
                let signing = self.open_still(generation)?.member(number)?.signing();
                let app = Some(AppVersion::this());
                // Whether the team's phones read more than version 1, no card says.
                let write = match team {
                    Some(_) => Bundle::to_json,
                    None => readers.write,
                };
                let sealed = seal_run(&signing, mission, made, &ops, &recipients, app, write);
                Some(sealed.map_err(internal)?)
            }
        };
        let mut touched: BTreeSet<(RecordId, u64)> = BTreeSet::new();
        touched.extend(ops.into_iter().map(|stored| (stored.op.rec, stored.op.seq)));

        let mut tx = self.vault.transaction_of(generation).await;
        {
            let open = tx.memory()?;
            let chain = open.chain(number);
            let is_next = chain.bundled + 1 == from || chain.passed.contains(&from);
            if !is_next || open.member(number)?.mission != mission {
                return Ok(false);
            }
        }
        let written = touched.iter().map(|(rec, _)| *rec);
        if shared && !self.may_share_all(written).await? {
            return Ok(false);
        }
        let (recs, whole) = self.last_changes(number, to, &touched).await?;
        let mut blanked = Vec::new();
        {
            let open = tx.memory()?;
            let counters = tx.edit::<Counters>(&open)?;
            let chain = counters.chain(number);
            chain.bundled = chain.bundled.max(to);
            chain.passed.retain(|seq| *seq != from);
            chain.passed.extend(passed);
            chain.here = chain.here.saturating_sub(recs.len());
            let still_passed = chain.passed.clone();
            if let Some((id, sealed)) = sealed {
                let row = BundleRow {
                    number: counters.next_bundle,
                    id,
                    member: number,
                    from,
                    to,
                    made: made.0,
                    size: sealed.len() as u64,
                    team,
                    sending: Sending::sealed(id),
                    recs,
                    also: BTreeMap::new(),
                    carried: false,
                };
                counters.next_bundle += 1;
                tx.put_bytes(Table::Blobs, row.blob(), &sealed);
                tx.put(&row);
                tx.then(|open| open.bundles.insert(row.number, row));
            }
            if !open.member(number)?.info.keep_readable {
                for record in whole.iter().filter(|record| {
                    !open.drafts.contains_key(&record.record.rec)
                        && record.seqs.iter().all(|seq| !still_passed.contains(seq))
                }) {
                    tx.delete::<RecordRow>(&record.record.rec);
                    for seq in &record.seqs {
                        tx.delete_at(Table::Ops, op_key(number, *seq));
                    }
                    if let Some((line_number, line)) = open.index.line(&record.record.rec) {
                        let mut line = line.clone();
                        line.blank();
                        tx.put_as(&line_number, &line);
                        blanked.push((line_number, line));
                    }
                }
            }
        }
        tx.then(|open| {
            for (number, line) in blanked {
                open.responses.remove(&line.rec);
                open.editing.remove(&line.rec);
                open.index.insert(number, line);
            }
        });
        tx.commit().await?;
        Ok(true)
    }

    /// Of the records that a run touched: which lines' last change is in it, and which records are there as a whole.
    async fn last_changes(
        &self,
        number: usize,
        to: u64,
        touched: &BTreeSet<(RecordId, u64)>,
    ) -> Result<(BTreeSet<RecordId>, Vec<RecordRow>), Failure> {
        let mut recs = BTreeSet::new();
        let mut whole = Vec::new();
        let of: BTreeSet<RecordId> = touched.iter().map(|(rec, _)| *rec).collect();
        for rec in of {
            match self.record(rec).await {
                Ok(Some(row)) => {
                    let last = row.seqs.last().copied().unwrap_or_default();
                    if touched.contains(&(rec, last)) {
                        if row.line.is_some() {
                            recs.insert(rec);
                        }
                        whole.push(row);
                    }
                }
                Ok(None) => {}
                // What the record says is also in its line.
                Err(Failure::Damaged(row)) => {
                    let mut open = self.open()?;
                    let line = open.index.line(&rec);
                    if line.is_some_and(|(_, line)| line.member == number && line.seq <= to) {
                        recs.insert(rec);
                    }
                    open.damaged.insert(row);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok((recs, whole))
    }

    pub(super) async fn send_bundles(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
        mission: &MissionId,
        trigger: Trigger,
        round: &mut Round,
    ) -> Result<(), Failure> {
        let (rows, total) = {
            let open = self.open_still(generation)?;
            let mine = open.bundles.values().filter(|row| row.member == number);
            let mut rows: Vec<BundleRow> = mine
                .filter(|row| {
                    !matches!(row.entry_state(), EntryState::Stored | EntryState::Received)
                })
                .cloned()
                .collect();
            // What is this device's own waits for nothing that it carries.
            rows.sort_by_key(|row| row.carried);
            let total = rows.iter().map(|row| row.size).sum::<u64>();
            (rows, total)
        };
        let mut done = 0;
        for row in rows {
            let now = self.host().now();
            let state = self.step(generation, &row, trigger.event(now)).await?;
            if !matches!(state, Some(Sending::Sending { .. })) {
                continue;
            }
            let sealed = match self.sealed_bytes(generation, &row).await {
                Ok(sealed) => sealed,
                Err(Failure::NotFound) => continue,
                Err(failure) => {
                    // It stays as it is, and is tried again later; the others do not wait for it.
                    let now = self.host().now();
                    let event = Happened::Failed {
                        now,
                        retry_after_ms: None,
                    };
                    self.step(generation, &row, event).await?;
                    self.fault(round, number, Step::Sending, failure);
                    continue;
                }
            };
            self.host().emit(Event::Progress {
                task: Task::Sending,
                done,
                total,
            });
            let now = self.host().now();
            let answer = match row.team {
                // What was marked secret since it was sealed is not given to anybody else.
                Some(rev) if self.may_share_whole(generation, &row).await? => {
                    let to = (mission, rev);
                    client.put_team_bundle(&row.id, to, sealed, now).await
                }
                _ => client.put_bundle(&row.id, mission, sealed, now).await,
            };
            let happened = Happened::of_answer(&answer, self.host().now());
            let state = self.step(generation, &row, happened).await?;
            done += row.size;
            self.host().emit(Event::Progress {
                task: Task::Sending,
                done,
                total,
            });
            match (answer, state) {
                (Ok(_), _) if row.carried => round.sent += 1,
                (Ok(_), _) => round.sent += row.recs.len(),
                (Err(error), _) if error.code() == Some(&Code::Revoked) => {
                    return Err(of_server(error));
                }
                (Err(_), Some(Sending::Parked { reason, .. })) => {
                    let refused = Failure::Refused(refusal(&reason.code()));
                    self.fault(round, number, Step::Sending, refused);
                }
                // The server failed on this one.
                (Err(error), _) if error.code() == Some(&Code::Internal) => {
                    self.fault(round, number, Step::Sending, of_server(error));
                }
                // The others would fare no better now.
                (Err(error), _) => return Err(of_server(error)),
            }
        }
        Ok(())
    }

    /// The sealed bytes of a bundle that the office does not have yet.
    pub(super) async fn sealed_bytes(
        &self,
        generation: u64,
        row: &BundleRow,
    ) -> Result<Vec<u8>, Failure> {
        let blob = row.blob();
        let bytes = self.vault.get_bytes(Table::Blobs, &blob).await;
        let mut open = self.open_still(generation)?;
        let bytes = match bytes {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => {
                // A receipt that was carried here may have come meanwhile, and then the bytes are gone rightly.
                let now = open.bundles.get(&row.number);
                let keeps = now.is_some_and(|row| row.sending.keeps_bytes());
                Err(match keeps {
                    true => Failure::Damaged(Table::Blobs.row_name(&blob)),
                    false => Failure::NotFound,
                })
            }
            Err(error) => Err(error),
        };
        if let Err(Failure::Damaged(row)) = &bytes {
            open.damaged.insert(row.clone());
        }
        bytes
    }
}

impl Open {
    pub(super) fn readers(&self, number: usize) -> Readers {
        let member = self.profile.members.get(number);
        let offices = member
            .into_iter()
            .flat_map(|member| &member.info.recipients);
        let others = member.into_iter().flat_map(Member::team);
        Readers {
            offices: offices.filter_map(|one| one.parse().ok()).collect(),
            members: others
                .filter_map(|other| other.recipient.parse().ok())
                .collect(),
            rev: member.and_then(Member::card_rev).unwrap_or_default(),
            write: write_for(member.and_then(|member| member.info.bundles)),
        }
    }

    /// The latest moment that servers and offices told us of, for what was sent.
    pub fn heard(&self) -> Timestamp {
        let told = self.bundles.values().filter_map(|row| match &row.sending {
            Sending::Stored { at, .. } => Some(*at),
            Sending::Received { receipt } => Some(receipt.receipt().at),
            _ => None,
        });
        told.max().unwrap_or_default()
    }

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
        let waiting = self.bundles.values();
        let waiting = waiting.filter(|row| row.sending.keeps_bytes());
        self.retry.to_compare = waiting.map(|row| row.member).collect();
        self.retry.until = Some(now);
    }
}

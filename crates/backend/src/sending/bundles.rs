//! Bundles: ops sealed once, kept until the office has them, and how far each one got.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vigie_exchange::{
    Client, Sending,
    api::Code,
    sending::{Event as Happened, Parked},
    split::{RUN_BYTES, runs},
};
use vigie_journal::{Bundle, StoredOp};
use vigie_model::{BundleId, MissionId, RecordId, Timestamp};
use vigie_seal::envelope::{self, Recipient};

use super::{Tally, Trigger};
use crate::{
    Host,
    backend::Backend,
    error::internal,
    open::{Open, delete, number_key, op_key, put, put_bytes, read_bytes},
    protocol::{BundleState, BundleView, EntryState, Event, Failure, Millis, Task},
    store::{Store, Table},
};

/// Ops read at a time to be sealed.
const OPS_AT_ONCE: usize = 500;

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

    pub(super) fn blob(&self) -> String {
        blob_key(self.number)
    }

    pub(super) fn view(&self) -> BundleView {
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

impl<H: Host> Backend<H> {
    /// A server that was set back to an older copy may have lost what it said it had: once at each start, its list is
    /// compared with ours.
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
    pub(super) async fn step(
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

    pub(super) async fn send_bundles(
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

//! What comes in: from the server, or dropped as files; the same import for both.
//!
//! What arrived is opened, checked and merged in memory, then stored in one commit together with the cursor and the receipts
//! to send; only then are receipts sent. Killed at any instant, the office has all of it or nothing of it, and asks for it
//! again.

use std::collections::BTreeSet;

use vigie_exchange::api::{BundleItem, EnrolledItem, Hex, MemberItem};
use vigie_journal::StoredOp;
use vigie_model::{BundleId, OpId, QuarantineReason, RecordId, Timestamp};
use vigie_notebook::{
    Host, Tx,
    memory::{Counters, Profile, number_key},
    tar,
};
use vigie_office::{
    Verdict,
    import::{OPEN_BYTES, Reception, check, merge},
    receipts::receipt,
};
use vigie_protocol::{Aside, ChosenFile, Event, Failure, InboxItem, Task, VerdictView};
use vigie_seal::envelope::bundle_id;
use vigie_vault::Table;

use crate::{
    desk::Desk,
    in_open::{InOpen as _, then_desk},
    memory::{Batch, ENROL, MEMBER, OpenDesk, QUARANTINE, files_among},
};

/// One sealed file, and where it came from.
pub(crate) struct Arrival {
    pub name: String,
    pub stored: Timestamp,
    pub sealed: Vec<u8>,
    /// The revision of the card by which it was sealed for the mission's other people, as the server says.
    pub team: Option<u32>,
    /// From the server: one that we have already is no news there.
    pub fetched: bool,
}

/// What came at once, and how far it brings the reading of the feed.
#[derive(Default)]
pub(crate) struct Arrivals {
    pub enrolments: Vec<EnrolledItem>,
    pub members: Vec<MemberItem>,
    pub bundles: Vec<Arrival>,
    /// Told of, and not to be had now.
    pub missing: Vec<BundleItem>,
    /// How many the server has let go of before they came here.
    pub gone: u64,
    pub cursor: Option<u64>,
    /// Read by a desk that begins: what teams were to be given of it, other desks gave.
    pub is_past: bool,
}

impl<H: Host> Desk<H> {
    pub(crate) async fn import_files(
        &self,
        files: Vec<ChosenFile>,
    ) -> Result<Vec<InboxItem>, Failure> {
        let stored = self.host().now();
        let one = |name: String, sealed: Vec<u8>| Arrival {
            name,
            stored,
            sealed,
            team: None,
            fetched: false,
        };
        let mut arrivals = Vec::new();
        for ChosenFile { name, bytes } in files {
            if tar::is_archive(&bytes) {
                arrivals.extend(
                    tar::read(&bytes)
                        .into_iter()
                        .map(|(inside, file)| one(format!("{name}/{inside}"), file.to_vec())),
                );
            } else {
                arrivals.push(one(name, bytes));
            }
        }
        self.import_arrivals(Arrivals {
            bundles: arrivals,
            ..Arrivals::default()
        })
        .await?;
        // A file may be imported where there is no network: receipts wait.
        match self.send_receipts().await {
            Ok(()) | Err(Failure::Unreachable) => self.inbox(),
            Err(failure) => Err(failure),
        }
    }

    /// Takes enrolments and files in: memory first, then one commit; a commit that fails puts memory back as the store is.
    pub(crate) async fn import_arrivals(&self, arrivals: Arrivals) -> Result<(), Failure> {
        let mut tx = self.notebook.vault.transaction().await;
        let done = match self.judge_all(&mut tx, arrivals) {
            Ok(()) => tx.commit().await,
            failed => failed,
        };
        if done.is_err() {
            let desk = {
                let open = tx.memory()?;
                OpenDesk::new(open.profile.office.as_ref().ok_or(Failure::NotFound)?)?
            };
            self.reload_desk(desk).await?;
        }
        done
    }

    fn judge_all(&self, tx: &mut Tx<'_, H>, arrivals: Arrivals) -> Result<(), Failure> {
        let Arrivals {
            enrolments,
            members,
            bundles,
            missing,
            gone,
            cursor,
            is_past,
        } = arrivals;
        let now = self.host().now();
        let total = bundles.len() as u64;
        let mut open = tx.memory()?;
        let open = &mut *open;
        let mut next = open.counters.next_bundle;
        {
            let desk = open.desk_mut()?;
            for item in enrolments {
                let row = format!("{ENROL}{}.{}", item.device, item.invite);
                desk.damaged.remove(&Table::Records.row_name(&row));
                tx.put_at(Table::Records, row, &item);
                desk.enrolled(item);
            }
            for item in members {
                let row = format!("{MEMBER}{}.{}", item.mission, item.device);
                desk.damaged.remove(&Table::Records.row_name(&row));
                tx.put_at(Table::Records, row, &item);
                desk.registry.said(&item);
            }
            for item in missing {
                let item = missing_item(desk, &item, now);
                if !desk.refused.contains_key(&item.bundle) {
                    tx.put_at(Table::Bundles, number_key(next), &item);
                    desk.list(next, item);
                    next += 1;
                }
            }
            let mut touched: BTreeSet<RecordId> = BTreeSet::new();
            for (at, arrival) in bundles.into_iter().enumerate() {
                let (verdict, news) = judge(desk, &arrival, now, &mut touched)?;
                if !is_past {
                    owe_letter(desk, &verdict, &arrival, &news);
                }
                let mut item = inbox_item(desk, &verdict, &arrival, now);
                let mut number = next;
                // What was refused before is listed once: at its place while it waits, as news once it is accepted.
                let before = desk.refused.get(&item.bundle).copied();
                if let (Some(before), true) = (before, verdict.is_refused() && arrival.fetched) {
                    number = before;
                    item.aside = desk.inbox.get(&before).and_then(|item| item.aside.clone());
                } else {
                    if let Some(before) = before {
                        desk.inbox.remove(&before);
                        desk.refused.remove(&item.bundle);
                        tx.delete_at(Table::Bundles, number_key(before));
                        tx.delete_at(Table::Blobs, format!("{QUARANTINE}{}", item.bundle));
                    }
                    next += 1;
                }
                if let Some(News { batch, files, .. }) = news {
                    tx.put_as(&number, &batch);
                    desk.lies_in(number, files);
                }
                let signed = receipt(&verdict, now, &desk.keys, &desk.registry);
                desk.receipts.extend(signed);
                if let Verdict::Quarantined { bundle, reason, .. } = &verdict
                    && reason.is_kept(arrival.fetched)
                {
                    let row = format!("{QUARANTINE}{bundle}");
                    tx.put_bytes(Table::Blobs, row, &arrival.sealed);
                }
                if !(arrival.fetched && matches!(verdict, Verdict::AlreadyThere { .. })) {
                    tx.put_at(Table::Bundles, number_key(number), &item);
                    desk.list(number, item);
                }
                self.host().emit(Event::Progress {
                    task: Task::Importing,
                    done: at as u64 + 1,
                    total,
                });
            }
            for rec in touched {
                if let Some(record) = desk.journal.record(&rec) {
                    desk.index.put(record, &desk.questions);
                }
            }
            // These are in memory already, with the journal that they go with.
            tx.put_as(&(), &desk.receipts);
            tx.put_as(&(), &desk.due);
        }
        tx.edit::<Counters>(open)?.next_bundle = next;
        if let (Some(office), Some(cursor)) = (&mut tx.edit::<Profile>(open)?.office, cursor) {
            office.cursor = cursor;
            office.gone += gone;
        }
        Ok(())
    }

    /// Puts a bundle in quarantine out of the way, or back in sight.
    pub(crate) async fn set_aside(
        &self,
        bundle: BundleId,
        reason: Option<String>,
    ) -> Result<Vec<InboxItem>, Failure> {
        let at = self.host().now().0;
        let mut tx = self.notebook.vault.transaction().await;
        let (number, item) = {
            let open = tx.memory()?;
            let desk = open.desk()?;
            let number = *desk.refused.get(&bundle).ok_or(Failure::NotFound)?;
            let mut item = desk.inbox.get(&number).ok_or(Failure::NotFound)?.clone();
            item.aside = reason.map(|reason| Aside {
                at,
                reason: reason.trim().to_owned(),
            });
            (number, item)
        };
        tx.put_at(Table::Bundles, number_key(number), &item);
        then_desk(&mut tx, move |desk| desk.list(number, item));
        tx.commit().await?;
        self.inbox()
    }

    /// What was refused may be accepted now: its device enrolled since, or Vigie was updated. What can't be read of it is named
    /// and passed over.
    pub(crate) async fn try_quarantine_again(&self) -> Result<(), Failure> {
        let waiting: Vec<InboxItem> = {
            let open = self.open()?;
            let desk = open.desk()?;
            let waiting = desk.refused.values();
            let waiting = waiting.filter_map(|number| desk.inbox.get(number));
            waiting.cloned().collect()
        };
        for item in waiting {
            let row = format!("{QUARANTINE}{}", item.bundle);
            let sealed = match self.notebook.vault.get_bytes(Table::Blobs, &row).await {
                Err(Failure::Damaged(_)) => {
                    self.open()?.desk_mut()?.damage(Table::Blobs, &row);
                    continue;
                }
                sealed => sealed?,
            };
            let Some(sealed) = sealed else {
                continue;
            };
            let accepted = {
                let open = self.open()?;
                let desk = open.desk()?;
                let received = Reception::fetched(self.host().now(), Timestamp(item.stored));
                let checked = check(
                    &sealed,
                    &desk.keys,
                    &desk.registry,
                    OPEN_BYTES,
                    received,
                    &desk.journal,
                );
                checked.is_ok().then_some(sealed)
            };
            if let Some(sealed) = accepted {
                let arrival = Arrival {
                    name: item.name,
                    stored: Timestamp(item.stored),
                    sealed,
                    team: None,
                    fetched: false,
                };
                self.import_arrivals(Arrivals {
                    bundles: vec![arrival],
                    ..Arrivals::default()
                })
                .await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn keep_office_offset(&self, offset: i64) -> Result<(), Failure> {
        let known = self
            .open()?
            .profile
            .office
            .as_ref()
            .map(|office| office.clock_offset);
        if known == Some(offset) {
            return Ok(());
        }
        self.notebook
            .with_profile(|profile| {
                if let Some(office) = &mut profile.office {
                    office.clock_offset = offset;
                }
            })
            .await
    }

    /// Reads the desk again from the store; `blank` stands in meanwhile.
    pub(crate) async fn reload_desk(&self, blank: OpenDesk) -> Result<(), Failure> {
        let keys = self.notebook.vault.keys()?;
        let Some(mut open) = self.notebook.vault.take_memory() else {
            return Err(Failure::Locked);
        };
        open.beside = Some(Box::new(blank));
        let loaded = self.load(&keys, &open).await;
        if let Ok(desk) = loaded {
            open.beside = Some(Box::new(desk));
            self.notebook.vault.put_back(open);
            return Ok(());
        }
        // The store is gone: better locked than showing what may not be so.
        self.notebook.vault.close();
        Err(Failure::Locked)
    }
}

/// What a bundle brought.
struct News {
    /// To be stored.
    batch: Batch,
    /// The attachments in it.
    files: Vec<RecordId>,
    ids: Vec<OpId>,
}

/// Notes what of a bundle that was accepted the mission's people are to be given.
fn owe_letter(desk: &mut OpenDesk, verdict: &Verdict, arrival: &Arrival, news: &Option<News>) {
    let (Some((_, mission)), Some(news)) = (verdict.taken(), news) else {
        return;
    };
    let doc = desk.registry.mission(&mission);
    let ids = news.ids.iter().copied();
    let given = doc.and_then(|doc| doc.to_give(&desk.journal, ids, arrival.team));
    let place = Hex(verdict.bundle().0);
    desk.due.give(mission, given.map(|given| (place, given)));
}

/// Opens, checks and merges one file.
fn judge(
    desk: &mut OpenDesk,
    arrival: &Arrival,
    now: Timestamp,
    touched: &mut BTreeSet<RecordId>,
) -> Result<(Verdict, Option<News>), Failure> {
    let bundle = bundle_id(&arrival.sealed);
    if let Some((device, mission)) = desk.seen.get(&bundle) {
        return Ok((
            Verdict::AlreadyThere {
                bundle,
                device,
                mission,
            },
            None,
        ));
    }
    // Of a file that was carried, `stored` is when it first came here.
    let received = Reception::fetched(now, arrival.stored);
    let checked = check(
        &arrival.sealed,
        &desk.keys,
        &desk.registry,
        OPEN_BYTES,
        received,
        &desk.journal,
    );
    let mut opened = match checked {
        Ok(opened) => opened,
        Err(refused) => {
            let (reason, device) = (refused.reason, refused.device);
            return Ok((
                Verdict::Quarantined {
                    bundle,
                    reason,
                    device,
                },
                None,
            ));
        }
    };
    let from = Some((bundle, opened.device, opened.mission));
    let batch = Batch {
        app: opened.app.clone(),
        ..Batch::new(from, now, &opened.ops)?
    };
    for op in &opened.ops {
        touched.insert(op.op.rec);
        desk.arrived.insert(op.op.rec, now.0);
    }
    let files = files_among(&opened.ops);
    let ops = opened.ops.into_iter();
    opened.ops = ops.map(StoredOp::without_content).collect();
    let ids = opened.ops.iter().map(|op| op.id).collect();
    let last = desk.last_of.entry(opened.device).or_default();
    *last = arrival.stored.0.max(*last);
    let verdict = merge(opened, &mut desk.journal, &mut desk.seen);
    let news = News { batch, files, ids };
    Ok((verdict, Some(news)))
}

/// How a bundle is listed that the server told of and could not give.
fn missing_item(desk: &OpenDesk, item: &BundleItem, now: Timestamp) -> InboxItem {
    InboxItem {
        bundle: item.bundle,
        name: String::new(),
        from: desk.device_name(&item.device),
        mission: desk.mission_name(&item.mission),
        size: item.size,
        stored: item.stored.0,
        imported: now.0,
        verdict: VerdictView::Quarantined {
            reason: QuarantineReason::Missing,
        },
        aside: None,
    }
}

fn inbox_item(desk: &OpenDesk, verdict: &Verdict, arrival: &Arrival, now: Timestamp) -> InboxItem {
    let taken = verdict.taken();
    let device = match verdict {
        Verdict::Quarantined { device, .. } => *device,
        _ => taken.map(|(device, _)| device),
    };
    InboxItem {
        bundle: verdict.bundle(),
        name: arrival.name.clone(),
        from: device.map_or_else(String::new, |device| desk.device_name(&device)),
        mission: taken.map_or_else(String::new, |(_, mission)| desk.mission_name(&mission)),
        size: arrival.sealed.len() as u64,
        stored: arrival.stored.0,
        imported: now.0,
        verdict: verdict_view(verdict),
        aside: None,
    }
}

/// A verdict, as the interface shows it.
fn verdict_view(verdict: &vigie_office::Verdict) -> VerdictView {
    use vigie_office::Verdict as V;
    match verdict {
        V::Accepted {
            ops,
            new,
            known,
            warnings,
            ..
        } => VerdictView::Accepted {
            ops: *ops,
            new: *new,
            known: *known,
            warnings: warnings.clone(),
        },
        V::AlreadyThere { .. } => VerdictView::AlreadyThere,
        V::Quarantined { reason, .. } => VerdictView::Quarantined { reason: *reason },
    }
}

//! What comes in: from the server, or dropped as files; the same import for both.
//!
//! A page of the feed is opened, checked and merged in memory, then stored in one commit together with the cursor and
//! the receipts to send; only then are receipts sent. Killed at any instant, the office has all of a page or nothing of
//! it, and asks for it again.

use std::collections::BTreeSet;

use vigie_exchange::api::{BundleItem, EnrolledItem, FeedItem};
use vigie_model::{BundleId, RecordId, Timestamp};
use vigie_office::{
    Verdict,
    import::{OPEN_BYTES, Reception, check, merge},
    receipts::receipt,
};
use vigie_seal::envelope::bundle_id;

use crate::{
    Host,
    backend::Backend,
    desk::{Batch, Desk, ENROL, QUARANTINE, TO_SEND, verdict_view},
    open::{number_key, put, put_bytes, read_bytes},
    protocol::{Event, Failure, InboxItem, Task, VerdictView},
    store::{Change, Store, Table},
};

/// Items of the feed asked for at a time.
const FEED_ITEMS: u32 = 50;
/// Receipts sent at a time.
const RECEIPTS_AT_ONCE: usize = 200;

/// One sealed file, and where it came from.
struct Arrival {
    name: String,
    stored: Timestamp,
    sealed: Vec<u8>,
    /// From the server: one that we have already is no news there.
    fetched: bool,
}

impl<H: Host> Backend<H> {
    /// Fetches, opens, verifies and imports what the server holds, and sends receipts.
    pub(crate) async fn fetch(&self) -> Result<Vec<InboxItem>, Failure> {
        let fetched = self.fetch_feed().await;
        // Whatever became of the rest: a device may be known by now whose file came before it.
        self.try_quarantine_again().await?;
        fetched?;
        self.send_receipts().await?;
        self.share_with_teams().await?;
        self.inbox()
    }

    async fn fetch_feed(&self) -> Result<(), Failure> {
        self.fetch_docs().await?;
        self.send_receipts().await?;
        let client = self.office_client()?;
        let mut done = 0;
        loop {
            let cursor = self
                .open()?
                .profile
                .office
                .as_ref()
                .map(|office| office.cursor)
                .unwrap_or_default();
            let feed = client.feed(cursor, FEED_ITEMS, self.host().now()).await?;
            if feed.items.is_empty() && feed.next == cursor {
                break;
            }
            let mut enrolments = Vec::new();
            let mut arrivals = Vec::new();
            let bundles = feed
                .items
                .iter()
                .filter(|item| matches!(item, FeedItem::Bundle(_)))
                .count() as u64;
            self.host().emit(Event::Progress {
                task: Task::Fetching,
                done,
                total: done + bundles,
            });
            for item in feed.items {
                match item {
                    FeedItem::Enrolled(item) => enrolments.push(item),
                    FeedItem::Bundle(BundleItem { bundle, stored, .. }) => {
                        let known = self.open()?.desk()?.seen.contains(&bundle);
                        if !known {
                            let sealed = client.bundle(&bundle, self.host().now()).await?;
                            arrivals.push(Arrival {
                                name: String::new(),
                                stored,
                                sealed,
                                fetched: true,
                            });
                        } else {
                            self.queue_known(bundle)?;
                        }
                        done += 1;
                        self.host().emit(Event::Progress {
                            task: Task::Fetching,
                            done,
                            total: done,
                        });
                    }
                    FeedItem::Unknown => {}
                }
            }
            self.take_in(enrolments, arrivals, Some(feed.next)).await?;
            self.keep_office_offset(client.clock_offset()).await?;
            self.send_receipts().await?;
            if !feed.more {
                break;
            }
        }
        Ok(())
    }

    pub(crate) async fn import_files(
        &self,
        names: &[String],
        sizes: &[usize],
        bytes: &[u8],
    ) -> Result<Vec<InboxItem>, Failure> {
        let stored = self.host().now();
        let mut rest = bytes;
        let mut arrivals = Vec::new();
        for (name, size) in names.iter().zip(sizes) {
            let (file, after) = rest
                .split_at_checked(*size)
                .ok_or(Failure::Internal("sizes do not add up".into()))?;
            rest = after;
            let one = |name: &str, file: &[u8]| Arrival {
                name: name.to_owned(),
                stored,
                sealed: file.to_vec(),
                fetched: false,
            };
            if crate::tar::is_archive(file) {
                arrivals.extend(
                    crate::tar::read(file)
                        .into_iter()
                        .map(|(inside, file)| one(&format!("{name}/{inside}"), file)),
                );
            } else {
                arrivals.push(one(name, file));
            }
        }
        self.take_in(Vec::new(), arrivals, None).await?;
        // A file may be imported where there is no network: receipts wait.
        match self.send_receipts().await {
            Ok(()) | Err(Failure::Unreachable) => self.inbox(),
            Err(failure) => Err(failure),
        }
    }

    /// The server offers what we have: its device may still wait for the receipt.
    fn queue_known(&self, bundle: BundleId) -> Result<(), Failure> {
        let now = self.host().now();
        let mut open = self.open()?;
        let desk = open.desk_mut()?;
        if let Some((device, mission)) = desk.seen.get(&bundle) {
            let known = Verdict::AlreadyThere {
                bundle,
                device,
                mission,
            };
            let signed = receipt(&known, now, &desk.keys);
            desk.receipts.extend(signed);
        }
        Ok(())
    }

    /// Takes enrolments and files in: memory first, then one commit; a commit that fails puts memory back as the store is.
    async fn take_in(
        &self,
        enrolments: Vec<EnrolledItem>,
        arrivals: Vec<Arrival>,
        cursor: Option<u64>,
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let now = self.host().now();
        let total = arrivals.len() as u64;
        let (changes, profile, front) = {
            let mut open = self.open()?;
            let open = &mut *open;
            let mut profile = open.profile.clone();
            let mut front = open.front.clone();
            let lang = profile.lang.clone();
            let key = &open.key;
            let desk = open.desk.as_mut().ok_or(Failure::NotFound)?;
            let mut changes = Vec::new();
            for item in &enrolments {
                let _ = desk.registry.enrolled(item);
                let row = format!("{ENROL}{}.{}", item.device, item.invite);
                changes.push(put(key, Table::Records, row, item, &mut self.random()));
            }
            let mut touched: BTreeSet<RecordId> = BTreeSet::new();
            for (at, arrival) in arrivals.into_iter().enumerate() {
                let (verdict, batch) = judge(desk, &arrival, now, &mut touched)?;
                let number = front.next_bundle;
                if let Some(batch) = batch {
                    changes.push(put(
                        key,
                        Table::Ops,
                        number_key(number),
                        &batch,
                        &mut self.random(),
                    ));
                    desk.receipts.extend(receipt(&verdict, now, &desk.keys));
                } else if let Verdict::AlreadyThere { .. } = verdict {
                    desk.receipts.extend(receipt(&verdict, now, &desk.keys));
                }
                if let Verdict::Quarantined { bundle, reason, .. } = &verdict
                    && reason.is_kept(arrival.fetched)
                {
                    changes.push(put_bytes(
                        key,
                        Table::Blobs,
                        format!("{QUARANTINE}{bundle}"),
                        &arrival.sealed,
                        &mut self.random(),
                    ));
                }
                if !(arrival.fetched && matches!(verdict, Verdict::AlreadyThere { .. })) {
                    let item = inbox_item(desk, &verdict, &arrival, now);
                    changes.push(put(
                        key,
                        Table::Bundles,
                        number_key(number),
                        &item,
                        &mut self.random(),
                    ));
                    desk.inbox.insert(number, item);
                    front.next_bundle += 1;
                }
                self.host().emit(Event::Progress {
                    task: Task::Importing,
                    done: at as u64 + 1,
                    total,
                });
            }
            for rec in touched {
                if let Some(record) = desk.journal.record(&rec) {
                    desk.index.put(record, &desk.questions, &lang);
                }
            }
            if let (Some(office), Some(cursor)) = (&mut profile.office, cursor) {
                office.cursor = cursor;
            }
            changes.push(put(
                key,
                Table::Meta,
                TO_SEND,
                &desk.receipts,
                &mut self.random(),
            ));
            changes.push(put(
                key,
                Table::Meta,
                "profile",
                &profile,
                &mut self.random(),
            ));
            changes.push(put(key, Table::Meta, "front", &front, &mut self.random()));
            (changes, profile, front)
        };
        if let Err(failure) = self.commit(changes).await {
            let desk = {
                let open = self.open()?;
                Desk::new(open.profile.office.as_ref().ok_or(Failure::NotFound)?)?
            };
            self.reload_desk(desk).await?;
            return Err(failure);
        }
        let mut open = self.open()?;
        open.profile = profile;
        open.front = front;
        Ok(())
    }

    /// Sends the receipts that wait; those that were taken are forgotten.
    async fn send_receipts(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        loop {
            let some: Vec<_> = self
                .open()?
                .desk()?
                .receipts
                .iter()
                .take(RECEIPTS_AT_ONCE)
                .cloned()
                .collect();
            if some.is_empty() {
                return Ok(());
            }
            let count = some.len();
            client.post_receipts(some, self.host().now()).await?;
            let _writing = self.writing().await;
            let (change, left) = {
                let open = self.open()?;
                let left: Vec<_> = open.desk()?.receipts.iter().skip(count).cloned().collect();
                (
                    put(&open.key, Table::Meta, TO_SEND, &left, &mut self.random()),
                    left,
                )
            };
            self.commit(vec![change]).await?;
            self.open()?.desk_mut()?.receipts = left;
        }
    }

    /// What was refused because its device had not enrolled may be accepted now.
    async fn try_quarantine_again(&self) -> Result<(), Failure> {
        let waiting: Vec<(u64, InboxItem)> = {
            let open = self.open()?;
            open.desk()?
                .inbox
                .iter()
                .filter(|(_, item)| matches!(item.verdict, VerdictView::Quarantined { .. }))
                .map(|(number, item)| (*number, item.clone()))
                .collect()
        };
        for (number, item) in waiting {
            let row = format!("{QUARANTINE}{}", item.bundle);
            let Some(sealed) = self.host().store().get(Table::Blobs, &row).await? else {
                continue;
            };
            let sealed = read_bytes(&self.open()?.key, Table::Blobs, &row, &sealed)?;
            let accepted = {
                let open = self.open()?;
                let desk = open.desk()?;
                let received = Reception::fetched(self.host().now(), Timestamp(item.stored));
                check(
                    &sealed,
                    &desk.keys,
                    &desk.registry,
                    OPEN_BYTES,
                    received,
                    &desk.journal,
                )
                .is_ok()
            };
            if accepted {
                let arrival = Arrival {
                    name: item.name,
                    stored: Timestamp(item.stored),
                    sealed,
                    fetched: false,
                };
                self.take_in(Vec::new(), vec![arrival], None).await?;
                let _writing = self.writing().await;
                let gone = [
                    Change::Delete {
                        table: Table::Blobs,
                        key: row,
                    },
                    Change::Delete {
                        table: Table::Bundles,
                        key: number_key(number),
                    },
                ];
                self.commit(gone.into()).await?;
                self.open()?.desk_mut()?.inbox.remove(&number);
            }
        }
        Ok(())
    }

    async fn keep_office_offset(&self, offset: i64) -> Result<(), Failure> {
        let known = self
            .open()?
            .profile
            .office
            .as_ref()
            .map(|office| office.clock_offset);
        if known == Some(offset) {
            return Ok(());
        }
        self.with_profile(|profile| {
            if let Some(office) = &mut profile.office {
                office.clock_offset = offset;
            }
        })
        .await
    }

    /// Reads the desk again from the store; `blank` stands in meanwhile.
    pub(crate) async fn reload_desk(&self, blank: Desk) -> Result<(), Failure> {
        let Some(mut open) = self.take_open() else {
            return Err(Failure::Locked);
        };
        open.desk = Some(blank);
        let loaded = self.load_desk(&open).await;
        if let Ok(desk) = loaded {
            open.desk = Some(desk);
            self.put_back(open);
            return Ok(());
        }
        // The store is gone: better locked than showing what may not be so.
        self.closed();
        Err(Failure::Locked)
    }
}

/// Opens, checks and merges one file; answers the batch to store when there is something new.
fn judge(
    desk: &mut Desk,
    arrival: &Arrival,
    now: Timestamp,
    touched: &mut BTreeSet<RecordId>,
) -> Result<(Verdict, Option<Batch>), Failure> {
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
    let opened = match checked {
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
    let batch = Batch::new(
        Some((bundle, opened.device, opened.mission)),
        now,
        &opened.ops,
    )?;
    for op in &opened.ops {
        touched.insert(op.op.rec);
        desk.arrived.insert(op.op.rec, now.0);
    }
    desk.unshared.insert(opened.mission);
    let last = desk.last_of.entry(opened.device).or_default();
    *last = arrival.stored.0.max(*last);
    Ok((
        merge(opened, &mut desk.journal, &mut desk.seen),
        Some(batch),
    ))
}

fn inbox_item(desk: &Desk, verdict: &Verdict, arrival: &Arrival, now: Timestamp) -> InboxItem {
    let (bundle, device, mission) = match verdict {
        Verdict::Accepted {
            bundle,
            device,
            mission,
            ..
        }
        | Verdict::AlreadyThere {
            bundle,
            device,
            mission,
        } => (bundle, Some(device), Some(mission)),
        Verdict::Quarantined { bundle, device, .. } => (bundle, device.as_ref(), None),
    };
    InboxItem {
        bundle: bundle.to_string(),
        name: arrival.name.clone(),
        from: device
            .map(|device| desk.device_name(device))
            .unwrap_or_default(),
        mission: mission
            .map(|mission| desk.mission_name(mission))
            .unwrap_or_default(),
        size: arrival.sealed.len() as u64,
        stored: arrival.stored.0,
        imported: now.0,
        verdict: verdict_view(verdict),
    }
}

//! What a desk itself writes, on its way to the office's other desks.
//!
//! Each browser of an office has a device key of its own, which a document of the office makes known to the others; what is
//! settled here is its chain. It is sealed for the office and put in the mailbox like anybody's letter, in the office's name.
//! So every desk has it at its next fetch, and an office restored from its key begins no chain again that another desk goes
//! on with. Desks of before wrote under the office's own key: what they wrote travels too.

use vigie_exchange::{
    api::Code,
    split::{RUN_BYTES, runs},
};
use vigie_journal::StoredOp;
use vigie_model::{BundleId, DeviceId, MissionId};
use vigie_office::{OfficeDoc, docs::DeskDoc};
use vigie_seal::{SigningKey, seal_run};

use crate::{
    Host,
    backend::Backend,
    desk::{Batch, DUE, Desk, OWN},
    error::{internal, of_server},
    open::{Open, delete, number_key, put, put_bytes, read_bytes},
    profile::SecretSeed,
    protocol::Failure,
    store::{Store, Table},
};

/// The chain under the office's own key, of desks before each had a key: nothing is added to it.
const OFFICE_CHAIN: usize = 0;
/// The chain under this desk's key.
pub(super) const DESK_CHAIN: usize = 1;

fn own(bundle: &BundleId) -> String {
    format!("{OWN}{bundle}")
}

impl Desk {
    /// Whether a desk of this office has this key.
    pub(super) fn is_desk(&self, device: &DeviceId) -> bool {
        *device == self.keys.signing.device() || self.registry.desk(device).is_some()
    }
}

impl Open {
    /// This desk's device key.
    pub(super) fn desk_key(&self) -> Result<SigningKey, Failure> {
        let office = self.profile.office.as_ref().ok_or(Failure::NotFound)?;
        let seed = office.desk.as_ref().ok_or(Failure::NotFound)?;
        Ok(seed.signing())
    }
}

impl<H: Host> Backend<H> {
    /// Sees to it that this desk has a device key, and that the others will know it.
    pub(super) async fn be_a_desk(&self) -> Result<(), Failure> {
        if self.open()?.desk_key().is_err() {
            let seed = SecretSeed::random(&mut self.random());
            self.with_profile(|profile| {
                if let Some(office) = &mut profile.office {
                    office.desk = Some(seed);
                }
            })
            .await?;
        }
        let doc = {
            let open = self.open()?;
            let desk = open.desk()?;
            let device = open.desk_key()?.device();
            if desk.registry.desk(&device).is_some() {
                return Ok(());
            }
            let mark = device.to_string();
            DeskDoc {
                device,
                label: format!("{} · {}", desk.keys.name, &mark[..4]),
                made: self.host().now(),
            }
        };
        self.keep_doc(OfficeDoc::Desk(doc), |_, _| {}).await?;
        Ok(())
    }

    /// Puts what this desk wrote in the mailbox. An older server takes no letters from an office: they wait.
    pub(super) async fn say_own(&self) -> Result<(), Failure> {
        self.seal_own().await?;
        let client = self.office_client()?;
        let waiting: Vec<(BundleId, MissionId)> = {
            let open = self.open()?;
            let waiting = open.desk()?.due.bundles.iter();
            waiting
                .map(|(bundle, mission)| (*bundle, *mission))
                .collect()
        };
        for (bundle, mission) in waiting {
            let row = own(&bundle);
            let kept = self.host().store().get(Table::Blobs, &row).await?;
            let sealed = {
                let open = self.open()?;
                kept.and_then(|kept| read_bytes(&open.key, Table::Blobs, &row, &kept).ok())
            };
            let is_whole = sealed.is_some();
            if let Some(sealed) = sealed {
                let put = client.put_bundle(&bundle, &mission, sealed, self.host().now());
                match put.await {
                    Err(error) if error.code() == Some(&Code::UnknownDevice) => return Ok(()),
                    other => other.map_err(of_server)?,
                };
            }
            let _writing = self.writing().await;
            let (changes, front, due) = {
                let open = self.open()?;
                let (mut front, mut due) = (open.front.clone(), open.desk()?.due.clone());
                due.bundles.remove(&bundle);
                if !is_whole {
                    // It is sealed anew at the next round, from what the journal holds.
                    for chain in &mut front.chains {
                        chain.bundled = 0;
                    }
                }
                let random = &mut self.random();
                let changes = vec![
                    delete(Table::Blobs, row),
                    put(&open.key, Table::Meta, "front", &front, random),
                    put(&open.key, Table::Meta, DUE, &due, random),
                ];
                (changes, front, due)
            };
            self.commit(changes).await?;
            let mut open = self.open()?;
            open.front = front;
            open.desk_mut()?.due = due;
        }
        Ok(())
    }

    /// Seals what is in no letter yet.
    async fn seal_own(&self) -> Result<(), Failure> {
        let (office, desk) = {
            let open = self.open()?;
            let office = open.desk()?.keys.signing.clone();
            (office, open.desk_key().ok())
        };
        self.seal_chain(OFFICE_CHAIN, office).await?;
        if let Some(desk) = desk {
            self.be_a_desk().await?;
            self.say_docs().await?;
            self.seal_chain(DESK_CHAIN, desk).await?;
        }
        Ok(())
    }

    async fn seal_chain(&self, number: usize, key: SigningKey) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let device = key.device();
        let (changes, front, due, sealed) = {
            let open = self.open()?;
            let desk = open.desk()?;
            let mut front = open.front.clone();
            let chain = front.chain(number);
            let from = chain.bundled.saturating_add(1);
            let to = chain.next.seq.saturating_sub(1);
            let ids = desk.journal.run(device, from..=to);
            let ops: Vec<StoredOp> = ids
                .flat_map(|(_, ids)| ids)
                .filter_map(|id| desk.journal.get(id).cloned())
                .collect();
            if ops.is_empty() {
                return Ok(());
            }
            chain.bundled = to;
            let mut due = desk.due.clone();
            let random = &mut self.random();
            let (mut changes, mut all) = (Vec::new(), Vec::new());
            let now = self.host().now();
            for run in runs(ops, RUN_BYTES) {
                let Some(mission) = run.first().map(|stored| stored.op.mission) else {
                    continue;
                };
                let recipients = [desk.keys.recipient()];
                let (bundle, sealed) =
                    seal_run(&key, mission, now, &run, &recipients).map_err(internal)?;
                // What the feed will tell of it is no news here.
                let batch = Batch::new(Some((bundle, device, mission)), now, &[])?;
                let row = number_key(front.next_bundle);
                front.next_bundle += 1;
                changes.push(put(&open.key, Table::Ops, row, &batch, random));
                changes.push(put_bytes(
                    &open.key,
                    Table::Blobs,
                    own(&bundle),
                    &sealed,
                    random,
                ));
                due.bundles.insert(bundle, mission);
                all.push((bundle, mission));
            }
            changes.push(put(&open.key, Table::Meta, "front", &front, random));
            changes.push(put(&open.key, Table::Meta, DUE, &due, random));
            (changes, front, due, all)
        };
        self.commit(changes).await?;
        let mut open = self.open()?;
        open.front = front;
        let desk = open.desk_mut()?;
        desk.due = due;
        for (bundle, mission) in sealed {
            desk.seen.insert(bundle, device, mission);
        }
        Ok(())
    }
}

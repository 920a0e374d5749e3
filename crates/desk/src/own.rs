//! What a desk itself writes, on its way to the office's other desks.
//!
//! Each browser of an office has a device key of its own, which a document of the office makes known to the others; what is
//! settled here is its chain. It is sealed for the office and put in the mailbox like anybody's letter, in the office's name.
//! So every desk has it at its next fetch, and an office restored from its key begins no chain again that another desk goes
//! on with. Desks of before wrote under the office's own key: what they wrote travels too.

use vigie_exchange::{
    api::{Code, Hex},
    split::{RUN_BYTES, runs},
};
use vigie_journal::{Bundle, StoredOp};
use vigie_model::{BundleId, MissionId};
use vigie_notebook::{
    Host,
    error::{internal, of_server},
    memory::Counters,
};
use vigie_office::{OfficeDoc, docs::DeskDoc};
use vigie_protocol::Failure;
use vigie_seal::{SecretSeed, SigningKey, seal_run};
use vigie_vault::Table;

use crate::{
    desk::Desk,
    in_open::{InOpen as _, then_desk},
    memory::{Batch, OWN, Owed},
};

/// The chain under the office's own key, of desks before each had a key: nothing is added to it.
const OFFICE_CHAIN: usize = 0;
/// The chain under this desk's key.
pub(crate) const DESK_CHAIN: usize = 1;

fn own(bundle: &BundleId) -> String {
    format!("{OWN}{bundle}")
}

impl<H: Host> Desk<H> {
    /// Sees to it that this desk has a device key, and that the others will know it.
    pub(crate) async fn be_a_desk(&self) -> Result<(), Failure> {
        if self.open()?.desk_key().is_err() {
            let seed = self
                .notebook
                .vault
                .draw(|random| SecretSeed::random(random));
            self.notebook
                .with_profile(|profile| {
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
    pub(crate) async fn say_own(&self) -> Result<(), Failure> {
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
            let sealed = match self.notebook.vault.get_bytes(Table::Blobs, &row).await {
                Err(Failure::Damaged(_)) => None,
                sealed => sealed?,
            };
            let is_whole = sealed.is_some();
            if let Some(sealed) = sealed {
                let put = client.put_bundle(&bundle, &mission, sealed, self.host().now());
                match put.await {
                    Err(error) if error.code() == Some(&Code::UnknownDevice) => return Ok(()),
                    other => other.map_err(of_server)?,
                };
            }
            let mut tx = self.notebook.vault.transaction().await;
            {
                let open = tx.memory()?;
                tx.edit::<Owed>(&open)?.bundles.remove(&bundle);
                if !is_whole {
                    // It is sealed anew at the next round, from what the journal holds.
                    for chain in &mut tx.edit::<Counters>(&open)?.chains {
                        chain.bundled = 0;
                    }
                }
            }
            tx.delete_at(Table::Blobs, row);
            tx.commit().await?;
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
        let mut tx = self.notebook.vault.transaction().await;
        let device = key.device();
        {
            let open = tx.memory()?;
            let desk = open.desk()?;
            let chain = tx.edit::<Counters>(&open)?.chain(number);
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
            let now = self.host().now();
            for run in runs(ops, RUN_BYTES) {
                let Some(mission) = run.first().map(|stored| stored.op.mission) else {
                    continue;
                };
                let recipients = [desk.keys.recipient()];
                // Few, and for desks of any version.
                let write = Bundle::to_json;
                let sealed = seal_run(&key, mission, now, &run, &recipients, None, write);
                let (bundle, sealed) = sealed.map_err(internal)?;
                // No phone takes a desk's bundle: what its people are to have of it, the office gives.
                let doc = desk.registry.mission(&mission);
                let ids = run.iter().map(|stored| stored.id);
                let given = doc.and_then(|doc| doc.to_give(&desk.journal, ids, None));
                let given = given.map(|given| (Hex(bundle.0), given));
                tx.edit::<Owed>(&open)?.give(mission, given);
                // What the feed will tell of it is no news here.
                let batch = Batch::new(Some((bundle, device, mission)), now, &[])?;
                let counters = tx.edit::<Counters>(&open)?;
                let number = counters.next_bundle;
                counters.next_bundle += 1;
                tx.put_as(&number, &batch);
                tx.put_bytes(Table::Blobs, own(&bundle), &sealed);
                tx.edit::<Owed>(&open)?.bundles.insert(bundle, mission);
                then_desk(&mut tx, move |desk| {
                    desk.seen.insert(bundle, device, mission);
                });
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

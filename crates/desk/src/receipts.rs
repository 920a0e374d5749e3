//! The office's word to devices that it has what they sent.

use std::collections::BTreeSet;

use vigie_exchange::api::{PostReceipts, Receipt, SignatureHex};
use vigie_model::{BundleId, Timestamp};
use vigie_notebook::{
    Host,
    error::{internal, of_server},
};
use vigie_office::{Verdict, receipts::receipt};
use vigie_protocol::{Failure, File};

use crate::{
    desk::Desk,
    in_open::InOpen as _,
    memory::{OpenDesk, Receipts},
};

/// Receipts sent at a time: those of a page of the feed and more, in less than half of what a JSON body may have.
const RECEIPTS_AT_ONCE: usize = 1000;

impl<H: Host> Desk<H> {
    /// The server offers what we have: its device may still wait for the receipt.
    pub(crate) fn queue_known(&self, bundle: BundleId) -> Result<(), Failure> {
        let now = self.host().now();
        let mut open = self.open()?;
        let desk = open.desk_mut()?;
        let signed = receipt_of(desk, bundle, now);
        desk.receipts.extend(signed);
        Ok(())
    }

    /// The receipts of these bundles, for whoever carries them to their devices.
    pub(crate) fn give_receipts(&self, bundles: &[BundleId]) -> Result<File, Failure> {
        let now = self.host().now();
        let open = self.open()?;
        let desk = open.desk()?;
        let signed = bundles.iter();
        let receipts = signed
            .filter_map(|bundle| receipt_of(desk, *bundle, now))
            .collect();
        let bytes = serde_json::to_vec(&PostReceipts { receipts }).map_err(internal)?;
        Ok(File::new("vigie-recus.json", "application/json", bytes))
    }

    /// Sends the receipts that wait. Those that were taken are forgotten, and no other: some may have come meanwhile.
    pub(crate) async fn send_receipts(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        loop {
            let some: Vec<_> = {
                let open = self.open()?;
                let waiting = open.desk()?.receipts.iter();
                waiting.take(RECEIPTS_AT_ONCE).cloned().collect()
            };
            if some.is_empty() {
                return Ok(());
            }
            let sent: BTreeSet<SignatureHex> = some.iter().map(|receipt| receipt.sig).collect();
            client
                .post_receipts(some, self.host().now())
                .await
                .map_err(of_server)?;
            let mut tx = self.notebook.vault.transaction().await;
            let left = tx.edit::<Receipts>(&*tx.memory()?)?;
            left.retain(|receipt| !sent.contains(&receipt.sig));
            tx.commit().await?;
        }
    }
}

/// The receipt of a bundle that we have.
fn receipt_of(desk: &OpenDesk, bundle: BundleId, at: Timestamp) -> Option<Receipt> {
    let (device, mission) = desk.seen.get(&bundle)?;
    let known = Verdict::AlreadyThere {
        bundle,
        device,
        mission,
    };
    receipt(&known, at, &desk.keys, &desk.registry)
}

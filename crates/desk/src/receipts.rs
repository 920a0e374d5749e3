//! The office's word to devices that it has what they sent.

use std::collections::BTreeSet;

use vigie_exchange::api::SignatureHex;
use vigie_model::BundleId;
use vigie_notebook::{Host, error::of_server};
use vigie_office::{Verdict, receipts::receipt};
use vigie_protocol::Failure;

use crate::{desk::Desk, in_open::InOpen as _, memory::Receipts};

/// Receipts sent at a time.
const RECEIPTS_AT_ONCE: usize = 200;

impl<H: Host> Desk<H> {
    /// The server offers what we have: its device may still wait for the receipt.
    pub(crate) fn queue_known(&self, bundle: BundleId) -> Result<(), Failure> {
        let now = self.host().now();
        let mut open = self.open()?;
        let desk = open.desk_mut()?;
        if let Some((device, mission)) = desk.seen.get(&bundle) {
            let known = Verdict::AlreadyThere {
                bundle,
                device,
                mission,
            };
            let signed = receipt(&known, now, &desk.keys, &desk.registry);
            desk.receipts.extend(signed);
        }
        Ok(())
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

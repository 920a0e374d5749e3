//! Receipts: what the office says it has, believed when it signed it.

use std::collections::BTreeMap;

use vigie_exchange::{
    Client, Sending,
    api::{Epoch, Receipt},
    sending::Event as Happened,
};
use vigie_model::CardOffice;
use vigie_seal::sign::VerifyingKey;
use vigie_vault::Table;

use super::Round;
use crate::{
    Host,
    error::{internal, of_server},
    memory::{Brought, BundleRow, Counters},
    notebook::Notebook,
    protocol::{Failure, TakenReceipts},
};

/// Received bundles that stay listed.
const LISTED: usize = 20;

impl<H: Host> Notebook<H> {
    pub(super) async fn fetch_receipts(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
        office: &VerifyingKey,
        round: &mut Round,
    ) -> Result<(), Failure> {
        loop {
            let (after, epoch) = {
                let open = self.open_still(generation)?;
                let chain = open.chain(number);
                (chain.receipts_after, chain.epoch)
            };
            let answer = client
                .receipts(after, self.host().now())
                .await
                .map_err(of_server)?;
            let is_another = answer.epoch.is_some() && answer.epoch != epoch;
            let is_beyond = answer.last.is_some_and(|last| after > last);
            if is_another || is_beyond {
                // The server was set back, or we hear of its epoch for the first time: its numbers are others.
                // Where nothing was read from it before, it lost nothing that it said it had.
                let is_set_back = epoch.is_some() || after > 0;
                self.begin_receipts_again(number, generation, answer.epoch.or(epoch), is_set_back)
                    .await?;
                if after > 0 {
                    continue;
                }
            }
            if let Some(rev) = answer.card {
                self.open_still(generation)?.retry.cards.insert(number, rev);
            }
            if answer.receipts.is_empty() {
                return Ok(());
            }
            let receipts = answer
                .receipts
                .into_iter()
                .map(|numbered| numbered.receipt)
                .collect();
            let taken = self
                .take_receipts(number, generation, receipts, Some(answer.next), office)
                .await?;
            round.received += taken.entries;
            if !answer.more || answer.next <= after {
                return Ok(());
            }
        }
    }

    /// From the first receipt on, and, where the server was set back, what it has is compared with what it said it had: one
    /// commit.
    async fn begin_receipts_again(
        &self,
        number: usize,
        generation: u64,
        epoch: Option<Epoch>,
        is_set_back: bool,
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        let brought = Brought {
            own: self.was_brought(number).await?.own,
            ..Brought::default()
        };
        let counters: &mut Counters = tx.edit(&*tx.memory()?)?;
        let chain = counters.chain(number);
        chain.receipts_after = 0;
        chain.epoch = epoch;
        if is_set_back {
            // What was brought there may be there no more.
            tx.put_as(&number, &brought);
            tx.then(move |open| open.retry.to_compare.insert(number));
        }
        tx.commit().await
    }

    /// Marks what the office says it received, and drops the sealed bytes: one commit. `next`: how far the server's list was
    /// read with it; none when it came otherwise.
    pub(super) async fn take_receipts(
        &self,
        number: usize,
        generation: u64,
        receipts: Vec<Receipt>,
        next: Option<u64>,
        office: &VerifyingKey,
    ) -> Result<TakenReceipts, Failure> {
        let others = self.other_offices(number).await?;
        let mut tx = self.vault.transaction_of(generation).await;
        let mut carried: Vec<BundleRow> = Vec::new();
        let mut also = 0;
        let entries = {
            let open = tx.memory()?;
            let counters = tx.edit::<Counters>(&open)?;
            let chain = counters.chain(number);
            chain.receipts_after = next.unwrap_or(chain.receipts_after);
            let mut rows: BTreeMap<u64, BundleRow> = BTreeMap::new();
            let mut entries = 0;
            // A receipt that the office did not sign is not one: the server can't make a device forget.
            for receipt in receipts {
                let found = open
                    .bundles
                    .values()
                    .find(|row| row.id == receipt.bundle && row.member == number);
                let Some(row) = found else { continue };
                let mut row = rows.get(&row.number).unwrap_or(row).clone();
                let by_other =
                    |(key, _): &&(VerifyingKey, CardOffice)| receipt.clone().verify(key).is_ok();
                let Ok(receipt) = receipt.clone().verify(office) else {
                    if let Some((_, other)) = others.iter().find(by_other) {
                        let (key, name) = (other.office.clone(), other.name.clone());
                        if row.also.insert(key, name).is_none() && !row.carried {
                            also += 1;
                        }
                        rows.insert(row.number, row);
                    }
                    continue;
                };
                if row.carried {
                    if !carried.iter().any(|known| known.number == row.number) {
                        carried.push(row);
                    }
                    continue;
                }
                if !row.sending.keeps_bytes() {
                    continue;
                }
                let received = Happened::Received(receipt);
                let after = self
                    .vault
                    .draw(|random| row.sending.after(received, random));
                row.sending = after.map_err(internal)?;
                entries += row.recs.len();
                rows.insert(row.number, row);
            }
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
                counters.chain(row.member).received += row.recs.len();
            }
            for row in rows.values().filter(|row| received(row)) {
                tx.delete_at(Table::Blobs, row.blob());
            }
            for row in &gone {
                tx.delete::<BundleRow>(row);
            }
            rows.retain(|row, _| !gone.contains(row));
            for row in rows.values() {
                tx.put(row);
            }
            tx.then(move |open| {
                open.bundles.extend(rows);
                for row in gone {
                    open.bundles.remove(&row);
                }
            });
            entries
        };
        self.brought(&mut tx, &carried).await?;
        if entries > 0 {
            let now = self.host().now();
            tx.then(move |open| open.last_received = Some(now));
        }
        tx.commit().await?;
        Ok(TakenReceipts {
            entries,
            carried: carried.len(),
            also,
        })
    }

    /// The offices that read a member's mission beside the one that has it, as its card says: what they received is shown, and
    /// makes the device forget nothing.
    pub(super) async fn other_offices(
        &self,
        number: usize,
    ) -> Result<Vec<(VerifyingKey, CardOffice)>, Failure> {
        let card = match self.card(number).await {
            // Receipts of the office itself wait for no card.
            Err(Failure::Damaged(_)) => None,
            card => card?,
        };
        let Some(card) = card else {
            return Ok(Vec::new());
        };
        let others = card.offices.iter();
        let others = others.filter(|one| one.office != card.office);
        let others = others.filter_map(|one| Some((one.office.parse().ok()?, one.clone())));
        Ok(others.collect())
    }
}

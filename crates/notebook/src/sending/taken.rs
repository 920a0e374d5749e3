//! What comes without a network, by a file or by codes on another screen: the office's receipts, and what another device gives
//! to be carried to the office.
//!
//! Of another device's bundles, this one keeps the sealed bytes until the server has them, and reads what is sealed for it
//! too, as it reads its team's letters. Their author keeps them until the office says that it received them, so what is lost
//! here is lost to nobody; and the office takes each once, by whatever ways it comes.

use std::collections::{BTreeMap, BTreeSet};

use vigie_exchange::{
    Sending,
    api::{BUNDLE_BYTES, PostReceipts, Receipt},
};
use vigie_model::{BundleId, MissionId};
use vigie_seal::envelope::{bundle_id, is_sealed};
use vigie_vault::Table;

use super::team::{Letter, Reader};
use crate::{
    Host,
    memory::{Brought, BundleRow, Counters, Open},
    notebook::Notebook,
    protocol::{Failure, TakenBundles, TakenCarried},
    tar,
};

/// Bundles that a device carries for others: more, and it would have no room for its own.
const CARRIED: usize = 500;
/// The bytes of all of them together.
const CARRIED_BYTES: u64 = 128 * 1024 * 1024;

impl<H: Host> Notebook<H> {
    /// Takes receipts for what this device wrote and what it carries, and that the office signed; or bundles to be carried to
    /// the office of `mission`.
    pub(crate) async fn take_carried(
        &self,
        mission: MissionId,
        bytes: &[u8],
    ) -> Result<TakenCarried, Failure> {
        if let Ok(PostReceipts { receipts }) = serde_json::from_slice(bytes) {
            return self.take_given(receipts).await;
        }
        let files: Vec<&[u8]> = match tar::is_archive(bytes) {
            true => tar::read(bytes).into_iter().map(|(_, file)| file).collect(),
            false => vec![bytes],
        };
        if !files.iter().any(|file| is_sealed(file)) {
            return Ok(TakenCarried::Nothing);
        }
        let taken = self.take_bundles(mission, &files).await?;
        Ok(TakenCarried::Bundles(taken))
    }

    async fn take_given(&self, receipts: Vec<Receipt>) -> Result<TakenCarried, Failure> {
        let generation = self.vault.generation();
        let members = self.open()?.profile.members.len();
        let mut taken = TakenCarried::ForOthers;
        for number in 0..members {
            let Some((_, _, office)) = self.client(number)? else {
                continue;
            };
            let (device, carried) = {
                let open = self.open_still(generation)?;
                let carried: BTreeSet<BundleId> = open.carried(number).map(|row| row.id).collect();
                (open.member(number)?.device(), carried)
            };
            let is_ours = |receipt: &&Receipt| {
                (receipt.device == device || carried.contains(&receipt.bundle))
                    && (*receipt).clone().verify(&office).is_ok()
            };
            let ours: Vec<Receipt> = receipts.iter().filter(is_ours).cloned().collect();
            if ours.is_empty() {
                continue;
            }
            let entries = self
                .take_receipts(number, generation, ours, None, &office)
                .await?;
            taken = match taken {
                TakenCarried::Received { entries: before } => TakenCarried::Received {
                    entries: before + entries,
                },
                _ => TakenCarried::Received { entries },
            };
        }
        self.changed();
        self.tell_exchange();
        Ok(taken)
    }

    async fn take_bundles(
        &self,
        mission: MissionId,
        files: &[&[u8]],
    ) -> Result<TakenBundles, Failure> {
        let generation = self.vault.generation();
        let number = {
            let open = self.open()?;
            let mut members = open.profile.members.iter();
            let number = members.position(|member| member.mission == mission && member.is_active());
            number.ok_or(Failure::NotFound)?
        };
        let card = self.card(number).await?;
        let reader = match &card {
            Some(card) => self.reader(number, generation, card).await?,
            None => None,
        };
        let merges = card.is_some_and(|card| card.mission.policy.shares());
        let mut taken = TakenBundles::default();
        for sealed in files {
            let letter = match &reader {
                _ if !is_sealed(sealed) || sealed.len() > BUNDLE_BYTES => Letter::Forged,
                // It is carried without being looked at.
                None => Letter::NotForUs,
                Some(reader) => reader.open_carried(sealed),
            };
            if matches!(letter, Letter::Forged) {
                taken.refused += 1;
                continue;
            }
            match self.carry(number, generation, sealed).await? {
                Carried::New => taken.new += 1,
                Carried::Known => taken.known += 1,
                Carried::TooMany => taken.too_many += 1,
            }
            if let Letter::Taken(ops) = letter
                && merges
                && self.agree(&ops).await?
            {
                taken.entries += self.take_team(number, generation, ops, None).await?;
            }
            self.host().delay(0).await;
        }
        if taken.new > 0 {
            self.wake_soon();
        }
        self.changed();
        self.tell_exchange();
        Ok(taken)
    }

    /// Keeps another device's bundle until the server has it: one commit.
    async fn carry(
        &self,
        number: usize,
        generation: u64,
        sealed: &[u8],
    ) -> Result<Carried, Failure> {
        let id = bundle_id(sealed);
        let mut tx = self.vault.transaction_of(generation).await;
        let was_brought = match self.vault.get::<Brought>(&id).await {
            Err(Failure::Damaged(_)) => false,
            kept => kept?.is_some(),
        };
        {
            let open = tx.memory()?;
            if was_brought || open.bundles.values().any(|row| row.id == id) {
                return Ok(Carried::Known);
            }
            let carried = open.bundles.values().filter(|row| row.carried);
            let (many, bytes) = carried.fold((0, sealed.len() as u64), |(many, bytes), row| {
                (many + 1, bytes + row.size)
            });
            if many >= CARRIED || bytes > CARRIED_BYTES {
                return Ok(Carried::TooMany);
            }
            let counters = tx.edit::<Counters>(&open)?;
            let row = BundleRow {
                number: counters.next_bundle,
                id,
                member: number,
                // None of this device's own ops are in it.
                from: 1,
                to: 0,
                made: self.host().now().0,
                size: sealed.len() as u64,
                sending: Sending::sealed(id),
                team: None,
                recs: BTreeSet::new(),
                also: BTreeMap::new(),
                carried: true,
            };
            counters.next_bundle += 1;
            tx.put_bytes(Table::Blobs, row.blob(), sealed);
            tx.put(&row);
            tx.then(|open| open.bundles.insert(row.number, row));
        }
        tx.commit().await?;
        Ok(Carried::New)
    }

    /// Forgets a bundle that is carried for somebody else.
    pub(crate) async fn drop_carried(&self, bundle: BundleId) -> Result<(), Failure> {
        let generation = self.vault.generation();
        let mut tx = self.vault.transaction_of(generation).await;
        let row = {
            let open = tx.memory()?;
            let row = open
                .bundles
                .values()
                .find(|row| row.carried && row.id == bundle);
            row.cloned().ok_or(Failure::NotFound)?
        };
        tx.delete_at(Table::Blobs, row.blob());
        tx.delete::<BundleRow>(&row.number);
        tx.then(move |open| open.bundles.remove(&row.number));
        tx.commit().await?;
        self.changed();
        self.tell_exchange();
        Ok(())
    }
}

/// What came of one bundle.
enum Carried {
    New,
    Known,
    TooMany,
}

impl Reader {
    /// Opens what another device gave to be carried. Whose it is, the bundle says, signed.
    fn open_carried(&self, sealed: &[u8]) -> Letter {
        self.open(sealed, Some(self.device))
    }
}

impl Open {
    /// What a member carries for others.
    pub(super) fn carried(&self, number: usize) -> impl Iterator<Item = &BundleRow> {
        let rows = self.bundles.values();
        rows.filter(move |row| row.carried && row.member == number)
    }
}

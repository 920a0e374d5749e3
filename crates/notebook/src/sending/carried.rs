//! What comes without a network, by a file or by codes on another screen: the office's receipts, and what another device gives
//! to be carried to the office.
//!
//! Of another device's bundles, this one keeps the sealed bytes until the server has them, and reads what is sealed for it
//! too, as it reads its team's letters. Their author keeps them until the office says that it received them, so what is lost
//! here is lost to nobody; and the office takes each once, by whatever ways it comes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry},
    iter,
};

use vigie_exchange::{
    Sending,
    api::{BUNDLE_BYTES, DOC_BYTES, PostReceipts, Receipt},
    named,
};
use vigie_model::{BundleId, MissionId};
use vigie_seal::envelope::{bundle_id, is_sealed};
use vigie_vault::Table;

use super::team::{Letter, Reader};
use crate::{
    Host,
    memory::{Brought, BundleRow, Counters, Member, Open},
    notebook::{Notebook, Tx},
    protocol::{Failure, TAKEN_BYTES, TakenBundles, TakenCarried, TakenReceipts},
    tar,
};

/// Bundles that a device carries for others: more, and it would have no room for its own.
const CARRIED: usize = 500;
/// The bytes of all of them together: what another device takes at once.
const CARRIED_BYTES: u64 = TAKEN_BYTES;

/// Who takes for one of the missions, and whether its people read each other's entries.
struct Taker {
    reader: Option<Reader>,
    shares: bool,
}

/// What came of one bundle.
enum Carried {
    New,
    Known,
    TooMany,
}

impl<H: Host> Notebook<H> {
    /// Takes receipts for what this device wrote and what it carries, and that the office signed; or bundles to be carried.
    /// `mission`: of which they are, where they do not say it.
    pub(crate) async fn take_carried(
        &self,
        mission: Option<MissionId>,
        bytes: &[u8],
    ) -> Result<TakenCarried, Failure> {
        if bytes.len() <= DOC_BYTES
            && let Ok(PostReceipts { receipts }) = serde_json::from_slice(bytes)
        {
            return self.take_given(receipts).await;
        }
        let files = match tar::is_archive(bytes) {
            true => tar::read(bytes),
            false => vec![(String::new(), bytes)],
        };
        if !files.iter().any(|(_, file)| is_sealed(file)) {
            return Ok(TakenCarried::Nothing);
        }
        let missions: Vec<(usize, MissionId)> = {
            let open = self.open()?;
            let members = open.profile.members.iter().enumerate();
            let served = members.filter(|(_, member)| member.is_served());
            served
                .map(|(number, member)| (number, member.mission))
                .collect()
        };
        let is_asked = |(_, of): &&(usize, MissionId)| mission.is_none_or(|mission| mission == *of);
        let Some((asked, _)) = missions.iter().find(is_asked) else {
            return Ok(TakenCarried::NoMission);
        };
        let generation = self.vault.generation();
        let mut taken = TakenBundles::default();
        let mut takers = HashMap::new();
        let mut result = Ok(());
        for (name, sealed) in files {
            let number = match named::is_file_name(&name) {
                true => {
                    let id = bundle_id(sealed);
                    let mut missions = missions.iter();
                    let of = missions.find(|(_, of)| named::file_name(&id, of) == name);
                    of.map(|(number, _)| *number)
                }
                false => Some(*asked),
            };
            result = self
                .take_bundle(generation, number, sealed, &mut takers, &mut taken)
                .await;
            if result.is_err() {
                break;
            }
            self.host().delay(0).await;
        }
        // What was taken before something failed is kept, and leaves.
        if taken.new > 0 {
            self.wake_soon();
        }
        self.changed();
        self.tell_exchange();
        result.map(|()| TakenCarried::Bundles(taken))
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
                (open.member(number)?.device(), open.carried(number))
            };
            let others = self.other_offices(number).await?;
            let is_signed = |receipt: &Receipt| {
                let mut offices = iter::once(&office).chain(others.iter().map(|(key, _)| key));
                offices.any(|office| receipt.clone().verify(office).is_ok())
            };
            let is_ours = |receipt: &&Receipt| {
                let is_of_here = receipt.device == device || carried.contains(&receipt.bundle);
                is_of_here && is_signed(receipt)
            };
            let ours: Vec<Receipt> = receipts.iter().filter(is_ours).cloned().collect();
            if ours.is_empty() {
                continue;
            }
            let new = self
                .take_receipts(number, generation, ours, None, &office)
                .await?;
            let before = match taken {
                TakenCarried::Received(before) => before,
                _ => TakenReceipts::default(),
            };
            taken = TakenCarried::Received(TakenReceipts {
                entries: before.entries + new.entries,
                carried: before.carried + new.carried,
                also: before.also + new.also,
            });
        }
        self.changed();
        self.tell_exchange();
        Ok(taken)
    }

    /// Takes one bundle for a member's mission; none: it is of no mission of this device.
    async fn take_bundle(
        &self,
        generation: u64,
        number: Option<usize>,
        sealed: &[u8],
        takers: &mut HashMap<usize, Taker>,
        taken: &mut TakenBundles,
    ) -> Result<(), Failure> {
        let is_one = is_sealed(sealed) && sealed.len() <= BUNDLE_BYTES;
        let Some(number) = number.filter(|_| is_one) else {
            taken.refused += 1;
            return Ok(());
        };
        let Taker { reader, shares } = match takers.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.taker(number, generation).await?),
        };
        let letter = match reader {
            Some(reader) => reader.open_carried(sealed),
            // It is carried without being looked at.
            None => Letter::NotForUs,
        };
        if matches!(letter, Letter::Forged) {
            taken.refused += 1;
            return Ok(());
        }
        match self.carry(number, generation, sealed).await? {
            Carried::New => taken.new += 1,
            Carried::Known => taken.known += 1,
            Carried::TooMany => taken.too_many += 1,
        }
        match letter {
            Letter::Taken(ops) if *shares && self.agree(&ops).await? => {
                taken.entries += self.take_team(number, generation, ops, None).await?;
            }
            Letter::Waits(_) if *shares => taken.unread += 1,
            // What opens it has not come here yet.
            _ if *shares && reader.is_none() => taken.unread += 1,
            _ => {}
        }
        Ok(())
    }

    async fn taker(&self, number: usize, generation: u64) -> Result<Taker, Failure> {
        let card = match self.card(number).await {
            // What is carried waits for no card.
            Err(Failure::Damaged(_)) => None,
            card => card?,
        };
        Ok(match card {
            Some(card) => Taker {
                reader: self.reader(number, generation, &card).await?,
                shares: card.mission.policy.shares(),
            },
            None => Taker {
                reader: None,
                shares: false,
            },
        })
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
        let known = {
            let open = tx.memory()?;
            let known = open.bundles.values().find(|row| row.id == id);
            let is_served = |row: &BundleRow| open.member(row.member).is_ok_and(Member::is_served);
            known.map(|row| (row.clone(), row.carried && !is_served(row)))
        };
        match known {
            // Invited again since the office removed it, the device may bring it.
            Some((row, true)) => {
                let row = BundleRow {
                    member: number,
                    ..row
                };
                tx.put(&row);
                tx.then(move |open| open.bundles.insert(row.number, row));
                tx.commit().await?;
                return Ok(Carried::New);
            }
            Some((_, false)) => return Ok(Carried::Known),
            None if self.was_brought(number).await?.has(&id) => return Ok(Carried::Known),
            None => {}
        }
        {
            let open = tx.memory()?;
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

    /// What is not to be carried for a member's mission. A list that does not open is none.
    pub(super) async fn was_brought(&self, number: usize) -> Result<Brought, Failure> {
        match self.vault.get(&number).await {
            Err(Failure::Damaged(_)) => Ok(Brought::default()),
            kept => Ok(kept?.unwrap_or_default()),
        }
    }

    /// These, of one member and carried for other devices, are where they belong: forgotten here, and not taken again.
    pub(super) async fn brought(
        &self,
        tx: &mut Tx<'_, H>,
        rows: &[BundleRow],
    ) -> Result<(), Failure> {
        let Some(BundleRow { member, .. }) = rows.first() else {
            return Ok(());
        };
        let mut brought = self.was_brought(*member).await?;
        for row in rows {
            brought.add(row.id);
            forget(tx, row);
        }
        tx.put_as(member, &brought);
        let open = tx.memory()?;
        tx.edit::<Counters>(&open)?.chain(*member).brought += rows.len();
        Ok(())
    }

    /// Forgets all that is carried for others: one commit.
    pub(crate) async fn drop_carried(&self) -> Result<(), Failure> {
        let generation = self.vault.generation();
        let mut tx = self.vault.transaction_of(generation).await;
        let rows: Vec<BundleRow> = {
            let open = tx.memory()?;
            let carried = open.bundles.values().filter(|row| row.carried);
            carried.cloned().collect()
        };
        for row in &rows {
            forget(&mut tx, row);
        }
        tx.commit().await?;
        self.changed();
        self.tell_exchange();
        Ok(())
    }
}

fn forget<H: Host>(tx: &mut Tx<'_, H>, row: &BundleRow) {
    let number = row.number;
    tx.delete_at(Table::Blobs, row.blob());
    tx.delete::<BundleRow>(&number);
    tx.then(move |open| open.bundles.remove(&number));
}

impl Open {
    /// What a member carries for others.
    fn carried(&self, number: usize) -> BTreeSet<BundleId> {
        let rows = self.bundles.values();
        let carried = rows.filter(|row| row.carried && row.member == number);
        carried.map(|row| row.id).collect()
    }
}

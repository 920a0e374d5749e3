//! What is given away by another way than the network, as a file or as codes on the screen: to the office, or to somebody who
//! carries it there.

use std::collections::BTreeSet;

use vigie_exchange::{Sending, named};
use vigie_model::AppVersion;
use vigie_seal::seal_run;
use vigie_vault::Table;

use super::bundles::Readers;
use crate::{
    Host,
    error::internal,
    memory::{BundleRow, op_key},
    notebook::Notebook,
    protocol::{EntryState, Failure, File, Packed},
    tar::{self, Archive},
};

impl<H: Host> Notebook<H> {
    /// As much of what is not yet received, and of what is carried for others, as a file of `limit` bytes holds, from the place
    /// `from` on: one bundle as it is, several in a tar. What does not open is left out, and named in
    /// [`crate::protocol::StorageView`].
    ///
    /// In memory there is at most the file itself, one bundle more, and what [`Notebook::compose`] takes.
    pub(crate) async fn pack(&self, from: u64, limit: u64) -> Result<Packed, Failure> {
        let generation = self.vault.generation();
        let members = self.open()?.profile.members.len();
        let mut failed = None;
        for member in 0..members {
            // What was sealed before is offered all the same.
            failed = self.compose(member, generation).await.err().or(failed);
        }
        let (mut rows, served) = {
            let open = self.open_still(generation)?;
            let rows = open.bundles.values();
            let rows = rows.filter(|row| row.place() >= from && row.sending.keeps_bytes());
            let served = open.profile.members.iter();
            let served = served.filter(|member| member.is_active()).count();
            (rows.cloned().collect::<Vec<BundleRow>>(), served)
        };
        rows.sort_by_key(BundleRow::place);
        let mut packed = Packed::default();
        let mut size = tar::END;
        let mut given: Vec<BundleRow> = Vec::new();
        for row in rows {
            let row = match self.may_give(generation, row).await {
                Ok(Some(row)) => row,
                Err(failure @ Failure::Locked) => return Err(failure),
                other => {
                    failed = other.err().or(failed);
                    packed.held += 1;
                    continue;
                }
            };
            if row.size > limit {
                packed.too_large += 1;
                continue;
            }
            size += tar::room(row.size);
            if size > limit && !given.is_empty() {
                packed.next = Some(row.place());
                break;
            }
            given.push(row);
        }
        // Where a device is of several missions, only a name says of which a bundle is.
        let is_alone = given.len() == 1 && served <= 1;
        let room = given.iter().map(|row| tar::room(row.size)).sum::<u64>();
        let mut archive = (!is_alone).then(|| Archive::with_capacity(room as usize));
        for row in given {
            let bytes = match self.sealed_bytes(generation, &row).await {
                Ok(bytes) => bytes,
                Err(failure @ Failure::Locked) => return Err(failure),
                Err(failure) => {
                    failed = Some(failure);
                    continue;
                }
            };
            let mission = self.open_still(generation)?.member(row.member)?.mission;
            let name = named::file_name(&row.id, &mission);
            match &mut archive {
                Some(archive) => archive.add(&name, &bytes),
                None => packed.file = Some(File::new(name, "application/octet-stream", bytes)),
            }
        }
        if let Some(archive) = archive.filter(|archive| !archive.is_empty()) {
            let day = self.host().now().day();
            let name = format!("vigie-{day}.tar");
            packed.file = Some(File::new(name, "application/x-tar", archive.finish()));
        }
        self.changed();
        self.tell_exchange();
        match failed {
            Some(failure) if packed == Packed::default() => Err(failure),
            _ => Ok(packed),
        }
    }

    /// A bundle as it may be given away: whoever takes a file or reads codes may be one of the mission's people. One that was
    /// sealed for them too, and that they may not read all of any more, is sealed anew for the offices alone. None where it
    /// can't be: the server has it or is being sent it, or what is in it can't be put together any more.
    async fn may_give(
        &self,
        generation: u64,
        row: BundleRow,
    ) -> Result<Option<BundleRow>, Failure> {
        if row.team.is_none() {
            return Ok(Some(row));
        }
        let number = row.member;
        let (mission, signing, readers, passed) = {
            let open = self.open_still(generation)?;
            let member = open.member(number)?;
            let passed = open.chain(number).passed;
            (
                member.mission,
                member.signing(),
                open.readers(number),
                passed,
            )
        };
        let mut ops = Vec::new();
        for seq in (row.from..=row.to).filter(|seq| !passed.contains(seq)) {
            match self.read_op(generation, &op_key(number, seq)).await? {
                Some(op) => ops.push(op),
                None => return Ok(None),
            }
        }
        let recs: BTreeSet<_> = ops.iter().map(|stored| stored.op.rec).collect();
        let Readers {
            offices,
            members,
            write,
            ..
        } = readers;
        if !members.is_empty() && self.may_share_all(recs).await? {
            return Ok(Some(row));
        }
        let is_here = |row: &BundleRow| {
            matches!(row.entry_state(), EntryState::Going | EntryState::Refused)
                && !matches!(row.sending, Sending::Sending { .. })
        };
        let is_of_mission = ops.iter().all(|stored| stored.op.mission == mission);
        if !is_here(&row) || !is_of_mission || ops.is_empty() || offices.is_empty() {
            return Ok(None);
        }
        let made = self.host().now();
        let app = Some(AppVersion::this());
        let sealed = seal_run(&signing, mission, made, &ops, &offices, app, write);
        let (id, sealed) = sealed.map_err(internal)?;
        let mut brought = self.was_brought(number).await?;
        brought.add(row.id);
        let mut tx = self.vault.transaction_of(generation).await;
        let there = tx.memory()?.bundles.get(&row.number).cloned();
        if !there.is_some_and(|there| there.id == row.id && is_here(&there)) {
            return Ok(None);
        }
        let row = BundleRow {
            id,
            made: made.0,
            size: sealed.len() as u64,
            team: None,
            // What the server said of the other is nothing said of this one.
            sending: Sending::sealed(id),
            ..row
        };
        tx.put_as(&number, &brought);
        tx.put_bytes(Table::Blobs, row.blob(), &sealed);
        tx.put(&row);
        let kept = row.clone();
        tx.then(move |open| open.bundles.insert(kept.number, kept));
        tx.commit().await?;
        Ok(Some(row))
    }
}

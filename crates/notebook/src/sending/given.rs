//! What is given away by another way than the network, as a file or as codes on the screen: to the office, or to somebody who
//! carries it there.

use std::collections::BTreeSet;

use vigie_exchange::{Sending, named};
use vigie_model::{AppVersion, MissionId};
use vigie_seal::{envelope::bundle_id, seal_run};
use vigie_vault::Table;

use super::bundles::Readers;
use crate::{
    Host,
    error::internal,
    memory::{BundleRow, Enrolment, op_key},
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
        let (mut rows, missions) = {
            let open = self.open_still(generation)?;
            let rows = open.bundles.values();
            let rows = rows.filter(|row| row.place() >= from && row.sending.keeps_bytes());
            let members = open.profile.members.iter();
            let joined = members.filter(|member| !matches!(member.enrolment, Enrolment::Alone));
            let missions: BTreeSet<MissionId> = joined.map(|member| member.mission).collect();
            (rows.cloned().collect::<Vec<BundleRow>>(), missions.len())
        };
        rows.sort_by_key(BundleRow::place);
        let whole: u64 = rows.iter().map(|row| tar::room(row.size)).sum();
        let archive = || Archive::with_capacity(whole.min(limit) as usize);
        // Where a device is of several missions, only a name in an archive says of which a bundle is.
        let mut archived = (missions > 1).then(archive);
        let mut alone: Option<(String, Vec<u8>)> = None;
        let mut packed = Packed::default();
        let mut size = tar::END;
        for row in rows {
            let row = match self.may_give(generation, row).await {
                Ok(Some(row)) => row,
                Ok(None) => {
                    packed.held += 1;
                    continue;
                }
                Err(failure @ Failure::Locked) => return Err(failure),
                Err(failure) => {
                    failed = Some(failure);
                    continue;
                }
            };
            let room = tar::room(row.size);
            let least = match archived {
                Some(_) => tar::END + room,
                None => row.size,
            };
            if least > limit {
                packed.too_large += 1;
                continue;
            }
            let is_first = alone.is_none() && archived.as_ref().is_none_or(Archive::is_empty);
            if size + room > limit && !is_first {
                packed.next = Some(row.place());
                break;
            }
            let bytes = match self.sealed_bytes(generation, &row).await {
                Ok(bytes) => bytes,
                Err(failure @ Failure::Locked) => return Err(failure),
                Err(failure) => {
                    failed = Some(failure);
                    continue;
                }
            };
            size += room;
            let mission = self.open_still(generation)?.member(row.member)?.mission;
            let name = named::file_name(&bundle_id(&bytes), &mission);
            match (&mut archived, alone.take()) {
                (Some(archived), _) => archived.add(&name, &bytes),
                (None, None) => alone = Some((name, bytes)),
                (None, Some((first, before))) => {
                    let archived = archived.insert(archive());
                    archived.add(&first, &before);
                    archived.add(&name, &bytes);
                }
            }
        }
        packed.file = match (alone, archived.filter(|archived| !archived.is_empty())) {
            (Some((name, bytes)), _) => Some(File::new(name, "application/octet-stream", bytes)),
            (None, Some(archived)) => {
                let day = self.host().now().day();
                let name = format!("vigie-{day}.tar");
                Some(File::new(name, "application/x-tar", archived.finish()))
            }
            (None, None) => None,
        };
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
        let mut tx = self.vault.transaction_of(generation).await;
        let there = tx.memory()?.bundles.get(&row.number).cloned();
        let Some(there) = there.filter(|there| there.id == row.id && is_here(there)) else {
            return Ok(None);
        };
        let mut brought = self.was_brought(number).await?;
        brought.own.insert(there.id);
        let row = BundleRow {
            id,
            made: made.0,
            size: sealed.len() as u64,
            team: None,
            // What the server said of the other is nothing said of this one.
            sending: Sending::sealed(id),
            ..there
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

//! What goes to the office by another way than the network: a file, or codes on the screen.

use crate::{
    Host,
    memory::BundleRow,
    notebook::Notebook,
    protocol::{Failure, File, Packed},
    tar::{self, Archive},
};

impl<H: Host> Notebook<H> {
    /// Everything not yet received, and all that is carried for others, sealed, as one file to carry: one bundle as it is, several in a tar. What does not
    /// open is left out, and named in [`crate::protocol::StorageView`].
    ///
    /// In memory there is at most the file itself, one bundle more, and what [`Notebook::compose`] takes.
    pub(crate) async fn save_file(&self) -> Result<File, Failure> {
        let packed = self.pack(0, u64::MAX).await?;
        packed.file.ok_or(Failure::NotFound)
    }

    /// As much of it as a file of `limit` bytes holds, oldest first, from the bundle with the number `from` on.
    pub(crate) async fn pack(&self, from: u64, limit: u64) -> Result<Packed, Failure> {
        let generation = self.vault.generation();
        let members = self.open()?.profile.members.len();
        let mut failed = None;
        for member in 0..members {
            // What was sealed before is offered all the same.
            failed = self.compose(member, generation).await.err().or(failed);
            failed = self.withdraw(member, generation).await.err().or(failed);
        }
        let rows: Vec<BundleRow> = self
            .open_still(generation)?
            .bundles
            .values()
            .filter(|row| row.number >= from && row.sending.keeps_bytes())
            .cloned()
            .collect();
        let name = |row: &BundleRow| format!("vigie-{}.age", &row.id.to_string()[..16]);
        let whole: u64 = rows.iter().map(|row| tar::room(row.size)).sum();
        let mut size = tar::END;
        let mut packed = Packed::default();
        let mut only: Option<(String, Vec<u8>)> = None;
        let mut archive: Option<Archive> = None;
        for row in rows {
            if row.size > limit {
                packed.too_large += 1;
                continue;
            }
            let is_first = only.is_none() && archive.is_none();
            size += tar::room(row.size);
            if size > limit && !is_first {
                packed.next = Some(row.number);
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
            match (&mut archive, only.take()) {
                (Some(archive), _) => archive.add(&name(&row), &bytes),
                (None, None) => only = Some((name(&row), bytes)),
                (None, Some((first, before))) => {
                    let several = archive.insert(Archive::with_capacity(whole.min(limit) as usize));
                    several.add(&first, &before);
                    several.add(&name(&row), &bytes);
                }
            }
        }
        self.changed();
        self.tell_exchange();
        packed.file = match (archive, only) {
            (Some(archive), _) => {
                let day = self.host().now().day();
                let bytes = archive.finish();
                let name = format!("vigie-{day}.tar");
                Some(File::new(name, "application/x-tar", bytes))
            }
            (None, Some((name, bytes))) => Some(File::new(name, "application/octet-stream", bytes)),
            (None, None) => None,
        };
        match failed {
            Some(failure) if packed == Packed::default() => Err(failure),
            _ => Ok(packed),
        }
    }
}

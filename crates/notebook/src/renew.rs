//! A new key for everything at rest, after a scare.
//!
//! One commit puts the new key under the new passphrase, and the key before, sealed under the new one, at `meta/renewing`.
//! Then rows are sealed again, a few in each commit, table by table, in the writer's turn; a row opens under either key,
//! and whatever is written meanwhile is under the new one. The last commit destroys the key before. A kill at any moment
//! leaves rows of both kinds, and what it takes to open them and to go on.

use std::{iter::once, rc::Rc};

use vigie_partner::is_partners_row;
use vigie_seal::{
    SecretSeed,
    vault::{VaultKey, WrappedKey},
};
use vigie_vault::{Keys, Store, Table};
use zeroize::Zeroizing;

use crate::{
    Host,
    door::put_clear,
    error::of_store,
    memory::{DOOR, FORMAT, FORMAT_NOW, FORMAT_RENEWING, RENEWING, Renewing, VAULT},
    notebook::{Notebook, Tx},
    protocol::{Event, Failure, Task},
};

/// What is done in one commit: rows, and bytes before the last of them.
const ROWS: usize = 16;
const BYTES_AT_ONCE: usize = 1024 * 1024;
/// What is done between two looks at whatever else is due: commits, and bytes.
const COMMITS: usize = 64;
const BYTES: usize = 8 * 1024 * 1024;

/// What one commit did.
enum Piece {
    /// So many bytes were sealed again, and there are more.
    More(usize),
    Nothing,
}

impl<H: Host> Notebook<H> {
    /// The vault's key, with those before it while rows are sealed again; and the row that should have said so, where
    /// it does not open.
    pub(crate) async fn keys(
        &self,
        now: VaultKey,
    ) -> Result<(Keys, Option<Renewing>, Option<String>), Failure> {
        let kept = self
            .host()
            .store()
            .get(Table::Meta, RENEWING)
            .await
            .map_err(of_store)?;
        let alone = Keys::new(now, Vec::new());
        let Some(kept) = kept else {
            return Ok((alone, None, None));
        };
        match alone.read::<Renewing>(Table::Meta, RENEWING, &kept) {
            Ok(renewing) => {
                let before = renewing.before.iter();
                let before = before
                    .map(|key| VaultKey::from_bytes(key.bytes()))
                    .collect();
                let keys = Keys::new(alone.now().clone(), before);
                Ok((keys, Some(renewing), None))
            }
            Err(_) => Ok((alone, None, Some(Table::Meta.row_name(RENEWING)))),
        }
    }

    /// From this commit on, everything is sealed under `next`, which `wrapped` puts under the new passphrase.
    pub(crate) async fn begin_renewing(
        &self,
        next: VaultKey,
        wrapped: &WrappedKey,
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction().await;
        let mut rows = 0;
        for table in Table::ALL {
            rows += self.host().store().count(table).await.map_err(of_store)?;
        }
        let before = self.vault.keys()?;
        let renewing = {
            let open = tx.memory()?;
            let seed = |key: &VaultKey| SecretSeed::from_bytes(&key.to_bytes());
            let unfinished = open.renewing.iter().flat_map(|now| now.before.clone());
            Renewing {
                before: once(seed(before.now())).chain(unfinished).collect(),
                table: 0,
                row: String::new(),
                rows,
                done: 0,
            }
        };
        let former = once(before.now()).chain(before.former()).cloned();
        tx.seal_under(Rc::new(Keys::new(next, former.collect())));
        put_clear(&mut tx, VAULT, wrapped)?;
        put_clear(&mut tx, FORMAT, &FORMAT_RENEWING)?;
        tx.put_as(&(), &renewing);
        let total = renewing.rows as u64;
        tx.then(|open| open.renewing = Some(renewing));
        tx.commit().await?;
        self.host().emit(Event::Progress {
            task: Task::Renewing,
            done: 0,
            total,
        });
        Ok(())
    }

    /// Seals rows again for a while. For the timer.
    pub(crate) async fn renew_some(&self) -> Result<(), Failure> {
        let mut bytes = 0;
        for _ in 0..COMMITS {
            match self.renew_piece().await? {
                Piece::More(sealed) => bytes += sealed,
                Piece::Nothing => break,
            }
            if bytes > BYTES {
                break;
            }
            self.host().delay(0).await;
        }
        Ok(())
    }

    /// Seals a few rows again, in one commit; false when there is nothing more to do.
    pub async fn renew_more(&self) -> Result<bool, Failure> {
        Ok(matches!(self.renew_piece().await?, Piece::More(_)))
    }

    async fn renew_piece(&self) -> Result<Piece, Failure> {
        let mut tx = self.vault.transaction().await;
        let renewing = self.open().ok().and_then(|open| open.renewing.clone());
        let Some(mut renewing) = renewing else {
            return Ok(Piece::Nothing);
        };
        let Some(table) = Table::ALL.get(renewing.table).copied() else {
            return self.end_renewing(tx, &renewing).await;
        };
        let (mut read, mut sealed) = (0, 0);
        for _ in 0..ROWS {
            // The least key after the last one done.
            let from = match renewing.row.as_str() {
                "" => String::new(),
                row => format!("{row}\0"),
            };
            // One by one: a change and a blob may have a file of many megabytes in them.
            let rows = self
                .host()
                .store()
                .ascending(table, "", &from, 1)
                .await
                .map_err(of_store)?;
            let Some((row, kept)) = rows.into_iter().next() else {
                renewing.table += 1;
                renewing.row.clear();
                break;
            };
            read += kept.len();
            renewing.done += 1;
            if self.under_new_key(&mut tx, table, &row, &kept)? {
                sealed += kept.len();
            }
            renewing.row = row;
            if read > BYTES_AT_ONCE {
                break;
            }
        }
        let done = renewing.done as u64;
        let total = (renewing.rows as u64).max(done + 1);
        *tx.edit(&*tx.memory()?)? = renewing;
        tx.commit().await?;
        self.host().emit(Event::Progress {
            task: Task::Renewing,
            done,
            total,
        });
        Ok(Piece::More(sealed))
    }

    /// Seals the row again, if it has to be. One that opens under no key stays as it is, and is named.
    fn under_new_key(
        &self,
        tx: &mut Tx<'_, H>,
        table: Table,
        row: &str,
        kept: &[u8],
    ) -> Result<bool, Failure> {
        let keys = self.vault.keys()?;
        if is_clear(table, row) || keys.is_now(table, row, kept) {
            return Ok(false);
        }
        let Ok(plain) = keys.read_bytes(table, row, kept).map(Zeroizing::new) else {
            self.open()?.damaged.insert(table.row_name(row));
            return Ok(false);
        };
        tx.put_bytes(table, row, &plain);
        Ok(true)
    }

    /// Destroys the key before: no row is under it any more.
    async fn end_renewing(&self, mut tx: Tx<'_, H>, renewing: &Renewing) -> Result<Piece, Failure> {
        tx.delete::<Renewing>(&());
        put_clear(&mut tx, FORMAT, &FORMAT_NOW)?;
        // Memory keeps the key until the vault is closed: somebody may hold a row that was read before it was sealed again.
        tx.then(|open| open.renewing = None);
        tx.commit().await?;
        let total = renewing.done as u64;
        self.host().emit(Event::Progress {
            task: Task::Renewing,
            done: total,
            total,
        });
        Ok(Piece::Nothing)
    }
}

/// Rows that are no part of the vault.
fn is_clear(table: Table, row: &str) -> bool {
    match table {
        Table::Meta => [VAULT, DOOR, FORMAT].contains(&row) || is_partners_row(row),
        Table::Blobs => is_partners_row(row),
        _ => false,
    }
}

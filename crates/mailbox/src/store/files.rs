//! Which sealed files each office keeps: what it is counted by, and what is to be taken away.
//!
//! A file is durable before its row is, and it goes long after its row says so: whoever copies a mailbox reads rows first
//! and files after them, and a letter that is let go meanwhile is still there for [`GRACE_MS`]. What two offices keep alike
//! is one file, which goes with the last row of it.

use object_store::path::Path;

use super::{
    OfficeId, Store,
    database::Value,
    room::{KeptFile, keep, keep_one, let_go, room},
};
use crate::{
    clock::now,
    error::ApiError,
    objects::{Objects, bundle_path},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// For how long a file is still there once nobody is given it any more.
const GRACE_MS: i64 = DAY_MS;
/// Letters let go of in one transaction.
const LETTERS_AT_ONCE: u32 = 200;
/// Files taken away in one transaction: others wait for it.
const AWAY_AT_ONCE: u32 = 20;

impl Store {
    /// Refuses more bytes than an office has room for.
    pub async fn has_room(&self, office: OfficeId, bytes: usize) -> Result<(), ApiError> {
        room(&mut self.database.read().await?, office, bytes as u64).await
    }

    /// Notes a file that is durable, and that no other row speaks of.
    pub async fn keep_file(
        &self,
        office: OfficeId,
        path: Path,
        bytes: usize,
    ) -> Result<(), ApiError> {
        let bytes = bytes as u64;
        let mut work = self.database.write().await?;
        let file = KeptFile {
            office,
            path,
            bytes,
        };
        keep_one(&mut work, file).await?;
        work.commit().await
    }

    /// Whether the files of an office of before are still to be counted.
    pub async fn is_uncounted(&self) -> Result<bool, ApiError> {
        let office: Option<(i64,)> = self
            .database
            .first("SELECT id FROM offices WHERE bytes IS NULL", &[])
            .await?;
        Ok(office.is_some())
    }

    /// Counts the files of the office of before: all that are there.
    pub async fn count_files(&self, there: Vec<(Path, u64)>) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        let office: Option<(i64,)> = work
            .first("SELECT id FROM offices WHERE bytes IS NULL", &[])
            .await?;
        let Some((id,)) = office else { return Ok(()) };
        let office = OfficeId(id);
        work.run(
            "UPDATE offices SET bytes = 0 WHERE id = $1",
            &[office.into()],
        )
        .await?;
        let files = there.into_iter().map(|(path, bytes)| KeptFile {
            office,
            path,
            bytes,
        });
        keep(&mut work, files.collect()).await?;
        work.commit().await
    }

    /// Lets go of some of the letters whose office has had them for as long as they are to stay; says whether there may be
    /// others.
    pub async fn let_go_of_letters(&self) -> Result<bool, ApiError> {
        // Nobody waits while they are looked for.
        let over: Vec<(i64, String)> = self
            .database
            .all(
                "SELECT bundles.office, bundles.id
                 FROM bundles JOIN offices ON offices.id = bundles.office
                 WHERE bundles.gone IS NULL AND offices.keep_days IS NOT NULL AND (
                    SELECT MAX(receipts.stored) FROM receipts
                    WHERE receipts.office = bundles.office AND receipts.bundle = bundles.id
                 ) <= $1 - offices.keep_days * $2 LIMIT $3",
                &[now().0.into(), DAY_MS.into(), LETTERS_AT_ONCE.into()],
            )
            .await?;
        // Of the office's letters to a mission's people, nobody gives a receipt.
        let given: Vec<(i64, String)> = self
            .database
            .all(
                "SELECT team.office, team.id FROM team JOIN offices ON offices.id = team.office
                 WHERE team.device IS NULL AND team.gone IS NULL
                   AND team.stored <= $1 - offices.keep_days * $2 LIMIT $3",
                &[now().0.into(), DAY_MS.into(), LETTERS_AT_ONCE.into()],
            )
            .await?;
        if over.is_empty() && given.is_empty() {
            return Ok(false);
        }
        let mut work = self.database.write().await?;
        for (office, id) in &given {
            work.run(
                "UPDATE team SET gone = $1 WHERE office = $2 AND id = $3",
                &[now().0.into(), (*office).into(), id.clone().into()],
            )
            .await?;
            let_go(&mut work, OfficeId(*office), &bundle_path(id)).await?;
        }
        for (office, id) in &over {
            work.run(
                "UPDATE bundles SET gone = $1 WHERE office = $2 AND id = $3",
                &[now().0.into(), (*office).into(), id.clone().into()],
            )
            .await?;
            let_go(&mut work, OfficeId(*office), &bundle_path(id)).await?;
        }
        work.commit().await?;
        Ok(over.len().max(given.len()) == LETTERS_AT_ONCE as usize)
    }

    /// Takes some of the files away that nobody is given any more; says whether there may be others.
    pub async fn take_away(&self, objects: &Objects) -> Result<bool, ApiError> {
        let over = Value::from(now().0 - GRACE_MS);
        let any = "SELECT path FROM files WHERE going <= $1 LIMIT 1";
        let any: Option<(String,)> = self.database.first(any, &[over]).await?;
        if any.is_none() {
            return Ok(false);
        }
        let mut work = self.database.write().await?;
        let going: Vec<(i64, String, i64, bool)> = work
            .all(
                "SELECT office, path, bytes,
                        EXISTS (SELECT 1 FROM files AS others
                                WHERE others.path = files.path AND others.office <> files.office)
                 FROM files WHERE going <= $1 ORDER BY going LIMIT $2",
                &[(now().0 - GRACE_MS).into(), AWAY_AT_ONCE.into()],
            )
            .await?;
        for (office, path, bytes, is_shared) in &going {
            // Within the transaction: nobody notes a file meanwhile that is being taken away. Cut here, it is done again.
            if !is_shared {
                objects.take_away(&Path::from(path.as_str())).await?;
            }
            let values = [Value::from(*office), path.clone().into()];
            work.run("DELETE FROM files WHERE office = $1 AND path = $2", &values)
                .await?;
            work.run(
                "UPDATE offices SET bytes = bytes - $1 WHERE id = $2",
                &[(*bytes).into(), (*office).into()],
            )
            .await?;
        }
        work.commit().await?;
        Ok(going.len() == AWAY_AT_ONCE as usize)
    }
}

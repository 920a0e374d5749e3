//! All that the rows say at one moment, for whoever compares them with one another and with the sealed files.

use std::{collections::HashMap, path::Path};

use vigie_exchange::api::{KeyHex, Receipt};

use super::{
    OfficeId,
    copying::UpToDate,
    database::{Database, Work},
    failure::OpenError,
    postgres, receipts,
};
use crate::{error::ApiError, reading::count};

/// What the rows say. Ids are as they stand there: what can't be read back is wrong, and is to be named.
pub struct Moment {
    /// The key of each office; `None` for one that can't be read back.
    pub offices: HashMap<OfficeId, Option<KeyHex>>,
    /// Id and length of each that is not gone.
    pub letters: Vec<(String, u64)>,
    /// Mission and hash of the card that stands.
    pub cards: Vec<(String, String)>,
    pub docs: Vec<String>,
    /// Path and length of every file that an office is counted by and that is not going.
    pub files: Vec<(String, u64)>,
    /// Letters that nobody is given any more.
    pub gone: Vec<String>,
    /// With its office and its number; `None` for one that can't be read back.
    pub receipts: Vec<(OfficeId, i64, Option<Receipt>)>,
    /// Numbers of the feed that are not those of one letter, one enrolment or one member, as they say.
    pub idle_numbers: Vec<i64>,
    /// Letters, and devices that enrolled or said what is sealed for them, whose numbers are not in the feed.
    pub unnumbered: Vec<String>,
    /// What the database finds wrong with itself.
    pub broken: Vec<String>,
}

impl Moment {
    /// Of a folder's file, which may be served meanwhile.
    pub async fn in_file(file: &Path) -> Result<Moment, OpenError> {
        let rows = UpToDate::read(file).await?;
        Moment::of(&rows.database).await
    }

    /// Of the database at this address, which may be served meanwhile.
    pub async fn at(address: &str) -> Result<Moment, OpenError> {
        let database = Database::Postgres(postgres::read(address, postgres::CHECK).await?, None);
        Moment::of(&database).await
    }

    async fn of(database: &Database) -> Result<Moment, OpenError> {
        let read = read(&mut database.read().await?).await;
        database.close().await;
        Ok(read?)
    }
}

async fn read(work: &mut Work) -> Result<Moment, ApiError> {
    let offices: Vec<(i64, String)> = work.all("SELECT id, key FROM offices", &[]).await?;
    let letters: Vec<(String, i64)> = work
        .all(
            "SELECT id, size FROM bundles WHERE gone IS NULL
             UNION SELECT id, size FROM team WHERE device IS NULL AND gone IS NULL ORDER BY id",
            &[],
        )
        .await?;
    let docs: Vec<(String,)> = work
        .all("SELECT DISTINCT id FROM docs ORDER BY id", &[])
        .await?;
    let files: Vec<(String, i64)> = work
        .all(
            "SELECT DISTINCT path, bytes FROM files WHERE going IS NULL ORDER BY path",
            &[],
        )
        .await?;
    let gone: Vec<(String,)> = work
        .all(
            "SELECT id FROM bundles GROUP BY id HAVING COUNT(*) = COUNT(gone)
             UNION SELECT id FROM team WHERE device IS NULL AND gone IS NOT NULL ORDER BY id",
            &[],
        )
        .await?;
    let idle: Vec<(i64,)> = work
        .all(
            "SELECT feed.n FROM feed
                LEFT JOIN bundles ON bundles.office = feed.office AND bundles.n = feed.n
                LEFT JOIN enrolments ON enrolments.office = feed.office AND enrolments.n = feed.n
                LEFT JOIN members ON members.office = feed.office AND members.n = feed.n
             WHERE (feed.what = 'bundle') <> (bundles.n IS NOT NULL)
                OR (feed.what = 'enrolled') <> (enrolments.n IS NOT NULL)
                OR (feed.what = 'member') <> (members.n IS NOT NULL) ORDER BY feed.office, feed.n",
            &[],
        )
        .await?;
    let unnumbered: Vec<(String,)> = work
        .all(
            "SELECT bundles.id FROM bundles
                LEFT JOIN feed ON feed.office = bundles.office AND feed.n = bundles.n WHERE feed.n IS NULL
             UNION SELECT enrolments.device FROM enrolments
                LEFT JOIN feed ON feed.office = enrolments.office AND feed.n = enrolments.n WHERE feed.n IS NULL
             UNION SELECT members.device FROM members
                LEFT JOIN feed ON feed.office = members.office AND feed.n = members.n WHERE feed.n IS NULL",
            &[],
        )
        .await?;
    let key = |(id, key): (i64, String)| (OfficeId(id), key.parse().ok());
    Ok(Moment {
        offices: offices.into_iter().map(key).collect(),
        letters: sized(letters)?,
        cards: work
            .all(
                "SELECT DISTINCT mission, sha256 FROM cards ORDER BY mission",
                &[],
            )
            .await?,
        docs: docs.into_iter().map(|(id,)| id).collect(),
        files: sized(files)?,
        gone: gone.into_iter().map(|(id,)| id).collect(),
        receipts: receipts::all(work).await?,
        idle_numbers: idle.into_iter().map(|(n,)| n).collect(),
        unnumbered: unnumbered.into_iter().map(|(id,)| id).collect(),
        broken: work.broken().await?,
    })
}

fn sized(rows: Vec<(String, i64)>) -> Result<Vec<(String, u64)>, ApiError> {
    rows.into_iter()
        .map(|(name, size)| Ok((name, count(size, "a size")?)))
        .collect()
}

//! All that the rows say at one moment, for whoever compares them with one another and with the sealed files.

use std::path::Path;

use vigie_exchange::api::{KeyHex, Receipt};

use super::{
    database::{Database, Work},
    failure::OpenError,
    postgres, receipts, sqlite,
};
use crate::{error::ApiError, reading::count};

/// What the rows say. Ids are as they stand there: what can't be read back is wrong, and is to be named.
pub struct Moment {
    /// `None` when none is set up, or its key can't be read back.
    pub office: Option<KeyHex>,
    /// Id and length.
    pub letters: Vec<(String, u64)>,
    /// Mission and hash of the card that stands.
    pub cards: Vec<(String, String)>,
    pub docs: Vec<String>,
    /// With its number; `None` for one that can't be read back.
    pub receipts: Vec<(i64, Option<Receipt>)>,
    /// Numbers of the feed that are not those of one letter or one enrolment, as they say.
    pub idle_numbers: Vec<i64>,
    /// Letters, and devices that enrolled, whose numbers are not in the feed.
    pub unnumbered: Vec<String>,
    /// What the database finds wrong with itself.
    pub broken: Vec<String>,
}

impl Moment {
    /// Of a folder's file, which may be served meanwhile.
    pub async fn in_file(file: &Path) -> Result<Moment, OpenError> {
        let database = Database::Sqlite(sqlite::read(file).await?);
        Moment::of(&database).await
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
    let office: Option<(String,)> = work.first("SELECT key FROM office", &[]).await?;
    let letters: Vec<(String, i64)> = work
        .all("SELECT id, size FROM bundles ORDER BY n", &[])
        .await?;
    let docs: Vec<(String,)> = work.all("SELECT id FROM docs ORDER BY n", &[]).await?;
    let idle: Vec<(i64,)> = work
        .all(
            "SELECT feed.n FROM feed LEFT JOIN bundles ON bundles.n = feed.n LEFT JOIN enrolments ON enrolments.n = feed.n
             WHERE (feed.what = 'bundle') <> (bundles.n IS NOT NULL)
                OR (feed.what = 'enrolled') <> (enrolments.n IS NOT NULL) ORDER BY feed.n",
            &[],
        )
        .await?;
    let unnumbered: Vec<(String,)> = work
        .all(
            "SELECT bundles.id FROM bundles LEFT JOIN feed ON feed.n = bundles.n WHERE feed.n IS NULL
             UNION SELECT enrolments.device FROM enrolments LEFT JOIN feed ON feed.n = enrolments.n WHERE feed.n IS NULL",
            &[],
        )
        .await?;
    let size = |(id, size)| Ok((id, count(size, "a size")?));
    Ok(Moment {
        office: office.and_then(|(key,)| key.parse().ok()),
        letters: letters
            .into_iter()
            .map(size)
            .collect::<Result<_, ApiError>>()?,
        cards: work
            .all("SELECT mission, sha256 FROM cards ORDER BY mission", &[])
            .await?,
        docs: docs.into_iter().map(|(id,)| id).collect(),
        receipts: receipts::all(work).await?,
        idle_numbers: idle.into_iter().map(|(n,)| n).collect(),
        unnumbered: unnumbered.into_iter().map(|(id,)| id).collect(),
        broken: work.broken().await?,
    })
}

//! Whose mailbox this is: any number of offices, none of which sees anything of another.

use sqlx::AssertSqlSafe;
use vigie_exchange::api::{Hex, KeyHex, OfficeState, SetUpOffice};
use vigie_model::Timestamp;

use super::{
    OfficeId, Put, Store,
    database::{Value, Work},
    room,
};
use crate::{
    clock::now,
    error::ApiError,
    reading::{count, read_back},
};

/// How much the host lets an office keep, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Bytes of its sealed files; `None`: as many as there is room for.
    pub quota: Option<u64>,
    /// Days that a letter stays once the office has said that it has it; `None`: for ever.
    pub keep_days: Option<u32>,
}

/// What a host knows of an office: enough to count, nothing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosted {
    pub key: KeyHex,
    pub name: String,
    pub since: Timestamp,
    pub terms: Terms,
    pub bytes: u64,
    /// Letters that came, those that are gone with them.
    pub letters: u64,
    pub devices: u64,
    /// When the last letter came.
    pub last: Option<Timestamp>,
}

/// Id, key, name, since when, quota, days, bytes of files.
type Row = (i64, String, String, i64, Option<i64>, Option<i64>, i64);

const OFFICE: &str =
    "SELECT id, key, name, since, quota, keep_days, COALESCE(bytes, 0) FROM offices";

impl Store {
    /// The office that has this key.
    pub async fn office(&self, key: &KeyHex) -> Result<Option<OfficeId>, ApiError> {
        let row: Option<(i64,)> = self
            .database
            .first(
                "SELECT id FROM offices WHERE key = $1",
                &[key.to_string().into()],
            )
            .await?;
        Ok(row.map(|(id,)| OfficeId(id)))
    }

    /// How an office stands with its host.
    pub async fn office_state(&self, office: OfficeId) -> Result<OfficeState, ApiError> {
        let mut work = self.database.read().await?;
        let row: Option<Row> = work
            .first(select("WHERE id = $1"), &[office.into()])
            .await?;
        let hosted = hosted(&mut work, row.ok_or(ApiError::NotOffice)?).await?;
        Ok(OfficeState {
            name: hosted.name,
            bytes: hosted.bytes,
            quota: hosted.terms.quota,
            keep_days: hosted.terms.keep_days,
        })
    }

    /// Every office, the first first.
    pub async fn offices(&self) -> Result<Vec<Hosted>, ApiError> {
        let mut work = self.database.read().await?;
        let rows: Vec<Row> = work.all(select("ORDER BY id"), &[]).await?;
        let mut all = Vec::new();
        for row in rows {
            all.push(hosted(&mut work, row).await?);
        }
        Ok(all)
    }

    /// Sets an office up by a token that is good; again with the same token and key, says how it is called.
    pub async fn set_up(
        &self,
        asked: &SetUpOffice,
        token_hash: &Hex<32>,
    ) -> Result<(Put, String), ApiError> {
        let (key, token_hash) = (asked.key.to_string(), token_hash.to_string());
        let mut work = self.database.write().await?;
        let office: Option<(String, String)> = work
            .first(
                "SELECT token_hash, name FROM offices WHERE key = $1",
                &[key.clone().into()],
            )
            .await?;
        match office {
            Some((old_token, name)) if old_token == token_hash => return Ok((Put::Again, name)),
            Some(_) => return Err(ApiError::SetupUsed),
            None => {}
        }
        let terms: Option<(Option<i64>, Option<i64>)> = work
            .first(
                "SELECT quota, keep_days FROM setups
                 WHERE token_hash = $1 AND (expires IS NULL OR expires >= $2)",
                &[token_hash.clone().into(), now().0.into()],
            )
            .await?;
        let (quota, keep_days) = terms.ok_or(ApiError::SetupUsed)?;
        // The number of an office that was removed is not given to another while a file of its is still here.
        work.run(
            "INSERT INTO offices (id, key, name, token_hash, since, quota, keep_days, bytes, fed, papers)
             SELECT 1 + MAX(id), $1, $2, $3, $4, $5, $6, 0, 0, 0
             FROM (SELECT COALESCE(MAX(id), 0) AS id FROM offices
                   UNION SELECT COALESCE(MAX(office), 0) FROM files) AS taken",
            &[
                key.into(),
                asked.name.clone().into(),
                token_hash.clone().into(),
                now().0.into(),
                quota.into(),
                keep_days.into(),
            ],
        )
        .await?;
        work.run(
            "DELETE FROM setups WHERE token_hash = $1",
            &[token_hash.into()],
        )
        .await?;
        work.commit().await?;
        Ok((Put::New, asked.name.clone()))
    }

    /// Notes the token of a set-up link that the server prints, and forgets the one that it printed before; false once an
    /// office is set up.
    pub async fn print_set_up(&self, token_hash: &Hex<32>) -> Result<bool, ApiError> {
        let mut work = self.database.write().await?;
        let office: Option<(i64,)> = work.first("SELECT id FROM offices", &[]).await?;
        if office.is_some() {
            return Ok(false);
        }
        work.run("DELETE FROM setups WHERE printed", &[]).await?;
        expect(&mut work, token_hash, true, None, Terms::default()).await?;
        work.commit().await?;
        Ok(true)
    }

    /// Notes the token of a set-up link that the host gives to somebody, until then.
    pub async fn invite_office(
        &self,
        token_hash: &Hex<32>,
        expires: Timestamp,
        terms: Terms,
    ) -> Result<(), ApiError> {
        let mut work = self.database.write().await?;
        expect(&mut work, token_hash, false, Some(expires), terms).await?;
        work.commit().await
    }

    /// Lets an office keep so much, and for so long, from now on; false when there is none with this key.
    pub async fn change_terms(&self, key: &KeyHex, terms: Terms) -> Result<bool, ApiError> {
        let mut work = self.database.write().await?;
        let changed = work
            .run(
                "UPDATE offices SET quota = $1, keep_days = $2 WHERE key = $3",
                &[
                    terms.quota.into(),
                    terms.keep_days.map(u64::from).into(),
                    key.to_string().into(),
                ],
            )
            .await?;
        work.commit().await?;
        Ok(changed > 0)
    }

    /// Forgets an office and every row of it, and lets its files go; false when there is none with this key.
    pub async fn remove_office(&self, key: &KeyHex) -> Result<bool, ApiError> {
        let mut work = self.database.write().await?;
        let row: Option<(i64,)> = work
            .first(
                "SELECT id FROM offices WHERE key = $1",
                &[key.to_string().into()],
            )
            .await?;
        let Some((id,)) = row else { return Ok(false) };
        let office = OfficeId(id);
        for statement in OF_AN_OFFICE {
            work.run(*statement, &[office.into()]).await?;
        }
        room::let_go_of(&mut work, office).await?;
        work.commit().await?;
        Ok(true)
    }
}

/// What takes away all rows of an office but those of its room, those first that speak of others.
const OF_AN_OFFICE: &[&str] = &[
    "DELETE FROM drafts WHERE invite IN (SELECT id FROM invites WHERE office = $1)",
    "DELETE FROM enrolments WHERE office = $1",
    "DELETE FROM bundles WHERE office = $1",
    "DELETE FROM feed WHERE office = $1",
    "DELETE FROM invites WHERE office = $1",
    "DELETE FROM shares WHERE lead = $1 OR office = $1",
    "DELETE FROM cards WHERE office = $1",
    "DELETE FROM receipts WHERE office = $1",
    "DELETE FROM docs WHERE office = $1",
    "DELETE FROM removed WHERE office = $1",
    "DELETE FROM offices WHERE id = $1",
];

async fn expect(
    work: &mut Work,
    token_hash: &Hex<32>,
    printed: bool,
    expires: Option<Timestamp>,
    terms: Terms,
) -> Result<(), ApiError> {
    work.run(
        "INSERT INTO setups (token_hash, made, printed, expires, quota, keep_days)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            token_hash.to_string().into(),
            now().0.into(),
            printed.into(),
            expires.map(|expires| expires.0).into(),
            terms.quota.into(),
            terms.keep_days.map(u64::from).into(),
        ],
    )
    .await
    .map(drop)
}

/// Forgets the set-up links whose time is over.
pub async fn forget_setups(work: &mut Work) -> Result<(), ApiError> {
    work.run("DELETE FROM setups WHERE expires < $1", &[now().0.into()])
        .await
        .map(drop)
}

fn select(rest: &'static str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("{OFFICE} {rest}"))
}

async fn hosted(
    work: &mut Work,
    (id, key, name, since, quota, keep_days, bytes): Row,
) -> Result<Hosted, ApiError> {
    let office = [Value::from(id)];
    let letters: Option<(i64, Option<i64>)> = work
        .first(
            "SELECT COUNT(*), MAX(stored) FROM bundles WHERE office = $1",
            &office,
        )
        .await?;
    let (letters, last) = letters.unwrap_or_default();
    let devices: Option<(i64,)> = work
        .first(
            "SELECT COUNT(DISTINCT device) FROM enrolments WHERE office = $1",
            &office,
        )
        .await?;
    Ok(Hosted {
        key: read_back(&key, "a key")?,
        name,
        since: Timestamp(since),
        terms: Terms {
            quota: quota.map(|bytes| count(bytes, "a quota")).transpose()?,
            keep_days: keep_days
                .map(|days| count(days, "a number of days"))
                .transpose()?,
        },
        bytes: count::<u64>(bytes, "how many bytes")? + room::in_rows(work, OfficeId(id)).await?,
        letters: count(letters, "how many letters")?,
        devices: count(devices.unwrap_or_default().0, "how many devices")?,
        last: last.map(Timestamp),
    })
}

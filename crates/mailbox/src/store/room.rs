//! How much room an office has, and the files that it is counted by.

use std::collections::BTreeMap;

use object_store::path::Path;
use sqlx::AssertSqlSafe;

use super::{
    OfficeId,
    database::{Value, Work, places},
};
use crate::{clock::now, error::ApiError, reading::count};

/// Rows written in one step.
const AT_ONCE: usize = 200;

/// A file of an office, and its size.
pub struct KeptFile {
    pub office: OfficeId,
    pub path: Path,
    pub bytes: u64,
}

/// Refuses more bytes than an office has room for.
pub async fn room(work: &mut Work, office: OfficeId, more: u64) -> Result<(), ApiError> {
    let bound: Option<(Option<i64>, i64)> = work
        .first(
            "SELECT quota, COALESCE(bytes, 0) FROM offices WHERE id = $1",
            &[office.into()],
        )
        .await?;
    let (quota, bytes) = bound.ok_or(ApiError::NotOffice)?;
    let Some(quota) = quota else { return Ok(()) };
    let quota: u64 = count(quota, "a quota")?;
    let bytes: u64 = count(bytes, "how many bytes")?;
    if bytes + in_rows(work, office).await? + more > quota {
        return Err(ApiError::OverQuota);
    }
    Ok(())
}

/// Bytes of an office that are in rows: boxes of invites and links, and drafts of answers by them.
pub async fn in_rows(work: &mut Work, office: OfficeId) -> Result<u64, ApiError> {
    let bytes: Option<(i64,)> = work
        .first(
            "SELECT CAST(
                (SELECT COALESCE(SUM(length(box)), 0) FROM invites WHERE office = $1)
                + (SELECT COALESCE(SUM(length(drafts.box)), 0)
                   FROM drafts JOIN invites ON invites.id = drafts.invite WHERE invites.office = $1)
             AS BIGINT)",
            &[office.into()],
        )
        .await?;
    count(bytes.unwrap_or_default().0, "how many bytes")
}

/// Notes a file that is durable, when its office has room for it.
pub async fn keep_one(work: &mut Work, file: KeptFile) -> Result<(), ApiError> {
    room(work, file.office, file.bytes).await?;
    keep(work, vec![file]).await
}

/// Notes files that are durable; one that was noted before is counted once, and stays.
pub async fn keep(work: &mut Work, files: Vec<KeptFile>) -> Result<(), ApiError> {
    for some in files.chunks(AT_ONCE) {
        let values: Vec<Value<'_>> = some
            .iter()
            .flat_map(|file| {
                [
                    file.office.into(),
                    file.path.to_string().into(),
                    file.bytes.into(),
                ]
            })
            .collect();
        let sql = format!(
            "INSERT INTO files (office, path, bytes) VALUES {} ON CONFLICT DO NOTHING RETURNING office, bytes",
            places(some.len(), 3)
        );
        let new: Vec<(i64, i64)> = work.all(AssertSqlSafe(sql), &values).await?;
        for (office, bytes) in sums(new) {
            work.run(
                "UPDATE offices SET bytes = bytes + $1 WHERE id = $2",
                &[bytes.into(), office.into()],
            )
            .await?;
        }
    }
    Ok(())
}

fn sums(new: Vec<(i64, i64)>) -> BTreeMap<i64, i64> {
    let mut sums = BTreeMap::new();
    for (office, bytes) in new {
        *sums.entry(office).or_default() += bytes;
    }
    sums
}

/// Lets go of a file of an office.
pub async fn let_go(work: &mut Work, office: OfficeId, path: &Path) -> Result<(), ApiError> {
    work.run(
        "UPDATE files SET going = $1 WHERE office = $2 AND path = $3",
        &[now().0.into(), office.into(), path.to_string().into()],
    )
    .await
    .map(drop)
}

/// Lets go of all files of an office.
pub async fn let_go_of(work: &mut Work, office: OfficeId) -> Result<(), ApiError> {
    work.run(
        "UPDATE files SET going = $1 WHERE office = $2 AND going IS NULL",
        &[now().0.into(), office.into()],
    )
    .await
    .map(drop)
}

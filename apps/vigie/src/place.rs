//! Where a server keeps everything, and where its backups stand, as the command line says it.

use std::path::PathBuf;

use vigie_mailbox::{
    backup::Shelf,
    bucket,
    mailbox::{Address, Place},
};

use crate::{arguments::PlaceArgs, failure::Failure};

/// Before the name of each setting of a backup's bucket, where that is not the mailbox's.
const OF_BACKUPS: &str = "VIGIE_BACKUP_";

/// Opens the bucket, when there is one; nothing is asked of it yet.
pub fn place(args: PlaceArgs) -> Result<Place, Failure> {
    match (args.data, args.database, args.bucket) {
        (None, Some(database), Some(bucket)) => Ok(Place::Servers {
            database: Address(database),
            bucket: bucket::open(&bucket, std::env::vars())?,
        }),
        (Some(data), None, None) => Ok(Place::Folder(data)),
        _ => Err(Failure::NoPlace),
    }
}

/// Opens a backup's bucket, when it is one: another than that of the mailbox, and not within it.
pub fn shelf(path: PathBuf, mailbox: Option<&str>) -> Result<Shelf, Failure> {
    let Some(address) = path.to_str().filter(|path| path.starts_with("s3://")) else {
        return Ok(Shelf::Folder(path));
    };
    let settings = std::env::vars();
    let own: Vec<_> = settings
        .filter_map(|(name, value)| Some((name.strip_prefix(OF_BACKUPS)?.to_owned(), value)))
        .collect();
    let is_elsewhere = !own.is_empty();
    if !is_elsewhere && mailbox.is_some_and(|mailbox| are_one(mailbox, address)) {
        return Err(Failure::Within(address.to_owned()));
    }
    let store = match is_elsewhere {
        true => bucket::open(address, own)?,
        false => bucket::open(address, std::env::vars())?,
    };
    Ok(Shelf::Bucket {
        address: address.to_owned(),
        store,
    })
}

/// Whether one of two places in buckets is the other, or holds it.
fn are_one(one: &str, other: &str) -> bool {
    let folder = |address: &str| format!("{}/", address.trim_end_matches('/'));
    let (one, other) = (folder(one), folder(other));
    one.starts_with(&other) || other.starts_with(&one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_bucket_is_within_another_by_whole_names() {
        for (one, other) in [
            ("s3://vigie/box", "s3://vigie/box/"),
            ("s3://vigie/box", "s3://vigie"),
            ("s3://vigie", "s3://vigie/backup"),
        ] {
            assert!(are_one(one, other) && are_one(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("s3://vigie/box", "s3://vigie/boxes"),
            ("s3://vigie/box", "s3://vigie/backup"),
            ("s3://vigie", "s3://vigie-backup"),
        ] {
            assert!(
                !are_one(one, other) && !are_one(other, one),
                "{one} {other}"
            );
        }
    }
}

//! Where a server keeps everything, as the command line says it.

use vigie_mailbox::{
    bucket,
    mailbox::{Address, Place},
};

use crate::{arguments::PlaceArgs, failure::Failure};

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

//! `vigie move`: from a folder to a database and a bucket.

use vigie_mailbox::{
    bucket,
    mailbox::Address,
    moving::{Carried, carry},
};

use crate::{arguments::MoveArgs, failure::Failure, serve::runtime};

/// `vigie move`
pub fn carry_all(args: MoveArgs) -> Result<(), Failure> {
    let bucket = bucket::open(&args.bucket, std::env::vars())?;
    let database = Address(args.database);
    let Carried {
        letters,
        files,
        damaged,
        served,
    } = runtime()?.block_on(carry(&args.data, &database, &*bucket, None))?;
    say!("{letters} letters are there; {files} sealed files were carried now");
    if damaged > 0 {
        say!("{damaged} sealed files are damaged, and were left behind");
    }
    if served {
        say!(
            "the folder is still being served: stop its server, and run this again; nothing is served from there before"
        );
    } else {
        say!("moved: serve it with --database and --bucket; the folder is served no more");
    }
    Ok(())
}

//! `vigie restore`: a backup put back into an empty place.

use vigie_mailbox::{
    mailbox::Under,
    restoring::{Restored, restore},
};

use crate::{
    arguments::RestoreArgs,
    chance::chance,
    check::tell,
    failure::Failure,
    place::{place, shelf},
    serve::runtime,
};

/// `vigie restore`
pub fn put_back(args: RestoreArgs) -> Result<(), Failure> {
    let from = shelf(args.from, args.place.bucket.as_deref())?;
    let place = place(args.place)?;
    let mut random = [0; 16];
    chance(&mut random);
    let restoring = restore(&from, &place, random, Under::default());
    let Restored {
        files,
        epoch,
        checked,
    } = runtime()?.block_on(restoring)?;
    say!("{files} sealed files were put back; the mailbox holds:");
    let told = tell(&checked);
    say!("the epoch is now {epoch}");
    say!(
        "phones and desks read everything again at their next exchange; what the backup lacks, they send again"
    );
    told
}

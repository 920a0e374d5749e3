//! `vigie renew-epoch`: the step after a backup of a server's database was put back.

use vigie_mailbox::{epoch, mailbox::Place, serve::StartError};

use crate::{arguments::RenewEpochArgs, chance::chance, failure::Failure, place::place};

/// `vigie renew-epoch`
pub fn renew(args: RenewEpochArgs) -> Result<(), Failure> {
    let place = place(args.place)?;
    if let Place::Folder(folder) = &place {
        // A folder that is mistyped would be made, and would say that all is well.
        let path = folder.join("vigie.sqlite");
        if let Err(source) = std::fs::metadata(&path) {
            return Err(Failure::File { path, source });
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Served)?;
    let mut random = [0; 16];
    chance(&mut random);
    let epoch = runtime
        .block_on(epoch::renew(&place, random))
        .map_err(StartError::Open)?;
    say!("the epoch is now {epoch}");
    say!(
        "phones and desks read everything again at their next exchange; what the backup lacks, they send again"
    );
    Ok(())
}

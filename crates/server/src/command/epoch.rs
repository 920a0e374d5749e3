//! `vigie renew-epoch`: the step after a backup of a server's data folder was put back.

use super::{Failure, RenewEpochArgs, chance};
use crate::{
    gate::Gate,
    limits::Limits,
    mailbox::{Mailbox, OpenError, Under},
};

/// `vigie renew-epoch`
pub fn renew(args: &RenewEpochArgs) -> Result<(), Failure> {
    // A folder that is mistyped would be made, and would say that all is well.
    if let Err(source) = std::fs::metadata(args.data.join("vigie.sqlite")) {
        let path = args.data.join("vigie.sqlite");
        return Err(Failure::File { path, source });
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Served)?;
    let mut random = [0; 16];
    chance(&mut random);
    let epoch = runtime.block_on(async {
        let mailbox = Mailbox::open(
            &args.data,
            Under::default(),
            Gate::new(Limits::default(), 0, false),
        )
        .await?;
        let epoch = mailbox.renew_epoch(random).await.map_err(OpenError::Tidy);
        mailbox.db.close().await;
        epoch
    });
    say!(
        "the epoch is now {}",
        epoch.map_err(crate::serve::StartError::Open)?
    );
    say!(
        "phones and desks read everything again at their next exchange; what the backup lacks, they send again"
    );
    Ok(())
}

//! The epoch: which life of the database the numbers of the feed, of receipts and of documents belong to.
//!
//! A backup that is put back gives numbers out a second time, for other things than before. A reader that sees another
//! epoch than the one it knows reads again from 0, which harms nothing: everything it may read twice is idempotent.

use vigie_exchange::api::{Epoch, Hex};

use crate::{
    gate::Gate,
    limits::Limits,
    mailbox::{Mailbox, OpenError, Place, Under},
};

/// Begins another life of a mailbox that nobody serves, after a backup was put back there, with a number drawn by the caller.
pub async fn renew(place: &Place, random: [u8; 16]) -> Result<Epoch, OpenError> {
    let gate = Gate::new(Limits::default(), 0, false);
    let mailbox = Mailbox::open(place, Under::default(), gate).await?;
    let epoch = Hex(random);
    mailbox.store.renew_epoch(epoch).await?;
    mailbox.store.close().await;
    Ok(epoch)
}

//! Somebody who answers one questionnaire by a partner link, on a phone that has no notebook of hers.
//!
//! There is no vault and no passphrase. Two programmes work for her, and each links one half of this crate:
//! - her page, a [`Guest`]: opens the link, asks the questions, and holds what she answers in memory. It signs nothing, seals
//!   nothing and stores nothing, so it is small, and her first question comes soon;
//! - a worker that comes behind it, a [`Sealer`] with its [`Outbox`]: keeps the link as it came, seals a finished answer for the office, once, and
//!   sends it. From the sealing on nobody on this phone can open the answer.
//!
//! Where the office lets her go on later, an answer that is not finished can wait at the server, sealed under a code that she
//! takes with her; the worker puts it there, and erases it once the answer is sent.
//!
//! What the store sees: the link's box, closed under a code that is never stored, until her answer is sealed (in a kiosk: until
//! the link is over); sealed bundles that wait for a network, and beside them the key that may send them, and that which erases
//! her draft, all gone as soon as the server did as it was asked. What these rows are called says nothing to whoever has not the code. Nothing of a vault that is on the same
//! phone is read or written; a notebook's worker has an outbox too, and sends what waits.

mod drafts;
pub mod error;
mod guest;
mod outbox;
mod sealed;
mod sealer;

use vigie_exchange::Transport;
use vigie_model::Timestamp;
use vigie_protocol::Failure;
use vigie_vault::Memory;

pub use guest::{Guest, Page, is_draft_code};
pub use outbox::{Outbox, is_partners_row};
pub use sealer::{Host, Sealer};

/// The world around whoever answers, and around what sends: time, and a network.
pub trait World {
    type Transport: Transport;

    /// The device's clock, right or wrong.
    fn now(&self) -> Timestamp;
    /// Minutes to add to UTC for the time here, at that moment.
    fn utc_offset(&self, at: Timestamp) -> i32;
    fn transport(&self) -> &Self::Transport;
}

/// A vault whose failures are said as a page is told them.
pub trait Rows: Memory<Failure = Failure> {}

impl<M: Memory<Failure = Failure>> Rows for M {}

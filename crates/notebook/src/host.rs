//! The world, as the notebook sees it: somebody to tell, and the ground of a vault, beside time and network.

use vigie_partner::World;
use vigie_seal::{
    envelope::{self, Open},
    vault::{Derived, Kdf, NotOpened},
};
use vigie_vault::{Ground, Room};

use crate::protocol::Event;

/// How hard a passphrase is made to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    pub m_kib: u32,
    pub t: u32,
}

/// What a notebook stands on: a worker in a browser, a test natively.
#[allow(async_fn_in_trait, reason = "one thread: in a browser nothing is Send")]
pub trait Host: World + Ground + 'static {
    fn emit(&self, event: Event);
    /// Lets others run, and comes back after that many milliseconds at least.
    async fn delay(&self, ms: u32);
    async fn room(&self) -> Room;
    /// About a second's worth on this device.
    async fn kdf_cost(&self) -> KdfCost;
    /// [`Kdf::derive`], where its memory is had back afterwards.
    async fn derive(&self, kdf: &Kdf, passphrase: &str) -> Result<Derived, NotOpened> {
        kdf.derive(passphrase)
    }
    /// [`envelope::open`], where it comes behind the rest; none as long as it is not here.
    async fn opener(&self) -> Option<Open> {
        Some(envelope::open)
    }
}

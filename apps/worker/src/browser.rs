//! The browser, as what a notebook stands on.

use std::cell::Cell;

use vigie_device::{Fetch, Inbox, IndexedDb, Message};
use vigie_model::Timestamp;
use vigie_notebook::{Host, KdfCost, World};
use vigie_protocol::{Event, codec::encode};
#[cfg(not(feature = "desk"))]
use vigie_seal::envelope::Open;
use vigie_seal::vault::{Derived, Kdf, NotOpened};
use vigie_vault::{Ground, Room};

#[cfg(not(feature = "desk"))]
use crate::opening;
use crate::passphrase;

pub struct Browser {
    store: IndexedDb,
    transport: Fetch,
    inbox: Inbox,
    /// Measured once: the device does not change under us.
    cost: Cell<Option<KdfCost>>,
}

impl Browser {
    pub fn new(store: IndexedDb, inbox: Inbox) -> Browser {
        Browser {
            store,
            transport: Fetch,
            inbox,
            cost: Cell::new(None),
        }
    }
}

impl Ground for Browser {
    type Store = IndexedDb;

    fn fill(&self, bytes: &mut [u8]) {
        vigie_device::fill(bytes);
    }

    fn store(&self) -> &IndexedDb {
        &self.store
    }
}

impl World for Browser {
    type Transport = Fetch;

    fn now(&self) -> Timestamp {
        Timestamp(vigie_device::now_ms())
    }

    fn utc_offset(&self, at: Timestamp) -> i32 {
        vigie_device::utc_offset_minutes(at.0)
    }

    fn transport(&self) -> &Fetch {
        &self.transport
    }
}

impl Host for Browser {
    fn emit(&self, event: Event) {
        tell(&self.inbox, &event);
    }

    async fn delay(&self, ms: u32) {
        vigie_device::delay(ms).await;
    }

    async fn room(&self) -> Room {
        vigie_device::room().await
    }

    async fn kdf_cost(&self) -> KdfCost {
        if let Some(cost) = self.cost.get() {
            return cost;
        }
        let (m_kib, t) = passphrase::cost().await;
        let cost = KdfCost { m_kib, t };
        self.cost.set(Some(cost));
        cost
    }

    async fn derive(&self, kdf: &Kdf, passphrase: &str) -> Result<Derived, NotOpened> {
        passphrase::derive(kdf, passphrase).await
    }

    #[cfg(not(feature = "desk"))]
    async fn opener(&self) -> Option<Open> {
        opening::opener().await.ok()
    }
}

/// Tells the page what it did not ask.
pub fn tell(inbox: &Inbox, event: &Event) {
    let bytes = encode(event);
    inbox.post(&Message { id: 0, bytes });
}

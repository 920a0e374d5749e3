//! The notebook itself: who is asked what, and in whose turn.

use std::cell::{Cell, RefMut};

use vigie_exchange::sending::Trigger;
use vigie_model::Timestamp;
use vigie_partner::Outbox;
use vigie_vault::{Store, StoreError, Table, Transaction, Vault};

use crate::{
    Host,
    error::of_store,
    memory::{Open, Profile, Renewing},
    protocol::{Event, Failure, Phase, Status, StorageView},
};

/// How long a lock that is due waits for a store that does not take what is typed.
const GRACE_MS: i64 = 60_000;

/// A change of this vault.
pub type Tx<'v, H> = Transaction<'v, H, Open>;

/// One person's device, behind typed questions.
pub struct Notebook<H: Host> {
    pub vault: Vault<H, Open>,
    touched: Cell<Timestamp>,
    /// Since when a lock that is due could not save what is typed.
    unsaved: Cell<Option<Timestamp>>,
    /// What partners sealed on this phone, and the server has not yet: no part of the vault.
    outbox: Outbox,
}

impl<H: Host> Notebook<H> {
    pub fn new(host: H) -> Notebook<H> {
        let touched = Cell::new(host.now());
        Notebook {
            vault: Vault::new(host),
            touched,
            unsaved: Cell::new(None),
            outbox: Outbox::default(),
        }
    }

    pub fn host(&self) -> &H {
        self.vault.ground()
    }

    /// What is in memory of the open vault. Never held across an await.
    pub fn open(&self) -> Result<RefMut<'_, Open>, Failure> {
        self.vault.memory()
    }

    /// The same, if it is the vault that was open at that generation.
    pub(crate) fn open_still(&self, generation: u64) -> Result<RefMut<'_, Open>, Failure> {
        self.vault.memory_of(generation)
    }

    /// Sends what partners sealed here.
    pub(crate) async fn send_answers(&self, trigger: Trigger) -> Result<(), Failure> {
        self.outbox.send(&self.vault, trigger).await
    }

    /// Says that lists and counts may have changed.
    pub(crate) fn changed(&self) {
        let counts = self.open().map(|open| open.counts());
        if let Ok(counts) = counts {
            self.host().emit(Event::Changed(counts));
        }
    }

    /// Says that the exchange moved.
    pub fn tell_exchange(&self) {
        if let Ok(view) = self.exchange_view() {
            self.host().emit(Event::Exchange(view));
        }
    }

    pub fn touch(&self) {
        self.touched.set(self.host().now());
    }

    /// Changes the profile, and nothing else.
    pub async fn with_profile(&self, change: impl FnOnce(&mut Profile)) -> Result<(), Failure> {
        let mut tx = self.vault.transaction().await;
        change(tx.edit(&*tx.memory()?)?);
        tx.commit().await
    }

    /// For the timer of the worker, every few seconds: locks what was left alone, and sends what is due.
    pub async fn tick(&self) -> Result<(), Failure> {
        let vault = self.tick_vault().await;
        vault.and(self.send_answers(Trigger::Timer).await)
    }

    async fn tick_vault(&self) -> Result<(), Failure> {
        let minutes = match self.open() {
            Ok(open) => open.profile.auto_lock_minutes,
            Err(_) => {
                self.vault.keep_held().await;
                return Ok(());
            }
        };
        let idle = self.host().now().since(self.touched.get());
        // A clock that was set back is no reason to stay open for ever.
        if minutes > 0 && !(0..i64::from(minutes) * 60_000).contains(&idle) {
            if self.is_saved_or_late().await? {
                let status = self.lock().await?;
                self.host().emit(Event::Status(status));
            }
            return Ok(());
        }
        self.unsaved.set(None);
        let renewed = self.renew_some().await;
        if self.is_due() {
            self.exchange(Trigger::Timer).await?;
        }
        renewed
    }

    /// Whether what is typed is saved, or could not be for so long that locking no longer waits for it.
    async fn is_saved_or_late(&self) -> Result<bool, Failure> {
        let mut tx = self.vault.transaction().await;
        if self.keep_drafts(&mut tx).await?.is_ok() {
            return Ok(true);
        }
        let now = self.host().now();
        let since = self.unsaved.get().unwrap_or(now);
        self.unsaved.set(Some(since));
        Ok(!(0..GRACE_MS).contains(&now.since(since)))
    }

    /// Where the device stands.
    pub async fn status(&self) -> Result<Status, Failure> {
        if !self.vault.is_open() {
            let store = self.host().store();
            let phase = match store.get(Table::Meta, crate::memory::VAULT).await {
                Ok(Some(_)) => Phase::Locked,
                Ok(None) => Phase::New,
                Err(StoreError::Missing) => Phase::NoStorage,
                Err(error) => return Err(of_store(error)),
            };
            let (mission, name) = (None, String::new());
            return Ok(Status {
                phase,
                mission,
                name,
                auto_lock_minutes: 0,
                enrolment_pending: false,
            });
        }
        Ok(self.open()?.status())
    }

    pub(crate) async fn storage(&self) -> StorageView {
        let open = self.open().map(|open| {
            let left = open.renewing.as_ref().map_or(0, Renewing::left);
            (open.counters.lines, open.damaged_rows(), left)
        });
        let (entries, damaged, renewing) = open.unwrap_or_default();
        let room = self.host().room().await;
        StorageView {
            used: room.used,
            quota: room.quota,
            persisted: room.persisted,
            entries,
            damaged,
            renewing,
        }
    }
}

impl Open {
    pub fn status(&self) -> Status {
        let current = self.current().ok().map(|(_, member)| member);
        Status {
            phase: match &self.profile.office {
                Some(office) if office.proven => Phase::Office,
                Some(_) => Phase::OfficeUnproven,
                None => Phase::Open,
            },
            mission: current.map(|member| member.view(true)),
            name: self.profile.name.clone(),
            auto_lock_minutes: self.profile.auto_lock_minutes,
            enrolment_pending: self
                .profile
                .members
                .iter()
                .any(|member| member.is_pending()),
        }
    }
}

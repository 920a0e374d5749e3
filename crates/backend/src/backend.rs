//! The backend itself: who is asked what, and in whose turn.

use std::cell::{Cell, RefCell, RefMut};

use futures::lock::{Mutex, MutexGuard};
use vigie_model::{Random, Timestamp};

use crate::{
    Host,
    open::Open,
    partner::Partner,
    profile::Profile,
    protocol::{Event, Failure, Phase, Status, StorageView},
    renew::Renewing,
    sending::Trigger,
    store::{Change, Store, StoreError, Table},
};

/// How long a lock that is due waits for a store that does not take what is typed.
const GRACE_MS: i64 = 60_000;

/// One person's device, behind typed questions.
pub struct Backend<H: Host> {
    host: H,
    open: RefCell<Option<Open>>,
    /// Grows whenever the vault closes: what was under way then must not go on with another's.
    generation: Cell<u64>,
    writing: Mutex<()>,
    /// One round of the office with its server at a time: two would undo each other's revisions.
    #[cfg(feature = "desk")]
    desk_turn: Mutex<()>,
    touched: Cell<Timestamp>,
    /// Since when a lock that is due could not save what is typed.
    unsaved: Cell<Option<Timestamp>>,
    /// Drafts, sealed at a lock, that the store did not take.
    held: RefCell<Vec<Change>>,
    /// Whoever answers by a partner link: no part of the vault.
    partner: RefCell<Partner>,
}

impl<H: Host> Backend<H> {
    pub fn new(host: H) -> Backend<H> {
        let touched = Cell::new(host.now());
        Backend {
            host,
            open: RefCell::new(None),
            generation: Cell::new(0),
            writing: Mutex::new(()),
            #[cfg(feature = "desk")]
            desk_turn: Mutex::new(()),
            touched,
            unsaved: Cell::new(None),
            held: RefCell::default(),
            partner: RefCell::default(),
        }
    }

    pub fn host(&self) -> &H {
        &self.host
    }

    /// The open vault. Never held across an await.
    pub(crate) fn open(&self) -> Result<RefMut<'_, Open>, Failure> {
        RefMut::filter_map(self.open.borrow_mut(), Option::as_mut).map_err(|_| Failure::Locked)
    }

    /// The open vault, if it is the one that was open at that generation.
    pub(crate) fn open_still(&self, generation: u64) -> Result<RefMut<'_, Open>, Failure> {
        if generation == self.generation.get() {
            self.open()
        } else {
            Err(Failure::Locked)
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.get()
    }

    pub(crate) fn opened(&self, open: Open) {
        self.generation.set(self.generation.get() + 1);
        *self.open.borrow_mut() = Some(open);
        self.touch();
    }

    /// What could not be saved before a lock. Never held across an await.
    pub(crate) fn held_drafts(&self) -> RefMut<'_, Vec<Change>> {
        self.held.borrow_mut()
    }

    /// What partners do here. Never held across an await.
    pub(crate) fn partner(&self) -> RefMut<'_, Partner> {
        self.partner.borrow_mut()
    }

    /// Forgets every key.
    pub(crate) fn closed(&self) {
        self.generation.set(self.generation.get() + 1);
        drop(self.open.borrow_mut().take());
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.borrow().is_some()
    }

    /// True while an office is open.
    #[cfg(feature = "desk")]
    pub(crate) fn is_desk(&self) -> bool {
        self.open().is_ok_and(|open| open.desk.is_some())
    }

    /// Takes the vault out, while its desk is read again; nobody sees it meanwhile.
    #[cfg(feature = "desk")]
    pub(crate) fn take_open(&self) -> Option<Open> {
        self.open.borrow_mut().take()
    }

    #[cfg(feature = "desk")]
    pub(crate) fn put_back(&self, open: Open) {
        *self.open.borrow_mut() = Some(open);
    }

    /// The writer's turn: whoever holds it reads, makes and commits a change with nobody in between.
    pub(crate) async fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().await
    }

    #[cfg(feature = "desk")]
    pub(crate) async fn desk_turn(&self) -> MutexGuard<'_, ()> {
        self.desk_turn.lock().await
    }

    pub(crate) fn random(&self) -> impl Random + '_ {
        |bytes: &mut [u8]| self.host.fill(bytes)
    }

    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), Failure> {
        let Some(last) = changes.last().cloned() else {
            return Ok(());
        };
        match self.host.store().commit(changes).await {
            Err(error @ StoreError::Lost(_)) if !self.holds(&last).await => Err(error.into()),
            Err(StoreError::Lost(_)) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// True when the store holds this change. A connection may break after a commit and before its answer: as a commit is whole
    /// or not at all, and no two rows are sealed to the same bytes, one of its changes tells of all.
    async fn holds(&self, change: &Change) -> bool {
        match change {
            Change::Put { table, key, bytes } => {
                let kept = self.host.store().get(*table, key).await;
                kept.is_ok_and(|kept| kept.as_ref() == Some(bytes))
            }
            // A row that is not there may never have been.
            Change::Delete { .. } => false,
        }
    }

    /// Says that lists and counts may have changed.
    pub(crate) fn changed(&self) {
        let counts = self.open().map(|open| open.counts());
        if let Ok(counts) = counts {
            self.host.emit(Event::Changed(counts));
        }
    }

    /// Says that the exchange moved.
    pub(crate) fn told(&self) {
        if let Ok(view) = self.exchange_view() {
            self.host.emit(Event::Exchange(view));
        }
    }

    pub(crate) fn touch(&self) {
        self.touched.set(self.host.now());
    }

    /// Changes the profile: stored first.
    pub(crate) async fn with_profile(
        &self,
        change: impl FnOnce(&mut Profile),
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let (profile, row) = {
            let open = self.open()?;
            let mut profile = open.profile.clone();
            change(&mut profile);
            let row = crate::open::put(
                &open.key,
                Table::Meta,
                "profile",
                &profile,
                &mut self.random(),
            );
            (profile, row)
        };
        self.commit(vec![row]).await?;
        self.open()?.profile = profile;
        Ok(())
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
                let _writing = self.writing().await;
                self.keep_held_drafts().await;
                return Ok(());
            }
        };
        let idle = self.host.now().since(self.touched.get());
        // A clock that was set back is no reason to stay open for ever.
        if minutes > 0 && !(0..i64::from(minutes) * 60_000).contains(&idle) {
            if self.is_saved_or_late().await? {
                let status = self.lock().await?;
                self.host.emit(Event::Status(status));
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
        let _writing = self.writing().await;
        if self.keep_drafts().await?.is_empty() {
            return Ok(true);
        }
        let now = self.host.now();
        let since = self.unsaved.get().unwrap_or(now);
        self.unsaved.set(Some(since));
        Ok(!(0..GRACE_MS).contains(&now.since(since)))
    }

    /// Where the device stands.
    pub(crate) async fn status(&self) -> Result<Status, Failure> {
        if !self.is_open() {
            let phase = match self
                .host
                .store()
                .get(Table::Meta, crate::vault::VAULT)
                .await
            {
                Ok(Some(_)) => Phase::Locked,
                Ok(None) => Phase::New,
                Err(crate::store::StoreError::Missing) => Phase::NoStorage,
                Err(error) => return Err(error.into()),
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
            (open.front.lines, open.damaged_rows(), left)
        });
        let (entries, damaged, renewing) = open.unwrap_or_default();
        let room = self.host.room().await;
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

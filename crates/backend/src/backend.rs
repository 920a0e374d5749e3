//! The backend itself: who is asked what, and in whose turn.

use std::cell::{Cell, RefCell, RefMut};

use futures::lock::{Mutex, MutexGuard};
use vigie_model::{Random, RecordId, Timestamp};

use crate::{
    Host,
    media::File,
    open::Open,
    partner::Partner,
    profile::Profile,
    protocol::{Answer, Event, Failure, Phase, Request, Status, StorageView},
    renew::Renewing,
    sending::Trigger,
    store::{Change, Store, StoreError, Table},
};

/// How long a lock that is due waits for a store that does not take what is typed.
const GRACE_MS: i64 = 60_000;

/// An answer, and the bytes that travel beside it.
pub type Replied = Result<(Answer, Option<Vec<u8>>), Failure>;

/// In whose turn a request is done: so that a search never waits for a network, and two keystrokes never overtake each
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Reads memory: at once.
    Read,
    /// Changes something here: one after the other, in the order asked.
    Write,
    /// Waits for a server: beside the others.
    Network,
}

impl Lane {
    pub fn of(request: &Request) -> Lane {
        use Request as R;
        match request {
            R::Status
            | R::PickWords { .. }
            | R::Entries { .. }
            | R::Counts
            | R::Exchange
            | R::Missions
            | R::Awake
            | R::StorageInfo
            | R::Waiting
            | R::SearchChoices { .. }
            | R::ReadFile { .. }
            | R::ReadMedia { .. }
            | R::RescueFile { .. } => Lane::Read,
            R::LookInvite { .. }
            | R::Join { .. }
            | R::OpenLink { .. }
            | R::SendNow
            | R::SendWaiting
            | R::Nudge => Lane::Network,
            #[cfg(feature = "desk")]
            R::Desk(request) => Lane::of_desk(request),
            _ => Lane::Write,
        }
    }
}

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
    fn is_desk(&self) -> bool {
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

    /// Answers one request.
    pub async fn handle(&self, request: Request, bytes: Option<Vec<u8>>) -> Replied {
        #[cfg(feature = "desk")]
        if self.desk_must_prove(&request) {
            return Err(Failure::Refused("backup-not-proven".into()));
        }
        match request {
            #[cfg(feature = "desk")]
            Request::Desk(request) => self.desk_handle(request, bytes).await,
            Request::ExportAll => {
                let (name, bytes) = self.export_all().await?;
                Ok(file((name, "application/json".into(), bytes)))
            }
            Request::SaveFile => self.save_file().await.map(file),
            Request::ReadFile { ref node, .. } if self.is_partners(&request) => {
                self.partner_file(node).map(file)
            }
            Request::ReadFile { rec, node } => self.read_file(record(&rec)?, &node).await.map(file),
            Request::ReadMedia { ref name, .. } if self.is_partners(&request) => {
                self.partner_media(name).map(file)
            }
            Request::ReadMedia { rec, name } => {
                self.read_media(record(&rec)?, &name).await.map(file)
            }
            Request::RescueFile { rec, fields } => {
                let bytes = self.rescue(record(&rec)?, fields).await?;
                let name = format!("vigie-{}.json", rec.get(..8).unwrap_or("entry"));
                Ok(file((name, "application/json".into(), bytes)))
            }
            other => self.answer(other, bytes).await.map(|answer| (answer, None)),
        }
    }

    async fn answer(&self, request: Request, bytes: Option<Vec<u8>>) -> Result<Answer, Failure> {
        let bytes = bytes.unwrap_or_default();
        if self.is_partners(&request) {
            return self.partner_answer(request, bytes).await;
        }
        Ok(match request {
            Request::Status => Answer::Status(self.status().await?),
            Request::PickWords { list, count } => Answer::Words(self.pick_words(&list, count)?),
            Request::LookInvite { text, origin } => {
                Answer::Invite(self.look_invite(&text, &origin).await?)
            }
            Request::CreateVault {
                passphrase,
                name,
                invite,
                lang,
            } => Answer::Status(
                self.create_vault(passphrase.into(), name, invite, lang)
                    .await?,
            ),
            Request::Join { invite, replace } => Answer::Status(self.join(invite, replace).await?),
            Request::Unlock { passphrase } => Answer::Status(self.unlock(passphrase.into()).await?),
            Request::Lock => Answer::Status(self.lock().await?),
            Request::ChangePassphrase { old, new, renew } => {
                self.change_passphrase(old.into(), new.into(), renew)
                    .await?;
                Answer::Done
            }
            Request::AutoLock { minutes } => {
                self.with_profile(|profile| profile.auto_lock_minutes = minutes)
                    .await?;
                self.touch();
                Answer::Done
            }
            Request::Awake => {
                self.touch();
                Answer::Done
            }
            Request::Wipe => Answer::Status(self.wipe().await?),

            Request::Entries {
                filter,
                offset,
                limit,
            } => Answer::Entries(self.open()?.page(&filter, offset, limit)),
            Request::Counts => Answer::Counts(self.open()?.counts()),
            Request::Edit { rec, kind } => {
                let rec = rec.map(|rec| record(&rec)).transpose()?;
                Answer::Editing(self.edit(rec, &kind).await?)
            }
            Request::SaveDraft { rec, fields } => {
                Answer::Saved(self.save_draft(record(&rec)?, fields).await?)
            }
            Request::Finish { rec } => Answer::Saved(self.finish(record(&rec)?).await?),
            Request::DropDraft { rec } => {
                self.drop_draft(record(&rec)?).await?;
                Answer::Done
            }
            Request::Delete { rec } => Answer::Saved(self.delete(record(&rec)?).await?),
            Request::Restore { rec } => Answer::Saved(self.restore(record(&rec)?).await?),
            #[cfg(feature = "desk")]
            Request::History { rec } if self.is_desk() => {
                Answer::History(self.desk_history(record(&rec)?)?)
            }
            Request::History { rec } => Answer::History(self.history(record(&rec)?).await?),
            #[cfg(feature = "desk")]
            Request::Settle {
                rec,
                field,
                value,
                reason,
            } if self.is_desk() => Answer::Saved(
                self.desk_settle(record(&rec)?, &field, value, &reason)
                    .await?,
            ),
            Request::Settle {
                rec,
                field,
                value,
                reason,
            } => Answer::Saved(self.settle(record(&rec)?, &field, value, &reason).await?),

            Request::Forms => Answer::Forms(self.forms().await?),
            Request::StartResponse { form, lang } => {
                Answer::Form(self.start_response(&form, &lang).await?)
            }
            Request::OpenResponse { rec } => Answer::Form(self.open_response(record(&rec)?).await?),
            Request::SetAnswer { rec, node, value } => {
                Answer::Answered(self.set_answer(record(&rec)?, &node, &value).await?)
            }
            Request::AttachFile {
                rec,
                node,
                name,
                mime,
            } => Answer::Answered(
                self.attach_file(record(&rec)?, &node, &name, &mime, bytes)
                    .await?,
            ),
            Request::AddRepeat { rec, node } => {
                Answer::Answered(self.add_repeat(record(&rec)?, &node).await?)
            }
            Request::RemoveRepeat { rec, node } => {
                Answer::Answered(self.remove_repeat(record(&rec)?, &node).await?)
            }
            Request::UndoRemove { rec } => Answer::Form(self.undo_remove(record(&rec)?).await?),
            Request::SearchChoices {
                rec,
                node,
                query,
                offset,
            } => Answer::Choices(self.search_choices(record(&rec)?, &node, &query, offset)?),
            Request::GoTo { rec, page } => Answer::Saved(self.go_to(record(&rec)?, page).await?),
            Request::FormLanguage { rec, lang } => {
                Answer::Form(self.form_language(record(&rec)?, &lang).await?)
            }
            Request::CheckResponse { rec } => {
                Answer::Problems(self.check_response(record(&rec)?).await?)
            }
            Request::FinishResponse { rec } => self.finish_response(record(&rec)?).await?,

            Request::OpenLink { code, origin } => {
                Answer::Link(self.open_link(&code, &origin).await?)
            }
            Request::StartLink { lang } => Answer::Form(self.start_link(&lang)?),
            Request::LeaveLink => {
                self.leave_link();
                Answer::Done
            }
            Request::Waiting => Answer::Waiting(self.waiting()),
            Request::SendWaiting => {
                self.send_answers(Trigger::Asked).await?;
                Answer::Waiting(self.waiting())
            }
            Request::DropRefused => {
                self.drop_refused().await?;
                Answer::Waiting(self.waiting())
            }

            Request::Exchange => Answer::Exchange(self.exchange_view()?),
            Request::SendNow => {
                self.exchange(Trigger::Asked).await?;
                Answer::Exchange(self.exchange_view()?)
            }
            Request::Pause { on } => {
                self.with_profile(|profile| profile.paused = on).await?;
                self.told();
                Answer::Exchange(self.exchange_view()?)
            }
            Request::Nudge => {
                if self.is_open() {
                    self.exchange(Trigger::Online).await?;
                }
                self.send_answers(Trigger::Online).await?;
                Answer::Done
            }

            Request::Missions => Answer::Missions(self.open()?.missions()),
            Request::ChooseMission { mission } => {
                let number = self.open()?.member_of(&mission).ok_or(Failure::NotFound)?;
                self.with_profile(|profile| profile.current = number)
                    .await?;
                Answer::Done
            }
            Request::StorageInfo => {
                let open = self.open().map(|open| {
                    let left = open.renewing.as_ref().map_or(0, Renewing::left);
                    (open.front.lines, open.damaged_rows(), left)
                });
                let (entries, damaged, renewing) = open.unwrap_or_default();
                let room = self.host.room().await;
                Answer::Storage(StorageView {
                    used: room.used,
                    quota: room.quota,
                    persisted: room.persisted,
                    entries,
                    damaged,
                    renewing,
                })
            }

            #[cfg(feature = "desk")]
            Request::Desk(_) => unreachable!("answered in `handle`"),
            Request::SaveFile
            | Request::ReadFile { .. }
            | Request::ReadMedia { .. }
            | Request::RescueFile { .. }
            | Request::ExportAll => {
                unreachable!("answered with bytes, in `handle`")
            }
        })
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

pub(crate) fn record(text: &str) -> Result<RecordId, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

pub(crate) fn file((name, mime, bytes): File) -> (Answer, Option<Vec<u8>>) {
    (Answer::File { name, mime }, Some(bytes))
}

//! Each question, and what answers it.

use vigie_model::RecordId;

use crate::{
    Host,
    answering::answers,
    backend::Backend,
    memory::Trigger,
    protocol::*,
    unkept::{Unkept, Whose},
};

impl<H: Host> Backend<H> {
    pub async fn ask<Q: Question<Family: Into<Request>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        let reply = self.handle(Request::of(question)).await;
        codec::decode::<Result<Q::Answer, Failure>>(&reply)?
    }

    /// Answers one request, as its answer travels.
    pub async fn handle(&self, request: Request) -> Vec<u8> {
        #[cfg(feature = "desk")]
        if self.must_prove(&request) {
            return codec::encode(&Err::<(), _>(Failure::Refused(Refusal::BackupNotProven)));
        }
        #[cfg(feature = "desk")]
        let _turn = match &request {
            Request::Desk(_) | Request::Library(_) if request.lane() == Lane::Network => {
                Some(self.desk_turn().await)
            }
            _ => None,
        };
        match request {
            Request::Door(question) => question.answered_by(self).await,
            Request::Notebook(question) => question.answered_by(self).await,
            Request::Filling(question) if self.is_partners(&question) => {
                question
                    .answered_by(&Unkept {
                        backend: self,
                        whose: Whose::Link,
                    })
                    .await
            }
            Request::Filling(question) => question.answered_by(self).await,
            Request::Link(question) => question.answered_by(self).await,
            Request::Sending(question) => question.answered_by(self).await,
            #[cfg(feature = "desk")]
            Request::Desk(question) => question.answered_by(self).await,
            #[cfg(feature = "desk")]
            Request::Library(question) => question.answered_by(self).await,
        }
    }

    async fn versions(&self, rec: RecordId) -> Result<Vec<Version>, Failure> {
        #[cfg(feature = "desk")]
        if self.is_desk() {
            return self.desk_history(rec);
        }
        self.history(rec).await
    }

    async fn settled(&self, question: Settle) -> Result<Saved, Failure> {
        let Settle {
            rec,
            field,
            value,
            reason,
        } = question;
        #[cfg(feature = "desk")]
        if self.is_desk() {
            return self.desk_settle(rec, &field, value, &reason).await;
        }
        self.settle(rec, &field, value, &reason).await
    }
}

answers! { Backend<H>, |backend|
    GetStatus => backend.status().await;
    PickWords { list, count } => backend.pick_words(&list, count);
    LookInvite { text, origin } => backend.look_invite(&text, &origin).await;
    CreateVault { passphrase, name, invite, lang } => {
        backend.create_vault(passphrase.into(), name, invite, lang).await
    };
    Join { invite, replace } => backend.join(invite, replace).await;
    Unlock { passphrase } => backend.unlock(passphrase.into()).await;
    Lock => backend.lock().await;
    ChangePassphrase { old, new, renew } => {
        backend.change_passphrase(old.into(), new.into(), renew).await
    };
    AutoLock { minutes } => {
        backend.with_profile(|profile| profile.auto_lock_minutes = minutes).await?;
        backend.touch();
        Ok(())
    };
    Awake => {
        backend.touch();
        Ok(())
    };
    Wipe => backend.wipe().await;
    ListMissions => Ok(backend.open()?.missions());
    ChooseMission { mission } => {
        let number = backend.open()?.member_of(mission).ok_or(Failure::NotFound)?;
        backend.with_profile(|profile| profile.current = number).await
    };
    GetStorage => Ok(backend.storage().await);
}

answers! { Backend<H>, |backend|
    ListEntries { filter, offset, limit } => Ok(backend.open()?.page(&filter, offset, limit));
    GetCounts => Ok(backend.open()?.counts());
    Edit { rec, kind } => backend.edit(rec, kind).await;
    SaveDraft { rec, fields } => backend.save_draft(rec, fields).await;
    Finish { rec } => backend.finish(rec).await;
    DropDraft { rec } => backend.drop_draft(rec).await;
    Delete { rec } => backend.delete(rec).await;
    Restore { rec } => backend.restore(rec).await;
    ListVersions { rec } => backend.versions(rec).await;
    Settle { rec, field, value, reason } => backend.settled(Settle { rec, field, value, reason }).await;
    RescueFile { rec, fields } => backend.rescue(rec, fields).await;
    ExportAll => backend.export_all().await;
}

answers! { Backend<H>, |backend|
    ListForms => backend.forms().await;
    StartResponse { form, lang } => backend.start_response(&form, &lang).await;
    OpenResponse { rec } => backend.open_response(rec).await;
    SetAnswer { rec, node, value } => backend.set_answer(rec, &node, &value).await;
    AttachFile { rec, node, file } => {
        backend.attach_file(rec, &node, file).await
    };
    AddRepeat { rec, node } => backend.add_repeat(rec, &node).await;
    RemoveRepeat { rec, node } => backend.remove_repeat(rec, &node).await;
    UndoRemove { rec } => backend.undo_remove(rec).await;
    SearchChoices { rec, node, query, offset } => backend.search_choices(rec, &node, &query, offset);
    ReadFile { rec, node } => backend.read_file(rec, &node).await;
    ReadMedia { rec, name } => backend.read_media(rec, &name).await;
    GoTo { rec, page } => backend.go_to(rec, page).await;
    FormLanguage { rec, lang } => backend.form_language(rec, &lang).await;
    CheckResponse { rec } => backend.check_response(rec).await;
    FinishResponse { rec } => backend.finish_response(rec).await;
}

answers! { Backend<H>, |backend|
    OpenLink { code, origin } => backend.open_link(&code, &origin).await;
    StartLink { lang } => backend.start_link(&lang);
    LeaveLink => {
        backend.leave_link();
        Ok(())
    };
    GetWaiting => Ok(backend.waiting());
    SendWaiting => {
        backend.send_answers(Trigger::Asked).await?;
        Ok(backend.waiting())
    };
    DropRefused => {
        backend.drop_refused().await?;
        Ok(backend.waiting())
    };
}

answers! { Backend<H>, |backend|
    GetExchange => backend.exchange_view();
    SendNow => {
        backend.exchange(Trigger::Asked).await?;
        backend.exchange_view()
    };
    Pause { on } => {
        backend.with_profile(|profile| profile.paused = on).await?;
        backend.told();
        backend.exchange_view()
    };
    SaveFile => backend.save_file().await;
    Nudge => {
        if backend.vault.is_open() {
            backend.exchange(Trigger::Online).await?;
        }
        backend.send_answers(Trigger::Online).await
    };
}

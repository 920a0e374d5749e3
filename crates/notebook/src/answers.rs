//! Each question, and what answers it.

use vigie_exchange::sending::Trigger;

use crate::{Host, notebook::Notebook, protocol::*};

impl<H: Host> Notebook<H> {
    pub async fn ask<Q: Question<Family: Into<Request>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        let reply = self.handle(Request::of(question)).await;
        codec::decode::<Result<Q::Answer, Failure>>(&reply)?
    }

    /// Answers one request, as its answer travels.
    pub async fn handle(&self, request: Request) -> Vec<u8> {
        match request {
            Request::Filling(question) => self.fill(question).await,
            other => self.handle_but_filling(other).await,
        }
    }

    /// Answers what filling a questionnaire asks: a phone's worker has the engine come behind the rest.
    pub async fn fill(&self, question: FillingQuestion) -> Vec<u8> {
        question.answered_by(self).await
    }

    /// Answers one request, as [`Notebook::handle`] does, and links no engine.
    pub async fn handle_but_filling(&self, request: Request) -> Vec<u8> {
        match request {
            Request::Door(question) => question.answered_by(self).await,
            Request::Notebook(question) => question.answered_by(self).await,
            Request::Sending(question) => question.answered_by(self).await,
            // A partner's page answers the last two itself.
            Request::Filling(_) | Request::Link(_) | Request::Waiting(_) => {
                codec::encode(&Err::<(), _>(Failure::NotFound))
            }
        }
    }
}

answers! { impl<H: Host> Notebook<H>, |notebook|
    GetStatus => notebook.status().await;
    LookInvite { text, origin } => notebook.look_invite(&text, &origin).await;
    CreateVault { passphrase, name, invite, lang } => {
        notebook.create_vault(passphrase.into(), name, invite, lang).await
    };
    Join { invite, replace } => notebook.join(invite, replace).await;
    Unlock { passphrase } => {
        // What an office has is not for a phone to read.
        notebook.unlock(passphrase.into(), async |_, _| Err(Failure::Desk)).await
    };
    Lock => notebook.lock().await;
    ChangePassphrase { old, new, renew } => {
        notebook.change_passphrase(old.into(), new.into(), renew).await
    };
    AutoLock { minutes } => {
        notebook.with_profile(|profile| profile.auto_lock_minutes = minutes).await?;
        notebook.touch();
        Ok(())
    };
    Awake => {
        notebook.touch();
        Ok(())
    };
    Wipe => notebook.wipe().await;
    ListMissions => Ok(notebook.open()?.missions());
    ChooseMission { mission } => {
        let number = notebook.open()?.member_of(mission).ok_or(Failure::NotFound)?;
        notebook.with_profile(|profile| profile.current = number).await
    };
    GetStorage => Ok(notebook.storage().await);
}

answers! { impl<H: Host> Notebook<H>, |notebook|
    ListEntries { filter, offset, limit } => Ok(notebook.open()?.page(&filter, offset, limit));
    GetCounts => Ok(notebook.open()?.counts());
    Edit { rec, kind } => notebook.edit(rec, kind).await;
    SaveDraft { rec, fields } => notebook.save_draft(rec, fields).await;
    Finish { rec } => notebook.finish(rec).await;
    DropDraft { rec } => notebook.drop_draft(rec).await;
    Delete { rec } => notebook.delete(rec).await;
    Restore { rec } => notebook.restore(rec).await;
    ListVersions { rec } => notebook.history(rec).await;
    Settle { rec, field, value, reason } => notebook.settle(rec, &field, value, &reason).await;
    RescueFile { rec, fields } => notebook.rescue(rec, fields).await;
    ExportAll => notebook.export_all().await;
}

answers! { impl<H: Host> Notebook<H>, |notebook|
    ListForms => notebook.forms().await;
    StartResponse { form, lang } => notebook.start_response(&form, &lang).await;
    OpenResponse { rec } => notebook.open_response(rec).await;
    SetAnswer { rec, node, value } => notebook.set_answer(rec, &node, &value).await;
    AttachFile { rec, node, file } => {
        notebook.attach_file(rec, &node, file).await
    };
    AddRepeat { rec, node } => notebook.add_repeat(rec, &node).await;
    RemoveRepeat { rec, node } => notebook.remove_repeat(rec, &node).await;
    UndoRemove { rec } => notebook.undo_remove(rec).await;
    SearchChoices { rec, node, query, offset } => notebook.search_choices(rec, &node, &query, offset);
    ReadFile { rec, node } => notebook.read_file(rec, &node).await;
    ReadMedia { rec, name } => notebook.read_media(rec, &name).await;
    GoTo { rec, page } => notebook.go_to(rec, page).await;
    FormLanguage { rec, lang } => notebook.form_language(rec, &lang).await;
    CheckResponse { rec } => notebook.check_response(rec).await;
    FinishResponse { rec } => notebook.finish_response(rec).await;
}

answers! { impl<H: Host> Notebook<H>, |notebook|
    GetExchange => notebook.exchange_view();
    SendNow => {
        notebook.exchange(Trigger::Asked).await?;
        notebook.exchange_view()
    };
    Pause { on } => {
        notebook.with_profile(|profile| profile.paused = on).await?;
        notebook.tell_exchange();
        notebook.exchange_view()
    };
    Pack { from, limit } => notebook.pack(from, limit).await;
    TakeCarried { mission, bytes } => notebook.take_carried(mission, &bytes).await;
    DropCarried => {
        notebook.drop_carried().await?;
        notebook.exchange_view()
    };
    Nudge => {
        if notebook.vault.is_open() {
            notebook.exchange(Trigger::Online).await?;
        }
        notebook.send_answers(Trigger::Online).await
    };
}

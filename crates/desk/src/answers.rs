//! Each question that only a desk asks, and what answers it.

use futures::lock::MutexGuard;
use vigie_forms::library::paper;
use vigie_notebook::{
    Host,
    memory::{Beside, Open},
};
use vigie_protocol::*;
use vigie_respondent::{Unkept, compiled};
use vigie_vault::Keys;
use zeroize::Zeroizing;

use crate::{desk::Desk, in_open::InOpen as _, preview::OnTrial};

impl<H: Host> Desk<H> {
    pub async fn ask<Q: Question<Family: Into<DeskRequest>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        let reply = self.handle(DeskRequest::of(question)).await;
        codec::decode::<Result<Q::Answer, Failure>>(&reply)?
    }

    /// Answers one request, as its answer travels.
    pub async fn handle(&self, request: DeskRequest) -> Vec<u8> {
        if self.must_prove(&request) {
            return codec::encode(&Err::<(), _>(Failure::Refused(Refusal::BackupNotProven)));
        }
        let lane = request.lane();
        match request {
            DeskRequest::Notebook(request) => self.handle_notebooks(request).await,
            DeskRequest::Desk(question) => {
                let _turn = self.turn_of(lane).await;
                question.answered_by(self).await
            }
            DeskRequest::Library(question) => {
                let _turn = self.turn_of(lane).await;
                question.answered_by(self).await
            }
        }
    }

    async fn turn_of(&self, lane: Lane) -> Option<MutexGuard<'_, ()>> {
        match lane {
            Lane::Network => Some(self.turn.lock().await),
            Lane::Read | Lane::Write => None,
        }
    }

    /// What a phone is asked too, and an office answers from what it has.
    async fn handle_notebooks(&self, request: Request) -> Vec<u8> {
        let is_desk = self.open().is_ok_and(|open| open.desk().is_ok());
        match request {
            Request::Door(DoorQuestion::Unlock(question)) => {
                let status = self.unlock(question.passphrase.into()).await;
                codec::encode(&status)
            }
            Request::Notebook(NotebookQuestion::ListVersions(question)) if is_desk => {
                codec::encode(&self.history(question.rec))
            }
            Request::Notebook(NotebookQuestion::Settle(question)) if is_desk => {
                codec::encode(&self.settle(question).await)
            }
            request => self.notebook.handle(request).await,
        }
    }

    async fn unlock(&self, passphrase: Zeroizing<String>) -> Result<Status, Failure> {
        let office = async |keys: &Keys, open: &Open| {
            let desk: Box<dyn Beside> = Box::new(self.load(keys, open).await?);
            Ok(desk)
        };
        self.notebook.unlock(passphrase, office).await
    }

    /// An office whose key has no proven backup may only make and prove one.
    fn must_prove(&self, request: &DeskRequest) -> bool {
        let is_unproven = self.open().is_ok_and(|open| {
            let office = open.profile.office.as_ref();
            office.is_some_and(|office| !office.proven)
        });
        let is_allowed = match request {
            DeskRequest::Notebook(
                Request::Door(
                    DoorQuestion::GetStatus(_)
                    | DoorQuestion::Unlock(_)
                    | DoorQuestion::Lock(_)
                    | DoorQuestion::ChangePassphrase(_)
                    | DoorQuestion::AutoLock(_)
                    | DoorQuestion::Awake(_)
                    | DoorQuestion::Wipe(_)
                    | DoorQuestion::GetStorage(_),
                )
                | Request::Notebook(NotebookQuestion::GetCounts(_))
                | Request::Sending(SendingQuestion::Nudge(_) | SendingQuestion::GetExchange(_)),
            )
            | DeskRequest::Desk(
                DeskQuestion::BackUpKey(_)
                | DeskQuestion::ProveBackup(_)
                | DeskQuestion::GetKeySheet(_),
            ) => true,
            DeskRequest::Notebook(_) | DeskRequest::Desk(_) | DeskRequest::Library(_) => false,
        };
        is_unproven && !is_allowed
    }
}

answers! { impl<H: Host> Desk<H>, |desk|
    CreateOffice { token, server, name, passphrase } => {
        desk.office_create(&token, &server, &name, passphrase.into()).await
    };
    RestoreOffice { backup, file_passphrase, passphrase } => {
        desk.office_restore(&backup, &file_passphrase, passphrase.into()).await
    };
    BackUpKey { file_passphrase } => desk.office_backup(&file_passphrase);
    ProveBackup { backup, file_passphrase } => desk.office_trial(&backup, &file_passphrase).await;
    GetKeySheet => desk.key_sheet();
    GetServerRoom => desk.server_room().await;
    GetCallingCard => desk.calling_card();
    OpenMissionTo { mission, calling_card } => desk.open_mission_to(mission, &calling_card).await;
    CloseMissionTo { mission, office } => desk.close_mission_to(mission, &office).await;
    ListOffered => desk.offered_missions();
    AnswerOffer { mission, accept } => desk.answer_offer(mission, accept).await;
    ListOfficeMissions => desk.office_missions();
    CreateMission { mission } => desk.create_mission(mission).await;
    ReviseMission { mission, said } => desk.revise_mission(mission, said).await;
    CloseMission { mission, closed } => desk.close_mission(mission, closed).await;
    AssignForm { mission, form } => desk.put_in_card(mission, desk.chosen_form(form)?).await;
    ListInvites { mission } => desk.invites(mission);
    CreateInvites { mission, labels, days } => desk.create_invites(mission, &labels, days).await;
    CancelInvite { mission, invite } => desk.cancel_invite(mission, invite).await;
    RemoveDevice { device } => desk.remove_device(device).await;
    ListLinks { mission } => desk.links(mission);
    CreateLink { mission, link } => desk.create_link(mission, link).await;
    CloseLink { mission, link } => desk.close_link(mission, link).await;
    Fetch => desk.fetch().await;
    ImportFiles { files } => desk.import_files(files).await;
    GiveReceipts { bundles } => desk.give_receipts(&bundles);
    ListInbox => desk.inbox();
    SetAside { bundle, reason } => desk.set_aside(bundle, reason).await;
    CountAwaiting => desk.awaiting();
    GetTable { filter, view, offset, limit } => desk.table(&filter, view, offset, limit).await;
    ListAsked { form } => desk.asked_questions(&form);
    ListViews => desk.views();
    SaveView { id, name, looking } => desk.save_view(id, &name, looking).await;
    RemoveView { id } => desk.remove_view(id).await;
    GetAttachment { rec, field } => desk.attachment(rec, &field).await;
    GetEntry { rec } => desk.entry(rec);
    Erase { rec, reason } => desk.erase_entry(rec, &reason).await;
    GetErasureProof { rec } => desk.erasure_proof(rec);
    CountExport { chosen, layout } => desk.export_counts(&chosen, &layout).await;
    FillBook { chosen, layout } => desk.fill_book(&chosen, &layout).await;
    Export { format, chosen, files } => desk.export(Export { format, chosen, files }).await;
}

answers! { impl<H: Host> Desk<H>, |desk|
    ListLibrary => desk.library_forms();
    AddForm { form } => {
        desk.add_form(form).await?;
        desk.library_forms()
    };
    GetForm { hash } => desk.library_form(&hash);
    CompareForms { before, after, lang } => desk.compare_forms(&before, &after, &lang);
    GetPaper { hash, lang } => {
        let form = compiled(&desk.known_form(&hash)?)?;
        Ok(paper(&form, &lang))
    };
    GetXForm { hash } => desk.xform(&hash);
    PublishForm { hash, missions } => {
        desk.assign_known_form(&hash, &missions).await?;
        desk.library_forms()
    };
    PutFormAway { hash, away } => {
        desk.put_form_away(&hash, away).await?;
        desk.library_forms()
    };
    TryForm { hash, question } => {
        // Whoever tries a form is at the desk, though the page around it feels nothing.
        desk.notebook.touch();
        let trial = Unkept(OnTrial { desk, form: hash });
        Ok(Encoded(question.answered_by(&trial).await))
    };
}

//! Each question that only a desk asks, and what answers it.

use vigie_forms::library::paper;
use vigie_respondent::compiled;

use crate::{
    Backend, Host,
    answering::answers,
    protocol::*,
    unkept::{Unkept, Whose},
};

impl<H: Host> Backend<H> {
    /// An office whose key has no proven backup may only make and prove one.
    pub(crate) fn must_prove(&self, request: &Request) -> bool {
        let is_unproven = self.open().is_ok_and(|open| {
            let office = open.profile.office.as_ref();
            office.is_some_and(|office| !office.proven)
        });
        let is_allowed = match request {
            Request::Door(
                DoorQuestion::GetStatus(_)
                | DoorQuestion::PickWords(_)
                | DoorQuestion::Unlock(_)
                | DoorQuestion::Lock(_)
                | DoorQuestion::ChangePassphrase(_)
                | DoorQuestion::AutoLock(_)
                | DoorQuestion::Awake(_)
                | DoorQuestion::Wipe(_)
                | DoorQuestion::GetStorage(_),
            )
            | Request::Notebook(NotebookQuestion::GetCounts(_))
            | Request::Sending(SendingQuestion::Nudge(_) | SendingQuestion::GetExchange(_))
            | Request::Desk(
                DeskQuestion::BackUpKey(_)
                | DeskQuestion::ProveBackup(_)
                | DeskQuestion::GetKeySheet(_),
            ) => true,
            Request::Door(_)
            | Request::Notebook(_)
            | Request::Filling(_)
            | Request::Link(_)
            | Request::Sending(_)
            | Request::Desk(_)
            | Request::Library(_) => false,
        };
        is_unproven && !is_allowed
    }
}

answers! { Backend<H>, |backend|
    CreateOffice { token, server, name, passphrase } => {
        backend.office_create(&token, &server, &name, passphrase.into()).await
    };
    RestoreOffice { backup, file_passphrase, passphrase } => {
        backend.office_restore(&backup, &file_passphrase, passphrase.into()).await
    };
    BackUpKey { file_passphrase } => backend.office_backup(&file_passphrase);
    ProveBackup { backup, file_passphrase } => backend.office_trial(&backup, &file_passphrase).await;
    GetKeySheet => backend.key_sheet();
    ListOfficeMissions => backend.office_missions();
    CreateMission { mission } => backend.create_mission(mission).await;
    AssignForm { mission, form } => backend.put_in_card(mission, backend.chosen_form(form)?).await;
    ListInvites { mission } => backend.invites(mission);
    CreateInvite { mission, label, days } => backend.create_invite(mission, &label, days).await;
    CancelInvite { mission, invite } => backend.cancel_invite(mission, invite).await;
    RemoveDevice { device } => backend.remove_device(device).await;
    ListLinks { mission } => backend.links(mission);
    CreateLink { mission, link } => backend.create_link(mission, link).await;
    CloseLink { mission, link } => backend.close_link(mission, link).await;
    Fetch => backend.fetch().await;
    ImportFiles { files } => backend.import_files(files).await;
    ListInbox => backend.inbox();
    GetTable { filter, offset, limit } => backend.table(&filter, offset, limit);
    GetEntry { rec } => backend.entry(rec);
    Erase { rec, reason } => backend.erase_entry(rec, &reason).await;
    GetErasureProof { rec } => backend.erasure_proof(rec);
    Export { format, filter } => backend.desk_export(format, &filter).await;
}

answers! { Backend<H>, |backend|
    ListLibrary => backend.library_forms();
    AddForm { form } => {
        backend.add_form(form).await?;
        backend.library_forms()
    };
    GetForm { hash } => backend.library_form(&hash);
    CompareForms { before, after, lang } => backend.compare_forms(&before, &after, &lang);
    GetPaper { hash, lang } => {
        let form = compiled(&backend.known_form(&hash)?)?;
        Ok(paper(&form, &lang))
    };
    GetXForm { hash } => backend.xform(&hash);
    PublishForm { hash, missions } => {
        backend.assign_known_form(&hash, &missions).await?;
        backend.library_forms()
    };
    PutFormAway { hash, away } => {
        backend.put_form_away(&hash, away).await?;
        backend.library_forms()
    };
    TryForm { hash, question } => {
        // Whoever tries a form is at the desk, though the page around it feels nothing.
        backend.touch();
        let whose = Whose::Trial(hash);
        Ok(Encoded(question.answered_by(&Unkept { backend, whose }).await))
    };
}

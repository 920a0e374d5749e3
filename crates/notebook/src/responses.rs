//! Questionnaires being filled in a notebook: whoever answers is a [`Respondent`], whose draft is kept at every answer.
//!
//! Answers are kept as a sealed draft before they are acknowledged, and finishing makes one op: a field per answer. A file
//! chosen is a record of its own, made in the same commit.

mod draft;
mod files;
mod finish;
mod kept;
mod moment;

pub use self::files::attached_file;

use std::collections::BTreeMap;

use vigie_forms::{ChoicePage, Draft as Answers};
use vigie_model::{CardForm, FormId, Kind, RecordId};
use vigie_respondent::{Respondent, compiled, form_info};

use self::draft::draft_response;
use crate::{
    Host,
    memory::{EditBase, InVault, Open},
    notebook::{Notebook, Tx},
    protocol::{Answered, EntryState, Failure, FormInfo, FormProblem, FormView, Millis, Saved},
};

impl<H: Host> Notebook<H> {
    pub(crate) async fn forms(&self) -> Result<Vec<FormInfo>, Failure> {
        let current = self.open()?.current()?.0;
        let Some(card) = self.card(current).await? else {
            return Ok(Vec::new());
        };
        card.forms.iter().map(form_info).collect()
    }

    pub(crate) async fn start_response(
        &self,
        form: &FormId,
        lang: &str,
    ) -> Result<FormView, Failure> {
        let member = self.open()?.beginning()?;
        let card = self.card(member).await?.ok_or(Failure::NotFound)?;
        let rec = self.vault.draw(|random| RecordId::random(random));
        let card_form = card.form(form).ok_or(Failure::NotFound)?;
        let mut respondent = self.respondent(rec, member, card_form, lang, None).await?;
        let view = respondent.view(None);
        let mut open = self.open()?;
        open.editing.insert(
            rec,
            EditBase {
                kind: Some(Kind::RESPONSE),
                member,
                ..EditBase::default()
            },
        );
        open.responses.insert(rec, respondent);
        Ok(view)
    }

    /// Somebody of a mission who answers a form of its card: anew, or where a draft was left.
    async fn respondent(
        &self,
        rec: RecordId,
        member: usize,
        card_form: &CardForm,
        lang: &str,
        answers: Option<Answers>,
    ) -> Result<Respondent<InVault>, Failure> {
        let last = match compiled(card_form)?.reads_last_saved() {
            true => self.last_saved(member, &card_form.id, rec).await?,
            false => None,
        };
        let moment = self.moment(member, last)?;
        Respondent::begin(rec, card_form, lang, moment, answers, InVault::default())
    }

    /// What was answered in the last response to a form that this device finished, but for `rec`.
    async fn last_saved(
        &self,
        member: usize,
        form: &FormId,
        rec: RecordId,
    ) -> Result<Option<Answers>, Failure> {
        let last = loop {
            let found = self.open()?.last_response(member, form, rec);
            if found.is_some() || !self.index_more().await? {
                break found;
            }
        };
        let row = match last {
            Some(last) => self.record(last).await?,
            None => None,
        };
        Ok(row.and_then(|row| row.response).map(|part| part.draft))
    }

    pub(crate) async fn open_response(&self, rec: RecordId) -> Result<FormView, Failure> {
        self.renew(rec).await?;
        self.revive(rec).await?;
        let row = self.record(rec).await?;
        let mut open = self.open()?;
        let draft = open
            .drafts
            .get(&rec)
            .filter(|draft| !draft.unsaved)
            .map(|draft| draft.saved);
        let saved_at = draft.or(row.map(|row| row.record.updated.ms));
        let draft = open.drafts.contains_key(&rec);
        let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
        Ok(FormView {
            draft,
            ..live.view(saved_at)
        })
    }

    /// Lets go of a session whose form has a newer version in the card by now: it is taken up again from what is kept.
    async fn renew(&self, rec: RecordId) -> Result<(), Failure> {
        let kept = |open: &Open| {
            let live = open.responses.get(&rec)?;
            let member = match open.drafts.get(&rec) {
                Some(draft) if draft.unsaved => return None,
                Some(draft) => draft.member,
                None if live.finished => open.editing.get(&rec)?.member,
                None => return None,
            };
            // A row that may still be brought back is not let go for a new version.
            (!live.may_bring_back()).then(|| (member, live.form.clone()))
        };
        let Some((member, form)) = kept(&*self.open()?) else {
            return Ok(());
        };
        let card = self.card(member).await?;
        let newer =
            card.is_some_and(|card| card.form(&form.id).is_some_and(|now| now.hash != form.hash));
        if newer {
            self.open()?.responses.remove(&rec);
        }
        Ok(())
    }

    /// Makes sure that a session is live: from its draft, or from the finished response.
    async fn revive(&self, rec: RecordId) -> Result<(), Failure> {
        if self.open()?.responses.contains_key(&rec) {
            return Ok(());
        }
        let row = self.record(rec).await?;
        let finished = row
            .as_ref()
            .and_then(|row| row.response.as_ref())
            .map(|part| part.files.clone())
            .unwrap_or_default();
        let (member, id, title, answers, files, attached) = {
            let open = self.open()?;
            match (open.drafts.get(&rec), &row) {
                (Some(draft), _) => {
                    let form = draft.form.as_ref().ok_or(Failure::NotFound)?;
                    (
                        draft.member,
                        form.id.clone(),
                        form.title.clone(),
                        form.draft.clone(),
                        form.files.clone(),
                        form.attached.clone().unwrap_or(finished),
                    )
                }
                (None, Some(row)) => {
                    let part = row.response.as_ref().ok_or(Failure::NotFound)?;
                    let form = row.record.form.as_ref().ok_or(Failure::NotFound)?;
                    (
                        row.member,
                        form.id.clone(),
                        part.title.clone(),
                        part.draft.clone(),
                        BTreeMap::new(),
                        finished,
                    )
                }
                (None, None) => return Err(Failure::NotFound),
            }
        };
        let card = self.card(member).await?.ok_or(Failure::NotFound)?;
        let card_form = card.form(&id).ok_or(Failure::NotFound)?;
        let mut live = self
            .respondent(rec, member, card_form, "", Some(answers))
            .await?;
        live.finished = row.is_some();
        // A finished one is called by its form again: its own name comes with its answers.
        if !live.finished {
            live.title = title;
        }
        live.files = files;
        live.attached = attached;
        let mut open = self.open()?;
        if let Some(row) = &row
            && !open.drafts.contains_key(&rec)
        {
            open.editing.insert(rec, EditBase::of(row));
        }
        open.responses.insert(rec, live);
        Ok(())
    }

    /// Does something to a live response and keeps its draft, before it answers.
    async fn keep_response<T>(
        &self,
        mut tx: Tx<'_, H>,
        rec: RecordId,
        change: impl FnOnce(&mut Respondent<InVault>, Millis) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = self.host().now().0;
        let answer = {
            let mut open = tx.memory()?;
            let open = &mut *open;
            let member = open
                .drafts
                .get(&rec)
                .map(|draft| draft.member)
                .or(open.editing.get(&rec).map(|base| base.member));
            let moment = self.now_of(open, member.ok_or(Failure::NotFound)?)?;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            let answer = change(live.at(moment), now)?;
            draft_response(&mut tx, open, rec, now)?;
            answer
        };
        tx.commit().await?;
        Ok(answer)
    }

    /// The same, of a change that the notebook's list tells.
    async fn change_response<T>(
        &self,
        rec: RecordId,
        change: impl FnOnce(&mut Respondent<InVault>, Millis) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let tx = self.vault.transaction().await;
        self.revive(rec).await?;
        let answer = self.keep_response(tx, rec, change).await?;
        self.changed();
        Ok(answer)
    }

    pub(crate) async fn set_answer(
        &self,
        rec: RecordId,
        node: &str,
        value: &str,
    ) -> Result<Answered, Failure> {
        self.change_response(rec, |live, at| live.answer(node, value, at))
            .await
    }

    pub(crate) async fn add_repeat(&self, rec: RecordId, node: &str) -> Result<Answered, Failure> {
        self.change_response(rec, |live, at| live.add_row(node, at))
            .await
    }

    pub(crate) async fn remove_repeat(
        &self,
        rec: RecordId,
        node: &str,
    ) -> Result<Answered, Failure> {
        self.change_response(rec, |live, at| live.remove_row(node, at))
            .await
    }

    pub(crate) async fn undo_remove(&self, rec: RecordId) -> Result<FormView, Failure> {
        self.change_response(rec, |live, _| live.bring_back())
            .await?;
        self.open_response(rec).await
    }

    pub(crate) async fn go_to(&self, rec: RecordId, page: usize) -> Result<Saved, Failure> {
        let tx = self.vault.transaction().await;
        self.revive(rec).await?;
        // A response that nobody has answered yet is not worth a draft.
        if self.open()?.drafts.contains_key(&rec) {
            self.keep_response(tx, rec, |live, _| {
                live.go_to(page);
                Ok(())
            })
            .await?;
        } else if let Some(live) = self.open()?.responses.get_mut(&rec) {
            live.go_to(page);
        }
        Ok(Saved {
            rec,
            at: self.host().now().0,
            state: EntryState::Draft,
        })
    }

    pub(crate) async fn form_language(
        &self,
        rec: RecordId,
        lang: &str,
    ) -> Result<FormView, Failure> {
        self.revive(rec).await?;
        {
            let mut open = self.open()?;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            live.speak(lang);
        }
        self.open_response(rec).await
    }

    /// Choices whose label has every word of `query`, from `offset` on: lists are too long to be sent whole.
    pub(crate) fn search_choices(
        &self,
        rec: RecordId,
        node: &str,
        query: &str,
        offset: usize,
    ) -> Result<ChoicePage, Failure> {
        let open = self.open()?;
        let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
        live.search(node, query, offset)
    }

    pub(crate) async fn check_response(&self, rec: RecordId) -> Result<Vec<FormProblem>, Failure> {
        self.revive(rec).await?;
        let open = self.open()?;
        let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
        Ok(live.check())
    }
}

impl Open {
    /// The last response to a form that was finished here, but for `rec`: the newest of those in the lines that are open.
    fn last_response(&self, member: usize, form: &FormId, rec: RecordId) -> Option<RecordId> {
        let lines = self.index.lines.values().rev();
        let mut responses = lines.filter(|line| {
            line.kind == Kind::RESPONSE
                && line.member == member
                && line.form.as_ref() == Some(form)
                && line.rec != rec
                && !line.deleted
        });
        responses.next().map(|line| line.rec)
    }
}

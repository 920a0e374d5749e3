//! Questionnaires being filled: a live session for each open response, its draft kept at every answer.
//!
//! All rules are the session's ([`vigie_forms::Session`]); here it is given a clock and dice, its answers are kept as a
//! sealed draft before they are acknowledged, and finishing it makes one op: a field per answer, named by its path below
//! the root, rows of a repeat numbered (`equipe[2]/age`). A file chosen is a record of its own, made in the same commit.

mod draft;
mod files;
mod finish;
mod form;
mod live;
mod rows;
mod world;

use std::collections::BTreeMap;

use vigie_forms::{CHOICES_SHOWN, Changes, ChoicePage};
use vigie_model::{Kind, RecordId};

pub(crate) use self::{
    draft::{FileChosen, FormDraft, ResponsePart},
    finish::fields_of,
    form::{compiled, form_info, language},
    live::{LiveResponse, begin},
    world::Moment,
};
use crate::{
    Host,
    backend::Backend,
    drafts::EditBase,
    open::Open,
    protocol::{Answered, EntryState, Failure, FormInfo, FormProblem, FormView, Saved},
    store::Change,
};

/// The record that an attachment belongs to, and the field of its question there.
pub(crate) const OF: &str = vigie_model::fields::any::OF;
pub(crate) const FIELD: &str = "_field";

/// `/data/travail/pays` → `travail/pays`.
pub(crate) fn below_root(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

impl<H: Host> Backend<H> {
    pub(crate) async fn forms(&self) -> Result<Vec<FormInfo>, Failure> {
        let current = self.open()?.current()?.0;
        let Some(card) = self.card(current).await? else {
            return Ok(Vec::new());
        };
        card.forms
            .iter()
            .map(|card_form| Ok(form_info(card_form, &*compiled(card_form)?)))
            .collect()
    }

    pub(crate) async fn start_response(&self, form: &str, lang: &str) -> Result<FormView, Failure> {
        let member = self.open()?.current()?.0;
        let card = self.card(member).await?.ok_or(Failure::NotFound)?;
        let rec = RecordId::random(&mut self.random());
        let mut open = self.open()?;
        let moment = self.moment(&open, member)?;
        let card_form = card.form(form).ok_or(Failure::NotFound)?;
        let mut live = begin(card_form, lang, moment, None)?;
        live.speak(lang);
        open.editing.insert(
            rec,
            EditBase {
                kind: Some(Kind::RESPONSE),
                member,
                ..EditBase::default()
            },
        );
        let view = live.view(rec, None);
        open.responses.insert(rec, live);
        Ok(view)
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
        open.responses
            .get_mut(&rec)
            .map(|live| live.view(rec, saved_at))
            .ok_or(Failure::NotFound)
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
            live.undo.is_none().then(|| (member, live.form.clone()))
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
        let mut open = self.open()?;
        let moment = self.moment(&open, member)?;
        let card_form = card.form(&id).ok_or(Failure::NotFound)?;
        let mut live = begin(card_form, "", moment, Some(answers))?;
        live.title = title;
        live.files = files;
        live.attached = attached;
        live.finished = row.is_some();
        if let Some(row) = &row
            && !open.drafts.contains_key(&rec)
        {
            open.editing.insert(rec, EditBase::of(row));
        }
        open.responses.insert(rec, live);
        Ok(())
    }

    /// Does something to a live response, keeps its draft, and answers what changed.
    async fn change_response(
        &self,
        rec: RecordId,
        mut also: Vec<Change>,
        change: impl FnOnce(&mut LiveResponse) -> Result<Changes, Failure>,
    ) -> Result<Answered, Failure> {
        let now = self.host().now().0;
        let (answered, row) = {
            let mut open = self.open()?;
            let open = &mut *open;
            let member = open
                .drafts
                .get(&rec)
                .map(|draft| draft.member)
                .or(open.editing.get(&rec).map(|base| base.member));
            let moment = self.now_of(open, member.ok_or(Failure::NotFound)?)?;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            live.moment.now.set(moment);
            let undo = live.undo.take();
            let changes = change(live)?;
            if let Some(undo) = undo {
                also.extend(live.let_go(&undo));
            }
            let answered = live.answered(&changes, now);
            (answered, self.draft_response(open, rec, now)?)
        };
        also.push(row);
        self.commit(also).await?;
        if let Some(draft) = self.open()?.drafts.get_mut(&rec) {
            draft.unsaved = false;
        }
        self.changed();
        Ok(answered)
    }

    pub(crate) async fn set_answer(
        &self,
        rec: RecordId,
        node: &str,
        value: &str,
    ) -> Result<Answered, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        self.change_response(rec, Vec::new(), |live| {
            let id = live.session.find(node).ok_or(Failure::NotFound)?;
            live.session.answer(id, value).map_err(refused)
        })
        .await
    }

    pub(crate) async fn go_to(&self, rec: RecordId, page: usize) -> Result<Saved, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        let now = self.host().now().0;
        let row = {
            let mut open = self.open()?;
            let open = &mut *open;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            let node = live.session.pages().get(page).map(|page| page.id);
            if let Some(node) = node {
                live.session.set_position(node);
            }
            // A response that nobody has answered yet is not worth a draft.
            if open.drafts.contains_key(&rec) {
                Some(self.draft_response(open, rec, now)?)
            } else {
                None
            }
        };
        self.commit(row.into_iter().collect()).await?;
        if let Some(draft) = self.open()?.drafts.get_mut(&rec) {
            draft.unsaved = false;
        }
        Ok(Saved {
            rec,
            at: now,
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
        let id = live.session.find(node).ok_or(Failure::NotFound)?;
        Ok(live
            .session
            .search_choices(id, query, offset, CHOICES_SHOWN))
    }

    pub(crate) async fn check_response(&self, rec: RecordId) -> Result<Vec<FormProblem>, Failure> {
        self.revive(rec).await?;
        let open = self.open()?;
        let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
        Ok(live.problems(live.session.validate()))
    }
}

pub(crate) fn refused(refused: vigie_forms::Refused) -> Failure {
    match refused {
        vigie_forms::Refused::Gone | vigie_forms::Refused::NotARepeat => Failure::NotFound,
        other => Failure::Refused(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_by_its_path_below_the_root() {
        assert_eq!(below_root("/data/travail/pays"), "travail/pays");
        assert_eq!(below_root("/data/equipe[2]/age"), "equipe[2]/age");
    }
}

//! A form tried at the desk: the filling page's own questions, answered by a session that nobody keeps.

use vigie_forms::{CHOICES_SHOWN, Changes, NodeId};
use vigie_model::RecordId;

use crate::{
    Backend, Host,
    answers::answers,
    protocol::{Answered, EntryState, Failure, Finished, FormView, Saved},
    responses::{LiveResponse, Moment, begin, refused},
};

/// The form being tried.
pub(crate) struct Tried {
    hash: String,
    rec: RecordId,
    live: LiveResponse,
}

/// Answers what the filling page asks. One form is tried at a time; nothing of it goes to the store.
pub(super) struct Trial<'a, H: Host> {
    pub backend: &'a Backend<H>,
    pub hash: &'a str,
}

answers! { Trial<'_, H>, |trial|
    StartResponse { lang, .. } => trial.begin(&lang);
    OpenResponse { .. } => trial.view();
    FormLanguage { lang, .. } => {
        trial.with(|_, live| {
            live.speak(&lang);
            Ok(())
        })?;
        trial.view()
    };
    SearchChoices { node, query, offset, .. } => trial.with(|_, live| {
        let id = find(live, &node)?;
        Ok(live.session.search_choices(id, &query, offset, CHOICES_SHOWN))
    });
    GoTo { page, .. } => trial.with(|rec, live| {
        if let Some(page) = live.session.pages().get(page) {
            live.session.set_position(page.id);
        }
        Ok(trial.kept(rec))
    });
    CheckResponse { .. } => trial.with(|_, live| Ok(live.problems(live.session.validate())));
    FinishResponse { .. } => trial.with(|rec, live| {
        Ok(match live.session.finish() {
            Ok(_) => Finished::Saved(trial.kept(rec)),
            Err(invalid) => Finished::Problems(live.problems(invalid)),
        })
    });
    SetAnswer { node, value, .. } => trial.change(&node, |live, id| live.session.answer(id, &value));
    AttachFile { node, file, .. } => {
        trial.change(&node, |live, id| live.session.answer(id, &file.name))
    };
    AddRepeat { node, .. } => trial.change(&node, |live, id| live.session.add_repeat(id));
    RemoveRepeat { node, .. } => trial.change(&node, |live, id| live.session.remove_repeat(id));
    ReadMedia { name, .. } => trial.backend.shown_file(trial.hash, &name);
    ListForms => Err(Failure::Refused("preview".into()));
    UndoRemove { .. } => Err(Failure::Refused("preview".into()));
    ReadFile { .. } => Err(Failure::Refused("preview".into()));
}

fn find(live: &LiveResponse, path: &str) -> Result<NodeId, Failure> {
    live.session.find(path).ok_or(Failure::NotFound)
}

impl<H: Host> Trial<'_, H> {
    fn begin(&self, lang: &str) -> Result<FormView, Failure> {
        let card_form = self.backend.known_form(self.hash)?;
        let mut seed = [0; 8];
        self.backend.host().fill(&mut seed);
        let moment = self.backend.now_for_a_form(true);
        {
            let mut open = self.backend.open()?;
            let by = open.profile.name.clone();
            let world = Moment::new(moment, seed, by, String::new());
            let mut live = begin(&card_form, lang, world, None)?;
            live.speak(lang);
            open.desk_mut()?.tried = Some(Tried {
                hash: self.hash.to_owned(),
                rec: RecordId::random(&mut self.backend.random()),
                live,
            });
        }
        self.view()
    }

    fn with<T>(
        &self,
        act: impl FnOnce(RecordId, &mut LiveResponse) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let moment = self.backend.now_for_a_form(true);
        let mut open = self.backend.open()?;
        let tried = open.desk_mut()?.tried.as_mut();
        let tried = tried.filter(|tried| tried.hash == self.hash);
        let Tried { rec, live, .. } = tried.ok_or(Failure::NotFound)?;
        live.moment.now.set(moment);
        act(*rec, live)
    }

    fn change(
        &self,
        node: &str,
        change: impl FnOnce(&mut LiveResponse, NodeId) -> Result<Changes, vigie_forms::Refused>,
    ) -> Result<Answered, Failure> {
        let at = self.backend.host().now().0;
        self.with(|_, live| {
            let id = find(live, node)?;
            let changes = change(live, id).map_err(refused)?;
            Ok(live.answered(&changes, at))
        })
    }

    fn view(&self) -> Result<FormView, Failure> {
        self.with(|rec, live| Ok(live.view(rec, None)))
    }

    fn kept(&self, rec: RecordId) -> Saved {
        Saved {
            rec,
            at: self.backend.host().now().0,
            state: EntryState::Draft,
        }
    }
}

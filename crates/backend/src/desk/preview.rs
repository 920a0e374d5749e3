//! A form tried at the desk: the filling page's own questions, answered by a session that nobody keeps.

use vigie_forms::CHOICES_SHOWN;
use vigie_model::RecordId;

use crate::{
    Host,
    backend::Backend,
    protocol::{Answer, EntryState, Failure, Request, Saved},
    responses::{LiveResponse, Moment, begin, refused},
};

/// The form being tried.
pub(crate) struct Tried {
    hash: String,
    rec: RecordId,
    live: LiveResponse,
}

impl<H: Host> Backend<H> {
    /// Answers what the filling page asks. One form is tried at a time; nothing of it goes to the store.
    pub(crate) fn preview(&self, hash: &str, request: Request) -> Result<Answer, Failure> {
        // Whoever tries a form is at the desk, though the page around it feels nothing.
        self.touch();
        let now = self.host().now();
        let moment = self.now_for_a_form(true);
        if let Request::StartResponse { lang, .. } = &request {
            let card_form = self.known_form(hash)?;
            let mut seed = [0; 8];
            self.host().fill(&mut seed);
            let mut open = self.open()?;
            let by = open.profile.name.clone();
            let world = Moment::new(moment, seed, by, String::new());
            let mut live = begin(&card_form, lang, world, None)?;
            live.speak(lang);
            open.desk_mut()?.tried = Some(Tried {
                hash: hash.to_owned(),
                rec: RecordId::random(&mut self.random()),
                live,
            });
        }
        let mut open = self.open()?;
        let tried = open.desk_mut()?.tried.as_mut();
        let Tried { rec, live, .. } = tried
            .filter(|tried| tried.hash == hash)
            .ok_or(Failure::NotFound)?;
        live.moment.now.set(moment);
        let node =
            |live: &LiveResponse, path: &str| live.session.find(path).ok_or(Failure::NotFound);
        let kept = Saved {
            rec: rec.to_string(),
            at: now.0,
            state: EntryState::Draft,
        };
        let changes = match request {
            Request::StartResponse { .. } | Request::OpenResponse { .. } => {
                return Ok(Answer::Form(live.view(*rec, None)));
            }
            Request::FormLanguage { lang, .. } => {
                live.speak(&lang);
                return Ok(Answer::Form(live.view(*rec, None)));
            }
            Request::SearchChoices {
                node: path,
                query,
                offset,
                ..
            } => {
                let id = node(live, &path)?;
                let found = live
                    .session
                    .search_choices(id, &query, offset, CHOICES_SHOWN);
                return Ok(Answer::Choices(found));
            }
            Request::GoTo { page, .. } => {
                if let Some(page) = live.session.pages().get(page) {
                    live.session.set_position(page.id);
                }
                return Ok(Answer::Saved(kept));
            }
            Request::CheckResponse { .. } => {
                return Ok(Answer::Problems(live.problems(live.session.validate())));
            }
            Request::FinishResponse { .. } => {
                return Ok(match live.session.finish() {
                    Ok(_) => Answer::Saved(kept),
                    Err(invalid) => Answer::Problems(live.problems(invalid)),
                });
            }
            Request::SetAnswer {
                node: path, value, ..
            } => {
                let id = node(live, &path)?;
                live.session.answer(id, &value)
            }
            Request::AttachFile {
                node: path, name, ..
            } => {
                let id = node(live, &path)?;
                live.session.answer(id, &name)
            }
            Request::AddRepeat { node: path, .. } => {
                let id = node(live, &path)?;
                live.session.add_repeat(id)
            }
            Request::RemoveRepeat { node: path, .. } => {
                let id = node(live, &path)?;
                live.session.remove_repeat(id)
            }
            _ => return Err(Failure::Refused("preview".into())),
        };
        let changes = changes.map_err(refused)?;
        Ok(Answer::Answered(live.answered(&changes, now.0)))
    }
}

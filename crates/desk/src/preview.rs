//! A form tried at the desk: the filling page's own questions, answered by somebody whose answers nobody keeps.

use vigie_model::{FormHash, RecordId};
use vigie_notebook::Host;
use vigie_protocol::{Failure, File, Finished, FormView, Millis};
use vigie_respondent::{InMemory, Moment, Respondent, Whose, in_memory};

use crate::{desk::Desk, in_open::InOpen as _, memory::Trial};

impl<H: Host> Desk<H> {
    /// Begins anew: one form is tried at a time.
    fn start_trial(&self, hash: &FormHash, lang: &str) -> Result<FormView, Failure> {
        let card_form = self.known_form(hash)?;
        let rec = self.notebook.vault.draw(|random| RecordId::random(random));
        let mut seed = [0; 8];
        self.host().fill(&mut seed);
        let mut open = self.open()?;
        let by = open.profile.name.clone();
        let moment = Moment::new(
            self.notebook.now_for_a_form(true),
            seed,
            by,
            String::new(),
            None,
        );
        let mut respondent =
            Respondent::begin(rec, &card_form, lang, moment, None, InMemory::default())?;
        let view = respondent.view(None);
        open.desk_mut()?.trial = Some(Trial {
            hash: hash.clone(),
            respondent,
        });
        Ok(view)
    }
}

/// The answers to a form that is tried.
pub(crate) struct OnTrial<'a, H: Host> {
    pub desk: &'a Desk<H>,
    pub form: FormHash,
}

impl<H: Host> Whose for OnTrial<'_, H> {
    fn start(&self, lang: &str) -> Result<FormView, Failure> {
        self.desk.start_trial(&self.form, lang)
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&mut Respondent<InMemory>, Millis) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = self.desk.notebook.now_for_a_form(true);
        let mut open = self.desk.open()?;
        let trial = open.desk_mut()?.trial.as_mut();
        let trial = trial.filter(|trial| trial.hash == self.form);
        act(
            trial.ok_or(Failure::NotFound)?.respondent.at(now),
            now.millis,
        )
    }

    fn blob(&self) -> String {
        let vault = &self.desk.notebook.vault;
        vault.draw(|random| RecordId::random(random)).to_string()
    }

    fn media(&self, name: &str) -> Result<File, Failure> {
        self.desk.shown_file(&self.form, name)
    }

    async fn finish(&self) -> Result<Finished, Failure> {
        self.with(|respondent, at| {
            Ok(match respondent.finish() {
                Ok(_) => Finished::Saved(in_memory(respondent.rec, at)),
                Err(problems) => Finished::Problems(problems),
            })
        })
    }
}

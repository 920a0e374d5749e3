//! A form tried at the desk: the filling page's own questions, answered by somebody whose answers nobody keeps.

use vigie_model::{FormHash, RecordId};
use vigie_respondent::{InMemory, Moment, Respondent};

use crate::{
    Host,
    backend::Backend,
    memory::desk::Trial,
    protocol::{Failure, FormView},
};

impl<H: Host> Backend<H> {
    /// Begins anew: one form is tried at a time.
    pub(crate) fn start_trial(&self, hash: &FormHash, lang: &str) -> Result<FormView, Failure> {
        let card_form = self.known_form(hash)?;
        let rec = self.vault.draw(|random| RecordId::random(random));
        let mut seed = [0; 8];
        self.host().fill(&mut seed);
        let mut open = self.open()?;
        let by = open.profile.name.clone();
        let moment = Moment::new(self.now_for_a_form(true), seed, by, String::new(), None);
        let mut respondent =
            Respondent::begin(rec, &card_form, lang, moment, None, InMemory::default())?;
        let view = respondent.view(None);
        open.desk_mut()?.trial = Some(Trial {
            hash: hash.clone(),
            respondent,
        });
        Ok(view)
    }

    pub(crate) fn with_trial<T>(
        &self,
        hash: &FormHash,
        act: impl FnOnce(&mut Respondent<InMemory>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = self.now_for_a_form(true);
        let mut open = self.open()?;
        let trial = open.desk_mut()?.trial.as_mut();
        let trial = trial.filter(|trial| trial.hash == *hash);
        act(trial.ok_or(Failure::NotFound)?.respondent.at(now))
    }
}

//! Questions on a questionnaire whose answers no store sees: a partner's, and those of whoever tries a form at the desk.

use vigie_model::RecordId;
use vigie_respondent::{InMemory, Respondent};

use crate::{
    Host,
    answering::answers,
    backend::Backend,
    protocol::{EntryState, Failure, FormView, Millis, Saved},
};

/// Whose answers.
pub(crate) enum Whose {
    /// Of the partner link that is open.
    Link,
    /// To this form, at the desk.
    #[cfg(feature = "desk")]
    Trial(vigie_model::FormHash),
}

pub(crate) struct Unkept<'a, H: Host> {
    pub backend: &'a Backend<H>,
    pub whose: Whose,
}

answers! { Unkept<'_, H>, |of|
    ListForms => Err(Failure::NotFound);
    StartResponse { lang, .. } => match &of.whose {
        Whose::Link => of.backend.start_link(&lang),
        #[cfg(feature = "desk")]
        Whose::Trial(hash) => of.backend.start_trial(hash, &lang),
    };
    OpenResponse { .. } => of.view();
    FormLanguage { lang, .. } => {
        of.with(|respondent, _| {
            respondent.speak(&lang);
            Ok(())
        })?;
        of.view()
    };
    SetAnswer { node, value, .. } => of.with(|respondent, at| respondent.answer(&node, &value, at));
    AttachFile { node, file, .. } => {
        let blob = of.backend.vault.draw(|random| RecordId::random(random)).to_string();
        of.with(|respondent, at| respondent.attach(&node, file, blob, at))
    };
    AddRepeat { node, .. } => of.with(|respondent, at| respondent.add_row(&node, at));
    RemoveRepeat { node, .. } => of.with(|respondent, at| respondent.remove_row(&node, at));
    UndoRemove { .. } => {
        of.with(|respondent, _| respondent.bring_back())?;
        of.view()
    };
    SearchChoices { node, query, offset, .. } => {
        of.with(|respondent, _| respondent.search(&node, &query, offset))
    };
    ReadFile { node, .. } => of.with(|respondent, _| respondent.file(&node));
    ReadMedia { name, .. } => match &of.whose {
        Whose::Link => of.backend.link_media(&name),
        #[cfg(feature = "desk")]
        Whose::Trial(hash) => of.backend.shown_file(hash, &name),
    };
    GoTo { page, .. } => of.with(|respondent, at| {
        respondent.go_to(page);
        Ok(in_memory(respondent.rec, at))
    });
    CheckResponse { .. } => of.with(|respondent, _| Ok(respondent.check()));
    FinishResponse { .. } => match &of.whose {
        Whose::Link => of.backend.finish_link().await,
        #[cfg(feature = "desk")]
        Whose::Trial(_) => of.with(|respondent, at| {
            Ok(match respondent.finish() {
                Ok(_) => crate::protocol::Finished::Saved(in_memory(respondent.rec, at)),
                Err(problems) => crate::protocol::Finished::Problems(problems),
            })
        }),
    };
}

impl<H: Host> Unkept<'_, H> {
    /// Acts for the respondent, at the time that it is.
    fn with<T>(
        &self,
        act: impl FnOnce(&mut Respondent<InMemory>, Millis) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let at = self.backend.host().now().0;
        match &self.whose {
            Whose::Link => self.backend.with_link(|respondent| act(respondent, at)),
            #[cfg(feature = "desk")]
            Whose::Trial(hash) => self
                .backend
                .with_trial(hash, |respondent| act(respondent, at)),
        }
    }

    fn view(&self) -> Result<FormView, Failure> {
        self.with(|respondent, _| Ok(respondent.view(None)))
    }
}

/// Saved in memory, as far as anything is.
pub(crate) fn in_memory(rec: RecordId, at: Millis) -> Saved {
    Saved {
        rec,
        at,
        state: EntryState::Draft,
    }
}

//! Questions on a questionnaire whose answers no store sees: a partner's, and those of whoever tries a form at the desk.

use vigie_model::RecordId;
use vigie_protocol::{EntryState, Failure, File, Finished, FormView, Millis, Saved, answers};

use crate::{InMemory, Respondent};

/// Whose answers.
#[allow(async_fn_in_trait, reason = "one thread: in a browser nothing is Send")]
pub trait Whose {
    fn start(&self, lang: &str) -> Result<FormView, Failure>;
    /// Acts for the respondent, at the time that it is.
    fn with<T>(
        &self,
        act: impl FnOnce(&mut Respondent<InMemory>, Millis) -> Result<T, Failure>,
    ) -> Result<T, Failure>;
    /// What a chosen file is called.
    fn blob(&self) -> String;
    /// A file that the questionnaire shows.
    fn media(&self, name: &str) -> Result<File, Failure>;
    async fn finish(&self) -> Result<Finished, Failure>;
}

/// Answers for them.
pub struct Unkept<W>(pub W);

answers! { impl<W: Whose> Unkept<W>, |of|
    ListForms => Err(Failure::NotFound);
    StartResponse { lang, .. } => of.0.start(&lang);
    OpenResponse { .. } => of.view();
    FormLanguage { lang, .. } => {
        of.0.with(|respondent, _| {
            respondent.speak(&lang);
            Ok(())
        })?;
        of.view()
    };
    SetAnswer { node, value, .. } => of.0.with(|respondent, at| respondent.answer(&node, &value, at));
    AttachFile { node, file, .. } => {
        let blob = of.0.blob();
        of.0.with(|respondent, at| respondent.attach(&node, file, blob, at))
    };
    AddRepeat { node, .. } => of.0.with(|respondent, at| respondent.add_row(&node, at));
    RemoveRepeat { node, .. } => of.0.with(|respondent, at| respondent.remove_row(&node, at));
    UndoRemove { .. } => {
        of.0.with(|respondent, _| respondent.bring_back())?;
        of.view()
    };
    SearchChoices { node, query, offset, .. } => {
        of.0.with(|respondent, _| respondent.search(&node, &query, offset))
    };
    ReadFile { node, .. } => of.0.with(|respondent, _| respondent.file(&node));
    ReadMedia { name, .. } => of.0.media(&name);
    GoTo { page, .. } => of.0.with(|respondent, at| {
        respondent.go_to(page);
        Ok(in_memory(respondent.rec, at))
    });
    CheckResponse { .. } => of.0.with(|respondent, _| Ok(respondent.check()));
    FinishResponse { .. } => of.0.finish().await;
}

impl<W: Whose> Unkept<W> {
    fn view(&self) -> Result<FormView, Failure> {
        self.0.with(|respondent, _| Ok(respondent.view(None)))
    }
}

/// Saved in memory, as far as anything is.
pub fn in_memory(rec: RecordId, at: Millis) -> Saved {
    Saved {
        rec,
        at,
        state: EntryState::Draft,
    }
}

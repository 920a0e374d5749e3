//! What somebody without a notebook takes with her once her answer is sealed: what the questionnaire says in return, and, where
//! the office lets her, her answers.

#[cfg(feature = "partner")]
use crate::markdown;

/// It is on the screen, and nowhere else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    pub title: String,
    pub lang: String,
    /// The notes of the questionnaire's last page, where that is a group which asks nothing, under its label: as the form has
    /// them written.
    pub heading: String,
    pub notes: Vec<String>,
    /// Questions and their answers, in words.
    pub answers: Vec<(String, String)>,
}

impl Taken {
    /// As a text that any phone opens.
    #[cfg(feature = "partner")]
    pub fn written(&self) -> String {
        let notes = self.notes.iter().map(|note| markdown::plain(note));
        let answers = self.answers.iter();
        let answers = answers.map(|(asked, said)| format!("{asked}\n    {said}"));
        let parts = [self.title.clone()].into_iter().chain(notes).chain(answers);
        parts.collect::<Vec<_>>().join("\n\n") + "\n"
    }
}

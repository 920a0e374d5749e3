//! What the questionnaires of the missions ask: the labels that make answers readable at the desk and in a codebook.
//!
//! A response's fields are paths (`travail/pays`) and codes (`bd`); the words stand in the card's compiled form. A form
//! changes from one version to the next, so a response is read with the version it was filled in, and when that is not
//! known any more, with another of the same id.

pub(crate) mod compiled;
mod question;

use std::collections::BTreeMap;

use vigie_model::{CardForm, FormHash, FormId};

pub use compiled::asks_consent;
pub use question::{Choice, Labels, Question, pick};

use crate::Registry;

/// One version of one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormQuestions {
    pub id: FormId,
    pub version: String,
    pub hash: FormHash,
    pub title: Labels,
    pub questions: Vec<Question>,
}

/// The forms of every mission, with every version that was ever put in a card we know.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// By id; the newest last.
    forms: BTreeMap<FormId, Vec<FormQuestions>>,
}

impl FormQuestions {
    pub fn question(&self, path: &str) -> Option<&Question> {
        self.questions.get(self.place(path)?)
    }

    /// Where an answer stands when rows of a repeat are kept together: the place of each repeat around it and the number of its
    /// row, then its own place. Nothing where no question asks it.
    pub fn row_places(&self, path: &str) -> Vec<usize> {
        let Some(place) = self.place(path) else {
            return Vec::new();
        };
        let mut places = Vec::new();
        for (at, _) in path.match_indices('[') {
            let repeat = format!("{}/", without_rows(&path[..at]));
            let mut first = self.questions.iter();
            let first = first.position(|question| question.path.starts_with(&repeat));
            let number = path[at + 1..].split(']').next();
            let number = number.and_then(|number| number.parse().ok());
            places.extend([first.unwrap_or(place), number.unwrap_or(0)]);
        }
        places.push(place);
        places
    }

    /// Where among the questions this one is.
    pub fn place(&self, path: &str) -> Option<usize> {
        let plain = without_rows(path);
        self.questions
            .iter()
            .position(|question| question.path == plain)
    }

    pub fn title(&self, lang: &str) -> &str {
        pick(&self.title, lang).unwrap_or(self.id.as_str())
    }
}

impl Questions {
    /// Of every card in the registry.
    pub fn of(registry: &Registry) -> Questions {
        let mut questions = Questions::default();
        for form in registry.missions().flat_map(|doc| &doc.card.forms) {
            questions.add_card_form(form);
        }
        questions
    }

    /// Takes a form of a card; one whose compiled form can't be read gives its title only.
    pub fn add_card_form(&mut self, form: &CardForm) {
        let title = form
            .title
            .iter()
            .map(|(lang, title)| (lang.as_str().to_owned(), title.clone()))
            .collect();
        self.add(FormQuestions {
            id: form.id.clone(),
            version: form.version.clone(),
            hash: form.hash.clone(),
            title,
            questions: compiled::questions(&form.compiled),
        });
    }

    /// Takes one version of a form; the same version again replaces it.
    pub fn add(&mut self, form: FormQuestions) {
        let versions = self.forms.entry(form.id.clone()).or_default();
        match versions
            .iter_mut()
            .find(|known| known.version == form.version && known.hash == form.hash)
        {
            Some(known) => *known = form,
            None => versions.push(form),
        }
    }

    /// The form that a response was filled in: by hash, else by version, else the newest of that id.
    pub fn form(&self, id: &FormId, version: &str, hash: &FormHash) -> Option<&FormQuestions> {
        let versions = self.forms.get(id)?;
        (versions.iter().find(|form| form.hash == *hash))
            .or_else(|| versions.iter().find(|form| form.version == version))
            .or(versions.last())
    }

    /// Every version of a form, the newest last.
    pub fn versions(&self, id: &FormId) -> &[FormQuestions] {
        self.forms.get(id).map_or(&[], Vec::as_slice)
    }
}

/// `ouvrieres[2]/age` → `ouvrieres/age`.
pub fn without_rows(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => plain.push(letter),
            _ => {}
        }
    }
    plain
}

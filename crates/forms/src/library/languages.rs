//! How complete each language of a form is, and what it lacks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::words::{below_root, says};
use crate::form::source::{Part, Source, TextForm};

/// How much one language says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// As the form writes it: `Français (fr)`.
    pub language: String,
    /// Texts that it has, of those that some language has.
    pub said: usize,
    /// Texts that some language has.
    pub total: usize,
    /// Those that it lacks, in the order of the form's texts.
    pub missing: Vec<MissingText>,
}

/// A text that another language has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingText {
    /// Whose text: a question's path below the root (`travail/pays`), or a list and a choice (`pays/ht`).
    pub of: String,
    /// Whether it is a choice's.
    pub choice: bool,
    /// Which of its texts: `label`, `hint`, `guidance`, `constraint`, `required`, `image`, `audio`, `video`.
    pub part: String,
    /// The same in another language.
    pub other: String,
}

impl Completeness {
    /// From 0 to 100; 100 when nothing is missing, and never before.
    pub fn percent(&self) -> usize {
        if self.missing.is_empty() {
            100
        } else {
            self.said * 100 / self.total.max(1)
        }
    }
}

/// Each language of a form, in its order; none where it has no translation.
pub fn languages(source: &Source) -> Vec<Completeness> {
    let mut all: Vec<Completeness> = source
        .languages
        .iter()
        .map(|language| Completeness {
            language: language.clone(),
            said: 0,
            total: 0,
            missing: Vec::new(),
        })
        .collect();
    for (id, entries) in &source.texts {
        let said = |forms: &[TextForm]| -> Vec<String> {
            forms
                .iter()
                .filter(|form| says(&form.parts))
                .map(|form| form.form.clone())
                .collect()
        };
        let wanted: BTreeSet<String> = entries.iter().flat_map(|(_, forms)| said(forms)).collect();
        for (place, language) in all.iter_mut().enumerate() {
            let own: Vec<String> = entries
                .iter()
                .filter(|(of, _)| *of as usize == place)
                .flat_map(|(_, forms)| said(forms))
                .collect();
            language.total += wanted.len();
            language.said += own.len();
            for form in wanted.iter().filter(|form| !own.contains(form)) {
                let (of, choice, part) = owner(source, id, form);
                language.missing.push(MissingText {
                    of,
                    choice,
                    part,
                    other: elsewhere(source, entries, form),
                });
            }
        }
    }
    all
}

/// Whose text an id names, and which of its texts.
fn owner(source: &Source, id: &str, form: &str) -> (String, bool, String) {
    let part = |plain: &str| match form {
        "" | "long" | "short" => plain.to_owned(),
        other => other.to_owned(),
    };
    if let Some((path, plain)) = id.split_once(':').filter(|(path, _)| path.starts_with('/')) {
        let plain = match plain.rsplit(':').next().unwrap_or(plain) {
            "constraintMsg" => "constraint",
            "requiredMsg" => "required",
            other => other,
        };
        return (below_root(path).to_owned(), false, part(plain));
    }
    let in_list = source.lists.iter().find_map(|list| {
        let table = list.table.as_ref()?;
        let column = |name: &str| table.columns.iter().position(|column| column == name);
        let (ids, names) = (column("itextId")?, column("name")?);
        let row = table
            .rows
            .iter()
            .find(|row| row.get(ids).is_some_and(|cell| cell.as_deref() == Some(id)))?;
        let code = row.get(names)?.as_deref()?;
        Some(format!("{}/{code}", list.id))
    });
    match in_list {
        Some(of) => (of, true, part("label")),
        None => (id.to_owned(), false, part("label")),
    }
}

/// The text in the first language that has it.
fn elsewhere(source: &Source, entries: &[(u32, Vec<TextForm>)], form: &str) -> String {
    let of = |place: u32| {
        entries
            .iter()
            .filter(|(at, _)| *at == place)
            .flat_map(|(_, forms)| forms)
            .find(|one| one.form == form && says(&one.parts))
    };
    let first = of(source.default_language)
        .or_else(|| (0..source.languages.len()).find_map(|place| of(u32::try_from(place).ok()?)));
    let parts = first.map(|form| form.parts.as_slice()).unwrap_or_default();
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Output(_) => "…",
        })
        .collect()
}

#[cfg(all(test, feature = "xform"))]
mod tests {
    use super::*;
    use crate::library::samples;

    #[test]
    fn what_a_language_lacks_is_listed_with_another_languages_words() {
        let all = languages(samples::first().source());
        assert_eq!(all[0].language, "Français (fr)");
        assert_eq!((all[0].percent(), all[0].missing.len()), (100, 0));
        let spanish = &all[1];
        assert!(spanish.percent() < 100);
        let lacks: Vec<(&str, bool, &str, &str)> = spanish
            .missing
            .iter()
            .map(|text| {
                (
                    text.of.as_str(),
                    text.choice,
                    text.part.as_str(),
                    text.other.as_str(),
                )
            })
            .collect();
        assert_eq!(
            lacks,
            [
                ("travail/age", false, "hint", "En années."),
                ("pays/ht", true, "label", "Haïti"),
            ]
        );
        assert_eq!(spanish.said + 2, spanish.total);
    }

    #[test]
    fn a_form_without_translation_has_no_language_to_complete() {
        let source = Source::default();
        assert!(languages(&source).is_empty());
    }
}

//! What is wrong with a questionnaire, in the person's language.
//!
//! The sentences are those of `locales/*/workbook.json`, by the readers' codes. They are many and long, and only the desk
//! meets them: hence here, and not among the texts that a phone downloads.

#![cfg(any(target_arch = "wasm32", test))]

use vigie_forms::{
    library::import::Found,
    xlsform::{Fault, Kind},
};
use vigie_words::{put_in, workbook};

/// The sentences of one language.
pub struct Words(String);

type Values = Vec<(&'static str, String)>;

impl Words {
    /// In this language, or in the one that stands in for it.
    pub fn of(lang: &str) -> Words {
        Words(lang.to_owned())
    }

    /// One sentence; the reader's own, in English, where it says something that no language has yet.
    pub fn say(&self, found: &Found) -> String {
        match found {
            Found::Workbook(problem) => self
                .fill(problem.kind.code(), &self.values(&problem.kind))
                .unwrap_or_else(|| problem.kind.to_string()),
            Found::Form(problem) => {
                let values = vec![
                    ("subject", problem.subject.clone()),
                    ("list", problem.subject.clone()),
                    ("path", problem.subject.clone()),
                    ("detail", problem.detail.clone()),
                ];
                self.fill(&problem.code, &values)
                    .unwrap_or_else(|| problem.detail.clone())
            }
        }
    }

    fn fill(&self, code: &str, values: &Values) -> Option<String> {
        let key = workbook::named(&code.replace('-', "_"))?;
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Some(put_in(workbook::TEXTS.say(&self.0, key), &values))
    }

    fn list(&self, of: &[String]) -> String {
        if of.is_empty() {
            workbook::TEXTS.say(&self.0, workbook::NONE).to_owned()
        } else {
            of.join(", ")
        }
    }

    /// What the sentence about a kind names.
    fn values(&self, kind: &Kind) -> Values {
        let one = |name, value: &str| vec![(name, value.to_owned())];
        match kind {
            Kind::Damaged(why) => one("why", why),
            Kind::TooLarge(limit) => one("limit", &limit.to_string()),
            Kind::TooManyRows(limit)
            | Kind::TooManyColumns(limit)
            | Kind::TooDeep(limit)
            | Kind::TooManyQuestions(limit) => one("limit", &limit.to_string()),
            Kind::MissingSheet { wanted, similar } => {
                vec![("wanted", wanted.clone()), ("similar", self.list(similar))]
            }
            Kind::SimilarSheet { wanted, found } => {
                vec![("wanted", wanted.clone()), ("found", self.list(found))]
            }
            Kind::MissingColumns(columns) => vec![("columns", self.list(columns))],
            Kind::ClashingHeaders(first, second) => {
                vec![("first", first.clone()), ("second", second.clone())]
            }
            Kind::UnmatchedEnd(what) | Kind::UnmatchedBegin(what) => one("what", what),
            Kind::UnknownReference(name)
            | Kind::AmbiguousReference(name)
            | Kind::HiddenTrigger(name)
            | Kind::LanguageWithoutCode(name) => one("name", name),
            Kind::UnknownList(list) | Kind::DuplicateChoice(list) | Kind::ChoiceWithSpace(list) => {
                one("list", list)
            }
            Kind::UnknownParameters { keys, accepted } => {
                vec![("keys", self.list(keys)), ("accepted", self.list(accepted))]
            }
            Kind::BadParameter { key, fault } => {
                vec![("key", key.clone()), ("fault", self.fault(fault))]
            }
            Kind::InstanceClash { id, first, second } => vec![
                ("id", id.clone()),
                ("first", first.clone()),
                ("second", second.clone()),
            ],
            Kind::SearchClash { list, other } => {
                vec![("list", list.clone()), ("other", other.clone())]
            }
            Kind::MissingTranslations { language, columns } => vec![
                ("language", language.clone()),
                ("columns", self.list(columns)),
            ],
            Kind::Cycle(path) => one("path", &path.join(" → ")),
            _ => Vec::new(),
        }
    }

    fn fault(&self, fault: &Fault) -> String {
        let (code, values) = match fault {
            Fault::NotANumber => ("fault-not-a-number", String::new()),
            Fault::NotAnInteger => ("fault-not-an-integer", String::new()),
            Fault::NotPositive => ("fault-not-positive", String::new()),
            Fault::NotOneOf(values) => ("fault-not-one-of", self.list(values)),
            Fault::BeyondRange => ("fault-beyond-range", String::new()),
            Fault::NotAMultiple(of) => ("fault-not-a-multiple", of.clone()),
            Fault::OutsideRange => ("fault-outside-range", String::new()),
            Fault::Appearance => ("fault-appearance", String::new()),
            Fault::ChoicesNotNumbers => ("fault-choices-not-numbers", String::new()),
            Fault::ChoicesOutside => ("fault-choices-outside", String::new()),
            Fault::ChoicesOffStep => ("fault-choices-off-step", String::new()),
            Fault::ChoicesNotEnds => ("fault-choices-not-ends", String::new()),
            Fault::NoSuchSource => ("fault-no-such-source", String::new()),
            Fault::NotAName => ("fault-not-a-name", String::new()),
            Fault::NotAPackage => ("fault-not-a-package", String::new()),
            Fault::Needs(other) => ("fault-needs", other.clone()),
            Fault::LessThan(other) => ("fault-less-than", other.clone()),
        };
        self.fill(code, &vec![("values", values)])
            .unwrap_or_else(|| fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// Every code that a reader of forms gives, from the readers' own text: `"code",` beside `error` or `warn`, and
    /// `=> "code",` among the kinds.
    #[test]
    fn every_code_of_the_readers_has_words() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/forms/src");
        let kinds = fs::read_to_string(folder.join("xlsform/problem.rs")).expect("the readers");
        let mut codes: BTreeSet<String> = kinds
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Kind::")?.split_once("=> \""))
            .filter_map(|(_, rest)| Some(rest.strip_suffix("\",")?.to_owned()))
            .collect();
        for file in [
            "form/compile.rs",
            "xform/body.rs",
            "xform/lists.rs",
            "xform/read.rs",
            "xform/texts.rs",
        ] {
            let text = fs::read_to_string(folder.join(file)).expect("the readers");
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for call in [
                "Problem::error(",
                "Problem::warning(",
                "self.error(",
                "self.warn(",
            ] {
                codes.extend(flat.split(call).skip(1).filter_map(|rest| {
                    let quoted = rest.split('"').nth(1)?;
                    let before = rest.split('"').next()?;
                    let near = !before.contains(['(', ';']) || before.ends_with("(model), ");
                    let is_code = quoted.contains('-') && !quoted.contains([' ', '{', '/']);
                    (near && is_code).then(|| quoted.to_owned())
                }));
            }
        }
        assert!(codes.len() > 75, "{}: {codes:?}", codes.len());
        let without: Vec<&String> = codes
            .iter()
            .filter(|code| workbook::named(&code.replace('-', "_")).is_none())
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }
}

//! What differs between two versions of a form, and which answers given so far that touches.
//!
//! A question is known by its path, as in responses: an answer finds its question by that alone. Nothing given is ever
//! dropped; a change that parts an answer from its question is counted, so that the office knows before it assigns.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::words::{Leaf, Words};
use crate::form::source::{ExprId, Source, TextRef};
use crate::session::fits;

/// All that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// In the order of the newer form, then what went, in the order of the older.
    pub changes: Vec<Change>,
    /// Languages that came.
    pub languages_added: Vec<String>,
    /// Languages that went.
    pub languages_removed: Vec<String>,
    /// How many responses were looked at.
    pub responses: usize,
    /// How many of them some change touches.
    pub touched: usize,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The question, by its path below the root.
    pub path: String,
    /// What it asks, in the language asked for.
    pub label: String,
    /// What happened to it.
    pub what: What,
    /// How many responses it touches: see each [`What`].
    pub touched: usize,
}

/// What happened to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It came. Where it must be answered, every response lacks it.
    Added {
        /// Whether it must be answered.
        required: bool,
    },
    /// It went: its answers are kept, and shown apart.
    Removed,
    /// It went elsewhere in the form: its answers are kept, and shown apart.
    Moved {
        /// Its path before.
        from: String,
    },
    /// Other words; no answer is touched.
    Reworded {
        /// `label`, `hint`, `constraint`, `required`.
        part: String,
        /// As the form writes it; empty where the form has no translation.
        language: String,
        /// Empty where there was none.
        before: String,
        /// Empty where there is none now.
        after: String,
    },
    /// Another type: answers that do not fit it are kept, and must be mended when the response is corrected.
    Retyped {
        /// As in an XLSForm.
        before: String,
        /// As in an XLSForm.
        after: String,
    },
    /// One more choice.
    ChoiceAdded {
        /// What is stored.
        code: String,
        /// What is shown.
        shown: String,
    },
    /// A choice went: answers that have it keep its code, and lose its words.
    ChoiceRemoved {
        /// What is stored.
        code: String,
        /// What was shown.
        shown: String,
    },
    /// A choice in other words.
    ChoiceReworded {
        /// What is stored.
        code: String,
        /// As the form writes it.
        language: String,
        /// What was shown.
        before: String,
        /// What is shown now.
        after: String,
    },
    /// It must be answered now: responses without an answer lack it.
    Required,
    /// It need not be answered any more.
    Optional,
    /// Another rule; what it does to an answer is only known when the response is opened.
    Rule {
        /// `relevant`, `constraint`, `calculate`, `readonly`.
        rule: String,
        /// The expression before; empty where there was none.
        before: String,
        /// The expression now; empty where there is none.
        after: String,
    },
}

/// The answers of one response, by path below the root, with row numbers (`equipe[2]/age`).
pub type Answers = BTreeMap<String, String>;

/// Compares two versions; `language` is the tag of the language that labels are wanted in, `responses` those filled with
/// the older one.
pub fn compare(old: &Source, new: &Source, language: &str, responses: &[Answers]) -> Comparison {
    let before = Side::new(old, language);
    let after = Side::new(new, language);
    let mut found = Found {
        responses: responses.iter().map(by_question).collect(),
        touched: vec![false; responses.len()],
        changes: Vec::new(),
    };
    let mut gone: Vec<&Leaf> = before
        .leaves
        .iter()
        .filter(|leaf| !after.has(&leaf.path))
        .collect();
    for leaf in &after.leaves {
        match before.leaf(&leaf.path) {
            Some(was) => found.same_question(&before, was, &after, leaf),
            None => {
                let from = gone
                    .iter()
                    .position(|was| was.def.name == leaf.def.name && was.kind == leaf.kind);
                match from.map(|place| gone.remove(place)) {
                    Some(was) => {
                        let from = was.path.clone();
                        let given = |answers: &ByQuestion| answers.contains_key(from.as_str());
                        let what = What::Moved { from: from.clone() };
                        found.push(after.named(leaf), what, given);
                        found.same_question(&before, was, &after, leaf);
                    }
                    None => {
                        let required = after.is_required(leaf);
                        found.push(after.named(leaf), What::Added { required }, |_| required);
                    }
                }
            }
        }
    }
    for leaf in gone {
        let given = |answers: &ByQuestion| answers.contains_key(leaf.path.as_str());
        found.push(before.named(leaf), What::Removed, given);
    }
    let lacks = |a: &Source, b: &Source| -> Vec<String> {
        a.languages
            .iter()
            .filter(|language| !b.languages.contains(language))
            .cloned()
            .collect()
    };
    Comparison {
        changes: found.changes,
        languages_added: lacks(new, old),
        languages_removed: lacks(old, new),
        responses: responses.len(),
        touched: found.touched.iter().filter(|touched| **touched).count(),
    }
}

/// The answers of a response by question, row numbers left out.
type ByQuestion<'a> = HashMap<String, Vec<&'a str>>;

fn by_question(answers: &Answers) -> ByQuestion<'_> {
    let mut all = ByQuestion::new();
    for (path, value) in answers.iter().filter(|(_, value)| !value.is_empty()) {
        all.entry(without_rows(path)).or_default().push(value);
    }
    all
}

/// `equipe[2]/age` → `equipe/age`.
fn without_rows(path: &str) -> String {
    let mut inside = false;
    let plain = path.chars().filter(|letter| match letter {
        '[' => {
            inside = true;
            false
        }
        ']' => {
            inside = false;
            false
        }
        _ => !inside,
    });
    plain.collect()
}

/// One of the two versions.
struct Side<'a> {
    source: &'a Source,
    words: Words<'a>,
    language: u32,
    leaves: Vec<Leaf<'a>>,
    places: HashMap<String, usize>,
}

impl<'a> Side<'a> {
    fn new(source: &'a Source, language: &str) -> Side<'a> {
        let words = Words::new(source);
        let leaves: Vec<Leaf> = words.leaves().collect();
        let places = leaves
            .iter()
            .enumerate()
            .map(|(place, leaf)| (leaf.path.clone(), place))
            .collect();
        Side {
            source,
            words,
            language: words.language(language),
            leaves,
            places,
        }
    }

    fn has(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    fn leaf(&self, path: &str) -> Option<&Leaf<'a>> {
        self.leaves.get(*self.places.get(path)?)
    }

    fn named(&self, leaf: &Leaf) -> (String, String) {
        let label = leaf.body.and_then(|body| body.label.as_ref());
        let label = label
            .map(|label| self.words.in_language(label, self.language))
            .filter(|label| !label.trim().is_empty())
            .unwrap_or_else(|| leaf.def.name.clone());
        (leaf.path.clone(), label)
    }

    fn rule(&self, rule: Option<ExprId>) -> &'a str {
        rule.map_or("", |rule| self.words.expr(rule))
    }

    fn is_required(&self, leaf: &Leaf) -> bool {
        !matches!(self.rule(leaf.def.bind.required), "" | "false()")
    }

    /// A text by language as written.
    fn texts(&self, text: Option<&TextRef>) -> BTreeMap<String, String> {
        let said = text.map(|text| self.words.by_language(text));
        let said = said.unwrap_or_default().into_iter();
        said.filter(|(_, said)| !matches!(said.trim(), "" | "-"))
            .map(|(place, said)| {
                let language = self.source.languages.get(place as usize);
                (language.cloned().unwrap_or_default(), said)
            })
            .collect()
    }
}

struct Found<'a> {
    responses: Vec<ByQuestion<'a>>,
    touched: Vec<bool>,
    changes: Vec<Change>,
}

impl Found<'_> {
    /// One more change, which touches the responses that `touches` picks.
    fn push(
        &mut self,
        (path, label): (String, String),
        what: What,
        touches: impl Fn(&ByQuestion) -> bool,
    ) {
        let mut touched = 0;
        for (response, mark) in self.responses.iter().zip(&mut self.touched) {
            if touches(response) {
                touched += 1;
                *mark = true;
            }
        }
        self.changes.push(Change {
            path,
            label,
            what,
            touched,
        });
    }

    fn same_question(&mut self, before: &Side, was: &Leaf, after: &Side, is: &Leaf) {
        let named = || after.named(is);
        let path = was.path.as_str();
        let any = |answers: &ByQuestion, wrong: &dyn Fn(&str) -> bool| {
            answers
                .get(path)
                .is_some_and(|values| values.iter().any(|value| wrong(value)))
        };
        if was.kind != is.kind {
            let codes: Vec<String> = is
                .body
                .map(|body| after.words.choices(body))
                .unwrap_or_default()
                .into_iter()
                .map(|choice| choice.code)
                .collect();
            let what = What::Retyped {
                before: was.kind.to_owned(),
                after: is.kind.to_owned(),
            };
            let wrong = |value: &str| match is.kind {
                "select_one" => !codes.iter().any(|code| code == value),
                "select_multiple" | "rank" => value
                    .split_ascii_whitespace()
                    .any(|code| codes.iter().all(|known| known != code)),
                "acknowledge" => value != "OK",
                _ => !fits(is.def.bind.data_type, value),
            };
            self.push(named(), what, |answers| any(answers, &wrong));
        }
        self.reworded(before, was, after, is);
        if was.kind == is.kind {
            self.choices(before, was, after, is);
        }
        match (before.is_required(was), after.is_required(is)) {
            (false, true) => self.push(named(), What::Required, |answers| {
                !answers.contains_key(path)
            }),
            (true, false) => self.push(named(), What::Optional, |_| false),
            _ => {}
        }
        let (old, new) = (&was.def.bind, &is.def.bind);
        for (rule, was, is) in [
            ("relevant", old.relevant, new.relevant),
            ("constraint", old.constraint, new.constraint),
            ("calculate", old.calculate, new.calculate),
            ("readonly", old.readonly, new.readonly),
        ] {
            let (was, is) = (before.rule(was), after.rule(is));
            if spaced(was) != spaced(is) {
                let what = What::Rule {
                    rule: rule.to_owned(),
                    before: was.to_owned(),
                    after: is.to_owned(),
                };
                self.push(named(), what, |_| false);
            }
        }
    }

    fn reworded(&mut self, before: &Side, was: &Leaf, after: &Side, is: &Leaf) {
        let (old, new) = (&was.def.bind, &is.def.bind);
        let parts = [
            (
                "label",
                was.body.and_then(|body| body.label.as_ref()),
                is.body.and_then(|body| body.label.as_ref()),
            ),
            (
                "hint",
                was.body.and_then(|body| body.hint.as_ref()),
                is.body.and_then(|body| body.hint.as_ref()),
            ),
            (
                "constraint",
                old.constraint_message.as_ref(),
                new.constraint_message.as_ref(),
            ),
            (
                "required",
                old.required_message.as_ref(),
                new.required_message.as_ref(),
            ),
        ];
        for (part, was, now) in parts {
            for (language, was, now) in differing(before, was, after, now) {
                let what = What::Reworded {
                    part: part.to_owned(),
                    language,
                    before: was,
                    after: now,
                };
                self.push(after.named(is), what, |_| false);
            }
        }
    }

    fn choices(&mut self, before: &Side, was: &Leaf, after: &Side, is: &Leaf) {
        let (Some(old), Some(new)) = (was.body, is.body) else {
            return;
        };
        let (old, new) = (before.words.choices(old), after.words.choices(new));
        let shown = |side: &Side, label: &Option<TextRef>, code: &str| {
            label
                .as_ref()
                .map(|label| side.words.in_language(label, side.language))
                .filter(|label| !label.is_empty())
                .unwrap_or_else(|| code.to_owned())
        };
        for choice in &new {
            let Some(known) = old.iter().find(|old| old.code == choice.code) else {
                let what = What::ChoiceAdded {
                    shown: shown(after, &choice.label, &choice.code),
                    code: choice.code.clone(),
                };
                self.push(after.named(is), what, |_| false);
                continue;
            };
            let words = differing(before, known.label.as_ref(), after, choice.label.as_ref());
            for (language, was, now) in words {
                let what = What::ChoiceReworded {
                    code: choice.code.clone(),
                    language,
                    before: was,
                    after: now,
                };
                self.push(after.named(is), what, |_| false);
            }
        }
        for choice in old
            .iter()
            .filter(|old| new.iter().all(|choice| choice.code != old.code))
        {
            let what = What::ChoiceRemoved {
                shown: shown(before, &choice.label, &choice.code),
                code: choice.code.clone(),
            };
            let several = matches!(was.kind, "select_multiple" | "rank");
            let has = |value: &&str| {
                if several {
                    value
                        .split_ascii_whitespace()
                        .any(|code| code == choice.code)
                } else {
                    **value == choice.code
                }
            };
            self.push(after.named(is), what, |answers| {
                answers
                    .get(was.path.as_str())
                    .is_some_and(|values| values.iter().any(has))
            });
        }
    }
}

/// The languages in which two texts differ. A language that only one of the versions has is no rewording.
fn differing(
    before: &Side,
    was: Option<&TextRef>,
    after: &Side,
    is: Option<&TextRef>,
) -> Vec<(String, String, String)> {
    let (was, is) = (before.texts(was), after.texts(is));
    let both = |language: &String| {
        let has = |side: &Side| {
            side.source.languages.is_empty() && language.is_empty()
                || side.source.languages.contains(language)
        };
        has(before) && has(after)
    };
    let mut languages: Vec<&String> = was.keys().chain(is.keys()).filter(|l| both(l)).collect();
    languages.sort();
    languages.dedup();
    let of = |texts: &BTreeMap<String, String>, language: &str| {
        texts.get(language).cloned().unwrap_or_default()
    };
    languages
        .into_iter()
        .map(|language| (language.clone(), of(&was, language), of(&is, language)))
        .filter(|(_, was, is)| was.trim() != is.trim())
        .collect()
}

/// An expression with its spaces evened out: converters write them as they please.
fn spaced(expression: &str) -> String {
    expression.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, feature = "xform"))]
mod tests {
    use super::*;
    use crate::library::samples;

    fn answers(of: &[(&str, &str)]) -> Answers {
        of.iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn compared(responses: &[Answers]) -> Comparison {
        let (old, new) = (samples::first(), samples::second());
        compare(old.source(), new.source(), "fr", responses)
    }

    fn touched(comparison: &Comparison, path: &str, wanted: impl Fn(&What) -> bool) -> usize {
        let change = comparison
            .changes
            .iter()
            .find(|change| change.path == path && wanted(&change.what));
        change
            .unwrap_or_else(|| panic!("{path} in {comparison:#?}"))
            .touched
    }

    #[test]
    fn a_form_does_not_differ_from_itself() {
        let form = samples::first();
        let same = compare(form.source(), form.source(), "fr", &[]);
        assert_eq!(same, Comparison::default());
    }

    #[test]
    fn every_kind_of_change_is_told_once() {
        let comparison = compared(&[]);
        let told: Vec<(&str, &str)> = comparison
            .changes
            .iter()
            .map(|change| {
                let what = match &change.what {
                    What::Added { .. } => "added",
                    What::Removed => "removed",
                    What::Moved { .. } => "moved",
                    What::Reworded { .. } => "reworded",
                    What::Retyped { .. } => "retyped",
                    What::ChoiceAdded { .. } => "choice added",
                    What::ChoiceRemoved { .. } => "choice removed",
                    What::ChoiceReworded { .. } => "choice reworded",
                    What::Required => "required",
                    What::Optional => "optional",
                    What::Rule { .. } => "rule",
                };
                (change.path.as_str(), what)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("travail/pays", "reworded"),
                ("travail/pays", "choice added"),
                ("travail/pays", "choice removed"),
                ("travail/age", "retyped"),
                ("travail/age", "reworded"),
                ("travail/salaire", "moved"),
                ("syndicat", "added"),
                ("travail/motif", "removed"),
            ]
        );
        assert_eq!(comparison.languages_removed, ["Español (es)"]);
        assert!(comparison.languages_added.is_empty());
    }

    #[test]
    fn the_answers_that_a_change_touches_are_counted() {
        let comparison = compared(&[
            answers(&[
                ("travail/pays", "hn"),
                ("travail/motif", "Elle a menti sur son âge"),
                ("salaire", "3"),
            ]),
            answers(&[("travail/pays", "ht"), ("travail/age", "17")]),
            answers(&[("travail/pays", "ht"), ("travail/age", "2009-01-01")]),
        ]);
        let count = |path: &str, wanted: fn(&What) -> bool| touched(&comparison, path, wanted);
        assert_eq!(
            count("travail/motif", |what| matches!(what, What::Removed)),
            1
        );
        assert_eq!(
            count("travail/salaire", |what| matches!(what, What::Moved { .. })),
            1
        );
        assert_eq!(
            count("travail/age", |what| matches!(what, What::Retyped { .. })),
            1
        );
        assert_eq!(
            count("travail/pays", |what| matches!(
                what,
                What::ChoiceRemoved { .. }
            )),
            1
        );
        // Every response lacks what must be answered now.
        assert_eq!(
            count("syndicat", |what| matches!(
                what,
                What::Added { required: true }
            )),
            3
        );
        assert_eq!((comparison.responses, comparison.touched), (3, 3));
    }

    #[test]
    fn answers_in_rows_count_for_their_question() {
        let by = answers(&[("equipe[2]/age", "4"), ("equipe[1]/age", "5")]);
        let by = by_question(&by);
        assert_eq!(by.get("equipe/age").map(Vec::len), Some(2));
    }
}

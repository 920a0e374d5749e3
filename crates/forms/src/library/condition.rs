//! When a question is asked, as something that can be said in words.
//!
//! Only what a person would say is read: comparisons of an answer, choices ticked, and, or, not. Anything else stays
//! as its author wrote it ([`Condition::Written`]), so that a sheet of paper never says what the form does not.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::words::{Leaf, Words};
use crate::form::Form;
use crate::form::source::{DefId, ExprId};
use crate::xpath::ast::{Axis, Comparison, Expr, Function, Path, Predicate, Test};

/// When a question is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All of these hold.
    All {
        /// At least two.
        of: Vec<Condition>,
    },
    /// One of these holds.
    Any {
        /// At least two.
        of: Vec<Condition>,
    },
    /// This does not hold.
    Not {
        /// What does not.
        of: Box<Condition>,
    },
    /// An answer compares so.
    Answer {
        /// To which question.
        asked: Asked,
        /// How.
        order: Order,
        /// With what.
        told: Told,
    },
    /// Among the choices of an answer is this one.
    Chosen {
        /// In which question.
        asked: Asked,
        /// The choice, as shown.
        choice: String,
    },
    /// So many choices were made.
    Count {
        /// In which question.
        asked: Asked,
        /// How.
        order: Order,
        /// With how many.
        told: Told,
    },
    /// There is an answer.
    Given {
        /// To which question.
        asked: Asked,
    },
    /// An expression that has no words.
    Written {
        /// As its author wrote it, questions as `${name}`.
        text: String,
    },
}

/// A question that a condition reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Its number on the sheet; empty for a value that nobody is asked.
    pub number: String,
    /// What it asks, or its name.
    pub label: String,
}

/// How an answer compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as named")]
pub enum Order {
    Is,
    IsNot,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// What an answer is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// A choice, as shown; a text; a number.
    Value(String),
    /// The answer to another question.
    Answer(Asked),
}

impl Order {
    fn of(comparison: Comparison) -> Order {
        match comparison {
            Comparison::Equal => Order::Is,
            Comparison::Unequal => Order::IsNot,
            Comparison::Less => Order::Below,
            Comparison::LessOrEqual => Order::AtMost,
            Comparison::Greater => Order::Above,
            Comparison::GreaterOrEqual => Order::AtLeast,
        }
    }

    /// The same, read from the other side.
    fn turned(self) -> Order {
        match self {
            Order::Below => Order::Above,
            Order::AtMost => Order::AtLeast,
            Order::Above => Order::Below,
            Order::AtLeast => Order::AtMost,
            same => same,
        }
    }
}

/// Reads the conditions of one form.
pub(super) struct Reader<'a> {
    form: &'a Form,
    words: Words<'a>,
    language: u32,
    numbers: &'a HashMap<DefId, String>,
    leaves: HashMap<String, Leaf<'a>>,
}

impl<'a> Reader<'a> {
    /// `numbers` are those of the questions on the sheet.
    pub fn new(form: &'a Form, language: u32, numbers: &'a HashMap<DefId, String>) -> Reader<'a> {
        let words = Words::new(form.source());
        Reader {
            form,
            words,
            language,
            numbers,
            leaves: words
                .leaves()
                .map(|leaf| (form.source().path(leaf.id), leaf))
                .collect(),
        }
    }

    /// When `at` is relevant; none where it always is.
    pub fn relevant(&self, at: DefId, rule: ExprId) -> Option<Condition> {
        let written = self.words.expr(rule);
        if matches!(written, "" | "true()") {
            return None;
        }
        let read = self.form.expr(rule);
        let in_words = read.and_then(|expr| self.condition(expr, at));
        Some(in_words.unwrap_or_else(|| Condition::Written {
            text: as_written(written),
        }))
    }

    fn condition(&self, expr: &Expr, at: DefId) -> Option<Condition> {
        let all = |list: &[Expr]| -> Option<Vec<Condition>> {
            list.iter().map(|expr| self.condition(expr, at)).collect()
        };
        Some(match expr {
            Expr::And(list) => Condition::All { of: all(list)? },
            Expr::Or(list) => Condition::Any { of: all(list)? },
            Expr::Call(Function::Not, args) => match self.condition(args.first()?, at)? {
                Condition::Not { of } => *of,
                of => Condition::Not { of: Box::new(of) },
            },
            Expr::Call(Function::Selected, args) => {
                let [question, Expr::Literal(code)] = args.as_slice() else {
                    return None;
                };
                let leaf = self.leaf(question, at)?;
                Condition::Chosen {
                    asked: self.asked(leaf),
                    choice: self.shown(leaf, code),
                }
            }
            Expr::Compare(comparison, left, right) => {
                self.compared(Order::of(*comparison), left, right, at)?
            }
            Expr::Path(_) => Condition::Given {
                asked: self.asked(self.leaf(expr, at)?),
            },
            _ => return None,
        })
    }

    fn compared(&self, order: Order, left: &Expr, right: &Expr, at: DefId) -> Option<Condition> {
        if let Expr::Call(Function::CountSelected, args) = left {
            let asked = self.asked(self.leaf(args.first()?, at)?);
            let told = Told::Value(literal(right)?);
            return Some(Condition::Count { asked, order, told });
        }
        // The length of an answer above nothing: there is one.
        if let Expr::Call(Function::StringLength, args) = left
            && order == Order::Above
            && literal(right)? == "0"
        {
            let asked = self.asked(self.leaf(args.first()?, at)?);
            return Some(Condition::Given { asked });
        }
        match (self.leaf(left, at), self.leaf(right, at)) {
            (Some(leaf), None) => self.told(order, leaf, &literal(right)?),
            (None, Some(leaf)) => self.told(order.turned(), leaf, &literal(left)?),
            (Some(leaf), Some(other)) => Some(Condition::Answer {
                asked: self.asked(leaf),
                order,
                told: Told::Answer(self.asked(other)),
            }),
            (None, None) => None,
        }
    }

    fn told(&self, order: Order, leaf: &Leaf, value: &str) -> Option<Condition> {
        let asked = self.asked(leaf);
        Some(match (order, value) {
            (Order::IsNot, "") => Condition::Given { asked },
            (Order::Is, "") => Condition::Not {
                of: Box::new(Condition::Given { asked }),
            },
            _ => Condition::Answer {
                asked,
                order,
                told: Told::Value(self.shown(leaf, value)),
            },
        })
    }

    fn asked(&self, leaf: &Leaf) -> Asked {
        let label = leaf.body.and_then(|body| body.label.as_ref());
        let label = label.map(|label| self.words.in_language(label, self.language));
        Asked {
            number: self.numbers.get(&leaf.id).cloned().unwrap_or_default(),
            label: label
                .filter(|label| !label.trim().is_empty())
                .unwrap_or_else(|| leaf.def.name.clone()),
        }
    }

    /// The words of a choice, or the value itself.
    fn shown(&self, leaf: &Leaf, code: &str) -> String {
        let choices = leaf.body.map(|body| self.words.choices(body));
        let choice = choices
            .unwrap_or_default()
            .into_iter()
            .find(|choice| choice.code == code);
        let label = choice
            .and_then(|choice| choice.label)
            .map(|label| self.words.in_language(&label, self.language));
        label
            .filter(|label| !label.trim().is_empty())
            .unwrap_or_else(|| code.to_owned())
    }

    /// The question that a path reads, from where it stands.
    fn leaf(&self, expr: &Expr, at: DefId) -> Option<&Leaf<'a>> {
        let path = match expr {
            Expr::Path(path) => self.path(path, at)?,
            Expr::Filter(base, predicates, steps)
                if predicates.is_empty() && matches!(**base, Expr::Call(Function::Current, _)) =>
            {
                let path = Path {
                    absolute: false,
                    steps: steps.clone(),
                    plain: true,
                };
                self.path(&path, at)?
            }
            _ => return None,
        };
        self.leaves.get(&path)
    }

    fn path(&self, path: &Path, at: DefId) -> Option<String> {
        let start = self.form.source().path(at);
        let mut names: Vec<&str> = if path.absolute {
            Vec::new()
        } else {
            start.split('/').skip(1).collect()
        };
        for step in &path.steps {
            // A row picked by number is still the same question.
            let known = |predicate: &Predicate| matches!(predicate, Predicate::Position(_));
            if !step.predicates.iter().all(known) {
                return None;
            }
            match (step.axis, &step.test) {
                (Axis::Parent, Test::Node) => drop(names.pop()?),
                (Axis::Itself, Test::Node) => {}
                (Axis::Child, Test::Local(name)) => names.push(self.form.names().text(*name)),
                _ => return None,
            }
        }
        Some(
            names
                .iter()
                .fold(String::new(), |path, name| path + "/" + name),
        )
    }
}

/// A text or a number as written.
fn literal(expr: &Expr) -> Option<String> {
    Some(match expr {
        Expr::Literal(text) => text.to_string(),
        Expr::Number(number) => crate::xpath::number_text(*number),
        Expr::Negate(inner) => format!("-{}", literal(inner)?),
        _ => return None,
    })
}

/// `/data/travail/age > 18` → `${age} > 18`.
fn as_written(expression: &str) -> String {
    let path = |word: &str| {
        let is_path = word.starts_with('/') || word.starts_with("../") || word.starts_with("./");
        let name = word.rsplit('/').next().unwrap_or(word);
        let plain = !name.is_empty()
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'));
        (is_path && plain).then(|| format!("${{{name}}}"))
    };
    expression
        .split_whitespace()
        .map(|word| path(word).unwrap_or_else(|| word.to_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}

//! What an answer must be for its entry to be shown: written alike in the address of the desk's table and on the command line.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What is asked of the answer to one question; of one in a repeat, of the answer in any of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// The question's path, without the numbers of rows: `travail/pays`.
    pub question: String,
    pub wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wanted {
    /// This code, alone or among others: `pays=ht`.
    Is(String),
    /// These words, whatever their accents and case: `suite~chaleur`.
    Says(String),
    /// Numbers, days, times; both ends are in, and either may be empty: `heures:40..60`.
    Between(String, String),
}

/// A text that states no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a condition is QUESTION=CODE, QUESTION~WORDS or QUESTION:FROM..TO")]
pub struct BadCondition;

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Condition { question, wanted } = self;
        match wanted {
            Wanted::Is(code) => write!(f, "{question}={code}"),
            Wanted::Says(words) => write!(f, "{question}~{words}"),
            Wanted::Between(from, to) => write!(f, "{question}:{from}..{to}"),
        }
    }
}

impl FromStr for Condition {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Condition, BadCondition> {
        let at = text.find(['=', '~', ':']).ok_or(BadCondition)?;
        let (question, rest) = text.split_at(at);
        let said = &rest[1..];
        let wanted = match &rest[..1] {
            "=" => Wanted::Is(said.to_owned()),
            "~" => Wanted::Says(said.to_owned()),
            _ => {
                let (from, to) = said.split_once("..").ok_or(BadCondition)?;
                Wanted::Between(from.to_owned(), to.to_owned())
            }
        };
        let is_whole = !question.is_empty() && !said.is_empty() && said != "..";
        is_whole
            .then(|| Condition {
                question: question.to_owned(),
                wanted,
            })
            .ok_or(BadCondition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_back_as_it_is_written_and_anything_else_is_none() {
        let condition = |question: &str, wanted| Condition {
            question: question.into(),
            wanted,
        };
        for (text, read) in [
            ("pays=ht", condition("pays", Wanted::Is("ht".into()))),
            ("a/b~x=1:2", condition("a/b", Wanted::Says("x=1:2".into()))),
            (
                "heures:40..",
                condition("heures", Wanted::Between("40".into(), String::new())),
            ),
            (
                "debut:..08:30",
                condition("debut", Wanted::Between(String::new(), "08:30".into())),
            ),
        ] {
            assert_eq!(text.parse().as_ref(), Ok(&read));
            assert_eq!(read.to_string(), text);
        }
        for text in ["", "pays", "pays=", "=ht", "heures:40", "heures:..", "é"] {
            assert_eq!(text.parse::<Condition>(), Err(BadCondition), "{text}");
        }
    }
}

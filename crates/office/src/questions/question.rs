//! One question, and what is read for an answer.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Texts by language tag.
pub type Labels = BTreeMap<String, String>;

/// One question of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Below the form's root, without row numbers: `travail/pays`. The field's name in a response.
    pub path: String,
    /// As in an XLSForm: `text`, `integer`, `select_one`, `date`, …
    pub kind: String,
    pub labels: Labels,
    /// Of the nearest group around it that has a label.
    pub group: Labels,
    /// The path of the nearest repeat around it, if there is one.
    pub repeat: Option<String>,
    /// Empty when it is no list.
    pub choices: Vec<Choice>,
    /// The author marked the answer as sensitive.
    pub sensible: bool,
}

/// One choice of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub code: String,
    pub labels: Labels,
}

impl Question {
    /// The label in `lang`, or in the language that comes first, or the path.
    pub fn label(&self, lang: &str) -> &str {
        pick(&self.labels, lang).unwrap_or(&self.path)
    }

    /// Whether the answer is several codes with a space between.
    pub fn is_multiple(&self) -> bool {
        matches!(self.kind.as_str(), "select_multiple" | "rank")
    }

    /// Whether nobody is asked it: the form or the device fills it.
    pub fn is_technical(&self) -> bool {
        self.kind == "calculate" && self.labels.is_empty()
    }

    /// The codes in an answer that stand in the list.
    pub fn chosen<'a>(&'a self, value: &'a str) -> impl Iterator<Item = &'a Choice> {
        let codes: Vec<&str> = if self.is_multiple() {
            value.split_ascii_whitespace().collect()
        } else {
            vec![value]
        };
        codes
            .into_iter()
            .filter_map(|code| self.choices.iter().find(|choice| choice.code == code))
    }

    /// What a person reads for an answer, in each language that the list has: labels, with commas between.
    pub fn shown(&self, value: &str) -> Labels {
        let chosen: Vec<&Choice> = self.chosen(value).collect();
        let langs: BTreeSet<&String> = chosen
            .iter()
            .flat_map(|choice| choice.labels.keys())
            .collect();
        langs
            .into_iter()
            .map(|lang| {
                let labels: Vec<&str> = chosen
                    .iter()
                    .map(|choice| pick(&choice.labels, lang).unwrap_or(&choice.code))
                    .collect();
                (lang.clone(), labels.join(", "))
            })
            .collect()
    }
}

/// The text in `lang`, else in one of the complete languages, else in any.
pub fn pick<'a>(labels: &'a Labels, lang: &str) -> Option<&'a str> {
    (labels.get(lang))
        .or_else(|| vigie_words::complete().find_map(|lang| labels.get(lang)))
        .or_else(|| labels.values().next())
        .map(String::as_str)
}

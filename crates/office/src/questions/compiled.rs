//! Questions of a compiled form, as a card carries it.
//!
//! Only what a codebook needs: no expression is run. A choice list that depends on other answers is given whole, because
//! a codebook says what any answer may mean.

use vigie_forms::{
    form::{
        Source,
        source::{BodyNode, Def, Shape, TextRef},
    },
    library::words::{Words, below_root, tag},
};
use vigie_model::{CardForm, ExactJson};

use super::question::{Choice, Labels, Question};

/// The language of a text that the form gives without one, as in an XLSForm.
const NO_LANGUAGE: &str = "default";

/// Every question of a `vigie_forms::Form`, in the order of the form; none when it can't be read.
pub(super) fn questions(compiled: &ExactJson) -> Vec<Question> {
    let Ok(source) = serde_json::from_str::<Source>(compiled.text()) else {
        return Vec::new();
    };
    let words = Words::new(&source);
    let labels = |text: &TextRef| -> Labels {
        let of = |place: u32| {
            source
                .languages
                .get(place as usize)
                .map_or(NO_LANGUAGE, |written| tag(written))
                .to_owned()
        };
        let said = words.by_language(text).into_iter();
        said.map(|(place, said)| (of(place), said)).collect()
    };
    let group = |body: &BodyNode| {
        let around = |of: &BodyNode| source.body.get(of.parent? as usize);
        let mut at = around(body);
        while let Some(outer) = at {
            if let Some(label) = &outer.label {
                return labels(label);
            }
            at = around(outer);
        }
        Labels::new()
    };
    let repeat = |def: &Def| {
        let mut at = def.parent;
        while let Some(id) = at {
            let around = source.defs.get(id as usize)?;
            if around.shape == Shape::Repeat {
                return Some(below_root(&source.path(id)).to_owned());
            }
            at = around.parent;
        }
        None
    };
    words
        .leaves()
        .map(|leaf| Question {
            group: leaf.body.map(group).unwrap_or_default(),
            repeat: repeat(leaf.def),
            labels: leaf
                .body
                .and_then(|body| body.label.as_ref())
                .map(labels)
                .unwrap_or_default(),
            choices: leaf
                .body
                .map(|body| words.choices(body))
                .unwrap_or_default()
                .into_iter()
                .map(|choice| Choice {
                    code: choice.code,
                    labels: choice.label.as_ref().map(labels).unwrap_or_default(),
                })
                .collect(),
            path: leaf.path,
            kind: leaf.kind.to_owned(),
            sensible: leaf.def.bind.extra.get("sensible").is_some_and(|said| {
                !matches!(said.as_str(), "" | "no" | "non" | "false" | "false()")
            }),
        })
        .collect()
}

/// Whether a questionnaire asks by itself whether somebody agrees to answer: its first choice is called so.
pub fn asks_consent(form: &CardForm) -> bool {
    let questions = questions(&form.compiled);
    let first = questions
        .iter()
        .find(|question| !question.choices.is_empty());
    first.is_some_and(|question| {
        let name = question.path.rsplit('/').next().unwrap_or_default();
        name.starts_with("consent")
    })
}

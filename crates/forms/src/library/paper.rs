//! A form as a sheet to write on: every question, asked or not, with the condition in words.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::condition::{Condition, Reader};
use super::words::{Words, tag};
use crate::form::source::{BodyKind, BodyNode, DefId, Part, TextRef};
use crate::form::{Appearance, Control, DataType, Form, Parameters};

/// More choices than this are not printed: one writes the answer.
pub const CHOICES_PRINTED: usize = 60;

/// A form on paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// The form's id.
    pub id: String,
    /// The form's version.
    pub version: String,
    /// The form's title.
    pub title: String,
    /// The language it is printed in, as the form writes it; empty where the form has no translation.
    pub language: String,
    /// Every language of the form, as written.
    pub languages: Vec<String>,
    /// What stands on the sheet, in order.
    pub items: Vec<Item>,
}

/// One thing on the sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// How many groups stand around it.
    pub depth: usize,
    /// The question's number; empty for what is not answered.
    pub number: String,
    /// What it asks (Markdown).
    pub label: String,
    /// How to answer.
    pub hint: String,
    /// How to answer, at length.
    pub guidance: String,
    /// The control, for a question.
    pub control: Option<Control>,
    /// The type of the answer.
    pub data_type: DataType,
    /// The choices, as shown.
    pub choices: Vec<String>,
    /// How many choices there are when they are more than [`CHOICES_PRINTED`], and none is printed.
    pub more_choices: usize,
    /// Whether it must be answered.
    pub required: bool,
    /// When it is asked; always, where there is none.
    pub only_if: Option<Condition>,
    /// How it asks to be shown.
    pub appearance: Appearance,
    /// What it is set to.
    pub parameters: Parameters,
}

/// What stands on the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A heading.
    Group,
    /// A heading; what follows is filled once for each row.
    Repeat,
    /// A question.
    Question,
    /// A text to read.
    Note,
}

/// The form in the language of this tag, or in its first.
pub fn paper(form: &Form, language: &str) -> Paper {
    let source = form.source();
    let words = Words::new(source);
    let language = words.language(language);
    let mut numbers: HashMap<DefId, String> = HashMap::new();
    for node in &source.body {
        if let Some(def) = node.def.filter(|_| is_asked(form, node)) {
            let number = (numbers.len() + 1).to_string();
            numbers.entry(def).or_insert(number);
        }
    }
    let conditions = Reader::new(form, language, &numbers);
    let mut depths: Vec<usize> = Vec::with_capacity(source.body.len());
    let mut items = Vec::new();
    for node in &source.body {
        let above = node
            .parent
            .and_then(|parent| Some((parent, source.body.get(parent as usize)?)));
        let depth = match above {
            // A group that merely stands around a repeat, or says nothing, is no step down.
            Some((at, parent)) => {
                depths.get(at as usize).copied().unwrap_or(0) + usize::from(is_heading(parent))
            }
            None => 0,
        };
        depths.push(depth);
        let said = |text: &Option<TextRef>| {
            text.as_ref()
                .map(|text| blanks(&words.in_language(text, language)))
                .unwrap_or_default()
        };
        let kind = match &node.kind {
            BodyKind::Group => ItemKind::Group,
            BodyKind::Repeat { .. } => ItemKind::Repeat,
            BodyKind::Control(_) if is_asked(form, node) => ItemKind::Question,
            BodyKind::Control(_) => ItemKind::Note,
        };
        let def = node.def.and_then(|def| source.defs.get(def as usize));
        let only_if = node
            .def
            .zip(def)
            .and_then(|(at, def)| conditions.relevant(at, def.bind.relevant?));
        let label = said(&node.label);
        // What has no words, and no condition to say, is not on the sheet; a repeat always is.
        if label.trim().is_empty()
            && (kind == ItemKind::Note || kind == ItemKind::Group && only_if.is_none())
        {
            continue;
        }
        let control = match &node.kind {
            BodyKind::Control(control) => Some(*control),
            BodyKind::Group | BodyKind::Repeat { .. } => None,
        };
        let mut choices: Vec<String> = words
            .choices(node)
            .into_iter()
            .map(|choice| match &choice.label {
                Some(label) => words.in_language(label, language),
                None => choice.code.clone(),
            })
            .collect();
        let mut more_choices = 0;
        if choices.len() > CHOICES_PRINTED {
            more_choices = choices.len();
            choices.clear();
        }
        items.push(Item {
            kind,
            depth,
            number: node
                .def
                .filter(|_| kind == ItemKind::Question)
                .and_then(|def| numbers.get(&def).cloned())
                .unwrap_or_default(),
            label,
            hint: said(&node.hint),
            guidance: node
                .hint
                .as_ref()
                .map(|hint| words.guidance(hint, language))
                .unwrap_or_default(),
            control,
            data_type: def.map(|def| def.bind.data_type).unwrap_or_default(),
            choices,
            more_choices,
            required: def
                .and_then(|def| def.bind.required)
                .is_some_and(|rule| words.expr(rule) == "true()"),
            only_if,
            appearance: Appearance::read(&node.appearance),
            parameters: Parameters::read(node, def),
        });
    }
    let written = source.languages.get(language as usize);
    let written = written.cloned().unwrap_or_default();
    let title = form.titles().remove(tag(&written));
    let title = title.unwrap_or_else(|| form.title().to_owned());
    Paper {
        id: source.id.clone(),
        version: source.version.clone(),
        title: if title.is_empty() {
            source.id.clone()
        } else {
            title
        },
        language: written,
        languages: source.languages.clone(),
        items,
    }
}

/// Whether a person answers it: not a note, and nothing that the form calculates.
fn is_asked(form: &Form, node: &BodyNode) -> bool {
    let def = node
        .def
        .and_then(|def| form.source().defs.get(def as usize));
    let fixed = def.is_some_and(|def| {
        def.bind.calculate.is_some()
            || def
                .bind
                .readonly
                .is_some_and(|rule| Words::new(form.source()).expr(rule) == "true()")
    });
    matches!(node.kind, BodyKind::Control(control) if control != Control::Note) && !fixed
}

fn is_heading(node: &BodyNode) -> bool {
    let says = |text: &TextRef| match text {
        TextRef::Parts(parts) => parts.iter().any(|part| match part {
            Part::Text(text) => !text.trim().is_empty(),
            Part::Output(_) => true,
        }),
        _ => true,
    };
    matches!(node.kind, BodyKind::Repeat { .. }) || node.label.as_ref().is_some_and(says)
}

/// Values put in a text are not known on paper: a blank to fill stands in their place.
fn blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        match after.split_once('}') {
            Some((_, after)) => {
                out.push_str("……………");
                rest = after;
            }
            None => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(all(test, feature = "xform"))]
mod tests {
    use super::*;
    use crate::library::condition::{Asked, Order, Told};
    use crate::library::samples;

    #[test]
    fn every_question_is_on_the_sheet_in_the_language_asked_for() {
        let form = samples::first();
        let sheet = paper(&form, "es");
        assert_eq!(sheet.language, "Español (es)");
        let lines: Vec<(&str, &str, usize)> = sheet
            .items
            .iter()
            .map(|item| (item.number.as_str(), item.label.as_str(), item.depth))
            .collect();
        assert_eq!(
            lines,
            [
                ("", "Su trabajo", 0),
                ("1", "¿En qué país?", 1),
                ("2", "Edad", 1),
                ("3", "¿Por qué?", 1),
                ("4", "Salario", 0),
            ]
        );
        // A choice without words in this language says those of the first.
        assert_eq!(sheet.items[1].choices, ["Haïti", "Honduras"]);
        assert!(sheet.items[1].required && !sheet.items[2].required);
    }

    #[test]
    fn conditions_name_the_question_and_the_choice_in_words() {
        let form = samples::first();
        let sheet = paper(&form, "fr");
        let asked = |number: &str, label: &str| Asked {
            number: number.into(),
            label: label.into(),
        };
        assert_eq!(
            sheet.items[2].only_if,
            Some(Condition::Chosen {
                asked: asked("1", "Dans quel pays ?"),
                choice: "Haïti".into()
            })
        );
        assert_eq!(
            sheet.items[3].only_if,
            Some(Condition::All {
                of: vec![
                    Condition::Answer {
                        asked: asked("2", "Âge"),
                        order: Order::Below,
                        told: Told::Value("18".into())
                    },
                    Condition::Given {
                        asked: asked("1", "Dans quel pays ?")
                    },
                ]
            })
        );
        assert_eq!(sheet.items[4].only_if, None);
    }

    #[test]
    fn an_expression_without_words_stays_as_its_author_wrote_it() {
        let text = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title>
            <model><instance><data id="t"><a/><b/></data></instance>
            <bind nodeset="/data/b" type="string" relevant="regex( /data/a , '[0-9]+')"/></model></h:head>
            <h:body><input ref="/data/a"><label>A</label></input><input ref="/data/b"><label>Bonjour <output value="/data/a"/></label></input></h:body></h:html>"#;
        let form = crate::xform::read_alone(text).form.expect("a form");
        let sheet = paper(&form, "fr");
        assert_eq!(
            sheet.items[1].only_if,
            Some(Condition::Written {
                text: "regex( ${a} , '[0-9]+')".into()
            })
        );
        // What is put in a text is a blank to fill.
        assert_eq!(sheet.items[1].label, "Bonjour ……………");
    }

    #[cfg(feature = "xlsform")]
    #[test]
    fn a_sheet_is_titled_in_its_own_language_where_the_form_says_how() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../forms/conditions_travail_court.xlsx"
        );
        let bytes = std::fs::read(file).expect("our short questionnaire");
        let form = crate::library::import::import("x.xlsx", &bytes, &|_| None).form;
        let form = form.expect("a form of ours");
        let titles = ["fr", "en", "es"].map(|lang| paper(&form, lang).title);
        assert_eq!(
            titles,
            [
                "Conditions de travail – questionnaire court",
                "Working conditions – short questionnaire",
                "Condiciones de trabajo – cuestionario corto"
            ]
        );
        // One that says no other title has one in all its languages.
        let of_one = samples::first();
        assert_eq!(paper(&of_one, "es").title, paper(&of_one, "fr").title);
    }

    #[cfg(feature = "xlsform")]
    #[test]
    fn our_questionnaires_have_every_condition_in_words() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../forms/");
        let mut written = Vec::new();
        for entry in std::fs::read_dir(folder)
            .expect("our questionnaires")
            .flatten()
        {
            let bytes = std::fs::read(entry.path()).expect("a file");
            let imported = crate::library::import::import("x.xlsx", &bytes, &|_| None);
            let sheet = paper(&imported.form.expect("a form of ours"), "fr");
            assert!(sheet.items.len() > 10, "{}", sheet.id);
            for item in sheet.items {
                if let Some(Condition::Written { text }) = item.only_if {
                    written.push(format!("{}: {text}", sheet.id));
                }
            }
        }
        assert!(written.len() <= 3, "{written:#?}");
    }
}

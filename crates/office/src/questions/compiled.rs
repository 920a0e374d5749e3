//! Questions of a compiled form, as a card carries it.
//!
//! Only what a codebook needs: no expression is run. A choice list that depends on other answers is given whole, because
//! a codebook says what any answer may mean.

use std::collections::BTreeSet;

use serde_json::Value;
use vigie_forms::{
    Control, DataType,
    form::{
        Source,
        source::{BodyKind, BodyNode, Itemset, List, Part, Shape, Table, TextRef},
    },
};

use super::{Choice, Labels, Question};

/// The language of a text that the form gives without one, as in an XLSForm.
const NO_LANGUAGE: &str = "default";

/// Every question of a `vigie_forms::Form`, in the order of the form; none when it can't be read.
pub(super) fn questions(compiled: &Value) -> Vec<Question> {
    match serde_json::from_value::<Source>(compiled.clone()) {
        Ok(source) => Reader {
            langs: source.languages.iter().map(|name| tag(name)).collect(),
            source: &source,
        }
        .questions(),
        Err(_) => Vec::new(),
    }
}

/// `Français (fr)` → `fr`; a name without a tag is its own.
fn tag(name: &str) -> String {
    let inside = name
        .rsplit_once('(')
        .and_then(|(_, rest)| rest.trim_end().strip_suffix(')'));
    inside
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .unwrap_or(name)
        .to_owned()
}

struct Reader<'a> {
    source: &'a Source,
    /// Tags, in the order of the form's languages.
    langs: Vec<String>,
}

impl Reader<'_> {
    fn questions(&self) -> Vec<Question> {
        let leaves = self
            .source
            .defs
            .iter()
            .enumerate()
            .filter(|(_, def)| def.shape == Shape::Leaf);
        leaves
            .filter_map(|(at, def)| {
                let path = self.source.path(u32::try_from(at).ok()?);
                // Below the root; the form's own metadata are no questions.
                let path = path.trim_start_matches('/').split_once('/')?.1;
                let is_meta = path
                    .split('/')
                    .next()
                    .is_some_and(|first| first == "meta" || first.ends_with(":meta"));
                let body = def
                    .body
                    .and_then(|body| self.source.body.get(body as usize));
                let kind = kind(body, def.bind.data_type)?;
                (!is_meta).then(|| Question {
                    path: path.to_owned(),
                    kind: kind.to_owned(),
                    labels: body
                        .and_then(|body| body.label.as_ref())
                        .map(|label| self.text(label))
                        .unwrap_or_default(),
                    choices: body.map(|body| self.choices(body)).unwrap_or_default(),
                    sensible: def.bind.extra.get("sensible").is_some_and(|said| {
                        !matches!(said.as_str(), "" | "no" | "non" | "false" | "false()")
                    }),
                })
            })
            .collect()
    }

    fn text(&self, text: &TextRef) -> Labels {
        match text {
            TextRef::Parts(parts) => {
                let words = self.words(parts);
                if self.langs.is_empty() {
                    Labels::from([(NO_LANGUAGE.to_owned(), words)])
                } else {
                    // One text for every language, such as a name.
                    self.langs
                        .iter()
                        .map(|lang| (lang.clone(), words.clone()))
                        .collect()
                }
            }
            TextRef::Id(id) => self.texts(id),
            TextRef::IdOf(_) | TextRef::Value(_) => Labels::new(),
        }
    }

    fn texts(&self, id: &str) -> Labels {
        let texts = self.source.texts.get(id).into_iter().flatten();
        texts
            .filter_map(|(lang, forms)| {
                let plain = forms
                    .iter()
                    .find(|form| form.form.is_empty())
                    .or_else(|| forms.iter().find(|form| form.form == "long"))?;
                let lang = self
                    .langs
                    .get(*lang as usize)
                    .map_or(NO_LANGUAGE, String::as_str);
                Some((lang.to_owned(), self.words(&plain.parts)))
            })
            .collect()
    }

    /// A text with the names of the questions whose values are put in: `Âge de ${prenom}`.
    fn words(&self, parts: &[Part]) -> String {
        let words: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Output(expr) => {
                    let text = self.expr(*expr);
                    format!("${{{}}}", text.rsplit('/').next().unwrap_or(text))
                }
            })
            .collect();
        words.concat()
    }

    fn expr(&self, expr: u32) -> &str {
        self.source
            .exprs
            .get(expr as usize)
            .map_or("", |text| text.trim())
    }

    fn choices(&self, body: &BodyNode) -> Vec<Choice> {
        let written = body.items.iter().map(|item| Choice {
            code: item.value.clone(),
            labels: item
                .label
                .as_ref()
                .map(|label| self.text(label))
                .unwrap_or_default(),
        });
        let found = body
            .itemset
            .as_ref()
            .map(|itemset| self.listed(itemset))
            .unwrap_or_default();
        let mut seen = BTreeSet::new();
        written
            .chain(found)
            .filter(|choice| seen.insert(choice.code.clone()))
            .collect()
    }

    fn listed(&self, itemset: &Itemset) -> Vec<Choice> {
        let Some(table) = self
            .list(self.expr(itemset.nodes))
            .and_then(|list| list.table.as_ref())
        else {
            return Vec::new();
        };
        let Some(value) = column(table, self.expr(itemset.value)) else {
            return Vec::new();
        };
        let cell = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten();
        let label = |row: &[Option<String>]| match itemset.label.as_ref()? {
            TextRef::IdOf(expr) => Some(self.texts(&cell(row, column(table, self.expr(*expr))?)?)),
            TextRef::Value(expr) => Some(Labels::from([(
                NO_LANGUAGE.to_owned(),
                cell(row, column(table, self.expr(*expr))?)?,
            )])),
            said @ (TextRef::Parts(_) | TextRef::Id(_)) => Some(self.text(said)),
        };
        let choice = |row: &Vec<Option<String>>| {
            Some(Choice {
                code: cell(row, value)?,
                labels: label(row).unwrap_or_default(),
            })
        };
        table.rows.iter().filter_map(choice).collect()
    }

    /// The list that `instance('places')/root/item[…]` reads.
    fn list(&self, nodes: &str) -> Option<&List> {
        let (_, rest) = nodes.split_once("instance(")?;
        let rest = rest.trim_start();
        let quote = rest
            .chars()
            .next()
            .filter(|quote| matches!(quote, '\'' | '"'))?;
        let (id, _) = rest.strip_prefix(quote)?.split_once(quote)?;
        self.source.lists.iter().find(|list| list.id == id)
    }
}

/// The column that `name`, `itextId` or `jr:itext(itextId)` reads.
fn column(table: &Table, expr: &str) -> Option<usize> {
    let name = expr
        .strip_prefix("jr:itext(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(expr)
        .trim();
    table.columns.iter().position(|column| column == name)
}

/// The type, as an XLSForm has it; `None` for a note, which has no answer.
fn kind(body: Option<&BodyNode>, data_type: DataType) -> Option<&'static str> {
    let control = match body {
        None => return Some("calculate"),
        Some(body) => match &body.kind {
            BodyKind::Control(control) => *control,
            BodyKind::Group | BodyKind::Repeat { .. } => return None,
        },
    };
    Some(match control {
        Control::Note => return None,
        Control::SelectOne => "select_one",
        Control::SelectMultiple => "select_multiple",
        Control::Rank => "rank",
        Control::Range => "range",
        Control::Upload => "file",
        Control::Trigger => "acknowledge",
        Control::Input => match data_type {
            DataType::String | DataType::Intent => "text",
            DataType::Int => "integer",
            DataType::Decimal => "decimal",
            DataType::Boolean => "boolean",
            DataType::Date => "date",
            DataType::Time => "time",
            DataType::DateTime => "dateTime",
            DataType::Geopoint => "geopoint",
            DataType::Geotrace => "geotrace",
            DataType::Geoshape => "geoshape",
            DataType::Binary => "file",
            DataType::Barcode => "barcode",
        },
    })
}

//! The texts and the choice lists of a form, read as data: no expression is run.
//!
//! A list that depends on other answers is given whole, since any of its choices may have been an answer.

use std::collections::BTreeSet;

use crate::form::source::{
    BodyKind, BodyNode, Def, DefId, Itemset, List, Part, Source, Table, TextForm, TextRef,
};
pub use crate::form::tag;
use crate::form::{Control, DataType};

/// Reads the texts of one form.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    source: &'a Source,
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// What is shown; the code where there is none.
    pub label: Option<TextRef>,
}

/// `/data/travail/pays` → `travail/pays`: the name of a field in a response.
pub fn below_root(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

/// Whether a text says something: a lone hyphen is how a converter writes that nobody translated it.
pub(crate) fn says(parts: &[Part]) -> bool {
    parts.iter().any(|part| match part {
        Part::Text(text) => !matches!(text.trim(), "" | "-"),
        Part::Output(_) => true,
    })
}

/// The plain form of a text, or else its long one.
fn plain(forms: &[TextForm]) -> Option<&TextForm> {
    let of = |wanted: &str| forms.iter().find(|form| form.form == wanted);
    of("").or_else(|| of("long"))
}

impl<'a> Words<'a> {
    /// Of this form.
    pub fn new(source: &'a Source) -> Words<'a> {
        Words { source }
    }

    /// An expression as written.
    pub fn expr(&self, expr: u32) -> &'a str {
        self.source
            .exprs
            .get(expr as usize)
            .map_or("", |text| text.trim())
    }

    /// A text in every language that has it, by the language's place in [`Source::languages`]. A text that is not
    /// translated, such as a name, is of every language.
    pub fn by_language(&self, text: &TextRef) -> Vec<(u32, String)> {
        match text {
            TextRef::Parts(parts) => {
                let words = self.join(parts);
                (0..self.source.languages.len().max(1))
                    .filter_map(|place| Some((u32::try_from(place).ok()?, words.clone())))
                    .collect()
            }
            TextRef::Id(id) => {
                let texts = self.source.texts.get(id).into_iter().flatten();
                texts
                    .filter_map(|(place, forms)| Some((*place, self.join(&plain(forms)?.parts))))
                    .collect()
            }
            TextRef::IdOf(_) | TextRef::Value(_) => Vec::new(),
        }
    }

    /// A text in this language, or else in the form's first, or in any.
    pub fn in_language(&self, text: &TextRef, language: u32) -> String {
        let all = self.by_language(text);
        let of = |wanted: u32| {
            all.iter()
                .find(|(place, said)| *place == wanted && !matches!(said.trim(), "" | "-"))
        };
        of(language)
            .or_else(|| of(self.source.default_language))
            .or_else(|| all.iter().find(|(_, said)| !said.trim().is_empty()))
            .map(|(_, said)| said.clone())
            .unwrap_or_default()
    }

    /// The part of a text that is shown on demand.
    pub fn guidance(&self, text: &TextRef, language: u32) -> String {
        let TextRef::Id(id) = text else {
            return String::new();
        };
        let texts = self.source.texts.get(id).into_iter().flatten();
        texts
            .filter(|(place, _)| *place == language)
            .flat_map(|(_, forms)| forms)
            .find(|form| form.form == "guidance" && says(&form.parts))
            .map(|form| self.join(&form.parts))
            .unwrap_or_default()
    }

    /// The place of the language of this tag.
    pub fn language(&self, wanted: &str) -> u32 {
        let found = self
            .source
            .languages
            .iter()
            .position(|written| tag(written) == wanted || written == wanted);
        found
            .and_then(|place| u32::try_from(place).ok())
            .unwrap_or(self.source.default_language)
    }

    /// A text with the names of the questions whose values are put in: `Âge de ${prenom}`.
    fn join(&self, parts: &[Part]) -> String {
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

    /// Every choice that this control may offer, each code once.
    pub fn choices(&self, body: &BodyNode) -> Vec<Choice> {
        let written = body.items.iter().map(|item| Choice {
            code: item.value.clone(),
            label: item.label.clone(),
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
            TextRef::IdOf(expr) => Some(TextRef::Id(cell(row, column(table, self.expr(*expr))?)?)),
            TextRef::Value(expr) => Some(TextRef::Parts(vec![Part::Text(cell(
                row,
                column(table, self.expr(*expr))?,
            )?)])),
            said @ (TextRef::Parts(_) | TextRef::Id(_)) => Some(said.clone()),
        };
        let choice = |row: &Vec<Option<String>>| {
            Some(Choice {
                code: cell(row, value)?,
                label: label(row),
            })
        };
        table.rows.iter().filter_map(choice).collect()
    }

    /// The list that `instance('places')/root/item[…]` reads.
    fn list(&self, nodes: &str) -> Option<&'a List> {
        let (_, rest) = nodes.split_once("instance(")?;
        let rest = rest.trim_start();
        let quote = rest
            .chars()
            .next()
            .filter(|quote| matches!(quote, '\'' | '"'))?;
        let (id, _) = rest.strip_prefix(quote)?.split_once(quote)?;
        self.source.lists.iter().find(|list| list.id == id)
    }

    /// Every node that may have an answer, with its path below the root and its control; the form's own metadata are
    /// none.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'a>> + use<'a> {
        let source = self.source;
        source.defs.iter().enumerate().filter_map(move |(at, def)| {
            let id = DefId::try_from(at).ok()?;
            let body = def.body.and_then(|body| source.body.get(body as usize));
            let kind = kind(body, def.bind.data_type)?;
            let path = source.path(id);
            let path = path.trim_start_matches('/').split_once('/')?.1.to_owned();
            let first = path.split('/').next().unwrap_or_default();
            let is_meta = first == "meta" || first.ends_with(":meta");
            let is_leaf = def.shape == crate::form::source::Shape::Leaf;
            (is_leaf && !is_meta).then_some(Leaf {
                id,
                def,
                path,
                kind,
                body,
            })
        })
    }
}

/// A node that may have an answer.
#[derive(Clone)]
pub struct Leaf<'a> {
    /// Its place in the form.
    pub id: DefId,
    /// The node.
    pub def: &'a Def,
    /// Below the root, without row numbers: `travail/pays`.
    pub path: String,
    /// As in an XLSForm: `text`, `select_one`, …
    pub kind: &'static str,
    /// Its control, when it has one.
    pub body: Option<&'a BodyNode>,
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

/// The type, as an XLSForm has it; `None` for what has no answer: a note, a group.
pub fn kind(body: Option<&BodyNode>, data_type: DataType) -> Option<&'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_paths_are_read_as_forms_write_them() {
        assert_eq!(tag("Français (fr)"), "fr");
        assert_eq!(tag("default"), "default");
        assert_eq!(below_root("/data/travail/pays"), "travail/pays");
        assert_eq!(below_root("/data/equipe[2]/age"), "equipe[2]/age");
    }
}

//! A form as data: what a reader of XForms makes and what travels to phones.
//!
//! Expressions are kept as text, once each, and named by their place in [`Source::exprs`]: reading a thousand of them
//! takes a phone two milliseconds, less than decoding any tree made of them.

use super::question::{Control, DataType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place in [`Source::exprs`].
pub type ExprId = u32;
/// A place in [`Source::defs`].
pub type DefId = u32;

/// A form, as it travels.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Source {
    /// `id` of the primary instance's root.
    pub id: String,
    /// `version` or `orx:version` of the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// `h:title`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Languages in the order of the form, as written: `Français (fr)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Which language a session starts in.
    #[serde(default)]
    pub default_language: u32,
    /// Prefixes that expressions may use.
    #[serde(default)]
    pub prefixes: Vec<(String, String)>,
    /// All expressions.
    #[serde(default)]
    pub exprs: Vec<String>,
    /// The primary instance, in document order; the first is its root element.
    pub defs: Vec<Def>,
    /// Rows of repeats that a new response starts with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<InitialRow>,
    /// The body, in document order.
    #[serde(default)]
    pub body: Vec<BodyNode>,
    /// Classes of the body: `pages`, `theme-grid`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Texts by id, then by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, Vec<(u32, Vec<TextForm>)>>,
    /// Secondary instances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<List>,
    /// What happens on events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// What a node of the primary instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// It has a value.
    #[default]
    Leaf,
    /// It has children.
    Group,
    /// It has children, and there are several of it.
    Repeat,
}

/// A node of the primary instance, with its bind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Def {
    /// Its local name.
    #[serde(rename = "n")]
    pub name: String,
    /// Its prefix.
    #[serde(rename = "q", default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Its namespace.
    #[serde(rename = "ns", default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The node around it; none for the root.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<DefId>,
    /// What it is.
    #[serde(rename = "k", default, skip_serializing_if = "is_leaf")]
    pub shape: Shape,
    /// The value a new response, or a new row, starts with.
    #[serde(rename = "v", default, skip_serializing_if = "String::is_empty")]
    pub default: String,
    /// For a repeat inside a repeat: how many rows a new outer row begins with.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub rows: u32,
    /// Its attributes, kept for the instance: name as written, namespace, value.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String, String)>,
    /// Its bind.
    #[serde(rename = "i", default, skip_serializing_if = "Bind::is_empty")]
    pub bind: Bind,
    /// The control that shows it: a place in [`Source::body`].
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub body: Option<u32>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn is_leaf(shape: &Shape) -> bool {
    *shape == Shape::Leaf
}

/// What a bind says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in XForms")]
pub struct Bind {
    #[serde(rename = "t", default, skip_serializing_if = "is_string")]
    pub data_type: DataType,
    #[serde(rename = "rel", default, skip_serializing_if = "Option::is_none")]
    pub relevant: Option<ExprId>,
    #[serde(rename = "ro", default, skip_serializing_if = "Option::is_none")]
    pub readonly: Option<ExprId>,
    #[serde(rename = "req", default, skip_serializing_if = "Option::is_none")]
    pub required: Option<ExprId>,
    #[serde(rename = "con", default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<ExprId>,
    #[serde(rename = "cal", default, skip_serializing_if = "Option::is_none")]
    pub calculate: Option<ExprId>,
    #[serde(rename = "cm", default, skip_serializing_if = "Option::is_none")]
    pub constraint_message: Option<TextRef>,
    #[serde(rename = "rm", default, skip_serializing_if = "Option::is_none")]
    pub required_message: Option<TextRef>,
    /// `jr:preload` and `jr:preloadParams`.
    #[serde(rename = "pre", default, skip_serializing_if = "Option::is_none")]
    pub preload: Option<(String, String)>,
    /// Other attributes of the bind, by local name: `sensible`, …
    #[serde(rename = "x", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

impl Bind {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Bind::default()
    }
}

fn is_string(data_type: &DataType) -> bool {
    *data_type == DataType::String
}

/// A row of a repeat that a new response starts with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct InitialRow {
    /// The repeat.
    #[serde(rename = "r")]
    pub repeat: DefId,
    /// The row around it, by its place in [`Source::rows`].
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Values that differ from the row's defaults.
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(DefId, String)>,
}

/// A text to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextRef {
    /// As written, values put in.
    Parts(Vec<Part>),
    /// By id, from [`Source::texts`].
    Id(String),
    /// By an id that an expression gives.
    IdOf(ExprId),
    /// The value of an expression.
    Value(ExprId),
}

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// As written.
    Text(String),
    /// The value of an expression.
    Output(ExprId),
}

/// One form of a text: plain, `long`, `short`, `guidance`, `image`, `big-image`, `audio`, `video`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextForm {
    /// Which form; empty for the plain one.
    #[serde(rename = "f", default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// The text; of a medium, its file's name.
    #[serde(rename = "t")]
    pub parts: Vec<Part>,
}

/// What an element of the body is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyKind {
    /// A group, with a node or merely for show.
    Group,
    /// A repeat.
    Repeat {
        /// How many rows, where the form decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<ExprId>,
        /// Whether rows are neither added nor removed by hand.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fixed: bool,
    },
    /// A question.
    Control(Control),
}

/// An element of the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BodyNode {
    /// What it is.
    #[serde(rename = "k")]
    pub kind: BodyKind,
    /// The element around it.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Its node.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub def: Option<DefId>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs, reason = "named as in XForms")]
    pub label: Option<TextRef>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs, reason = "named as in XForms")]
    pub hint: Option<TextRef>,
    /// Words of the appearance.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub appearance: Vec<String>,
    /// Other attributes of the control: `start`, `rows`, `mediatype`, …
    #[serde(rename = "x", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Choices written in place.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Choices found in an instance.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub itemset: Option<Itemset>,
}

/// A choice written in place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What is stored.
    #[serde(rename = "v")]
    pub value: String,
    /// What is shown; the value where there is none.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<TextRef>,
}

/// Choices found in an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Itemset {
    /// The choices.
    #[serde(rename = "n")]
    pub nodes: ExprId,
    /// What is stored of each.
    #[serde(rename = "v")]
    pub value: ExprId,
    /// What is shown of each.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<TextRef>,
}

/// A secondary instance.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct List {
    /// Its id.
    pub id: String,
    /// The file it came from, `jr://file-csv/places.csv`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub src: String,
    /// Whether it is here; a file that was not given leaves it empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
    /// Rows of one kind, as nearly all lists are: element names, then the cells of each row, none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// Anything else, as events in document order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ListEvent>,
}

/// A list as a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    /// Name of the root element.
    pub root: String,
    /// Name of each row.
    pub row: String,
    /// Names of the cells.
    pub columns: Vec<String>,
    /// Cells by row.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A step in writing an instance that is no table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListEvent {
    /// An element begins: prefix, name, namespace.
    Open(String, String, String),
    /// An attribute of the element just begun: prefix, name, namespace, value.
    Attribute(String, String, String, String),
    /// Text.
    Text(String),
    /// The element ends.
    Close,
}

/// When an action happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A new response is begun.
    OdkInstanceFirstLoad,
    /// A response is begun or opened again.
    OdkInstanceLoad,
    /// A row is added by hand.
    OdkNewRepeat,
    /// The value of a node changes.
    XformsValueChanged,
    /// The response is finished.
    XformsRevalidate,
}

/// A value put somewhere when something happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// When.
    pub events: Vec<Event>,
    /// Where the action stands: the node whose change it follows, or the repeat whose rows it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<DefId>,
    /// Where the value goes: a node, wherever there is one.
    pub target: ExprId,
    /// The same, where it is a plain path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_def: Option<DefId>,
    /// What is put there.
    pub value: Assigned,
}

/// What an action puts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assigned {
    /// A text as written.
    Text(String),
    /// The value of an expression.
    Expr(ExprId),
    /// Where the device is.
    Place,
}

impl Source {
    /// Every expression of a text, in any language.
    pub(crate) fn text_exprs(&self, text: &TextRef, out: &mut Vec<ExprId>) {
        let parts = |parts: &[Part], out: &mut Vec<ExprId>| {
            out.extend(parts.iter().filter_map(|part| match part {
                Part::Output(expr) => Some(*expr),
                Part::Text(_) => None,
            }));
        };
        match text {
            TextRef::Parts(list) => parts(list, out),
            TextRef::Value(expr) | TextRef::IdOf(expr) => out.push(*expr),
            TextRef::Id(id) => {
                for (_, forms) in self.texts.get(id).into_iter().flatten() {
                    forms.iter().for_each(|form| parts(&form.parts, out));
                }
            }
        }
    }

    /// The path of a node without row numbers.
    pub fn path(&self, def: DefId) -> String {
        let mut names = Vec::new();
        let mut at = Some(def);
        while let Some(def) = at.and_then(|at| self.defs.get(at as usize)) {
            names.push(if def.prefix.is_empty() {
                def.name.clone()
            } else {
                format!("{}:{}", def.prefix, def.name)
            });
            at = def.parent;
        }
        names
            .iter()
            .rev()
            .fold(String::new(), |path, name| format!("{path}/{name}"))
    }
}

//! What the interface sees of a session: plain data, serde, no rule.

pub use crate::form::{Appearance, Control, DataType, Parameters};
pub use crate::xpath::Now;
use serde::{Deserialize, Serialize};

/// How many choices a [`NodeView`] carries; the rest comes by [`crate::Session::search_choices`].
pub const CHOICES_SHOWN: usize = 50;

/// One node of a session. Never reused while the session lives; not stored: a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// A question, or a note.
    Question,
    /// A group of nodes.
    Group,
    /// A repeat as a whole: its children are its rows.
    Repeat,
    /// One row of a repeat.
    Row,
    /// A value without a control: calculated, hidden, metadata.
    Value,
}

/// A text to show: Markdown (small subset), with the media that goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Text {
    /// The text, values already put in.
    pub text: String,
    /// Image, audio, video of the same text.
    pub media: Media,
}

/// File names of the media of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Media {
    /// A picture.
    pub image: Option<String>,
    /// The picture to show when the small one is tapped.
    pub big_image: Option<String>,
    /// A recording.
    pub audio: Option<String>,
    /// A film.
    pub video: Option<String>,
}

impl Media {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.image.is_none()
            && self.big_image.is_none()
            && self.audio.is_none()
            && self.video.is_none()
    }
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is shown.
    pub label: Text,
}

/// A stretch of a choice list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChoicePage {
    /// How many choices match in all.
    pub total: usize,
    /// Those asked for.
    pub choices: Vec<Choice>,
}

/// Why an answer can't stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViolationKind {
    /// Required, and empty.
    Required,
    /// Its constraint does not hold.
    Constraint,
    /// It does not fit its type.
    Type,
}

/// Why an answer can't stand, in the form's own words where it has some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which rule.
    pub kind: ViolationKind,
    /// The form's message in the session's language; absent: the interface says it in its own words.
    pub message: Option<String>,
}

/// One node as the interface shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeView {
    /// Whom to answer.
    pub id: NodeId,
    /// The group, row or repeat around it.
    pub parent: Option<NodeId>,
    /// With row numbers: `/data/ouvrieres[2]/age`.
    pub path: String,
    /// The last name of the path.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// The control, for a question.
    pub control: Option<Control>,
    /// The type of its value.
    pub data_type: DataType,
    /// What is asked.
    pub label: Option<Text>,
    /// How to answer, briefly.
    pub hint: Option<Text>,
    /// How to answer, at length.
    pub guidance: Option<Text>,
    /// The answer, in XForms lexical form; empty when there is none.
    pub value: String,
    /// Whether it is asked now.
    pub relevant: bool,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether it can't be changed here.
    pub readonly: bool,
    /// Why the present answer can't stand; a missing required answer included, so show that one only when leaving.
    pub violation: Option<Violation>,
    /// For choices: the first [`CHOICES_SHOWN`]; all of those to put in order.
    pub choices: Vec<Choice>,
    /// How many choices there are in all.
    pub choices_total: usize,
    /// Of a list longer than [`CHOICES_SHOWN`]: the choices of the answer, wherever they stand in it.
    pub chosen: Vec<Choice>,
    /// How it asks to be shown.
    pub appearance: Appearance,
    /// What it is set to.
    pub parameters: Parameters,
    /// For a repeat: how many rows.
    pub count: usize,
    /// For a repeat: whether a person may add a row; for a row: whether a person may remove it.
    pub may_change: bool,
    /// For a row: its number, from 1.
    pub index: usize,
    /// For a row: its first answers, as shown (Markdown).
    pub summary: Vec<String>,
}

/// What a change changed: all that the interface redraws.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Changes {
    /// Nodes whose view may differ from before, in document order, once each.
    pub nodes: Vec<NodeId>,
    /// Rows that came, each with all that is in it.
    pub added: Vec<NodeId>,
    /// Nodes that went.
    pub removed: Vec<NodeId>,
    /// Whether the list of pages or the outline differs: a row came or went, a question became relevant or ceased.
    pub structure: bool,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.added.is_empty() && self.removed.is_empty() && !self.structure
    }
}

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageKind {
    /// One question.
    Question,
    /// A group shown as one page (`field-list`).
    Group,
    /// A repeat's list of rows, where rows are added and removed. The pages of each row follow it.
    Rows,
}

/// One screen of page mode. Only relevant nodes are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The question, group or repeat.
    pub id: NodeId,
    /// What it is.
    pub kind: PageKind,
    /// The row it is part of, the innermost.
    pub row: Option<NodeId>,
    /// Labels of the groups and rows around it, outermost first.
    pub trail: Vec<String>,
    /// What it shows in order: a `field-list`, and groups and repeats inside it, before their members.
    pub nodes: Vec<NodeId>,
    /// The number of its first question among all that are asked now, from 1.
    pub first: usize,
    /// How it stands.
    pub counts: Counts,
}

/// How a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Questions that take an answer.
    pub questions: usize,
    /// Those answered.
    pub answered: usize,
    /// Required and empty.
    pub missing: usize,
    /// Answers that can't stand.
    pub wrong: usize,
}

/// What is asked now as a tree, for the long page and for the list to jump from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineNode {
    /// The node's path, rows numbered from 1.
    pub path: String,
    /// The page where it is asked, or else the first one of what is inside it.
    pub page: usize,
    /// Whether that page shows the node itself, and not only what is inside.
    pub shown: bool,
    /// What is inside, in order.
    pub inside: Vec<OutlineNode>,
}

/// Why a form can't be finished, at one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// The node.
    pub id: NodeId,
    /// Its path.
    pub path: String,
    /// What it asks, for a list.
    pub label: String,
    /// Which rule.
    pub violation: Violation,
}

/// Everything needed to come back later: answers by path, rows, language, where one was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Draft {
    /// The form's id.
    pub form: String,
    /// The form's version when the draft was left.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The session's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Path of the page where the person was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Rows of each repeat, by the repeat's path: `/data/ouvrieres` → 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<(String, u32)>,
    /// Values by path with row numbers, in document order; values of questions no longer relevant included.
    pub answers: Vec<(String, String)>,
    /// Answers that no question of the present form takes, kept through every version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<(String, String)>,
}

/// One answer of a finished form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Path without row numbers: the field's name for exports. `/data/ouvrieres/age`
    pub field: String,
    /// The value, in XForms lexical form; never empty.
    pub value: String,
    /// Its type.
    pub data_type: DataType,
    /// Whether the form's author marked it `sensible`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensible: bool,
}

/// One row of a repeat in a finished form: a child record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The repeat's path without row numbers.
    pub repeat: String,
    /// The row's number, from 1.
    pub index: u32,
    /// The row's path: `/data/ouvrieres[2]`.
    pub path: String,
    /// For a repeat inside a repeat: the place of the outer row in [`Submission::rows`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Its own answers, in order.
    pub answers: Vec<Answered>,
}

/// A finished form: relevant answers only, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The form's id.
    pub form: String,
    /// The form's version.
    pub version: String,
    /// `instanceName`, where the form gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Answers outside any repeat.
    pub answers: Vec<Answered>,
    /// Rows of repeats, an outer row before its inner rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
}

/// Why the session did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// The node went away since it was drawn: draw again.
    #[error("no such node in this session")]
    Gone,
    /// Readonly, calculated only, or not relevant: nothing to answer.
    #[error("this node takes no answer now")]
    NotAnswerable,
    /// The number of rows is calculated, or the form forbids adding and removing.
    #[error("rows of this repeat are not added or removed by hand")]
    FixedRows,
    /// The node is no repeat, or no row.
    #[error("not a repeat")]
    NotARepeat,
}

/// What the world outside says to a form.
pub trait Env {
    /// The time.
    fn now(&self) -> Now;
    /// Minutes to add to UTC at `millis`, for dates without a zone. A fixed offset will do where none is known.
    fn offset_at(&self, _millis: i64) -> i32 {
        self.now().offset
    }
    /// A random number, all 64 bits.
    fn random(&self) -> u64;
    /// A fact about the device or the person: `deviceid`, `username`, `email`, `phonenumber`, `start`… None: empty.
    fn property(&self, name: &str) -> Option<String>;
    /// The last saved response to this form before this one, for `${last-saved#name}`; asked only of a form that reads it.
    fn last_saved(&self) -> Option<Draft> {
        None
    }
}

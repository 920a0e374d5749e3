//! The form between workbook and XML: a tree of groups, repeats and questions, and how its nodes name each other.

use super::choices::Lists;
use super::kinds::Kind;
use super::settings::Settings;
use super::table::Text;
use std::collections::HashMap;

/// The root's place in [`Form::nodes`].
pub(super) const ROOT: usize = 0;

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Group,
    Repeat,
    Question(Kind),
}

/// One row of the survey, or a node that a row asks for.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// In the survey sheet; 0 where no row is behind it.
    pub row: u32,
    pub name: String,
    pub parent: usize,
    pub children: Vec<usize>,
    pub what: What,
    pub label: Text,
    pub hint: Text,
    pub guidance: Text,
    pub media: Vec<(String, Text)>,
    /// Attributes of the bind; messages may be in several languages.
    pub bind: Vec<(String, Text)>,
    /// Attributes of the control.
    pub control: Vec<(String, String)>,
    /// Attributes of the node in the primary instance.
    pub instance: Vec<(String, String)>,
    pub default: Option<String>,
    pub choice_filter: Option<String>,
    pub parameters: Vec<(String, String)>,
    /// Questions whose change sets this one.
    pub triggers: Vec<String>,
    pub source: Option<Source>,
    /// Kept under `meta`.
    pub meta: bool,
}

/// Where a question's choices come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A list of the choices sheet.
    List(String),
    /// A file beside the form: its name without ending, and the ending.
    File(String, String),
    /// The answers to a question in a repeat.
    Repeat(String),
    /// Tags of the osm sheet.
    Tags(String),
}

impl Node {
    pub fn new(row: u32, name: impl Into<String>, parent: usize, what: What) -> Node {
        Node {
            row,
            name: name.into(),
            parent,
            children: Vec::new(),
            what,
            label: Text::default(),
            hint: Text::default(),
            guidance: Text::default(),
            media: Vec::new(),
            bind: Vec::new(),
            control: Vec::new(),
            instance: Vec::new(),
            default: None,
            choice_filter: None,
            parameters: Vec::new(),
            triggers: Vec::new(),
            source: None,
            meta: false,
        }
    }

    pub fn bound(&self, attribute: &str) -> Option<&str> {
        self.bind
            .iter()
            .find(|(name, _)| name == attribute)
            .and_then(|(_, text)| text.plain.as_deref())
    }

    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.control
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn set_control(&mut self, name: &str, value: impl Into<String>) {
        match self.control.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value.into(),
            None => self.control.push((name.into(), value.into())),
        }
    }

    pub fn set_bind(&mut self, name: &str, value: impl Into<String>) {
        let value = Text::plain(value);
        match self.bind.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value,
            None => self.bind.push((name.into(), value)),
        }
    }

    pub fn searches(&self) -> bool {
        self.attribute("appearance")
            .is_some_and(|appearance| appearance.contains("search("))
    }

    /// Whether it is more than a calculation that the form makes by itself.
    pub fn is_asked(&self) -> bool {
        self.speaks() || (self.bound("calculate").is_none() && self.triggers.is_empty())
    }

    /// Something for a person to read; a picture alone is nothing to ask where the form reckons the answer itself.
    pub fn speaks(&self) -> bool {
        let reckoned = self.bound("calculate").is_some() || !self.triggers.is_empty();
        !self.label.is_empty() || !self.hint.is_empty() || !(self.media.is_empty() || reckoned)
    }
}

/// The whole form.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// The first is the root; a parent comes before its children.
    pub nodes: Vec<Node>,
    pub settings: Settings,
    pub lists: Lists,
    pub tags: Lists,
    paths: Vec<String>,
    ancestors: Vec<Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

/// What `${name}` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    One(usize),
    None,
    Several,
}

impl Form {
    pub fn new(settings: Settings, lists: Lists, tags: Lists) -> Form {
        Form {
            settings,
            lists,
            tags,
            ..Form::default()
        }
    }

    pub fn push(&mut self, node: Node) -> usize {
        let index = self.nodes.len();
        if index != ROOT {
            let parent = node.parent;
            self.nodes[parent].children.push(index);
        }
        self.nodes.push(node);
        index
    }

    /// Once all nodes are there: their paths and names.
    pub fn index(&mut self) {
        self.paths = vec![String::new(); self.nodes.len()];
        self.ancestors = vec![Vec::new(); self.nodes.len()];
        self.by_name = HashMap::new();
        for index in self.in_order() {
            let node = &self.nodes[index];
            let (path, ancestors) = if index == ROOT {
                (format!("/{}", node.name), Vec::new())
            } else {
                let mut ancestors = self.ancestors[node.parent].clone();
                ancestors.push(node.parent);
                let meta = if node.meta { "/meta" } else { "" };
                (
                    format!("{}{meta}/{}", self.paths[node.parent], node.name),
                    ancestors,
                )
            };
            self.paths[index] = path;
            self.ancestors[index] = ancestors;
            if index != ROOT && !node.meta {
                self.by_name
                    .entry(node.name.clone())
                    .or_default()
                    .push(index);
            }
        }
    }

    pub fn path(&self, index: usize) -> &str {
        &self.paths[index]
    }

    /// From the root down, without the node itself.
    pub fn ancestors(&self, index: usize) -> &[usize] {
        &self.ancestors[index]
    }

    pub fn find(&self, name: &str) -> Found {
        match self.by_name.get(name).map(Vec::as_slice) {
            None | Some([]) => Found::None,
            Some([one]) => Found::One(*one),
            Some(_) => Found::Several,
        }
    }

    /// The innermost repeat around a node.
    pub fn repeat_around(&self, index: usize) -> Option<usize> {
        self.ancestors(index)
            .iter()
            .rev()
            .copied()
            .find(|node| self.nodes[*node].what == What::Repeat)
    }

    /// Nodes in the order of the sheet, parents first, generated ones where they stand.
    pub fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut waiting = vec![ROOT];
        while let Some(index) = waiting.pop() {
            order.push(index);
            waiting.extend(self.nodes[index].children.iter().rev());
        }
        order
    }
}

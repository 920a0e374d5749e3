//! The choices of one question, found by their value.

use crate::xpath::NodeRef;
use std::cell::OnceCell;
use std::collections::HashMap;

/// The choices of one question.
#[derive(Debug, Default)]
pub(super) struct List {
    /// Each choice: its node, where it has one, or its place among those written in the form; and its value.
    pub items: Vec<(Source, Box<str>)>,
    pub by_value: OnceCell<HashMap<Box<str>, usize>>,
    /// Labels made ready for searching, once someone searches.
    pub folded: OnceCell<Vec<Box<str>>>,
    /// The list is in a file that is not here: every answer stands.
    pub unknown: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Node(NodeRef),
    Item(usize),
}

impl List {
    pub fn find(&self, value: &str) -> Option<usize> {
        if self.items.len() < 16 {
            return self.items.iter().position(|(_, known)| **known == *value);
        }
        let map = self.by_value.get_or_init(|| {
            let mut map = HashMap::with_capacity(self.items.len());
            for (index, (_, value)) in self.items.iter().enumerate() {
                map.entry(value.clone()).or_insert(index);
            }
            map
        });
        map.get(value).copied()
    }
}

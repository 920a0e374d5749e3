//! What somebody without a notebook takes with her once her answer is sealed: what the questionnaire says in return, and, where
//! the office lets her, her answers.

use leptos::prelude::*;
use vigie_forms::{Control, NodeKind, NodeView};

use super::filling::Filling;
use crate::{components::question::said, markdown};

/// It is on the screen, and nowhere else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    pub title: String,
    pub lang: String,
    /// The notes of the questionnaire's last page, where that is a group which asks nothing, under its label: as the form has
    /// them written.
    pub heading: String,
    pub notes: Vec<String>,
    /// Questions and their answers, in words.
    pub answers: Vec<(String, String)>,
}

impl Taken {
    pub fn of(filling: Filling) -> Taken {
        let pages = filling.pages.read_untracked().len();
        let asked = |at: usize| {
            let nodes = filling.on_page(at).into_iter();
            nodes.filter(|node| node.kind == NodeKind::Question && node.relevant)
        };
        let last = pages.checked_sub(1);
        let group = last.and_then(|at| filling.on_page(at).into_iter().next());
        let group = group.filter(|node| node.kind == NodeKind::Group && node.label.is_some());
        let last: Vec<NodeView> = match (&group, last) {
            (Some(_), Some(at)) => asked(at).collect(),
            _ => Vec::new(),
        };
        let is_note = |node: &NodeView| node.control == Some(Control::Note);
        let notes = if last.iter().all(is_note) {
            last
        } else {
            Vec::new()
        };
        let text = |node: &NodeView| node.label.as_ref().map(|label| label.text.clone());
        let answers = (0..pages).flat_map(asked);
        let answers = answers.filter(|node| !is_note(node) && !node.value.is_empty());
        Taken {
            title: filling.title.get_untracked(),
            lang: filling.lang.get_untracked(),
            heading: group.as_ref().and_then(text).unwrap_or_default(),
            notes: notes.iter().filter_map(text).collect(),
            answers: answers
                .map(|node| {
                    (
                        markdown::plain(&text(&node).unwrap_or_default()),
                        said(&node),
                    )
                })
                .collect(),
        }
    }

    /// As a text that any phone opens.
    #[cfg(feature = "partner")]
    pub fn written(&self) -> String {
        let notes = self.notes.iter().map(|note| markdown::plain(note));
        let answers = self.answers.iter();
        let answers = answers.map(|(asked, said)| format!("{asked}\n    {said}"));
        let parts = [self.title.clone()].into_iter().chain(notes).chain(answers);
        parts.collect::<Vec<_>>().join("\n\n") + "\n"
    }
}

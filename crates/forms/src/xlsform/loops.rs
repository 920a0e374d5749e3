//! Loops of the survey sheet, unrolled: one copy of their questions for each choice of a list.

use super::choices::Choice;
use super::form::{Node, What};
use super::survey::{LOOP_LIMIT, Reader};

impl Reader<'_, '_> {
    /// A loop becomes a group that holds, for each choice of its list, a group with a copy of its questions.
    pub fn unroll(&mut self, node: usize, list: &str) {
        let Some(list) = self.form.lists.get(list).cloned() else {
            return;
        };
        let questions = std::mem::take(&mut self.form.nodes[node].children);
        for choice in &list.choices {
            if self.copies > LOOP_LIMIT {
                return;
            }
            let mut group = Node::new(self.form.nodes[node].row, &choice.name, node, What::Group);
            group.label = choice.label.clone();
            group.media = choice.media.clone();
            let group = self.form.push(group);
            for question in &questions {
                self.copy(*question, group, Some(choice));
            }
        }
    }

    fn copy(&mut self, index: usize, parent: usize, choice: Option<&Choice>) {
        let mut node = self.form.nodes[index].clone();
        node.parent = parent;
        self.copies += 1;
        if self.copies > LOOP_LIMIT {
            return;
        }
        if let Some(choice) = choice {
            let fill = |language: Option<&str>, text: &str| {
                let label = choice.label.in_language(language).unwrap_or_default();
                let mut text = text
                    .replace("%(label)s", label)
                    .replace("%(name)s", &choice.name);
                for (language, label) in &choice.label.languages {
                    text = text.replace(&format!("%(label::{language})s"), label);
                }
                text
            };
            node.label = node.label.map(fill);
            node.hint = node.hint.map(fill);
            node.bind = node
                .bind
                .into_iter()
                .map(|(name, text)| (name, text.map(fill)))
                .collect();
        }
        let children = std::mem::take(&mut node.children);
        let copied = self.form.push(node);
        for child in children {
            self.copy(child, copied, None);
        }
    }
}

//! A session laid aside and taken up again, perhaps with a newer version of its form.

use super::{Draft, Env, NO_DEF, Session, flag};
use crate::form::Form;
use crate::form::source::{BodyKind, Event, Shape};
use crate::xpath::{Sym, Tree};
use std::collections::HashMap;
use std::sync::Arc;

impl Session {
    /// All that is needed to come back: see [`Draft`].
    pub fn snapshot(&self) -> Draft {
        let mut draft = Draft {
            form: self.form.id().to_owned(),
            version: self.form.version().to_owned(),
            language: self.language().map(str::to_owned),
            position: self.position.clone(),
            orphans: self.orphans.clone(),
            ..Draft::default()
        };
        for id in self.nodes() {
            let slot = self.slots[id.0 as usize];
            let def = &self.form.source().defs[slot.def as usize];
            if slot.flags & flag::RANGE != 0 {
                draft.rows.push((
                    self.path(id.0),
                    self.rows_in(slot.block, slot.def).len() as u32,
                ));
            } else if def.shape == Shape::Leaf {
                let value = self
                    .kept
                    .get(&id.0)
                    .map_or(self.tree.kept(id.0), String::as_str);
                if !value.is_empty() || !def.default.is_empty() {
                    draft.answers.push((self.path(id.0), value.to_owned()));
                }
            }
        }
        draft
    }

    /// Opens a draft again. Answers are carried by path; those that no question takes any more are orphans, kept.
    pub fn restore(form: Arc<Form>, draft: Draft, env: Box<dyn Env>) -> Session {
        let mut session = Session::blank(form, env);
        session.restored = true;
        let counts: HashMap<&str, u32> = draft
            .rows
            .iter()
            .map(|(path, count)| (path.as_str(), *count))
            .collect();
        session.rows_again(0, &counts);
        if let Some(language) = &draft.language
            && let Some(found) = session
                .form
                .languages()
                .iter()
                .position(|known| known == language)
        {
            session.language = found as u32;
        }
        let mut orphans = draft.orphans;
        orphans.extend(draft.answers);
        for (path, value) in orphans {
            match session.at_path(&path) {
                Some(node) if session.takes(node) => session.put_again(node, value),
                _ if value.is_empty() => {}
                _ => session.orphans.push((path, value)),
            }
        }
        session.position = draft.position;
        session.compute_all();
        session.pending.clear();
        session.restored = false;
        session.act(&[Event::OdkInstanceLoad]);
        session.begun = true;
        session.settle();
        session
    }

    /// The answers of a draft as a document that expressions can walk.
    pub(super) fn as_document(&self, draft: &Draft) -> Tree {
        let names = self.form.names();
        let mut tree = Tree::new();
        let mut made: HashMap<&str, u32> = HashMap::new();
        'answers: for (path, value) in &draft.answers {
            let mut above = 0;
            let mut end = 0;
            for step in path.split('/').skip(1) {
                end += 1 + step.len();
                let Some(here) = path.get(..end) else {
                    continue 'answers;
                };
                if let Some(&known) = made.get(here) {
                    above = known;
                    continue;
                }
                let name = step.split('[').next().unwrap_or(step);
                let (prefix, local) = name.split_once(':').unwrap_or(("", name));
                // No expression of the form says a name that the form never met.
                let Some(local) = names.find(local) else {
                    continue 'answers;
                };
                let prefix = names.find(prefix).unwrap_or(Sym::EMPTY);
                above = tree.element(above, prefix, local, Sym::EMPTY);
                made.insert(here, above);
            }
            tree.text(above, value);
        }
        tree.seal();
        tree
    }

    /// Puts a value back as it was left, whether or not it fits.
    fn put_again(&mut self, node: u32, value: String) {
        if self.fits(self.slots[node as usize].def, &value) {
            self.tree.set(node, &value);
        } else {
            self.tree.set(node, "");
            self.kept.insert(node, value);
        }
    }

    fn takes(&self, node: u32) -> bool {
        let slot = self.slots[node as usize];
        slot.def != NO_DEF && slot.flags & flag::RANGE == 0 && self.form.is_leaf(slot.def)
    }

    /// Makes the rows that the draft had, outer rows first.
    fn rows_again(&mut self, block: u32, counts: &HashMap<&str, u32>) {
        let form = Arc::clone(&self.form);
        let kind = self.blocks[block as usize].def;
        for &repeat in &form.model.layout.blocks[kind as usize].nested {
            let range = self.range_in(block, repeat);
            let path = self.path(range);
            let known = counts.get(path.as_str()).copied();
            let counted = matches!(
                self.body_of(repeat).map(|body| &body.kind),
                Some(BodyKind::Repeat { count: Some(_), .. })
            );
            let initial = || {
                if counted {
                    0
                } else if block == 0 {
                    form.source()
                        .rows
                        .iter()
                        .filter(|row| row.repeat == repeat)
                        .count() as u32
                } else {
                    form.source().defs[repeat as usize].rows
                }
            };
            for place in 0..known.unwrap_or_else(initial) as usize {
                let row = self.make_row(block, repeat, place);
                self.rows_again(row, counts);
            }
        }
    }
}

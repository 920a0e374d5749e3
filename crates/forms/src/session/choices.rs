//! The choices of a question, and what of an answer is among them.

use super::list::{List, Source};
use super::{Choice, ChoicePage, Control, NO_DEF, NodeId, Session, Text, flag};
use crate::form::source::TextRef;
use crate::lower::lower;
use crate::xpath::At;
use std::rc::Rc;

impl Session {
    /// The choices of `node` now.
    pub(super) fn list(&self, node: u32) -> Rc<List> {
        if let Some(list) = self.choices.borrow().get(&node) {
            return Rc::clone(list);
        }
        let def = self.slots[node as usize].def;
        let Some(body_id) = self.form.source().defs[def as usize].body else {
            return Rc::default();
        };
        let fixed = self
            .form
            .model
            .fixed_choices
            .get(body_id as usize)
            .copied()
            .unwrap_or(false);
        if fixed && let Some(list) = self.fixed.borrow().get(&body_id) {
            return Rc::clone(list);
        }
        let list = Rc::new(self.make_list(node, body_id));
        if fixed {
            self.fixed.borrow_mut().insert(body_id, Rc::clone(&list));
        } else {
            self.choices.borrow_mut().insert(node, Rc::clone(&list));
        }
        list
    }

    fn make_list(&self, node: u32, body: u32) -> List {
        let Some(body) = self.form.source().body.get(body as usize) else {
            return List::default();
        };
        let Some(itemset) = &body.itemset else {
            let items = body.items.iter().enumerate();
            return List {
                items: items
                    .map(|(index, item)| (Source::Item(index), item.value.as_str().into()))
                    .collect(),
                ..List::default()
            };
        };
        let world = self.world();
        let Some(nodes) = self.form.expr(itemset.nodes) else {
            return List::default();
        };
        let value = self.form.expr(itemset.value);
        let found = world.nodes(nodes, &Session::at(node)).unwrap_or_default();
        let unknown = found.is_empty() && {
            let mut missing = false;
            nodes.walk(&mut |expr| {
                if let crate::xpath::Expr::Call(crate::xpath::Function::Instance, args) = expr
                    && let Some(crate::xpath::Expr::Literal(id)) = args.first()
                {
                    missing |= self
                        .form
                        .source()
                        .lists
                        .iter()
                        .any(|list| *list.id == **id && list.missing);
                }
            });
            missing
        };
        let mut items = Vec::with_capacity(found.len());
        for item in found {
            // Rows of a repeat that are not relevant offer nothing.
            if item.doc == 0 && !self.is_relevant(item.node) {
                continue;
            }
            let text = value
                .and_then(|value| world.text(value, &At::node(item)).ok())
                .unwrap_or_default();
            items.push((Source::Node(item), text.as_ref().into()));
        }
        List {
            items,
            unknown,
            ..List::default()
        }
    }

    fn label_at(&self, node: u32, list: &List, index: usize) -> Text {
        let Some((source, value)) = list.items.get(index) else {
            return Text::default();
        };
        let def = self.slots[node as usize].def;
        let body = self.body_of(def);
        let plain = || Text {
            text: value.to_string(),
            ..Text::default()
        };
        match source {
            Source::Item(item) => {
                let label = body
                    .and_then(|body| body.items.get(*item))
                    .and_then(|item| item.label.as_ref());
                label.map_or_else(plain, |label| self.text(label, &Session::at(node)))
            }
            Source::Node(item) => {
                let label: Option<&TextRef> = body
                    .and_then(|body| body.itemset.as_ref())
                    .and_then(|itemset| itemset.label.as_ref());
                label.map_or_else(plain, |label| self.text(label, &At::node(*item)))
            }
        }
    }

    /// The label of `value` among the choices of `node`.
    pub(super) fn choice_label(&self, node: u32, value: &str) -> Option<String> {
        let list = self.list(node);
        let index = list.find(value)?;
        Some(self.label_at(node, &list, index).text)
    }

    /// The first `limit` choices of `node`, and how many there are.
    pub(super) fn first_choices(&self, node: u32, limit: usize) -> (Vec<Choice>, usize) {
        let list = self.list(node);
        let shown = (0..list.items.len().min(limit))
            .map(|index| self.choice_at(node, &list, index))
            .collect();
        (shown, list.items.len())
    }

    fn choice_at(&self, node: u32, list: &List, index: usize) -> Choice {
        let value = list
            .items
            .get(index)
            .map_or(String::new(), |(_, value)| value.to_string());
        Choice {
            value,
            label: self.label_at(node, list, index),
        }
    }

    /// Choices of `id` whose label has every word of `query`, accents and case aside, from `offset` on.
    pub fn search_choices(
        &self,
        id: NodeId,
        query: &str,
        offset: usize,
        limit: usize,
    ) -> ChoicePage {
        let Ok(node) = self.live(id) else {
            return ChoicePage::default();
        };
        let list = self.list(node);
        let words: Vec<String> = query.split_whitespace().map(fold).collect();
        if words.is_empty() {
            let end = list.items.len().min(offset.saturating_add(limit));
            let choices = (offset.min(end)..end)
                .map(|index| self.choice_at(node, &list, index))
                .collect();
            return ChoicePage {
                total: list.items.len(),
                choices,
            };
        }
        let folded = list.folded.get_or_init(|| {
            (0..list.items.len())
                .map(|index| fold(&self.label_at(node, &list, index).text).into())
                .collect()
        });
        let mut page = ChoicePage::default();
        for (index, label) in folded.iter().enumerate() {
            if words.iter().all(|word| label.contains(word.as_str())) {
                if page.total >= offset && page.choices.len() < limit {
                    page.choices.push(self.choice_at(node, &list, index));
                }
                page.total += 1;
            }
        }
        page
    }

    /// The labels of the choices in `value`, for summaries.
    pub fn chosen(&self, id: NodeId) -> Vec<Choice> {
        let Ok(node) = self.live(id) else {
            return Vec::new();
        };
        let list = self.list(node);
        let value = self.tree.value(node);
        // A name may hold a blank where only one is chosen.
        let is_one = self.control_of(self.slots[node as usize].def) == Some(Control::SelectOne);
        let values: Vec<&str> = if is_one {
            [&*value]
                .into_iter()
                .filter(|value| !value.is_empty())
                .collect()
        } else {
            value.split_whitespace().collect()
        };
        values
            .into_iter()
            .map(|value| match list.find(value) {
                Some(index) => self.choice_at(node, &list, index),
                None => Choice {
                    value: value.to_owned(),
                    label: Text {
                        text: value.to_owned(),
                        ..Text::default()
                    },
                },
            })
            .collect()
    }

    /// What a person reads of all the choices that were made.
    pub fn chosen_labels(&self) -> Vec<String> {
        let nodes = (0..self.slots.len() as u32).filter(|node| {
            let slot = self.slots[*node as usize];
            slot.def != NO_DEF
                && slot.flags & (flag::GONE | flag::RANGE) == 0
                && slot.flags & flag::RELEVANT != 0
                && self.form.source().has_choices(slot.def)
        });
        let chosen = nodes.flat_map(|node| self.chosen(NodeId(node)));
        chosen.map(|choice| choice.label.text).collect()
    }

    /// Leaves of an answer what is among the choices; the rest is kept, and comes back with them.
    pub(super) fn fit_choices(&mut self, node: u32) {
        let def = self.slots[node as usize].def;
        let kept = self
            .kept
            .get(&node)
            .cloned()
            .unwrap_or_else(|| self.tree.kept(node).to_owned());
        if kept.is_empty() {
            return;
        }
        let list = self.list(node);
        let control = self.control_of(def);
        let is_held = self.held.contains(&node);
        let value = if list.unknown || is_held {
            kept.clone()
        } else if control == Some(Control::SelectOne) {
            if list.find(&kept).is_some() {
                kept.clone()
            } else {
                String::new()
            }
        } else {
            let mut chosen: Vec<(usize, &str)> = kept
                .split_whitespace()
                .filter_map(|value| Some((list.find(value)?, value)))
                .collect();
            if control == Some(Control::SelectMultiple) {
                chosen.sort_by_key(|(index, _)| *index);
            }
            let mut seen = std::collections::HashSet::new();
            let mut chosen: Vec<&str> = chosen
                .into_iter()
                .filter(|(index, _)| seen.insert(*index))
                .map(|(_, value)| value)
                .collect();
            if control == Some(Control::Rank) {
                // A ranking names every choice: those not ranked yet come last.
                let rest = list
                    .items
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| !seen.contains(index));
                chosen.extend(rest.map(|(_, (_, value))| &**value));
            }
            chosen.join(" ")
        };
        if value == kept {
            // It was left out by itself alone: gone, it is offered again. An answer is not its own obstacle.
            if self.kept.remove(&node).is_some() && self.left_out.remove(&node) && !is_held {
                self.held.insert(node);
            }
        } else {
            if self.form.model.circular {
                self.left_out.insert(node);
            }
            self.kept.insert(node, kept);
        }
        if self.tree.kept(node) != value {
            self.tree.set(node, &value);
            self.value_changed(node);
        }
    }
}

/// Lower case without accents, for searching.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let (folded, is_latin) = latin(text);
    match is_latin {
        true => folded,
        false => latin(&lower(text)).0,
    }
}

/// The same, and whether that is all: letters of other scripts keep their case.
fn latin(text: &str) -> (String, bool) {
    let mut is_latin = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let plain = match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
            'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ā' | 'Ă' | 'Ą' => "a",
            'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
            'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => "e",
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' | 'İ' => {
                "i"
            }
            'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' => "o",
            'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' | 'Ō' => "o",
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ū' => "u",
            'ý' | 'ÿ' | 'Ý' | 'Ÿ' => "y",
            'œ' | 'Œ' => "oe",
            'æ' | 'Æ' => "ae",
            'ß' | 'ẞ' => "ss",
            '’' => "'",
            '\u{300}'..='\u{36f}' => "",
            other => {
                is_latin &= other.is_ascii();
                out.push(other.to_ascii_lowercase());
                continue;
            }
        };
        out.push_str(plain);
    }
    (out, is_latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_matter_in_any_script() {
        for (text, folded) in [
            ("Étoile FILANTE", "etoile filante"),
            ("ŒUVRE Œuvre œuvre", "oeuvre oeuvre oeuvre"),
            ("Straße ẞ", "strasse ss"),
            ("İzmir IĞDIR ığdır", "izmir iğdir iğdir"),
            ("L’E\u{301}cole", "l'ecole"),
            ("МОСКВА Été", "москва ete"),
            ("Ελλάδα — É", "ελλάδα — e"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }
}

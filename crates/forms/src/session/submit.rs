//! A response finished: relevant answers, in order, rows apart.

use super::{Answered, Invalid, NO_DEF, Row, Session, Submission, flag};
use crate::form::source::{Event, Shape};
use crate::xpath::{Kind, NONE};
use std::collections::HashMap;

impl Session {
    /// Runs what happens last (the end time), then gives the submission, or all that stands in its way.
    pub fn finish(&mut self) -> Result<Submission, Vec<Invalid>> {
        self.act(&[Event::XformsRevalidate]);
        self.postload();
        self.settle();
        let problems = self.validate();
        if problems.is_empty() {
            Ok(self.submission())
        } else {
            Err(problems)
        }
    }

    /// Relevant answers as they stand, whether or not they may be sent.
    pub fn submission(&self) -> Submission {
        let mut out = Submission {
            form: self.form.id().to_owned(),
            version: self.form.version().to_owned(),
            name: None,
            answers: Vec::new(),
            rows: Vec::new(),
        };
        let mut places: HashMap<u32, u32> = HashMap::new();
        for id in self.nodes() {
            let node = id.0;
            let slot = self.slots[node as usize];
            if slot.flags & flag::RELEVANT == 0 || slot.flags & flag::RANGE != 0 {
                continue;
            }
            let def = &self.form.source().defs[slot.def as usize];
            if def.shape == Shape::Repeat {
                let block = &self.blocks[slot.block as usize];
                places.insert(slot.block, out.rows.len() as u32);
                out.rows.push(Row {
                    repeat: self.form.source().path(slot.def),
                    index: block.index + 1,
                    path: self.path(node),
                    parent: block.parent.and_then(|parent| places.get(&parent).copied()),
                    answers: Vec::new(),
                });
                continue;
            }
            let value = self.tree.value(node);
            if def.shape != Shape::Leaf || value.is_empty() {
                continue;
            }
            if def.name == "instanceName" {
                out.name = Some(value.clone().into_owned());
            }
            let answered = Answered {
                field: self.form.source().path(slot.def),
                value: value.into_owned(),
                data_type: def.bind.data_type,
                sensible: def.bind.extra.get("sensible").is_some_and(|mark| {
                    matches!(
                        mark.trim().to_ascii_lowercase().as_str(),
                        "yes" | "true" | "true()" | "oui" | "1" | "sí" | "sÍ" | "si"
                    )
                }),
            };
            match places
                .get(&slot.block)
                .and_then(|&place| out.rows.get_mut(place as usize))
            {
                Some(row) => row.answers.push(answered),
                None => out.answers.push(answered),
            }
        }
        out
    }

    /// The response as XForms instance XML, nodes that are not relevant left out.
    pub fn instance_xml(&self) -> String {
        let names = self.form.names();
        let mut out = String::new();
        let mut open: Vec<(u32, bool)> =
            self.tree.children(0).map(|child| (child, false)).collect();
        while let Some((node, close)) = open.pop() {
            let Some(slot) = self.slots.get(node as usize).copied() else {
                continue;
            };
            if self.tree.kind(node) != Kind::Element
                || slot.def == NO_DEF
                || slot.flags & flag::RELEVANT == 0
            {
                continue;
            }
            let prefix = names.text(self.tree.prefix(node));
            let local = names.text(self.tree.local(node));
            let name = if prefix.is_empty() {
                local.to_owned()
            } else {
                format!("{prefix}:{local}")
            };
            if close {
                out.push_str(&format!("</{name}>"));
                continue;
            }
            out.push_str(&format!("<{name}"));
            if slot.def == 0 {
                self.declarations(node, &mut out);
            }
            for attribute in self.tree.attributes(node) {
                let prefix = names.text(self.tree.prefix(attribute));
                let colon = if prefix.is_empty() { "" } else { ":" };
                let local = names.text(self.tree.local(attribute));
                out.push_str(&format!(
                    " {prefix}{colon}{local}=\"{}\"",
                    escape(&self.tree.value(attribute))
                ));
            }
            let value = self.tree.kept(node);
            if self.tree.is_leaf(node) {
                if value.is_empty() {
                    out.push_str("/>");
                } else {
                    out.push_str(&format!(">{}</{name}>", escape(value)));
                }
                continue;
            }
            out.push('>');
            open.push((node, true));
            let children: Vec<u32> = self
                .tree
                .children(node)
                .filter(|&child| child != NONE)
                .collect();
            open.extend(children.into_iter().rev().map(|child| (child, false)));
        }
        out
    }

    /// Prefixes that the instance uses, declared on its root.
    fn declarations(&self, root: u32, out: &mut String) {
        let names = self.form.names();
        let mut declared: Vec<(String, String)> = Vec::new();
        for def in &self.form.source().defs {
            let pair = (def.prefix.clone(), def.namespace.clone());
            if !pair.1.is_empty() && !declared.iter().any(|(prefix, _)| *prefix == pair.0) {
                declared.push(pair);
            }
            for (name, ns, _) in &def.attributes {
                if let Some((prefix, _)) = name.split_once(':')
                    && !declared.iter().any(|(known, _)| known == prefix)
                {
                    declared.push((prefix.to_owned(), ns.clone()));
                }
            }
        }
        if names.text(self.tree.ns(root)).is_empty() {
            declared.retain(|(prefix, _)| !prefix.is_empty());
        }
        for (prefix, ns) in declared {
            let name = if prefix.is_empty() {
                "xmlns".to_owned()
            } else {
                format!("xmlns:{prefix}")
            };
            out.push_str(&format!(" {name}=\"{}\"", escape(&ns)));
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not XML 1.0 at all, even as a reference.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => {}
            other => out.push(other),
        }
    }
    out
}

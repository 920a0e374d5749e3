//! Rows of repeats, and where every node of them is.

use super::{Block, NO_DEF, Range, Session, Slot, flag};
use crate::form::source::{DefId, Shape};
use crate::session::Control;
use crate::xpath::{Kind, NONE, Sym};

impl Session {
    /// The node of `def` in `block`, which must be a block of its kind.
    pub(super) fn node_in(&self, block: u32, def: DefId) -> u32 {
        self.blocks[block as usize].base + self.form.model.layout.nodes[def as usize].offset
    }

    /// The place of the rows of `repeat` in the block around it.
    pub(super) fn range_in(&self, block: u32, repeat: DefId) -> u32 {
        self.blocks[block as usize].base + self.form.model.layout.nodes[repeat as usize].range
    }

    /// Rows of `repeat` in `block`.
    pub(super) fn rows_in(&self, block: u32, repeat: DefId) -> &[u32] {
        self.blocks[block as usize]
            .ranges
            .iter()
            .find(|range| range.repeat == repeat)
            .map_or(&[], |range| &range.rows)
    }

    /// The block of `node`, and the block around a repeat's range.
    pub(super) fn block_of(&self, node: u32) -> u32 {
        self.slots[node as usize].block
    }

    /// The ancestor of `block` inside `level` repeats.
    pub(super) fn ancestor(&self, mut block: u32, level: u32) -> u32 {
        let layout = &self.form.model.layout;
        while layout.blocks[self.blocks[block as usize].def as usize].level > level {
            match self.blocks[block as usize].parent {
                Some(parent) => block = parent,
                None => break,
            }
        }
        block
    }

    /// Calls `visit` on every node of `def` below `block`.
    pub(super) fn each(&self, block: u32, def: DefId, visit: &mut dyn FnMut(u32)) {
        let layout = &self.form.model.layout;
        self.each_block(block, layout.nodes[def as usize].block, &mut |block| {
            visit(self.node_in(block, def))
        });
    }

    /// Calls `visit` on every block of the kind `wanted` below `block`, itself included.
    pub(super) fn each_block(&self, block: u32, wanted: u32, visit: &mut dyn FnMut(u32)) {
        let layout = &self.form.model.layout;
        let here = self.blocks[block as usize].def;
        if here == wanted {
            visit(block);
            return;
        }
        // The child of `here` on the way to `wanted`.
        let mut next = wanted;
        loop {
            match layout.blocks[next as usize].parent {
                Some(parent) if parent == here => break,
                Some(parent) => next = parent,
                None => return,
            }
        }
        for range in &self.blocks[block as usize].ranges {
            if layout.nodes[range.repeat as usize].block == next {
                for &row in &range.rows {
                    self.each_block(row, wanted, visit);
                }
            }
        }
    }

    /// Makes the nodes of a block; a row is linked by the caller.
    fn make(&mut self, def: u32, parent: Option<u32>) -> u32 {
        let form = std::sync::Arc::clone(&self.form);
        let model = &form.model;
        let block = self.blocks.len() as u32;
        let base = self.tree.len() as u32;
        let layout = &model.layout.blocks[def as usize];
        self.blocks.push(Block {
            def,
            base,
            parent,
            index: 0,
            alive: true,
            ranges: layout
                .nested
                .iter()
                .map(|&repeat| Range {
                    repeat,
                    rows: Vec::new(),
                })
                .collect(),
        });
        for member in &layout.members {
            let (def, kind) = match *member {
                crate::form::Member::Node(def) => (def, Kind::Element),
                crate::form::Member::Range(def) => (def, Kind::Comment),
            };
            let above = match form.source().defs[def as usize].parent {
                Some(parent)
                    if model.layout.nodes[parent as usize].block
                        == self.blocks[block as usize].def =>
                {
                    self.node_in(block, parent)
                }
                Some(_) => NONE,
                None => 0,
            };
            let (name, ns, prefix) = model.symbols[def as usize];
            let node = match kind {
                Kind::Comment => self.tree.other(above, Kind::Comment, Sym::EMPTY, ""),
                _ if above == NONE => self.tree.loose(prefix, name, ns),
                _ => self.tree.element(above, prefix, name, ns),
            };
            let flags = flag::OWN_RELEVANT
                | flag::RELEVANT
                | if kind == Kind::Comment {
                    flag::RANGE
                } else {
                    0
                };
            self.slots.resize(node as usize, Slot::NONE);
            self.slots.push(Slot {
                def,
                block,
                flags,
                queued: 0,
            });
        }
        for (place, member) in layout.members.iter().enumerate() {
            let crate::form::Member::Node(def) = *member else {
                continue;
            };
            let node = base + place as u32;
            let source = &form.source().defs[def as usize];
            for ((_, _, value), &(prefix, local, ns)) in source
                .attributes
                .iter()
                .zip(&model.attributes[def as usize])
            {
                self.tree
                    .attribute(node, Kind::Attribute, prefix, local, ns, value);
            }
            if source.shape == Shape::Leaf && !source.default.is_empty() {
                let value = self.cast(def, source.default.clone());
                self.tree.set(node, &value);
            }
        }
        self.slots.resize(self.tree.len(), Slot::NONE);
        self.tree.seal_from(base);
        block
    }

    /// Makes the nodes outside any repeat.
    pub(super) fn make_root(&mut self) -> u32 {
        self.slots.resize(1, Slot::NONE);
        self.make(0, None)
    }

    /// Makes a row of `repeat` in `outer` and links it at `place` among its like.
    pub(super) fn make_row(&mut self, outer: u32, repeat: DefId, place: usize) -> u32 {
        let kind = self.form.model.layout.nodes[repeat as usize].block;
        let row = self.make(kind, Some(outer));
        let anchor = self.range_in(outer, repeat);
        let before = match place
            .checked_sub(1)
            .and_then(|before| self.rows_in(outer, repeat).get(before).copied())
        {
            Some(before) => self.blocks[before as usize].base,
            None => anchor,
        };
        let node = self.blocks[row as usize].base;
        self.tree
            .insert_after(self.tree.parent(anchor), before, node);
        if let Some(range) = self.blocks[outer as usize]
            .ranges
            .iter_mut()
            .find(|range| range.repeat == repeat)
        {
            let place = place.min(range.rows.len());
            range.rows.insert(place, row);
        }
        self.renumber(outer, repeat, place);
        self.slots[node as usize].flags |= flag::NEW;
        row
    }

    /// Tells the rows of `repeat` from `place` on what their numbers are.
    pub(super) fn renumber(&mut self, outer: u32, repeat: DefId, place: usize) {
        let rows: Vec<u32> = self
            .rows_in(outer, repeat)
            .iter()
            .skip(place)
            .copied()
            .collect();
        for (index, row) in rows.into_iter().enumerate() {
            self.blocks[row as usize].index = (place + index) as u32;
        }
    }

    /// Takes a row out, with all below it; its nodes are listed.
    pub(super) fn unmake_row(&mut self, row: u32, gone: &mut Vec<u32>) {
        let Some(outer) = self.blocks[row as usize].parent else {
            return;
        };
        let repeat = self.slots[self.blocks[row as usize].base as usize].def;
        let place = self.blocks[row as usize].index as usize;
        self.tree.detach(self.blocks[row as usize].base);
        if let Some(range) = self.blocks[outer as usize]
            .ranges
            .iter_mut()
            .find(|range| range.repeat == repeat)
            && place < range.rows.len()
        {
            range.rows.remove(place);
        }
        self.renumber(outer, repeat, place);
        self.bury(row, gone);
    }

    fn bury(&mut self, row: u32, gone: &mut Vec<u32>) {
        self.blocks[row as usize].alive = false;
        let kind = self.blocks[row as usize].def;
        let base = self.blocks[row as usize].base;
        let count = self.form.model.layout.blocks[kind as usize].members.len() as u32;
        for node in base..base + count {
            self.slots[node as usize].flags |= flag::GONE;
            self.kept.remove(&node);
            self.overridden.remove(&node);
            self.choices.borrow_mut().remove(&node);
            gone.push(node);
        }
        let inner: Vec<u32> = self.blocks[row as usize]
            .ranges
            .iter()
            .flat_map(|range| range.rows.iter().copied())
            .collect();
        for row in inner {
            self.bury(row, gone);
        }
    }

    /// The path of `node`, with row numbers.
    pub(super) fn path(&self, node: u32) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut at = node;
        while at != NONE && at != 0 {
            let slot = self.slots[at as usize];
            if slot.def == NO_DEF {
                break;
            }
            let def = &self.form.source().defs[slot.def as usize];
            let name = if def.prefix.is_empty() {
                def.name.clone()
            } else {
                format!("{}:{}", def.prefix, def.name)
            };
            let is_row = def.shape == Shape::Repeat && slot.flags & flag::RANGE == 0;
            parts.push(if is_row {
                format!("{name}[{}]", self.blocks[slot.block as usize].index + 1)
            } else {
                name
            });
            at = self.tree.parent(at);
        }
        parts
            .iter()
            .rev()
            .fold(String::new(), |path, part| format!("{path}/{part}"))
    }

    /// The node at a path with row numbers; a repeat without a number is its range.
    pub(super) fn at_path(&self, path: &str) -> Option<u32> {
        let mut block = 0;
        let mut at: Option<DefId> = None;
        let mut range = None;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            if range.is_some() {
                return None;
            }
            let (name, index) = match step.split_once('[') {
                Some((name, index)) => {
                    (name, Some(index.strip_suffix(']')?.parse::<usize>().ok()?))
                }
                None => (step, None),
            };
            let def = self.def_named(at, name)?;
            at = Some(def);
            if self.form.source().defs[def as usize].shape == Shape::Repeat {
                match index {
                    Some(index) => block = *self.rows_in(block, def).get(index.checked_sub(1)?)?,
                    None => range = Some(self.range_in(block, def)),
                }
            } else if index.is_some_and(|index| index != 1) {
                return None;
            }
        }
        range.or_else(|| at.map(|def| self.node_in(block, def)))
    }

    fn def_named(&self, parent: Option<DefId>, name: &str) -> Option<DefId> {
        let source = self.form.source();
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let is = |def: DefId| {
            let node = &source.defs[def as usize];
            node.name == local && node.prefix == prefix
        };
        let Some(parent) = parent else {
            return is(0).then_some(0);
        };
        let name = self.form.names().find(local)?;
        self.form
            .model
            .by_name
            .get(&(parent, name))
            .copied()
            .filter(|&def| is(def))
    }

    /// The element of the body that shows `def`.
    pub(super) fn body_of(&self, def: DefId) -> Option<&crate::form::source::BodyNode> {
        let source = self.form.source();
        source
            .defs
            .get(def as usize)?
            .body
            .and_then(|body| source.body.get(body as usize))
    }

    /// The control of `def`.
    pub(super) fn control_of(&self, def: DefId) -> Option<Control> {
        match self.body_of(def)?.kind {
            crate::form::source::BodyKind::Control(control) => Some(control),
            _ => None,
        }
    }
}

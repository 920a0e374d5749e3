//! What follows from a change, each thing once and in order.

use super::{Changes, NO_DEF, NodeId, Session, flag, values};
use crate::form::source::{BodyKind, DefId, ExprId};
use crate::form::{Prop, Target};
use crate::xpath::{At, NONE, Value};
use std::sync::Arc;

/// More rows than any form means: a count beyond it is a mistake, such as a telephone number.
const MOST_ROWS: usize = 2_000;

/// Actions that set off each other longer than this would never end.
const MOST_ROUNDS: usize = 200;

impl Session {
    pub(super) fn text_of(&self, expr: ExprId, at: &At) -> String {
        let world = self.world();
        self.form
            .expr(expr)
            .and_then(|expr| world.text(expr, at).ok())
            .map_or(String::new(), |text| text.into_owned())
    }

    /// The text of a calculation: what is not a number is nothing.
    fn calculated(&self, expr: ExprId, at: &At) -> String {
        let world = self.world();
        let value = self
            .form
            .expr(expr)
            .and_then(|expr| world.eval(expr, at).ok());
        match value {
            None => String::new(),
            Some(Value::Number(number)) if number.is_nan() => String::new(),
            Some(value) => world.to_text(value).into_owned(),
        }
    }

    /// The truth of an expression, or `otherwise` where it has none.
    pub(super) fn truth_of(&self, expr: ExprId, at: &At, otherwise: bool) -> bool {
        let world = self.world();
        self.form
            .expr(expr)
            .and_then(|expr| world.boolean(expr, at).ok())
            .unwrap_or(otherwise)
    }

    pub(super) fn number_of(&self, expr: ExprId, at: &At) -> f64 {
        let world = self.world();
        self.form
            .expr(expr)
            .and_then(|expr| world.number(expr, at).ok())
            .unwrap_or(f64::NAN)
    }

    pub(super) fn cast(&self, def: DefId, value: String) -> String {
        let data_type = self.form.source().defs[def as usize].bind.data_type;
        values::cast(data_type, value, |millis| self.env.offset_at(millis))
    }

    /// The view of `node` may differ, and those of the rows around it, which tell of their first answers.
    pub(super) fn mark(&mut self, node: u32) {
        let mut at = Some(node);
        while let Some(node) = at.take() {
            let slot = &mut self.slots[node as usize];
            if slot.def != NO_DEF && slot.flags & (flag::CHANGED | flag::GONE) == 0 {
                slot.flags |= flag::CHANGED;
                self.changed.push(node);
                let own = &self.blocks[slot.block as usize];
                let around = if own.base == node {
                    own.parent.map(|outer| &self.blocks[outer as usize])
                } else {
                    Some(own)
                };
                at = around
                    .filter(|block| block.parent.is_some())
                    .map(|row| row.base);
            }
        }
    }

    /// Puts a property in the queue, once.
    pub(super) fn enqueue(&mut self, node: u32, prop: Prop) {
        let slot = &mut self.slots[node as usize];
        let bit = 1u16 << prop as u16;
        if slot.queued & bit == 0 && slot.flags & flag::GONE == 0 && slot.def != NO_DEF {
            slot.queued |= bit;
            let rank = self.form.model.rank(slot.def, prop);
            self.queue.entry(rank).or_default().push((node, prop));
        }
    }

    /// Puts a property of every node of `def` below `block` in the queue.
    pub(super) fn enqueue_below(&mut self, block: u32, def: DefId, prop: Prop) {
        let layout = &self.form.model.layout;
        let kind = layout.nodes[def as usize].block;
        let of_range = matches!(prop, Prop::Count | Prop::RangeRelevant);
        let kind = if of_range {
            layout.blocks[kind as usize].parent.unwrap_or(0)
        } else {
            kind
        };
        if self.blocks[block as usize].def == kind {
            let node = if of_range {
                self.range_in(block, def)
            } else {
                self.node_in(block, def)
            };
            self.enqueue(node, prop);
            return;
        }
        let mut found = Vec::new();
        self.each_block(block, kind, &mut |block| found.push(block));
        for block in found {
            let node = if of_range {
                self.range_in(block, def)
            } else {
                self.node_in(block, def)
            };
            self.enqueue(node, prop);
        }
    }

    fn enqueue_targets(&mut self, block: u32, targets: &[Target]) {
        for target in targets {
            let from = self.ancestor(block, target.level);
            self.enqueue_below(from, target.def, target.prop);
        }
    }

    /// What others read of `node` differs.
    pub(super) fn value_changed(&mut self, node: u32) {
        self.mark(node);
        let slot = self.slots[node as usize];
        let form = Arc::clone(&self.form);
        self.enqueue_targets(slot.block, &form.model.values[slot.def as usize]);
        if form.source().defs[slot.def as usize]
            .bind
            .constraint
            .is_some()
        {
            self.enqueue(node, Prop::Constraint);
        }
        for &action in form.model.on_change.get(&slot.def).into_iter().flatten() {
            self.pending.push((action, node));
        }
    }

    /// Rows of `repeat` in `outer` came or went; from `place` on they have another number.
    pub(super) fn members_changed(&mut self, outer: u32, repeat: DefId, place: Option<usize>) {
        self.structure = true;
        let range = self.range_in(outer, repeat);
        self.mark(range);
        self.enqueue(range, Prop::RangeRelevant);
        let form = Arc::clone(&self.form);
        if let Some(targets) = form.model.members.get(&repeat) {
            self.enqueue_targets(outer, targets);
        }
        let Some(place) = place else { return };
        let moved: Vec<u32> = self
            .rows_in(outer, repeat)
            .iter()
            .skip(place)
            .copied()
            .collect();
        for &row in &moved {
            self.mark(self.blocks[row as usize].base);
        }
        for target in form.model.order.get(&repeat).into_iter().flatten() {
            let level = form.model.layout.blocks
                [form.model.layout.nodes[repeat as usize].block as usize]
                .level;
            let kind = form.model.layout.nodes[target.def as usize].block;
            let inside = form.model.layout.blocks[kind as usize].level >= level
                && repeat <= target.def
                && target.def < form.model.layout.nodes[repeat as usize].end;
            if inside && target.level + 1 >= level {
                for &row in &moved {
                    self.enqueue_below(row, target.def, target.prop);
                }
            } else {
                let from = self.ancestor(outer, target.level);
                self.enqueue_below(from, target.def, target.prop);
            }
        }
    }

    /// Stores what a person answers.
    pub(super) fn put(&mut self, node: u32, value: &str) {
        let def = self.slots[node as usize].def;
        let bind = &self.form.source().defs[def as usize].bind;
        if bind.calculate.is_some() && !self.overridden.contains_key(&node) {
            // What the calculation said, be it no choice, and not what is shown of it.
            let said = self.kept.get(&node).map(String::as_str);
            let said = said.unwrap_or_else(|| self.tree.kept(node)).to_owned();
            self.overridden.insert(node, said);
        }
        self.store(node, value);
    }

    /// Stores a value, whoever says it.
    pub(super) fn store(&mut self, node: u32, value: &str) {
        let def = self.slots[node as usize].def;
        if self.form.source().has_choices(def) {
            self.kept.remove(&node);
            if self.tree.kept(node) != value {
                self.tree.set(node, value);
                self.value_changed(node);
            }
            self.enqueue(node, Prop::Choices);
            return;
        }
        let fits = self.fits(def, value);
        if !fits {
            // Kept in sight until mended; no expression reads it.
            self.mark(node);
            self.kept.insert(node, value.to_owned());
        } else if self.kept.remove(&node).is_some() {
            self.mark(node);
        }
        let value = if fits { value } else { "" };
        if self.tree.kept(node) != value {
            self.tree.set(node, value);
            self.value_changed(node);
        }
    }

    /// Computes everything: a session begins, or is opened again.
    pub(super) fn compute_all(&mut self) {
        for node in 0..self.slots.len() as u32 {
            self.enqueue_own(node);
        }
        self.run();
    }

    /// Puts all properties that the form computes of `node` in the queue.
    pub(super) fn enqueue_own(&mut self, node: u32) {
        let slot = self.slots[node as usize];
        if slot.def == NO_DEF || slot.flags & flag::GONE != 0 {
            return;
        }
        let form = Arc::clone(&self.form);
        let def = &form.source().defs[slot.def as usize];
        if slot.flags & flag::RANGE != 0 {
            self.enqueue(node, Prop::Count);
            self.enqueue(node, Prop::RangeRelevant);
            return;
        }
        let bind = &def.bind;
        for (prop, expr) in [
            (Prop::Relevant, bind.relevant),
            (Prop::Value, bind.calculate),
            (Prop::Readonly, bind.readonly),
            (Prop::Required, bind.required),
            (Prop::Constraint, bind.constraint),
        ] {
            if expr.is_some() {
                self.enqueue(node, prop);
            }
        }
        if form.source().has_choices(slot.def) && !self.tree.kept(node).is_empty() {
            self.enqueue(node, Prop::Choices);
        }
    }

    /// Empties the queue.
    pub(super) fn run(&mut self) {
        // A form whose rows read each other may go round; it may not go round for ever.
        let mut left = if self.form.model.circular {
            1000 + self.slots.len() * (64 + self.blocks.len())
        } else {
            usize::MAX
        };
        let mut rounds = 0;
        loop {
            while let Some(mut first) = self.queue.first_entry() {
                let Some((node, prop)) = first.get_mut().pop() else {
                    first.remove();
                    continue;
                };
                if first.get().is_empty() {
                    first.remove();
                }
                self.slots[node as usize].queued &= !(1 << prop as u16);
                if left == 0 {
                    self.queue.clear();
                    self.slots.iter_mut().for_each(|slot| slot.queued = 0);
                    self.pending.clear();
                    return;
                }
                left -= 1;
                if self.slots[node as usize].flags & flag::GONE == 0 {
                    self.compute(node, prop);
                }
            }
            if self.pending.is_empty() && self.new_rows.is_empty() {
                return;
            }
            rounds += 1;
            if rounds > MOST_ROUNDS {
                self.pending.clear();
            }
            self.act_on_changes();
            for row in std::mem::take(&mut self.new_rows) {
                if self.blocks[row as usize].alive {
                    self.act_on_row(row);
                }
            }
        }
    }

    fn compute(&mut self, node: u32, prop: Prop) {
        let form = Arc::clone(&self.form);
        let slot = self.slots[node as usize];
        let bind = &form.source().defs[slot.def as usize].bind;
        let at = Session::at(node);
        match prop {
            Prop::Relevant => {
                let own = bind
                    .relevant
                    .is_none_or(|expr| self.truth_of(expr, &at, true));
                self.set_relevant(node, own);
            }
            Prop::RangeRelevant => {
                let own = bind
                    .relevant
                    .is_none_or(|expr| self.truth_of(expr, &at, true));
                self.set_relevant(node, own);
            }
            Prop::Count => self.count(node),
            Prop::Choices => {
                self.choices.borrow_mut().remove(&node);
                self.mark(node);
                self.fit_choices(node);
            }
            Prop::Value => {
                if let Some(expr) = bind.calculate
                    && slot.flags & flag::RELEVANT != 0
                {
                    let value = self.calculated(expr, &at);
                    let value = self.cast(slot.def, value);
                    // What a person wrote over a calculation stands until the calculation says something else.
                    if self.overridden.is_empty()
                        || self.overridden.get(&node).is_none_or(|said| *said != value)
                    {
                        self.overridden.remove(&node);
                        self.store(node, &value);
                    }
                }
            }
            Prop::Readonly => {
                let readonly = bind
                    .readonly
                    .is_some_and(|expr| self.truth_of(expr, &at, false));
                if self.set_flag(node, flag::OWN_READONLY, readonly) && !form.is_leaf(slot.def) {
                    self.mark_below(node);
                }
            }
            Prop::Required => {
                let required = bind
                    .required
                    .is_some_and(|expr| self.truth_of(expr, &at, false));
                self.set_flag(node, flag::REQUIRED, required);
            }
            Prop::Constraint => {
                let broken = !self.tree.kept(node).is_empty()
                    && bind
                        .constraint
                        .is_some_and(|expr| !self.truth_of(expr, &at, true));
                self.set_flag(node, flag::BROKEN, broken);
            }
            Prop::View => self.mark(node),
        }
    }

    fn set_flag(&mut self, node: u32, bit: u16, on: bool) -> bool {
        let flags = &mut self.slots[node as usize].flags;
        let differs = (*flags & bit != 0) != on;
        if differs {
            *flags ^= bit;
            self.mark(node);
        }
        differs
    }

    fn mark_below(&mut self, node: u32) {
        let mut open: Vec<u32> = self.tree.children(node).collect();
        while let Some(node) = open.pop() {
            if self
                .slots
                .get(node as usize)
                .is_some_and(|slot| slot.def != NO_DEF)
            {
                self.mark(node);
                open.extend(self.tree.children(node));
            }
        }
    }

    fn is_relevant_above(&self, node: u32) -> bool {
        let parent = self.tree.parent(node);
        parent == NONE || parent == 0 || self.slots[parent as usize].flags & flag::RELEVANT != 0
    }

    /// `node` is relevant by itself, or is not: what is below it follows.
    fn set_relevant(&mut self, node: u32, own: bool) {
        let flags = &mut self.slots[node as usize].flags;
        if (*flags & flag::OWN_RELEVANT != 0) != own {
            *flags ^= flag::OWN_RELEVANT;
        }
        self.refresh_relevant(node);
    }

    /// Makes `node` and all below it as relevant as they and what is above them say.
    pub(super) fn refresh_relevant(&mut self, node: u32) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let Some(&slot) = self.slots.get(node as usize) else {
                continue;
            };
            if slot.def == NO_DEF {
                continue;
            }
            let relevant = slot.flags & flag::OWN_RELEVANT != 0 && self.is_relevant_above(node);
            if relevant == (slot.flags & flag::RELEVANT != 0) {
                continue;
            }
            self.slots[node as usize].flags ^= flag::RELEVANT;
            self.structure = true;
            self.mark(node);
            if slot.flags & flag::RANGE != 0 {
                if relevant {
                    self.enqueue(node, Prop::Count);
                }
            } else if self.form.is_leaf(slot.def) {
                self.tree.hide(node, !relevant);
                if !self.tree.kept(node).is_empty() {
                    self.value_changed(node);
                }
                if relevant {
                    self.overridden.remove(&node);
                    self.enqueue_own(node);
                }
            } else {
                open.extend(self.tree.children(node));
            }
        }
    }

    /// Makes as many rows as a repeat's count says.
    fn count(&mut self, range: u32) {
        let slot = self.slots[range as usize];
        let Some(BodyKind::Repeat {
            count: Some(count), ..
        }) = self.body_of(slot.def).map(|body| body.kind.clone())
        else {
            return;
        };
        let wanted = self.number_of(count, &Session::at(range));
        let rows = self.rows_in(slot.block, slot.def).len();
        // While the count is empty the rows stay: it is being written.
        let nothing = if self.begun || self.restored { rows } else { 0 };
        let wanted = if wanted.is_nan() {
            nothing
        } else {
            (wanted.max(0.0) as usize).min(MOST_ROWS)
        };
        if wanted == rows {
            return;
        }
        for place in rows..wanted {
            let row = self.new_row(slot.block, slot.def, place);
            if self.begun {
                self.new_rows.push(row);
            }
        }
        let mut gone = Vec::new();
        while self.rows_in(slot.block, slot.def).len() > wanted {
            let Some(&last) = self.rows_in(slot.block, slot.def).last() else {
                break;
            };
            self.unmake_row(last, &mut gone);
        }
        self.removed.extend(gone);
        self.members_changed(slot.block, slot.def, None);
    }

    /// Makes a row and puts all that is computed of it in the queue.
    pub(super) fn new_row(&mut self, outer: u32, repeat: DefId, place: usize) -> u32 {
        let first = self.slots.len() as u32;
        let row = self.make_row(outer, repeat, place);
        self.inner_rows(row);
        self.structure = true;
        self.added.push(self.blocks[row as usize].base);
        let node = self.blocks[row as usize].base;
        if !self.is_relevant_above(node) {
            self.refresh_relevant(node);
        }
        for node in first..self.slots.len() as u32 {
            self.enqueue_own(node);
            if self.slots[node as usize].def != NO_DEF
                && self.slots[node as usize].flags & flag::RANGE == 0
            {
                self.value_came(node);
            }
        }
        row
    }

    /// A value is there that was not: others may read it.
    fn value_came(&mut self, node: u32) {
        let slot = self.slots[node as usize];
        if self.form.is_leaf(slot.def) {
            let form = Arc::clone(&self.form);
            let block = form.model.layout.nodes[slot.def as usize].block;
            let level = form.model.layout.blocks[block as usize].level;
            // Readers in the same row are new themselves.
            let others: Vec<Target> = form.model.values[slot.def as usize]
                .iter()
                .filter(|target| target.level < level)
                .copied()
                .collect();
            if !self.tree.kept(node).is_empty() {
                self.enqueue_targets(slot.block, &others);
            }
        }
    }

    /// Rows that a new row begins with, of the repeats inside it.
    fn inner_rows(&mut self, row: u32) {
        let form = Arc::clone(&self.form);
        let kind = self.blocks[row as usize].def;
        for &repeat in &form.model.layout.blocks[kind as usize].nested {
            for place in 0..form.source().defs[repeat as usize].rows as usize {
                let inner = self.make_row(row, repeat, place);
                self.inner_rows(inner);
            }
        }
    }

    /// Finishes a change: what was computed is told once.
    pub(super) fn settle(&mut self) -> Changes {
        self.run();
        self.left_out.clear();
        self.held.clear();
        let mut changed = std::mem::take(&mut self.changed);
        for &node in &changed {
            self.slots[node as usize].flags &= !flag::CHANGED;
        }
        changed.retain(|&node| self.slots[node as usize].flags & flag::GONE == 0);
        changed.sort_unstable();
        let added: Vec<u32> = std::mem::take(&mut self.added);
        for &node in &added {
            self.slots[node as usize].flags &= !flag::NEW;
        }
        Changes {
            nodes: changed.into_iter().map(NodeId).collect(),
            added: added
                .into_iter()
                .filter(|&node| self.slots[node as usize].flags & flag::GONE == 0)
                .map(NodeId)
                .collect(),
            removed: std::mem::take(&mut self.removed)
                .into_iter()
                .map(NodeId)
                .collect(),
            structure: std::mem::take(&mut self.structure),
        }
    }
}

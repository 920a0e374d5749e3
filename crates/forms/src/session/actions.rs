//! Values put somewhere when something happens. Source: ODK XForms, actions and events.

use super::{Session, flag};
use crate::form::source::{Action, Assigned, Event};
use crate::xpath::date;
use std::sync::Arc;

impl Session {
    /// `jr:preload`: facts of the moment, the device and the person, put once.
    pub(super) fn preload(&mut self) {
        let form = Arc::clone(&self.form);
        for node in 0..self.slots.len() as u32 {
            let slot = self.slots[node as usize];
            let Some(def) = form.source().defs.get(slot.def as usize) else {
                continue;
            };
            if slot.flags & flag::RANGE != 0 {
                continue;
            }
            let Some((kind, params)) = &def.bind.preload else {
                continue;
            };
            let now = self.env.now();
            let value = match (kind.as_str(), params.as_str()) {
                ("timestamp", "start") => Some(moment(now)),
                ("date", "today") => Some(date::Civil::at(now.millis, now.offset).date()),
                ("property", name) => self
                    .env
                    .property(name)
                    .or_else(|| self.env.property(alias(name))),
                ("uid", _) => {
                    let (high, low) = (self.env.random(), self.env.random());
                    Some(uuid(high, low))
                }
                ("context", _) | ("patient", _) => self.env.property(params),
                _ => None,
            };
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let value = self.cast(slot.def, value);
                self.tree.set(node, &value);
            }
        }
    }

    /// `jr:preload="timestamp"` with `end`: the moment of finishing.
    pub(super) fn postload(&mut self) {
        let form = Arc::clone(&self.form);
        for node in 0..self.slots.len() as u32 {
            let slot = self.slots[node as usize];
            let preload = form
                .source()
                .defs
                .get(slot.def as usize)
                .and_then(|def| def.bind.preload.as_ref());
            if slot.flags & (flag::RANGE | flag::GONE) == 0
                && preload.is_some_and(|(kind, params)| kind == "timestamp" && params == "end")
            {
                let value = moment(self.env.now());
                self.put(node, &value);
            }
        }
    }

    /// Runs the model's actions for any of `events`, in document order.
    pub(super) fn act(&mut self, events: &[Event]) {
        let form = Arc::clone(&self.form);
        for action in &form.source().actions {
            if action.events.iter().any(|event| events.contains(event)) {
                self.perform(action, None);
                self.run();
            }
        }
    }

    /// Runs what follows a row added by hand.
    pub(super) fn act_on_row(&mut self, row: u32) {
        let form = Arc::clone(&self.form);
        let node = self.blocks[row as usize].base;
        let repeat = self.slots[node as usize].def;
        for &action in form.model.on_row.get(&repeat).into_iter().flatten() {
            if let Some(action) = form.source().actions.get(action as usize) {
                self.perform(action, Some(node));
                self.run();
            }
        }
        for action in &form.source().actions {
            let inside = action.target_def.is_some_and(|def| {
                repeat < def && def < form.model.layout.nodes[repeat as usize].end
            });
            let unbound = action.source.is_none_or(|source| source != repeat);
            if unbound && inside && action.events.contains(&Event::OdkNewRepeat) {
                self.perform(action, Some(node));
                self.run();
            }
        }
    }

    /// Runs what follows the changes of values so far.
    pub(super) fn act_on_changes(&mut self) {
        let form = Arc::clone(&self.form);
        for (action, node) in std::mem::take(&mut self.pending) {
            if self.slots[node as usize].flags & (flag::GONE | flag::NEW) != 0 || self.restored {
                continue;
            }
            if let Some(action) = form.source().actions.get(action as usize) {
                self.perform(action, Some(node));
            }
        }
    }

    fn perform(&mut self, action: &Action, source: Option<u32>) {
        let from = source.map_or(1, |node| node);
        let mut targets: Vec<u32> = Vec::new();
        match action.target_def {
            Some(def) => {
                let block = self.block_of(from);
                let kind = |block: u32| {
                    self.form.model.layout.blocks[self.blocks[block as usize].def as usize].level
                };
                // The target in the rows that it shares with the source.
                let mut around = block;
                loop {
                    let mut found = Vec::new();
                    self.each(around, def, &mut |node| found.push(node));
                    if !found.is_empty() || kind(around) == 0 {
                        targets = found;
                        break;
                    }
                    match self.blocks[around as usize].parent {
                        Some(parent) => around = parent,
                        None => break,
                    }
                }
                if source.is_some()
                    && action.events.contains(&Event::XformsValueChanged)
                    && targets.len() > 1
                {
                    targets.clear();
                }
            }
            None => {
                let world = self.world();
                if let Some(expr) = self.form.expr(action.target) {
                    let nodes = world.nodes(expr, &Session::at(from)).unwrap_or_default();
                    targets.extend(
                        nodes
                            .iter()
                            .filter(|node| node.doc == 0)
                            .map(|node| node.node),
                    );
                }
            }
        }
        for node in targets {
            let Some(slot) = self.slots.get(node as usize).copied() else {
                continue;
            };
            let waits = slot.flags & flag::RELEVANT == 0
                && !action.events.contains(&Event::XformsValueChanged);
            if slot.def == super::NO_DEF || !self.form.is_leaf(slot.def) || waits {
                continue;
            }
            let value = match &action.value {
                Assigned::Text(text) => text.clone(),
                Assigned::Expr(expr) => self.text_of(*expr, &Session::at(node)),
                Assigned::Place => self.env.property("geopoint").unwrap_or_default(),
            };
            let value = self.cast(slot.def, value);
            self.store(node, &value);
        }
    }
}

/// The names that pyxform and older tools give to one fact.
fn alias(name: &str) -> &str {
    match name {
        "phonenumber" => "phone number",
        "uri:deviceid" => "deviceid",
        "uri:username" => "username",
        "uri:email" => "email",
        "uri:phonenumber" => "phonenumber",
        other => other,
    }
}

fn moment(now: super::Now) -> String {
    let civil = date::Civil::at(now.millis, now.offset);
    let (h, m, s, ms) = civil.clock();
    format!(
        "{}T{h:02}:{m:02}:{s:02}.{ms:03}{}",
        civil.date(),
        date::offset_text(now.offset)
    )
}

fn uuid(high: u64, low: u64) -> String {
    let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
    format!(
        "uuid:{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}",
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

//! The body of a form: controls, groups, repeats, choices; and actions, which may stand there or in the model.

use super::read::{Reader, words};
use crate::form::Control;
use crate::form::source::{
    Action, Assigned, BodyKind, BodyNode, DefId, Event, Item, Itemset, Shape,
};
use crate::xpath::Kind;
use std::collections::BTreeMap;

impl Reader<'_> {
    pub(super) fn body(&mut self, id: u32, parent: Option<u32>, context: Option<DefId>) {
        for child in self.elements(id).collect::<Vec<_>>() {
            let name = self.local(child).to_owned();
            let kind = match name.as_str() {
                "label" | "hint" | "value" | "item" | "itemset" | "choices" | "help" | "alert" => {
                    continue;
                }
                "setvalue" | "setgeopoint" => {
                    self.action(child, context);
                    continue;
                }
                "recordaudio" => {
                    self.warn(
                        child,
                        "unsupported-action",
                        &name,
                        "sound is not recorded unasked".into(),
                    );
                    continue;
                }
                "group" => BodyKind::Group,
                "repeat" => BodyKind::Repeat {
                    count: None,
                    fixed: false,
                },
                "input" | "secret" | "textarea" => BodyKind::Control(Control::Input),
                "select1" => BodyKind::Control(Control::SelectOne),
                "select" => BodyKind::Control(Control::SelectMultiple),
                "rank" => BodyKind::Control(Control::Rank),
                "range" => BodyKind::Control(Control::Range),
                "upload" => BodyKind::Control(Control::Upload),
                "trigger" => BodyKind::Control(Control::Trigger),
                other => {
                    let detail =
                        format!("the body has an element {other}, which nothing here shows");
                    self.warn(child, "unknown-element", other, detail);
                    continue;
                }
            };
            self.body_node(child, &name, kind, parent, context);
        }
    }

    fn body_node(
        &mut self,
        id: u32,
        name: &str,
        mut kind: BodyKind,
        parent: Option<u32>,
        context: Option<DefId>,
    ) {
        let reference = match name {
            "repeat" => self
                .attribute(id, "nodeset")
                .or_else(|| self.attribute(id, "ref")),
            _ => self.attribute(id, "ref"),
        };
        let bound = self
            .attribute(id, "bind")
            .and_then(|bind| self.bind_ids.get(&bind).copied());
        let def = bound.or_else(|| {
            reference
                .as_deref()
                .and_then(|path| self.resolve(path, context))
        });
        if def.is_none() && (reference.is_some() || !matches!(kind, BodyKind::Group)) {
            let path = reference.unwrap_or_default();
            let detail = format!("a {name} names {path:?}, which the instance does not have");
            self.warn(id, "control-without-node", &path, detail);
            return;
        }
        let mut parameters = BTreeMap::new();
        for attribute in self.tree.attributes(id) {
            let key = self.local(attribute);
            if self.tree.kind(attribute) == Kind::Attribute
                && !matches!(
                    key,
                    "ref" | "nodeset" | "bind" | "appearance" | "count" | "noAddRemove"
                )
            {
                parameters.insert(key.to_owned(), self.tree.value(attribute).into_owned());
            }
        }
        if let BodyKind::Repeat { count, fixed } = &mut kind {
            *count = self
                .attribute(id, "count")
                .filter(|text| !text.trim().is_empty())
                .map(|text| self.expr(&text, id));
            *fixed = self
                .attribute(id, "noAddRemove")
                .is_some_and(|value| value.trim() == "true()" || value == "true");
        }
        if matches!(kind, BodyKind::Control(Control::Range)) {
            for bound in ["start", "end", "step"] {
                let good = parameters
                    .get(bound)
                    .is_some_and(|text| text.trim().parse::<f64>().is_ok());
                if !good && (bound != "step" || parameters.contains_key(bound)) {
                    let found = parameters.get(bound).cloned().unwrap_or_default();
                    let detail = format!("{bound} of a range must be a number, and is {found:?}");
                    self.error(id, "bad-range", &found, detail);
                }
            }
        }
        let label = self
            .child(id, "label")
            .and_then(|label| self.text_ref(label));
        let hint = self.child(id, "hint").and_then(|hint| self.text_ref(hint));
        let place = self.source.body.len() as u32;
        let repeat = matches!(kind, BodyKind::Repeat { .. });
        let control = matches!(kind, BodyKind::Control(_));
        self.source.body.push(BodyNode {
            kind,
            parent,
            def,
            label,
            hint,
            appearance: words(self.attribute(id, "appearance")),
            parameters,
            items: Vec::new(),
            itemset: None,
        });
        if let Some(def) = def {
            let taken = self.source.defs[def as usize].body;
            let is_repeat = self.source.defs[def as usize].shape == Shape::Repeat;
            // A group around a repeat names the same node: the repeat is the node's own.
            if taken.is_none() || (repeat && is_repeat) {
                self.source.defs[def as usize].body = Some(place);
            }
        }
        if control {
            let (items, itemset) = self.choices(id);
            self.source.body[place as usize].items = items;
            self.source.body[place as usize].itemset = itemset;
        }
        self.body(id, Some(place), def.or(context));
    }

    fn choices(&mut self, id: u32) -> (Vec<Item>, Option<Itemset>) {
        let mut items = Vec::new();
        let mut itemset = None;
        for child in self.elements(id).collect::<Vec<_>>() {
            match self.local(child) {
                "item" => {
                    let value = self
                        .child(child, "value")
                        .map(|value| self.tree.value(value).trim().to_owned());
                    let Some(value) = value else {
                        self.error(
                            child,
                            "choice-without-value",
                            "",
                            "a choice has no value".into(),
                        );
                        continue;
                    };
                    let label = self
                        .child(child, "label")
                        .and_then(|label| self.text_ref(label));
                    items.push(Item { value, label });
                }
                "itemset" => {
                    let nodes = self.attribute(child, "nodeset");
                    let value = self
                        .child(child, "value")
                        .and_then(|value| self.attribute(value, "ref"));
                    let (Some(nodes), Some(value)) = (nodes, value) else {
                        self.error(
                            child,
                            "itemset-without-value",
                            "",
                            "a list of choices has no nodeset or value".into(),
                        );
                        continue;
                    };
                    let label = self
                        .child(child, "label")
                        .and_then(|label| self.text_ref(label));
                    let (nodes, value) = (self.expr(&nodes, child), self.expr(&value, child));
                    itemset = Some(Itemset {
                        nodes,
                        value,
                        label,
                    });
                }
                _ => {}
            }
        }
        (items, itemset)
    }

    pub(super) fn action(&mut self, id: u32, context: Option<DefId>) {
        let mut events = Vec::new();
        for word in words(self.attribute(id, "event")) {
            match word.as_str() {
                "odk-instance-first-load" | "xforms-ready" => {
                    events.push(Event::OdkInstanceFirstLoad)
                }
                "odk-instance-load" => events.push(Event::OdkInstanceLoad),
                "odk-new-repeat" | "jr-insert" => events.push(Event::OdkNewRepeat),
                "xforms-value-changed" => events.push(Event::XformsValueChanged),
                "xforms-revalidate" => events.push(Event::XformsRevalidate),
                other => self.error(
                    id,
                    "unknown-event",
                    other,
                    format!("no event is called {other}"),
                ),
            }
        }
        let bound = self
            .attribute(id, "bind")
            .and_then(|bind| self.bind_ids.get(&bind).copied());
        let target = self
            .attribute(id, "ref")
            .or_else(|| self.attribute(id, "nodeset"));
        let Some(target) = bound.map(|def| self.source.path(def)).or(target) else {
            self.warn(
                id,
                "action-without-node",
                "",
                "an action names no node".into(),
            );
            return;
        };
        let target_def = self.resolve(&target, context);
        let value = if self.local(id) == "setgeopoint" {
            Assigned::Place
        } else {
            match self
                .attribute(id, "value")
                .filter(|value| !value.trim().is_empty())
            {
                Some(expr) => Assigned::Expr(self.expr(&expr, id)),
                None => Assigned::Text(self.tree.value(id).into_owned()),
            }
        };
        let target = self.expr(&target, id);
        self.source.actions.push(Action {
            events,
            source: context,
            target,
            target_def,
            value,
        });
    }
}

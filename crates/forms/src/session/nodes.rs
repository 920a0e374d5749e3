//! What a node is now, as the interface sees it.

use super::{
    Appearance, CHOICES_SHOWN, Control, Media, NO_DEF, NodeId, NodeKind, NodeView, Refused,
    Session, Text, Violation, ViolationKind, flag, values,
};
use crate::form::source::{BodyKind, BodyNode, DefId, Part, Shape, TextForm, TextRef};
use crate::form::{ChoiceLayout, Parameters};
use crate::xpath::{At, Expr, Function, NONE};

/// How many answers tell of a row.
const ANSWERS_TOLD: usize = 3;

impl Session {
    pub(super) fn is_relevant(&self, node: u32) -> bool {
        self.slots
            .get(node as usize)
            .is_some_and(|slot| slot.def == NO_DEF || slot.flags & flag::RELEVANT != 0)
    }

    /// Readonly by itself or by what is around it.
    pub(super) fn is_readonly(&self, node: u32) -> bool {
        let mut at = node;
        while at != NONE && at != 0 {
            let flags = self.slots[at as usize].flags;
            if flags & flag::OWN_READONLY != 0 {
                return true;
            }
            at = self.tree.parent(at);
        }
        false
    }

    /// What a node is.
    pub(super) fn kind_of(&self, node: u32) -> NodeKind {
        let slot = self.slots[node as usize];
        let shape = self.form.source().defs[slot.def as usize].shape;
        if slot.flags & flag::RANGE != 0 {
            NodeKind::Repeat
        } else {
            match shape {
                Shape::Repeat => NodeKind::Row,
                Shape::Group => NodeKind::Group,
                Shape::Leaf if self.control_of(slot.def).is_some() => NodeKind::Question,
                Shape::Leaf => NodeKind::Value,
            }
        }
    }

    /// The control of a question; an input that can never be written is a note.
    pub(super) fn shown_control(&self, def: DefId) -> Option<Control> {
        let control = self.control_of(def)?;
        if control != Control::Input {
            return Some(control);
        }
        let bind = &self.form.source().defs[def as usize].bind;
        let always = bind.readonly.and_then(|expr| self.form.expr(expr));
        let always = match always {
            Some(Expr::Call(Function::True, _)) => true,
            Some(Expr::Number(number)) => *number != 0.0,
            Some(Expr::Literal(text)) => !text.is_empty(),
            _ => false,
        };
        Some(if always {
            Control::Note
        } else {
            Control::Input
        })
    }

    /// A text of the form, evaluated at `at`.
    pub(super) fn text(&self, text: &TextRef, at: &At) -> Text {
        match text {
            TextRef::Parts(parts) => Text {
                text: self.parts(parts, at),
                ..Text::default()
            },
            TextRef::Value(expr) => Text {
                text: self.text_of(*expr, at),
                ..Text::default()
            },
            TextRef::Id(id) => self.text_by_id(id, at),
            TextRef::IdOf(expr) => self.text_by_id(&self.text_of(*expr, at), at),
        }
    }

    fn text_by_id(&self, id: &str, at: &At) -> Text {
        let forms = self.form.text(id, self.language).unwrap_or_default();
        let medium = |name: &str| {
            forms
                .iter()
                .find(|form| form.form == name)
                .map(|form| self.parts(&form.parts, at))
        };
        let plain = self.plain_form(forms);
        Text {
            text: plain.map_or(String::new(), |form| self.parts(&form.parts, at)),
            media: Media {
                image: medium("image"),
                big_image: medium("big-image"),
                audio: medium("audio"),
                video: medium("video"),
            },
        }
    }

    fn plain_form<'a>(&self, forms: &'a [TextForm]) -> Option<&'a TextForm> {
        forms
            .iter()
            .find(|form| form.form.is_empty())
            .or_else(|| forms.iter().find(|form| form.form == "long"))
            .or_else(|| forms.iter().find(|form| form.form == "short"))
    }

    fn guidance(&self, hint: &TextRef, at: &At) -> Option<Text> {
        let id = match hint {
            TextRef::Id(id) => id.clone(),
            TextRef::IdOf(expr) => self.text_of(*expr, at),
            _ => return None,
        };
        let forms = self.form.text(&id, self.language)?;
        let guidance = forms.iter().find(|form| form.form == "guidance")?;
        Some(Text {
            text: self.parts(&guidance.parts, at),
            ..Text::default()
        })
    }

    fn parts(&self, parts: &[Part], at: &At) -> String {
        parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Output(expr) => self.text_of(*expr, at),
            })
            .collect()
    }

    /// The elements of the body that may label a node: its own, and for a repeat the group around it.
    fn labelled(&self, def: DefId) -> impl Iterator<Item = &BodyNode> {
        let source = self.form.source();
        let own = self.body_of(def);
        let around = own
            .filter(|body| matches!(body.kind, BodyKind::Repeat { .. }))
            .and_then(|body| body.parent)
            .and_then(|parent| source.body.get(parent as usize))
            .filter(|parent| {
                parent.def == Some(def)
                    || (parent.def.is_none()
                        && matches!(parent.kind, BodyKind::Group)
                        && self.only_child(parent))
            });
        own.filter(|body| !matches!(body.kind, BodyKind::Repeat { .. }))
            .into_iter()
            .chain(around)
    }

    fn only_child(&self, group: &BodyNode) -> bool {
        let source = self.form.source();
        source
            .body
            .iter()
            .position(|body| std::ptr::eq(body, group))
            .is_some_and(|place| {
                self.form
                    .model
                    .body
                    .get(place + 1)
                    .is_some_and(|children| children.len() == 1)
            })
    }

    /// The label of a node.
    pub(super) fn label(&self, node: u32) -> Option<Text> {
        let slot = self.slots[node as usize];
        let label = self
            .labelled(slot.def)
            .find_map(|body| body.label.as_ref())?;
        Some(self.text(label, &Session::at(node)))
    }

    /// Which rule the answer of `node` breaks.
    pub(super) fn violated(&self, node: u32) -> Option<ViolationKind> {
        let slot = self.slots[node as usize];
        if slot.flags & flag::RELEVANT == 0
            || slot.flags & flag::RANGE != 0
            || !self.form.is_leaf(slot.def)
        {
            None
        } else if self.is_unfit(node) {
            Some(ViolationKind::Type)
        } else if slot.flags & flag::BROKEN != 0 {
            Some(ViolationKind::Constraint)
        } else {
            let missing = slot.flags & flag::REQUIRED != 0 && self.tree.kept(node).is_empty();
            missing.then_some(ViolationKind::Required)
        }
    }

    /// Why the answer of `node` can't stand.
    pub(super) fn violation(&self, node: u32) -> Option<Violation> {
        let kind = self.violated(node)?;
        let bind = &self.form.source().defs[self.slots[node as usize].def as usize].bind;
        let message = match kind {
            ViolationKind::Constraint => bind.constraint_message.as_ref(),
            ViolationKind::Required => bind.required_message.as_ref(),
            ViolationKind::Type => None,
        };
        let message = message.map(|message| self.text(message, &Session::at(node)).text);
        Some(Violation {
            kind,
            message: message.filter(|message| !message.is_empty()),
        })
    }

    /// Whether what was typed at `node` does not fit its type: shown, but not there for any expression.
    pub(super) fn is_unfit(&self, node: u32) -> bool {
        self.kept.contains_key(&node)
            && !self
                .form
                .source()
                .has_choices(self.slots[node as usize].def)
    }

    /// The value as a person left it.
    pub(super) fn shown_value(&self, node: u32) -> String {
        match self.kept.get(&node) {
            Some(kept) if self.is_unfit(node) && self.is_relevant(node) => kept.clone(),
            _ => self.tree.value(node).into_owned(),
        }
    }

    /// Whether `value` may stand at a node of `def`, as its type and its range say.
    pub(super) fn fits(&self, def: DefId, value: &str) -> bool {
        let source = &self.form.source().defs[def as usize];
        let bind = &source.bind;
        // What the form itself starts with stands, be it off its own scale.
        if value.is_empty() || value == source.default || self.form.source().has_choices(def) {
            return true;
        }
        if !values::fits(bind.data_type, value) {
            return false;
        }
        let scale = self.parameters(def).and_then(|said| said.scale);
        match (scale, crate::number(value.trim())) {
            (Some(scale), Some(value)) => scale.has(value),
            _ => true,
        }
    }

    /// Whether `node` takes an answer from a person; the choices over a table (`label`) take none.
    pub(super) fn is_asked(&self, node: u32) -> bool {
        let def = self.slots[node as usize].def;
        self.appearance(def).choices != ChoiceLayout::TableHead
            && self
                .shown_control(def)
                .is_some_and(|control| control != Control::Note)
    }

    /// The node as the interface shows it.
    pub fn view(&self, id: NodeId) -> Result<NodeView, Refused> {
        let node = self.live(id)?;
        let slot = self.slots[node as usize];
        let at = Session::at(node);
        let def = &self.form.source().defs[slot.def as usize];
        let kind = self.kind_of(node);
        let body = self.body_of(slot.def);
        let leaf = def.shape == Shape::Leaf;
        let control = if leaf {
            self.shown_control(slot.def)
        } else {
            None
        };
        let hint = body.and_then(|body| body.hint.as_ref());
        let (choices, choices_total) = if leaf && self.form.source().has_choices(slot.def) {
            // Choices to put in order are put in order all together.
            let limit = match control {
                Some(Control::Rank) => usize::MAX,
                _ => CHOICES_SHOWN,
            };
            self.first_choices(node, limit)
        } else {
            (Vec::new(), 0)
        };
        let parent = match kind {
            NodeKind::Row => {
                let outer = self.blocks[slot.block as usize].parent.unwrap_or(0);
                Some(self.range_in(outer, slot.def))
            }
            _ => Some(self.tree.parent(node)).filter(|&parent| parent != NONE && parent != 0),
        };
        let fixed = self.is_fixed(slot.def);
        Ok(NodeView {
            id,
            parent: parent.map(NodeId),
            path: self.path(node),
            name: def.name.clone(),
            kind,
            control,
            data_type: def.bind.data_type,
            label: self.label(node),
            hint: hint
                .map(|hint| self.text(hint, &at))
                .filter(|hint| *hint != Text::default()),
            guidance: hint.and_then(|hint| self.guidance(hint, &at)),
            value: if leaf {
                self.shown_value(node)
            } else {
                String::new()
            },
            relevant: slot.flags & flag::RELEVANT != 0,
            required: slot.flags & flag::REQUIRED != 0,
            readonly: self.is_readonly(node),
            violation: self.violation(node),
            chosen: if choices_total > choices.len() {
                self.chosen(id)
            } else {
                Vec::new()
            },
            choices,
            choices_total,
            appearance: self.appearance(slot.def),
            parameters: self.parameters(slot.def).cloned().unwrap_or_default(),
            count: if kind == NodeKind::Repeat {
                self.rows_in(slot.block, slot.def).len()
            } else {
                0
            },
            may_change: matches!(kind, NodeKind::Repeat | NodeKind::Row) && !fixed,
            index: if kind == NodeKind::Row {
                self.blocks[slot.block as usize].index as usize + 1
            } else {
                0
            },
            summary: if kind == NodeKind::Row {
                self.summary(id)
            } else {
                Vec::new()
            },
        })
    }

    fn appearance(&self, def: DefId) -> Appearance {
        let body = self.form.source().defs[def as usize].body;
        let of = |body: u32| self.form.model.appearances.get(body as usize).copied();
        body.and_then(of).unwrap_or_default()
    }

    fn parameters(&self, def: DefId) -> Option<&Parameters> {
        let body = self.form.source().defs[def as usize].body?;
        self.form.model.parameters.get(body as usize)
    }

    /// The first answers of a row, as shown.
    fn summary(&self, row: NodeId) -> Vec<String> {
        self.inside(row)
            .into_iter()
            .filter(|id| self.is_relevant(id.0) && self.kind_of(id.0) == NodeKind::Question)
            .filter_map(|id| {
                let has_choices = self
                    .form
                    .source()
                    .has_choices(self.slots[id.0 as usize].def);
                let said = if has_choices {
                    let labels = self.chosen(id).into_iter().map(|choice| choice.label.text);
                    labels.collect::<Vec<_>>().join(", ")
                } else {
                    self.shown_value(id.0)
                };
                Some(said).filter(|said| !said.is_empty())
            })
            .take(ANSWERS_TOLD)
            .collect()
    }
}

//! Screens, and the tree of what is asked.

use super::{
    Counts, Invalid, NO_DEF, NodeId, NodeKind, OutlineNode, Page, PageKind, Session, ViolationKind,
    flag,
};
use crate::form::source::BodyKind;
use std::collections::HashMap;

/// A place in the body as it is now, with rows.
enum Step {
    /// A group: whether it is one screen.
    Group {
        node: Option<u32>,
        /// Its label, where it has no node to ask for it.
        label: Option<String>,
        field_list: bool,
        inside: Vec<Step>,
    },
    /// A repeat: each row and what is in it.
    Repeat {
        range: u32,
        rows: Vec<(u32, Vec<Step>)>,
    },
    /// A question.
    Question(u32),
}

impl Session {
    fn walk(&self, parent: usize, block: u32) -> Vec<Step> {
        let source = self.form.source();
        let mut out = Vec::new();
        for &place in self.form.model.body.get(parent).into_iter().flatten() {
            let Some(body) = source.body.get(place as usize) else {
                continue;
            };
            let inside = place as usize + 1;
            let appearance = self.form.model.appearances.get(place as usize);
            let field_list = appearance.is_some_and(|appearance| appearance.field_list);
            match (&body.kind, body.def) {
                (BodyKind::Repeat { .. }, Some(def)) => {
                    let Some(outer) = self.outer_of(block, def) else {
                        continue;
                    };
                    let range = self.range_in(outer, def);
                    let any = |&row: &u32| self.is_relevant(self.blocks[row as usize].base);
                    if !self.is_relevant(range) && !self.rows_in(outer, def).iter().any(any) {
                        continue;
                    }
                    let rows = self.rows_in(outer, def).iter().filter_map(|&row| {
                        let node = self.blocks[row as usize].base;
                        if !self.is_relevant(node) {
                            return None;
                        }
                        let steps = self.walk(inside, row);
                        let steps = if field_list {
                            vec![Step::Group {
                                node: Some(node),
                                label: None,
                                field_list,
                                inside: steps,
                            }]
                        } else {
                            steps
                        };
                        Some((node, steps))
                    });
                    out.push(Step::Repeat {
                        range,
                        rows: rows.collect(),
                    });
                }
                (BodyKind::Repeat { .. }, None) => {}
                (BodyKind::Group, def) => {
                    let steps = self.walk(inside, block);
                    let node = def.and_then(|def| self.in_block(block, def));
                    if node.is_some_and(|node| !self.is_relevant(node)) {
                        continue;
                    }
                    // A group that is only there to name a repeat adds nothing.
                    if let [Step::Repeat { .. }] = steps.as_slice()
                        && node.is_none()
                    {
                        out.extend(steps);
                    } else {
                        let label = match (node, &body.label) {
                            (None, Some(label)) => {
                                let around = self.blocks[block as usize].base;
                                Some(self.text(label, &Session::at(around)).text)
                            }
                            _ => None,
                        };
                        out.push(Step::Group {
                            node,
                            label,
                            field_list,
                            inside: steps,
                        });
                    }
                }
                (BodyKind::Control(_), Some(def)) => {
                    if let Some(node) = self.in_block(block, def)
                        && self.is_relevant(node)
                    {
                        out.push(Step::Question(node));
                    }
                }
                (BodyKind::Control(_), None) => {}
            }
        }
        out
    }

    /// The node of `def` in `block` or in a block around it; none for a repeat's own node outside its rows.
    fn in_block(&self, block: u32, def: u32) -> Option<u32> {
        let wanted = self.form.model.layout.nodes[def as usize].block;
        let mut at = Some(block);
        while let Some(block) = at {
            if self.blocks[block as usize].def == wanted {
                return Some(self.node_in(block, def));
            }
            at = self.blocks[block as usize].parent;
        }
        None
    }

    /// The block that has the range of `repeat`, at `block` or around it.
    fn outer_of(&self, block: u32, repeat: u32) -> Option<u32> {
        let layout = &self.form.model.layout;
        let wanted = layout.blocks[layout.nodes[repeat as usize].block as usize].parent?;
        let mut at = Some(block);
        while let Some(block) = at {
            if self.blocks[block as usize].def == wanted {
                return Some(block);
            }
            at = self.blocks[block as usize].parent;
        }
        None
    }

    /// What is asked now, as a tree; `pages` are as [`Self::pages`] gives them. Only what is relevant.
    pub fn outline(&self, pages: &[Page]) -> Vec<OutlineNode> {
        let mut at = HashMap::new();
        for (page, shown) in pages.iter().enumerate() {
            for node in &shown.nodes {
                at.entry(node.0).or_insert(page);
            }
        }
        self.outlined(self.walk(0, 0), &at, 0)
    }

    /// `page` is for what is on no page, nor anything inside it.
    fn outlined(
        &self,
        steps: Vec<Step>,
        at: &HashMap<u32, usize>,
        page: usize,
    ) -> Vec<OutlineNode> {
        let mut out = Vec::new();
        for step in steps {
            match step {
                Step::Question(node) => out.push(self.branch(node, Vec::new(), at, page)),
                Step::Group {
                    node: Some(node),
                    inside,
                    ..
                } if self.kind_of(node) == NodeKind::Group => {
                    let inside = self.outlined(inside, at, page);
                    out.push(self.branch(node, inside, at, page));
                }
                Step::Group { inside, .. } => out.extend(self.outlined(inside, at, page)),
                Step::Repeat { range, rows } => {
                    let page = at.get(&range).copied().unwrap_or(page);
                    let rows = rows.into_iter().map(|(node, steps)| {
                        let inside = self.outlined(steps, at, page);
                        self.branch(node, inside, at, page)
                    });
                    let rows = rows.collect();
                    out.push(self.branch(range, rows, at, page));
                }
            }
        }
        out
    }

    fn branch(
        &self,
        node: u32,
        inside: Vec<OutlineNode>,
        at: &HashMap<u32, usize>,
        otherwise: usize,
    ) -> OutlineNode {
        let own = at.get(&node).copied();
        let first = || inside.first().map(|branch| branch.page);
        OutlineNode {
            path: self.path(node),
            page: own.or_else(first).unwrap_or(otherwise),
            shown: own.is_some(),
            inside,
        }
    }

    /// The screens of page mode, in order: each relevant question, or each group that is one screen.
    ///
    /// A repeat has a screen for its list of rows, then the screens of each row.
    pub fn pages(&self) -> Vec<Page> {
        let mut out = Vec::new();
        self.paged(self.walk(0, 0), None, &mut Vec::new(), &mut out);
        let mut first = 1;
        for page in &mut out {
            page.first = first;
            first += page.counts.questions;
        }
        out
    }

    fn paged(
        &self,
        steps: Vec<Step>,
        row: Option<u32>,
        trail: &mut Vec<String>,
        out: &mut Vec<Page>,
    ) {
        for step in steps {
            match step {
                Step::Question(node) => {
                    out.push(self.page(node, PageKind::Question, row, trail, vec![node]))
                }
                Step::Group {
                    node,
                    label,
                    field_list: true,
                    inside,
                } => {
                    let mut nodes = Vec::new();
                    self.listed(inside, &mut nodes);
                    if let Some(first) = node.or(nodes.first().copied())
                        && !nodes.is_empty()
                    {
                        let titled = node.filter(|&node| self.kind_of(node) == NodeKind::Group);
                        nodes.splice(0..0, titled);
                        let depth = trail.len();
                        trail.extend(label.filter(|label| !label.trim().is_empty()));
                        out.push(self.page(first, PageKind::Group, row, trail, nodes));
                        trail.truncate(depth);
                    }
                }
                Step::Group {
                    node,
                    label,
                    field_list: false,
                    inside,
                } => {
                    let of_node = |node| self.label(node).map(|label| label.text);
                    let label = node.map_or(label, of_node);
                    let label = label.filter(|label| !label.trim().is_empty());
                    let depth = trail.len();
                    trail.extend(label);
                    self.paged(inside, row, trail, out);
                    trail.truncate(depth);
                }
                Step::Repeat { range, rows } => {
                    out.push(self.page(range, PageKind::Rows, row, trail, vec![range]));
                    let label = self
                        .label(range)
                        .map(|label| label.text)
                        .unwrap_or_default();
                    for (index, (node, steps)) in rows.into_iter().enumerate() {
                        trail.push(format!("{} {}", label.trim(), index + 1).trim().to_owned());
                        self.paged(steps, Some(node), trail, out);
                        trail.pop();
                    }
                }
            }
        }
    }

    /// All nodes of one screen.
    fn listed(&self, steps: Vec<Step>, out: &mut Vec<u32>) {
        for step in steps {
            match step {
                Step::Question(node) => out.push(node),
                Step::Group { node, inside, .. } => {
                    out.extend(node);
                    self.listed(inside, out);
                }
                Step::Repeat { range, rows } => {
                    out.push(range);
                    for (node, steps) in rows {
                        out.push(node);
                        self.listed(steps, out);
                    }
                }
            }
        }
    }

    fn page(
        &self,
        id: u32,
        kind: PageKind,
        row: Option<u32>,
        trail: &[String],
        nodes: Vec<u32>,
    ) -> Page {
        let nodes: Vec<NodeId> = nodes.into_iter().map(NodeId).collect();
        Page {
            id: NodeId(id),
            kind,
            row: row.map(NodeId),
            trail: trail.to_vec(),
            first: 0,
            counts: self.counts(&nodes),
            nodes,
        }
    }

    /// How a page of these nodes stands.
    pub fn counts(&self, nodes: &[NodeId]) -> Counts {
        let mut counts = Counts::default();
        for &NodeId(node) in nodes {
            let slot = self.slots[node as usize];
            if slot.flags & (flag::RANGE | flag::GONE) != 0
                || slot.flags & flag::RELEVANT == 0
                || !self.is_asked(node)
            {
                continue;
            }
            counts.questions += 1;
            counts.answered += usize::from(!self.tree.kept(node).is_empty());
            match self.violated(node) {
                Some(ViolationKind::Required) => counts.missing += 1,
                Some(_) => counts.wrong += 1,
                None => {}
            }
        }
        counts
    }

    /// The path of a node, rows numbered from 1.
    pub fn path_of(&self, id: NodeId) -> Option<String> {
        self.live(id).ok().map(|node| self.path(node))
    }

    /// A node and all that is inside it, in document order.
    pub fn inside(&self, id: NodeId) -> Vec<NodeId> {
        let mut out = Vec::new();
        let mut open: Vec<u32> = self.live(id).into_iter().collect();
        while let Some(node) = open.pop() {
            if self.live(NodeId(node)).is_ok() {
                out.push(NodeId(node));
                let from = open.len();
                open.extend(self.tree.children(node));
                open[from..].reverse();
            }
        }
        out
    }

    /// Whether a person sees this node now: it is relevant, and more than a value.
    pub fn is_shown(&self, id: NodeId) -> bool {
        self.live(id)
            .is_ok_and(|node| self.is_relevant(node) && self.kind_of(node) != NodeKind::Value)
    }

    /// Questions that take an answer now, and how many have one.
    pub fn progress(&self) -> (usize, usize) {
        let mut all = 0;
        let mut answered = 0;
        for node in 0..self.slots.len() as u32 {
            let slot = self.slots[node as usize];
            if slot.def != NO_DEF
                && slot.flags & (flag::GONE | flag::RANGE) == 0
                && slot.flags & flag::RELEVANT != 0
                && self.is_asked(node)
            {
                all += 1;
                answered += usize::from(!self.tree.kept(node).is_empty());
            }
        }
        (answered, all)
    }

    /// Every answer that is missing or can't stand, in document order.
    pub fn validate(&self) -> Vec<Invalid> {
        self.nodes()
            .into_iter()
            .filter_map(|id| {
                let violation = self.violation(id.0)?;
                Some(Invalid {
                    id,
                    path: self.path(id.0),
                    label: self.label(id.0).map(|label| label.text).unwrap_or_default(),
                    violation,
                })
            })
            .collect()
    }
}
